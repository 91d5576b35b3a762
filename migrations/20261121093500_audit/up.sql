-- The audit log: who changed what in an org, when and from where. Tenants may read and append; nobody
-- but the owner of the database can change or delete what stands there.

create table audit_log (
    id uuid primary key,
    org_id uuid not null references orgs on delete cascade,
    at timestamptz not null,
    -- Who it was, as they were called then; null: the server itself. No reference: what is deleted since
    -- stays in the log.
    actor_id uuid,
    actor_email text,
    actor_name text,
    action text not null constraint audit_log_action_check check (action ~ '^[a-z_]+\.[a-z_]+$'),
    target_kind text not null,
    target_id uuid not null,
    target_name text not null,
    details jsonb,
    ip text,
    request_id text
);
create index audit_log_org_idx on audit_log (org_id, at desc, id desc);
call isolate('audit_log', 'select, insert');

-- One pending invitation per address: a newer one replaces it.
delete from invitations old using invitations newer
    where old.accepted_at is null and newer.accepted_at is null
    and old.org_id = newer.org_id and old.email = newer.email
    and (old.created_at, old.id) < (newer.created_at, newer.id);
create unique index invitations_pending_key on invitations (org_id, email) where accepted_at is null;
