-- Events and samples, and the rollups that panels, alerts and the summary read.
--
-- These tables have no org, no triggers and no foreign keys out: they are filed by `store_id`, which
-- can only be learnt from a project's row, and that is behind row-level security. Clearing a project
-- gives it a new store, so that everything old is out of sight at once, whatever its size.

-- One row per store. `seq` counts the project's events in commit order: the writer raises it in the
-- statement that inserts them, so its row lock orders the commits of all processes.
create table stores (
    store_id uuid primary key,
    project_id uuid not null,
    seq bigint not null default 0,
    cleared_at timestamptz
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);
create unique index stores_project_idx on stores (project_id) where cleared_at is null;

do $$
declare
    timescale boolean := exists (select 1 from pg_settings where name = 'timescaledb.disable_load');
    partitioned text := case when timescale then '' else 'partition by range (ts)' end;
begin
    if timescale then
        create extension if not exists timescaledb;
    end if;

    execute format($sql$
        create table events (
            store_id uuid not null,
            ts timestamptz not null,
            id uuid not null,
            seq bigint not null,
            received_at timestamptz not null,
            sent_at timestamptz,
            kind text not null,
            name text not null,
            level text,
            user_id text,
            session text,
            release text,
            environment text,
            tags jsonb,
            value double precision,
            unit text,
            payload jsonb,
            error jsonb,
            issue_id uuid,
            clamped boolean not null default false,
            primary key (store_id, ts, id)
        ) %s $sql$, partitioned);

    -- One event may carry many samples, and two events the same series and time: no unique key here,
    -- a sample is only ever inserted together with its event.
    execute format($sql$
        create table samples (
            store_id uuid not null,
            series_id bigint not null,
            ts timestamptz not null,
            value double precision not null
        ) %s $sql$, partitioned);

    if timescale then
        perform create_hypertable('events', 'ts', chunk_time_interval => interval '1 day', create_default_indexes => false);
        perform create_hypertable('samples', 'ts', chunk_time_interval => interval '1 day', create_default_indexes => false);
    end if;
end $$;
create index events_received_idx on events using brin (received_at) with (pages_per_range = 32);
create index samples_series_idx on samples (store_id, series_id, ts);

-- Ids whose time is not the client's (none was sent, or it had to be clamped) can't conflict in the
-- primary key of events; they are remembered here for a day.
create table event_ids (
    store_id uuid not null,
    id uuid not null,
    seen_at timestamptz not null,
    primary key (store_id, id)
);
create index event_ids_seen_idx on event_ids using brin (seen_at);

create table event_counts_minute (
    store_id uuid not null,
    minute timestamptz not null,
    kind text not null,
    count bigint not null,
    primary key (store_id, minute, kind)
) with (fillfactor = 70);

create table event_counts_hour (
    store_id uuid not null,
    hour timestamptz not null,
    kind text not null,
    name text not null,
    count bigint not null,
    last_at timestamptz not null,
    primary key (store_id, hour, kind, name)
) with (fillfactor = 70);

create table series (
    store_id uuid not null,
    series_id bigint not null,
    name text not null,
    labels jsonb not null,
    unit text,
    primary key (store_id, series_id)
);
create index series_name_idx on series (store_id, name);

create table sample_minutes (
    store_id uuid not null,
    series_id bigint not null,
    minute timestamptz not null,
    count bigint not null,
    sum double precision not null,
    min double precision not null,
    max double precision not null,
    last double precision not null,
    last_at timestamptz not null,
    primary key (store_id, series_id, minute)
) with (fillfactor = 70);

create table sample_hours (
    store_id uuid not null,
    series_id bigint not null,
    hour timestamptz not null,
    count bigint not null,
    sum double precision not null,
    min double precision not null,
    max double precision not null,
    last double precision not null,
    last_at timestamptz not null,
    primary key (store_id, series_id, hour)
) with (fillfactor = 70);

grant select on events, samples, event_counts_minute, event_counts_hour, series, sample_minutes, sample_hours
    to pulseboard_app;
grant select, insert, update on stores to pulseboard_app;
