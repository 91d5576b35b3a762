-- People, orgs and sessions, and the role that tenants' queries run as.
--
-- Isolation: a tenant transaction begins with `set local role pulseboard_app` and sets `app.org`.
-- Row-level security is forced on every table with an org, so that even the owner passes a policy:
-- `tenant` for the app role, `system` for everyone else who may log in (the writer, jobs, sign-in).

do $$
begin
    create role pulseboard_app login nosuperuser nocreatedb nocreaterole nobypassrls;
exception
    when duplicate_object or unique_violation then null;
end $$;

-- The owner must be able to become the app role (a superuser can already).
do $$
begin
    execute format('grant pulseboard_app to %I', current_user);
exception
    when others then
        if not pg_has_role(current_user, 'pulseboard_app', 'member') then raise; end if;
end $$;

grant usage on schema public to pulseboard_app;

create function app_org() returns uuid
    language sql stable parallel safe
    return nullif(current_setting('app.org', true), '')::uuid;

-- Forces row-level security on a table that has an org column, and gives the app role its rights.
create procedure isolate(target regclass, rights text, org_column text default 'org_id')
    language plpgsql as $$
begin
    execute format('alter table %s enable row level security', target);
    execute format('alter table %s force row level security', target);
    execute format(
        'create policy tenant on %s to pulseboard_app using (%I = app_org()) with check (%I = app_org())',
        target, org_column, org_column);
    execute format('create policy system on %s using (current_user <> ''pulseboard_app'')', target);
    execute format('grant %s on %s to pulseboard_app', rights, target);
end $$;

create table users (
    id uuid primary key,
    email text not null constraint users_email_key unique,
    name text not null,
    password_hash text,
    created_at timestamptz not null default now()
);

create table orgs (
    id uuid primary key,
    name text not null,
    created_at timestamptz not null default now()
);
call isolate('orgs', 'select, update', 'id');

create table memberships (
    org_id uuid not null references orgs on delete cascade,
    user_id uuid not null references users on delete cascade,
    role text not null constraint memberships_role_check check (role in ('admin', 'editor', 'viewer')),
    created_at timestamptz not null default now(),
    primary key (org_id, user_id)
);
create index memberships_user_idx on memberships (user_id);
call isolate('memberships', 'select, insert, update, delete');

-- A tenant sees the people of its org, and of them only what a colleague may see.
alter table users enable row level security;
alter table users force row level security;
create policy tenant on users for select to pulseboard_app
    using (exists (select from memberships m where m.user_id = users.id and m.org_id = app_org()));
create policy system on users using (current_user <> 'pulseboard_app');
grant select (id, email, name, created_at) on users to pulseboard_app;

-- An invitation grants nothing until it is accepted. Only the hash of its token is kept.
create table invitations (
    id uuid primary key,
    org_id uuid not null references orgs on delete cascade,
    email text not null,
    role text not null constraint invitations_role_check check (role in ('admin', 'editor', 'viewer')),
    token_hash bytea not null constraint invitations_token_key unique,
    invited_by uuid references users on delete set null,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    accepted_at timestamptz
);
create index invitations_org_idx on invitations (org_id);
call isolate('invitations', 'select, insert, update, delete');

-- A session is one family of refresh tokens: each is used once, and using one twice ends the family.
create table sessions (
    id uuid primary key,
    user_id uuid not null references users on delete cascade,
    user_agent text,
    ip text,
    created_at timestamptz not null,
    last_used_at timestamptz not null,
    expires_at timestamptz not null,
    revoked_at timestamptz
);
create index sessions_user_idx on sessions (user_id);
create index sessions_expires_idx on sessions (expires_at);

create table refresh_tokens (
    token_hash bytea primary key,
    session_id uuid not null references sessions on delete cascade,
    created_at timestamptz not null,
    used_at timestamptz
);
create index refresh_tokens_session_idx on refresh_tokens (session_id);

-- Failed sign-ins, by account and by address: slowed down, never locked out.
create table sign_in_failures (
    subject text primary key,
    failures int not null,
    last_at timestamptz not null
);
