-- A store is seen and changed by the tenant whose project it belongs to, and of it a tenant may change
-- only that it is retired: the sequence is the writer's.
--
-- Stores have no org of their own, since the writer's statement names them beside the time-series
-- tables; whose a store is, is asked of `projects`, and only when a tenant asks. Row-level security is
-- not forced here: the owner, as which the writer connects, passes no policy and its plan is as it was.
alter table stores enable row level security;
create policy tenant on stores to pulseboard_app
    using (exists (select from projects p where p.id = stores.project_id and p.org_id = app_org()))
    with check (exists (select from projects p where p.id = stores.project_id and p.org_id = app_org()));
create policy system on stores using (current_user <> 'pulseboard_app');

revoke insert, update on stores from pulseboard_app;
grant insert (store_id, project_id, seq), update (cleared_at) on stores to pulseboard_app;
