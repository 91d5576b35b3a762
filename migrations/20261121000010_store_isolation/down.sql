revoke insert (store_id, project_id, seq), update (cleared_at) on stores from pulseboard_app;
grant insert, update on stores to pulseboard_app;
drop policy system on stores;
drop policy tenant on stores;
alter table stores disable row level security;
