grant update on orgs to pulseboard_app;
alter table orgs drop column daily_event_quota;
drop index usage_days_org_idx;
alter table usage_days drop column rate_limited, drop column dropped;
