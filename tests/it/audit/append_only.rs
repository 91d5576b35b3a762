//! What stands in the log can't be changed or taken out, not even by our own queries.

use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use serde_json::json;

use super::log;
use crate::app::TestApp;
use crate::database;

#[tokio::test(flavor = "multi_thread")]
async fn the_role_of_tenants_reads_and_appends_and_can_do_nothing_else() {
    let app = TestApp::new().await;
    let (ann, bob) = (app.user("ann").await, app.user("bob").await);
    ann.project("shop").await;
    bob.project("shop").await;
    let before = log(&ann, "").await;
    let mut tenant = AsyncPgConnection::establish(&app.database_url).await.expect("connects");
    tenant
        .batch_execute(&format!("set role pulseboard_app; set app.org = '{}'", ann.org))
        .await
        .expect("becomes the tenant");
    let insert = |org: &str| {
        format!(
            "insert into audit_log (id, org_id, at, action, target_kind, target_id, target_name)
             values (gen_random_uuid(), '{org}', now(), 'org.updated', 'org', '{org}', 'x')"
        )
    };
    for forbidden in [
        "update audit_log set actor_name = 'somebody else'",
        "update audit_log set at = now()",
        "delete from audit_log",
        "truncate audit_log",
        "truncate audit_log cascade",
        "alter table audit_log disable row level security",
        "drop policy tenant on audit_log",
        "drop table audit_log",
        "create rule forget as on insert to audit_log do instead nothing",
        "select id from audit_log for update",
        "insert into audit_log select * from audit_log on conflict (id) do update set ip = null",
        // The org can't be taken away to take its log along.
        "delete from orgs",
        &insert(&bob.org),
    ] {
        let done = tenant.batch_execute(forbidden).await;
        assert!(done.is_err(), "{forbidden}");
    }
    assert_eq!(log(&ann, "").await, before, "nothing has changed");
    tenant.batch_execute(&insert(&ann.org)).await.expect("appends");
    assert_eq!(log(&ann, "").await.len(), before.len() + 1);
    // No error, only a warning; and no right.
    tenant.batch_execute("grant update, delete on audit_log to pulseboard_app").await.expect("is let pass");
    let rights = "select privilege_type::text as text from information_schema.role_table_grants
        where grantee = 'pulseboard_app' and table_name = 'audit_log' order by 1";
    assert_eq!(database::texts(&app, rights).await, ["INSERT", "SELECT"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_row_there_is_no_change() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    let bob = ann.colleague(&app, "bob", "viewer").await;
    let shop = ann.project("shop").await;
    // The log takes nothing any more, as on a full disk.
    database::execute(&app, "alter table audit_log add constraint full_up check (false) not valid").await;
    let org = format!("/api/orgs/{}", ann.org);
    let member = format!("{org}/members/{}", bob.id);
    for (method, path, body) in [
        ("PATCH", &org, Some(json!({"name": "Acme"}))),
        ("PATCH", &member, Some(json!({"role": "admin"}))),
        ("DELETE", &member, None),
        ("PATCH", &shop.path(""), Some(json!({"name": "other"}))),
        ("DELETE", &shop.path(""), None),
        ("POST", &shop.path("/keys"), Some(json!({"kind": "public", "name": "key"}))),
    ] {
        let mut request = ann.request(method.parse().expect("a method"), path);
        if let Some(body) = &body {
            request = request.json(body);
        }
        let answer = crate::app::Answer::of(request).await;
        answer.expect_error(500, "internal").await;
    }
    database::execute(&app, "alter table audit_log drop constraint full_up").await;
    let me = ann.get("/api/auth/me").await.expect_status(200).await;
    assert_eq!(me["orgs"][0]["name"], "ann");
    assert_eq!(bob.get(&shop.path("")).await.expect_status(200).await["role"], "viewer");
    assert_eq!(ann.get(&shop.path("")).await.expect_status(200).await["name"], "shop");
    let keys = ann.get(&shop.path("/keys")).await.expect_status(200).await;
    assert_eq!(keys["items"].as_array().map(Vec::len), Some(1));
}
