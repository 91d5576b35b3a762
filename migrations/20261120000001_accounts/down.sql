drop table sign_in_failures, refresh_tokens, sessions, invitations, memberships, orgs, users cascade;
drop procedure isolate;
drop function app_org;
