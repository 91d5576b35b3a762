-- Feeds: where a project's data comes from by itself, and what of it is due. What a feed finds is filed
-- like any other event, with the feed's id.

create table feeds (
    id uuid primary key,
    org_id uuid not null references orgs on delete cascade,
    project_id uuid not null references projects on delete cascade,
    kind text not null,
    name text not null,
    -- Without its secret values.
    config jsonb not null,
    -- The secret values of the config and the key of a webhook, encrypted.
    secrets bytea,
    -- Of the key of a webhook, by which it is looked up.
    hook_hash bytea constraint feeds_hook_key unique,
    enabled boolean not null default true,
    -- Null: it receives.
    interval_sec int constraint feeds_interval_check check (interval_sec > 0),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index feeds_project_idx on feeds (project_id);
create index feeds_org_idx on feeds (org_id);
call isolate('feeds', 'select, insert, update, delete');

-- What changes with every tick, apart from what people write.
create table feed_states (
    feed_id uuid primary key references feeds on delete cascade,
    org_id uuid not null references orgs on delete cascade,
    -- The next tick; null: none, as it is disabled or receives.
    due_at timestamptz,
    -- A worker has it until then. The time is also the claim's name: whoever comes later has another one.
    claimed_until timestamptz,
    last_run timestamptz,
    last_ok timestamptz,
    failures int not null default 0,
    error_at timestamptz,
    error text,
    -- The newest payload, kept while it fails.
    value_ts timestamptz,
    value jsonb
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);
create index feed_states_due_idx on feed_states (due_at) where due_at is not null;
create index feed_states_org_idx on feed_states (org_id);
call isolate('feed_states', 'select, insert, update, delete');

alter table events add column feed_id uuid;
create index events_feed_idx on events (store_id, feed_id, ts) where feed_id is not null;

-- When each release was first seen, for annotations; filled by the writer, without an org like the other
-- tables that are filed by store. `last_seen` is kept to the hour.
create table releases (
    store_id uuid not null,
    release text not null,
    first_seen timestamptz not null,
    last_seen timestamptz not null,
    primary key (store_id, release)
);
grant select on releases to pulseboard_app;
