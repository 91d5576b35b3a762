//! Secrets at rest: in no table, no answer and no log; bound to their feed; opened after a change of secret.

use pulseboard_core::db::{Conn, DbError};
use pulseboard_core::feeds::secrets::{Rekeyed, rekey_in_all_orgs};
use pulseboard_core::ids::FeedId;
use pulseboard_core::secret_box::SecretBox;
use pulseboard_core::secrets::Secret;
use serde_json::json;

use super::{Runner, outside};
use crate::app::{SECRET, TestApp, secret};
use crate::database;
use crate::stage::process::command;

const PLANTED: &str = "geheim-4711-planted";

/// Every row of every table, as text.
async fn dump(app: &TestApp) -> Vec<String> {
    let tables = "select c.relname::text as text from pg_class c
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition";
    let mut rows = Vec::new();
    for table in database::texts(app, tables).await {
        let sql = format!("select '{table} ' || to_jsonb(t)::text as text from \"{table}\" t");
        rows.extend(database::texts(app, &sql).await);
    }
    assert!(rows.len() > 10, "{}", rows.len());
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn a_planted_secret_stands_nowhere() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    let shop = ann.project("shop").await;
    let place = outside(&json!({"a": 1})).await;
    let config = json!({"url": place.url(), "interval_sec": 1, "headers": {"X-Token": PLANTED}});
    let feed = shop.feed("http_json", config).await;
    let hook = shop.feed("webhook", json!({})).await.show().await["hook_url"].to_string();
    let runner = Runner::start(&app);
    feed.when_ok().await;
    assert!(place.heard().contains(PLANTED), "it is sent to where it belongs");

    let masked = json!({"url": place.url(), "interval_sec": 2, "headers": {"X-Token": "********"}});
    let changed = feed.change(json!({"config": masked, "name": "renamed"})).await;
    assert_eq!(changed["config"]["headers"]["X-Token"], "********");
    runner.stop().await;
    let key = hook.trim_matches('"').trim_start_matches("/hooks/").to_owned();
    for row in dump(&app).await {
        assert!(!row.contains(PLANTED) && !row.contains(&key), "{row}");
    }
    for path in
        [feed.path(""), format!("/api/feeds?project={}", shop.id), format!("/api/orgs/{}/audit", ann.org)]
    {
        let text = ann.get(&path).await.0.text().await.expect("a body");
        assert!(!text.contains(PLANTED), "{path}: {text}");
    }
    let log = ann.get(&format!("/api/orgs/{}/audit", ann.org)).await.expect_status(200).await;
    assert_eq!(log["items"][0]["details"]["settings"], json!(["interval_sec"]), "{log}");

    // Whoever may change a feed can't send its secrets to a server of their own.
    let evil = outside(&json!(1)).await;
    let moved = json!({"config": {"url": evil.url(), "headers": {"X-Token": "********"}}});
    let error = ann.patch(&feed.path(""), &moved).await.expect_error(422, "invalid_field").await;
    assert!(error["fields"]["config.headers.X-Token"].is_string(), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_feeds_ciphertext_is_refused() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let place = outside(&json!({"a": 1})).await;
    let config = |token: &str| json!({"url": place.url(), "interval_sec": 1, "headers": {"X-Token": token}});
    let (one, two) = (shop.feed("http_json", config("a")).await, shop.feed("http_json", config("b")).await);
    let copy = format!(
        "update feeds set secrets = (select secrets from feeds where id = '{}') where id = '{}'",
        one.id, two.id
    );
    assert_eq!(database::execute(&app, &copy).await, 1);
    let runner = Runner::start(&app);
    one.when_ok().await;
    let failing = two.when_failing().await;
    let message = failing["last_error"]["message"].as_str().expect("a message");
    assert!(message.contains("PULSEBOARD_SECRET") && message.contains("again"), "{message}");
    runner.stop().await;
    // Entered again, it works.
    two.change(json!({"config": config("c")})).await;
    let runner = Runner::start(&app);
    two.when_ok().await;
    runner.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_change_of_secret_the_previous_one_opens_until_all_is_sealed_anew() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let place = outside(&json!({"a": 1})).await;
    let config = json!({"url": place.url(), "interval_sec": 1, "headers": {"X-Token": PLANTED}});
    let feed = shop.feed("http_json", config).await;
    let new_text = Secret::generate();
    let new = Secret::new(&new_text).expect("strong");
    let (alone, both) = (SecretBox::new(&new, None), SecretBox::new(&new, Some(&secret())));

    let hook = shop.feed("webhook", json!({})).await.show().await["hook_url"].as_str().map(str::to_owned);
    let runner = Runner::with(&app, |options| options.secret_box = alone.clone());
    feed.when_failing().await;
    runner.stop().await;

    // Restarted with both, it works at once.
    let runner = Runner::with(&app, |options| options.secret_box = both);
    feed.change(json!({"name": "again"})).await;
    feed.when_ok().await;
    runner.stop().await;

    let rekey = async |secret: &str, previous: Option<&str>| {
        let data = tempfile::TempDir::new().expect("a directory");
        let mut command = command(data.path());
        command.arg("rekey").env("DATABASE_URL", &app.database_url).env("PULSEBOARD_SECRET", secret);
        command.envs(previous.map(|previous| ("PULSEBOARD_PREVIOUS_SECRET", previous)));
        let output = command.output().await.expect("runs");
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&said).into_owned())
    };
    let (done, said) = rekey(&new_text, None).await;
    assert!(!done && said.contains("0 encrypted anew, 0 were already, 2 unreadable"), "{said}");
    assert!(said.contains("PULSEBOARD_PREVIOUS_SECRET") && !said.contains(&new_text), "{said}");
    let (done, said) = rekey(&new_text, Some(SECRET)).await;
    assert!(done && said.contains("2 encrypted anew, 0 were already, 0 unreadable"), "{said}");
    let (done, said) = rekey(&new_text, None).await;
    assert!(done && said.contains("0 encrypted anew, 2 were already, 0 unreadable"), "{said}");

    feed.change(json!({"name": "with the old one"})).await;
    let runner = Runner::with(&app, |options| options.secret_box = alone);
    feed.when_ok().await;
    runner.stop().await;
    assert!(place.heard().contains(PLANTED));
    // Nobody has to be given another address.
    let restarted = app.another_with_secret(new).await;
    let sent = restarted.anyone().post(&hook.expect("an address"), &json!(1)).await;
    sent.expect_status(202).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_sealed_anew_batch_by_batch() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    for _ in 0..5 {
        shop.feed("webhook", json!({})).await;
    }
    shop.feed("demo", json!({"shape": "wave"})).await;
    let new = Secret::new(Secret::generate()).expect("strong");
    let both = SecretBox::new(&new, Some(&secret()));
    let batch = async |after: Option<FeedId>| {
        let work = async |conn: &mut Conn| Ok::<_, DbError>(rekey_in_all_orgs(conn, &both, after, 2).await?);
        app.db.system(work).await.expect("rekeys")
    };
    let (mut after, mut sealed) = (None, Vec::new());
    loop {
        let (found, last) = batch(after).await;
        if last.is_none() {
            break;
        }
        assert_eq!(found, Rekeyed { sealed: found.sealed, ..Rekeyed::default() });
        sealed.push(found.sealed);
        after = last;
    }
    assert_eq!(sealed, [2, 2, 1], "a feed without secrets is none of its business");
    assert_eq!(
        batch(None).await.0,
        Rekeyed { current: 2, ..Rekeyed::default() },
        "again, it has nothing to do"
    );
}
