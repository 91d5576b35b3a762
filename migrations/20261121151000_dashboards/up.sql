-- Dashboards and panels, and the log of operations that both are made of. The rows are what the log
-- comes to; the log says how, and by whom.

create table dashboards (
    id uuid primary key,
    org_id uuid not null references orgs on delete cascade,
    project_id uuid not null references projects on delete cascade,
    name text not null,
    description text,
    variables jsonb not null default '[]',
    -- Raised by one with each operation, under this row's lock: operations have an order without holes.
    version bigint not null default 0,
    created_at timestamptz not null,
    updated_at timestamptz not null
);
create index dashboards_project_idx on dashboards (project_id);
call isolate('dashboards', 'select, insert, update, delete');

-- Panels that are deleted stay, so that they can be brought back. Clients make their ids: within an org
-- an id is one panel's, and whether another org has it nobody can tell.
create table panels (
    org_id uuid not null references orgs on delete cascade,
    id uuid not null,
    dashboard_id uuid not null references dashboards on delete cascade,
    kind text not null constraint panels_kind_check
        check (kind in ('timeseries', 'stat', 'bar', 'table', 'gauge', 'text', 'event_list')),
    title text not null,
    -- No reference: a feed may go, and its panel stays and says so.
    feed_ids uuid[] not null,
    query jsonb,
    options jsonb not null,
    position_x int not null constraint panels_x_check check (position_x between 0 and 11),
    position_y int not null constraint panels_y_check check (position_y between 0 and 10000),
    width int not null constraint panels_width_check check (width between 1 and 12 and position_x + width <= 12),
    height int not null constraint panels_height_check check (height between 1 and 50),
    deleted boolean not null default false,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint panels_pkey primary key (org_id, id)
);
create index panels_dashboard_idx on panels (dashboard_id);
-- A request that names a panel has to learn whose it is.
create index panels_id_idx on panels (id);
call isolate('panels', 'select, insert, update');

create table dashboard_ops (
    dashboard_id uuid not null references dashboards on delete cascade,
    seq bigint not null,
    org_id uuid not null references orgs on delete cascade,
    op_id uuid not null,
    -- Operations that are undone together; the dashboard's own id: those it was made with.
    batch uuid,
    -- Who it was, as they were called then; null: the server itself. No reference: the log stays.
    actor_id uuid,
    actor_name text,
    at timestamptz not null,
    -- The panel; null: the dashboard itself.
    panel_id uuid,
    field text not null,
    value jsonb not null,
    previous jsonb not null,
    -- The operation that this one takes back.
    undoes bigint,
    constraint dashboard_ops_pkey primary key (dashboard_id, seq),
    constraint dashboard_ops_op_key unique (dashboard_id, op_id)
);
create index dashboard_ops_actor_idx on dashboard_ops (dashboard_id, actor_id, seq desc);
call isolate('dashboard_ops', 'select, insert');

create table dashboard_stars (
    dashboard_id uuid not null references dashboards on delete cascade,
    user_id uuid not null references users on delete cascade,
    org_id uuid not null references orgs on delete cascade,
    created_at timestamptz not null default now(),
    constraint dashboard_stars_pkey primary key (dashboard_id, user_id)
);
call isolate('dashboard_stars', 'select, insert, delete');
