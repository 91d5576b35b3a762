//! Members of an org: who they are, what role they have, how they go.

mod invitations;
mod last_admin;
mod leaving;

use serde_json::{Value, json};

use crate::app::{TestApp, User};

/// A path below someone's own org.
fn path(owner: &User, rest: &str) -> String {
    format!("/api/orgs/{}{rest}", owner.org)
}

/// Where one member of someone's own org is.
fn member_path(owner: &User, member: &User) -> String {
    path(owner, &format!("/members/{}", member.id))
}

/// The members of someone's org, as one of them sees them.
async fn members(owner: &User, seen_by: &User) -> Vec<Value> {
    let page = seen_by.get(&path(owner, "/members")).await.expect_status(200).await;
    assert_eq!(page["next_cursor"], Value::Null);
    page["items"].as_array().expect("items").clone()
}

/// Name and role of each.
fn roles(members: &[Value]) -> Vec<(&str, &str)> {
    fn text(value: &Value) -> &str {
        value.as_str().expect("a text")
    }
    members.iter().map(|member| (text(&member["user"]["name"]), text(&member["role"]))).collect()
}

/// The role that someone has in an org by their own account of themselves.
async fn role_of(member: &User, org: &str) -> Option<String> {
    let me = member.get("/api/auth/me").await.expect_status(200).await;
    let orgs = me["orgs"].as_array().expect("orgs");
    let found = orgs.iter().find(|one| one["id"] == org)?;
    found["role"].as_str().map(str::to_owned)
}

#[tokio::test(flavor = "multi_thread")]
async fn members_see_each_other_by_name_and_nobody_else_sees_them() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    let zoe = ann.colleague(&app, "zoe", "viewer").await;
    let bob = ann.colleague(&app, "bob", "editor").await;
    let eve = app.user("eve").await;
    for seen_by in [&ann, &bob, &zoe] {
        let members = members(&ann, seen_by).await;
        assert_eq!(roles(&members), [("ann", "admin"), ("bob", "editor"), ("zoe", "viewer")]);
        assert_eq!(members[0]["user"], json!({"id": ann.id, "email": "ann@example.com", "name": "ann"}));
        let joined = members[1]["joined_at"].as_str().expect("a time");
        assert!(joined.ends_with('Z') && joined.len() == 24, "{joined}");
        let fields: Vec<_> = members[0].as_object().expect("an object").keys().collect();
        assert_eq!(fields, ["joined_at", "role", "user"], "and nothing else of them");
    }
    assert_eq!(roles(&members(&bob, &bob).await), [("bob", "admin")], "his own org is his own");
    eve.get(&path(&ann, "/members")).await.expect_error(404, "not_found").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_gives_roles_and_they_count_at_once() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    let bob = ann.colleague(&app, "bob", "viewer").await;
    let shop = ann.project("shop").await;
    let rename = json!({"name": "renamed"});
    bob.patch(&shop.path(""), &rename).await.expect_error(403, "forbidden").await;

    let to = |role: &str| json!({ "role": role });
    let changed = ann.patch(&member_path(&ann, &bob), &to("admin")).await.expect_status(200).await;
    assert_eq!((&changed["role"], &changed["user"]["id"]), (&json!("admin"), &json!(bob.id)));
    assert_eq!(changed, members(&ann, &ann).await[1], "the answer is the member as the list has them");
    bob.patch(&shop.path(""), &rename).await.expect_status(200).await;

    // Among admins, one may lower the other, and oneself as long as another remains.
    bob.patch(&member_path(&ann, &ann), &to("editor")).await.expect_status(200).await;
    assert_eq!(role_of(&ann, &ann.org).await.as_deref(), Some("editor"));
    ann.patch(&shop.path(""), &rename).await.expect_error(403, "forbidden").await;
    ann.patch(&member_path(&ann, &bob), &to("viewer")).await.expect_error(403, "forbidden").await;
    ann.patch(&member_path(&ann, &ann), &to("admin")).await.expect_error(403, "forbidden").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_role_or_no_member_is_refused() {
    let app = TestApp::new().await;
    let (ann, eve) = (app.user("ann").await, app.user("eve").await);
    let bob = ann.colleague(&app, "bob", "viewer").await;
    for bad in [json!({"role": "owner"}), json!({"role": "Admin"}), json!({})] {
        let answer = ann.patch(&member_path(&ann, &bob), &bad).await;
        answer.expect_error(422, "invalid_field").await;
    }
    let viewer = json!({"role": "viewer"});
    for stranger in [eve.id.as_str(), &uuid::Uuid::now_v7().to_string(), "nonsense"] {
        let there = path(&ann, &format!("/members/{stranger}"));
        ann.patch(&there, &viewer).await.expect_error(404, "not_found").await;
        ann.delete(&there).await.expect_error(404, "not_found").await;
        // Who may not remove anybody does not learn who is there.
        if stranger != "nonsense" {
            bob.delete(&there).await.expect_error(403, "forbidden").await;
        }
    }
    eve.patch(&member_path(&ann, &bob), &viewer).await.expect_error(404, "not_found").await;
    eve.delete(&member_path(&ann, &eve)).await.expect_error(404, "not_found").await;
    bob.delete(&member_path(&ann, &ann)).await.expect_error(403, "forbidden").await;
    assert_eq!(roles(&members(&ann, &ann).await), [("ann", "admin"), ("bob", "viewer")]);
}
