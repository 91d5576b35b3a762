drop index invitations_pending_key;
drop table audit_log;
