-- Limits: what was refused because of them is counted per day, and the operator may give an org a
-- daily quota of its own.

alter table usage_days
    add column rate_limited bigint not null default 0,
    add column dropped bigint not null default 0;
-- The daily quota asks for all of an org's projects on one day.
create index usage_days_org_idx on usage_days (org_id, day);

-- Null: the installation's default. 0: none.
alter table orgs
    add column daily_event_quota bigint constraint orgs_daily_event_quota_check check (daily_event_quota >= 0);
-- Tenants rename their org and change nothing else of it.
revoke update on orgs from pulseboard_app;
grant update (name) on orgs to pulseboard_app;
