//! The audit log: who changed what, when and from where; nothing is left out, nothing can be taken back.

mod append_only;
mod every_change;

use std::net::IpAddr;

use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{Answer, Client, TestApp, User, event};
use crate::database;

/// The rows of someone's org, newest first; `query` begins with `?` or is empty.
async fn log(admin: &User, query: &str) -> Vec<Value> {
    let page = admin.get(&format!("/api/orgs/{}/audit{query}", admin.org)).await.expect_status(200).await;
    page["items"].as_array().expect("items").clone()
}

fn actions(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|row| row["action"].as_str().expect("an action")).collect()
}

/// A change with what it said about itself.
async fn patch_with(client: &Client, path: &str, body: &Value, headers: &[(&str, &str)]) -> String {
    let mut request = client.request(Method::PATCH, path).json(body);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = Answer::of(request).await;
    let id = answer.header("x-request-id").expect("a request id").to_owned();
    answer.expect_status(200).await;
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_told_with_who_what_when_and_from_where() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    let shop = ann.project("shop").await;
    let before = pulseboard_core::now();
    let body = json!({"name": "store", "retention_days": 7});
    let request_id = patch_with(&ann, &shop.path(""), &body, &[("x-request-id", "told-by-the-client")]).await;
    let row = log(&ann, "").await[0].clone();
    assert_eq!(row["action"], "project.updated");
    assert_eq!(row["actor"], json!({"id": ann.id, "email": "ann@example.com", "name": "ann"}));
    assert_eq!(row["target"], json!({"kind": "project", "id": shop.id, "name": "store"}));
    let changed = json!({"name": {"from": "shop", "to": "store"}, "retention_days": {"from": 30, "to": 7}});
    assert_eq!(row["details"], changed);
    assert_eq!(
        (&row["request_id"], request_id.as_str()),
        (&json!("told-by-the-client"), "told-by-the-client")
    );
    let ip: IpAddr = row["ip"].as_str().expect("an address").parse().expect("an address");
    assert!(ip.is_loopback());
    let at: chrono::DateTime<chrono::Utc> = row["at"].as_str().expect("a time").parse().expect("a time");
    assert!((before..=pulseboard_core::now()).contains(&at), "{at}");

    // What changes nothing is no change, and what is refused has not happened.
    let rows = log(&ann, "").await.len();
    for nothing in [json!({}), json!({"name": "store"}), json!({"name": " store ", "retention_days": 7})] {
        ann.patch(&shop.path(""), &nothing).await.expect_status(200).await;
    }
    ann.patch(&shop.path(""), &json!({"retention_days": 0})).await.expect_error(422, "invalid_field").await;
    ann.delete(&format!("/api/orgs/{0}/members/{1}", ann.org, ann.id))
        .await
        .expect_error(409, "last_admin")
        .await;
    assert_eq!(log(&ann, "").await.len(), rows);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_address_is_the_clients_and_not_what_a_client_makes_up() {
    let open = TestApp::new().await;
    let ann = open.user("ann").await;
    let shop = ann.project("shop").await;
    let proxied = open.another_with(|config| config.trust_proxy = true).await;
    let through = Client { base: proxied.base.clone(), ..ann.client.clone() };
    let forwarded = [("x-forwarded-for", "203.0.113.9, 198.51.100.7")];
    patch_with(&through, &shop.path(""), &json!({"name": "a"}), &forwarded).await;
    assert_eq!(log(&ann, "").await[0]["ip"], "198.51.100.7", "the one that the proxy added");
    patch_with(&ann, &shop.path(""), &json!({"name": "b"}), &forwarded).await;
    assert_eq!(log(&ann, "").await[0]["ip"], "127.0.0.1", "nobody trusts this one");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_read_by_person_action_and_time_page_by_page() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    let bob = ann.colleague(&app, "bob", "admin").await;
    let shop = ann.project("shop").await;
    for n in 0..7 {
        let who = if n % 2 == 0 { &ann } else { &bob };
        who.patch(&shop.path(""), &json!({"name": format!("shop {n}")})).await.expect_status(200).await;
    }
    let all = log(&ann, "").await;
    let expected = ["project.updated"; 7].into_iter().chain([
        "key.created",
        "project.created",
        "member.joined",
        "invitation.created",
    ]);
    assert_eq!(actions(&all), expected.collect::<Vec<_>>(), "newest first");
    assert_eq!(
        log(&bob, &format!("?actor={}", bob.id)).await,
        Vec::<Value>::new(),
        "of his own org: nothing"
    );

    let bobs = format!("?actor={}&action=project.updated", bob.id);
    assert_eq!(log(&ann, &bobs).await.len(), 3);
    assert_eq!(log(&ann, "?action=key.revoked").await, Vec::<Value>::new());
    let at = all[3]["at"].as_str().expect("a time");
    let (since, until) =
        (log(&ann, &format!("?since={at}")).await.len(), log(&ann, &format!("?until={at}")).await.len());
    assert_eq!(since + until, all.len(), "since is from then on, until is before then");

    let mut paged = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/api/orgs/{}/audit?limit=2&cursor={cursor}", ann.org);
        let page = ann.get(&path).await.expect_status(200).await;
        paged.extend(page["items"].as_array().expect("items").clone());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(paged, all);

    for bad in [
        "actor=ann",
        "action=nonsense",
        "action=%00",
        "since=x",
        "until=%00",
        "limit=0",
        "limit=1001",
        "cursor=x",
    ] {
        let path = format!("/api/orgs/{}/audit?{bad}", ann.org);
        let error = ann.get(&path).await.expect_error(400, "invalid_query").await;
        let field = bad.split_once('=').expect("a pair").0;
        assert!(error["fields"][field].is_string(), "{bad}: {error}");
    }
    let eve = app.user("eve").await;
    eve.get(&format!("/api/orgs/{}/audit", ann.org)).await.expect_error(404, "not_found").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_gone_is_still_named() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    let bob = ann.colleague(&app, "bob", "admin").await;
    let shop = ann.project("shop").await;
    shop.ingest(&event("a")).await;
    bob.delete(&shop.path("/events")).await.expect_status(202).await;
    bob.delete(&shop.path("")).await.expect_status(204).await;
    bob.delete(&format!("/api/orgs/{}/members/{}", ann.org, bob.id)).await.expect_status(204).await;
    let rows = log(&ann, &format!("?actor={}", bob.id)).await;
    assert_eq!(actions(&rows), ["member.left", "project.deleted", "project.cleared", "member.joined"]);
    for row in &rows {
        assert_eq!(row["actor"], json!({"id": bob.id, "email": "bob@example.com", "name": "bob"}));
    }
    assert_eq!(rows[1]["target"], json!({"kind": "project", "id": shop.id, "name": "shop"}));
    assert_eq!(rows[3]["details"], json!({"role": "admin", "invited_as": "bob@example.com"}));
    // As they were called then, whatever they are called now, or whether there still is such a person.
    bob.patch("/api/auth/me", &json!({"name": "Robert"})).await.expect_status(200).await;
    assert_eq!(log(&ann, &format!("?actor={}", bob.id)).await, rows);
    database::execute(&app, &format!("delete from users where id = '{}'", bob.id)).await;
    assert_eq!(log(&ann, &format!("?actor={}", bob.id)).await, rows);
    database::execute(&app, &format!("delete from orgs where id = '{}'", ann.org)).await;
    let left = format!("select count(*) as number from audit_log where org_id = '{}'", ann.org);
    assert_eq!(database::number(&app, &left).await, 0, "the log goes with its org");
}
