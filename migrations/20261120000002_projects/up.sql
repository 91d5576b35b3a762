-- Projects, their keys, and what was refused at their door.

create table projects (
    id uuid primary key,
    num int generated always as identity constraint projects_num_key unique,
    org_id uuid not null references orgs on delete cascade,
    name text not null,
    slug text not null,
    -- Where this project's events are filed; see `stores` in the events migration.
    store_id uuid not null constraint projects_store_key unique,
    retention_days int not null default 30
        constraint projects_retention_check check (retention_days between 1 and 365),
    created_at timestamptz not null default now(),
    constraint projects_slug_key unique (org_id, slug)
);
call isolate('projects', 'select, insert, update, delete');

create table api_keys (
    id uuid primary key,
    org_id uuid not null references orgs on delete cascade,
    project_id uuid not null references projects on delete cascade,
    kind text not null constraint api_keys_kind_check check (kind in ('public', 'secret')),
    name text not null,
    hash bytea not null constraint api_keys_hash_key unique,
    -- A public key lives in apps anyway and may be shown again; of a secret only the ends are kept.
    public_key text,
    prefix text not null,
    last4 text not null,
    origins text[] not null default '{}',
    created_by uuid references users on delete set null,
    created_at timestamptz not null default now(),
    last_used_at timestamptz,
    revoked_at timestamptz
);
create index api_keys_project_idx on api_keys (project_id);
call isolate('api_keys', 'select, insert, update, delete');

-- What came in per day, for the settings page and the overview.
create table usage_days (
    org_id uuid not null references orgs on delete cascade,
    project_id uuid not null references projects on delete cascade,
    day date not null,
    accepted bigint not null default 0,
    duplicates bigint not null default 0,
    rejected bigint not null default 0,
    primary key (project_id, day)
);
call isolate('usage_days', 'select');

-- The newest refused attempts, kept few and short, so that a person sees why nothing arrives.
create table rejections (
    id uuid primary key,
    org_id uuid not null references orgs on delete cascade,
    project_id uuid not null references projects on delete cascade,
    at timestamptz not null,
    status int not null,
    code text not null,
    message text not null,
    key_last4 text,
    sample text
);
create index rejections_project_idx on rejections (project_id, at desc);
call isolate('rejections', 'select');
