//! An org keeps an admin, whatever its admins do at the same moment.

use serde_json::json;

use super::{member_path, members, roles};
use crate::app::{TestApp, User};
use crate::database;

#[tokio::test(flavor = "multi_thread")]
async fn the_last_admin_can_neither_be_lowered_nor_go() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    let bob = ann.colleague(&app, "bob", "editor").await;
    let own = member_path(&ann, &ann);
    for role in ["editor", "viewer"] {
        let error = ann.patch(&own, &json!({"role": role})).await.expect_error(409, "last_admin").await;
        assert!(error["message"].as_str().is_some_and(|text| text.contains("admin")), "{error}");
    }
    ann.delete(&own).await.expect_error(409, "last_admin").await;
    // What changes nothing is no harm.
    ann.patch(&own, &json!({"role": "admin"})).await.expect_status(200).await;

    ann.patch(&member_path(&ann, &bob), &json!({"role": "admin"})).await.expect_status(200).await;
    ann.delete(&own).await.expect_status(204).await;
    bob.delete(&member_path(&ann, &bob)).await.expect_error(409, "last_admin").await;
    assert_eq!(roles(&members(&ann, &bob).await), [("bob", "admin")]);
}

/// What a round of a race answered, each request by its status and code.
async fn answers(asked: Vec<tokio::task::JoinHandle<crate::app::Answer>>) -> Vec<(u16, String)> {
    let mut found = Vec::new();
    for answer in asked {
        let answer = answer.await.expect("answers");
        let status = answer.status().as_u16();
        let text = answer.0.text().await.expect("a body");
        let body: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
        found.push((status, body["error"]["code"].as_str().unwrap_or_default().to_owned()));
    }
    found
}

async fn admins(app: &TestApp, org: &str) -> i64 {
    let sql = format!("select count(*) as number from memberships where org_id = '{org}' and role = 'admin'");
    database::number(app, &sql).await
}

#[tokio::test(flavor = "multi_thread")]
async fn admins_who_lower_each_other_at_once_leave_one_admin() {
    let app = TestApp::new().await;
    // Another api process, so that nothing but the database can order them.
    let other = app.another().await;
    let ann = app.user("ann").await;
    let admins_now: Vec<User> = [
        ann.clone(),
        ann.colleague(&app, "bob", "admin").await,
        ann.colleague(&app, "cem", "admin").await,
        ann.colleague(&app, "dora", "admin").await,
    ]
    .into();
    let reset = format!("update memberships set role = 'admin' where org_id = '{}'", ann.org);
    let (mut lowered, mut refused) = (0, 0);
    for round in 0..12 {
        database::execute(&app, &reset).await;
        let asked = admins_now.iter().enumerate().map(|(n, admin)| {
            // Everyone lowers their neighbour; every other round everyone lowers themselves.
            let target = &admins_now[if round % 2 == 0 { (n + 1) % admins_now.len() } else { n }];
            let path = member_path(&ann, target);
            let mut client = admin.client.clone();
            if n % 2 == 1 {
                client.base = other.base.clone();
            }
            tokio::spawn(async move { client.patch(&path, &json!({"role": "viewer"})).await })
        });
        for (status, code) in answers(asked.collect()).await {
            match (status, code.as_str()) {
                (200, "") => lowered += 1,
                // The last one; or lowered since they asked.
                (409, "last_admin") | (403, "forbidden") => refused += 1,
                other => panic!("{other:?}"),
            }
        }
        assert!(admins(&app, &ann.org).await >= 1, "round {round}");
    }
    eprintln!("{lowered} lowered, {refused} refused, never without an admin");
    assert!(lowered > 0 && refused > 0, "{lowered} {refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn admins_who_leave_and_remove_each_other_at_once_leave_one_admin() {
    let app = TestApp::new().await;
    let mut gone = 0;
    for round in 0..4 {
        let ann = app.user(&format!("ann{round}")).await;
        let bob = ann.colleague(&app, &format!("bob{round}"), "admin").await;
        let (of_ann, of_bob) = (member_path(&ann, &ann), member_path(&ann, &bob));
        // Both leave, or each removes the other.
        let (anns, bobs) = if round % 2 == 0 { (of_ann, of_bob) } else { (of_bob, of_ann) };
        let (first, second) = (ann.client.clone(), bob.client.clone());
        let asked = vec![
            tokio::spawn(async move { first.delete(&anns).await }),
            tokio::spawn(async move { second.delete(&bobs).await }),
        ];
        for (status, code) in answers(asked).await {
            match (status, code.as_str()) {
                (204, "") => gone += 1,
                // The last one; or removed since they asked.
                (409, "last_admin") | (404, "not_found") => {}
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(admins(&app, &ann.org).await, 1, "round {round}");
    }
    assert_eq!(gone, 4, "one in each round");
}
