//! How many events an org may have stored per day.

use chrono::{DateTime, Utc};
use serde_json::json;
use tokio::task::JoinSet;

use super::{counted, events, limited, limits, outcome, retry_after};
use crate::app::{Project, TestApp, event, eventually};
use crate::stage::account::{Account, Addresses};
use crate::stage::place::Place;
use crate::stage::process::{Process, command};

#[tokio::test(flavor = "multi_thread")]
async fn a_day_holds_its_quota_and_no_more_over_all_projects_of_the_org() {
    let app = limited(0, 0, 100).await;
    let ann = app.user("ann").await;
    let (shop, blog) = (ann.project("shop").await, ann.project("blog").await);
    let bobs = app.user("bob").await.project("bobs").await;
    let ids: Vec<_> =
        (0..10).map(|_| json!({"type": "event", "name": "a", "id": uuid::Uuid::now_v7()})).collect();
    shop.ingest(&json!(ids)).await;
    // Duplicates and what is refused take nothing of it.
    assert_eq!(shop.ingest(&json!(ids)).await["duplicates"], 10);
    shop.send(&json!({"type": "nonsense"})).await.expect_status(400).await;
    shop.ingest(&events(50)).await;
    let before = outcome(&app, "dropped").await;
    let answer = blog.send(&events(41)).await;
    let seconds = retry_after(&answer);
    assert!((1..=3600).contains(&seconds), "{seconds}");
    let error = answer.expect_error(429, "quota_exceeded").await;
    assert!(error["message"].as_str().is_some_and(|text| text.contains("100 events per day")), "{error}");
    blog.ingest(&events(40)).await;
    shop.send(&event("one more")).await.expect_error(429, "quota_exceeded").await;
    bobs.ingest(&events(100)).await;

    eventually("what is dropped is counted", async || {
        let (blog, shop) = (counted(&blog, "dropped").await, counted(&shop, "dropped").await);
        ((blog, shop) == (41, 1)).then_some(())
    })
    .await;
    assert!(outcome(&app, "dropped").await >= before + 42);
    let daily = eventually("the day's use is shown", async || {
        let limits = blog.owner.get(&blog.path("/limits")).await.expect_status(200).await;
        (limits["daily"]["used"] == 100).then(|| limits["daily"].clone())
    })
    .await;
    assert_eq!(daily["quota"], 100);
    let resets: DateTime<Utc> = daily["resets_at"].as_str().expect("a time").parse().expect("a time");
    assert_eq!((resets - chrono::TimeDelta::seconds(1)).date_naive(), Utc::now().date_naive());
    shop.send(&event("and one")).await.expect_error(429, "quota_exceeded").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_get_exactly_the_quota() {
    let app = limited(0, 0, 200).await;
    let shop = app.user("ann").await.project("shop").await;
    let mut sending = JoinSet::new();
    for _ in 0..60 {
        let shop = shop.clone();
        sending.spawn(async move {
            let answer = shop.send(&events(10)).await;
            match answer.status().as_u16() {
                202 => 10,
                429 => 0,
                other => panic!("{other}"),
            }
        });
    }
    let accepted: usize = sending.join_all().await.into_iter().sum();
    assert_eq!(accepted, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_process_knows_what_the_first_has_taken() {
    let app = limited(0, 0, 100).await;
    let second = app.another_with(|config| config.limits = limits(0, 0, 100)).await;
    let shop = app.user("ann").await.project("shop").await;
    let elsewhere = at(&shop, &second);
    elsewhere.ingest(&event("a")).await;
    shop.ingest(&events(80)).await;
    // It is read every few seconds.
    eventually("the other knows", async || (!fits(&elsewhere, 20).await).then_some(())).await;
    elsewhere.ingest(&events(19)).await;
    eventually("the first knows", async || (!fits(&shop, 1).await).then_some(())).await;
}

/// Whether there is room for so many events, asked with some that can't be stored.
async fn fits(project: &Project, count: usize) -> bool {
    let answer = project.send(&json!(vec![json!({"type": "nonsense"}); count])).await;
    match answer.status().as_u16() {
        400 => true,
        429 => false,
        other => panic!("{other}"),
    }
}

/// The same project, asked at another process.
fn at(project: &Project, app: &TestApp) -> Project {
    let mut project = project.clone();
    project.owner.client.base.clone_from(&app.base);
    project
}

/// Runs `pulseboard quota` and returns what it printed, if it succeeded.
async fn quota(
    variables: &[(&str, &str)],
    data: &std::path::Path,
    arguments: &[&str],
) -> Result<String, String> {
    let mut command = command(data);
    let output = command.arg("quota").args(arguments).envs(variables.iter().copied()).output().await;
    let output = output.expect("the binary runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_gives_an_org_a_quota_of_its_own() {
    let app = limited(0, 0, 100).await;
    let shop = app.user("ann").await.project("shop").await;
    let org = shop.owner.org.as_str();
    let place = Place::new("quota");
    let variables = [("DATABASE_URL", app.database_url.as_str()), ("PULSEBOARD_DAILY_EVENTS", "100")];
    let run = async |arguments: &[&str]| {
        let arguments = [&["--org", org], arguments].concat();
        quota(&variables, &place.data(), &arguments).await
    };
    assert_eq!(
        run(&[]).await.expect("shows"),
        format!("{org}: 100 events per day (PULSEBOARD_DAILY_EVENTS), 0 used today\n")
    );
    shop.ingest(&events(10)).await;
    let shown = run(&["--events-per-day", "15"]).await.expect("sets");
    assert!(shown.starts_with(&format!("{org}: 15 events per day (its own)")), "{shown}");
    eventually("it holds", async || (!fits(&shop, 6).await).then_some(())).await;
    shop.ingest(&events(5)).await;
    shop.send(&event("a")).await.expect_error(429, "quota_exceeded").await;
    assert!(run(&["--events-per-day", "0"]).await.expect("sets").contains("as many events as it likes"));
    eventually("there is none", async || fits(&shop, 150).await.then_some(())).await;
    shop.ingest(&events(150)).await;
    assert!(run(&["--default"]).await.expect("sets").contains("100 events per day"));
    eventually("the default is back", async || (!fits(&shop, 1).await).then_some(())).await;

    assert!(run(&["--default", "--events-per-day", "1"]).await.is_err());
    assert!(run(&["--events-per-day", "-1"]).await.is_err());
    let unknown = uuid::Uuid::now_v7().to_string();
    let error = quota(&variables, &place.data(), &["--org", &unknown]).await.expect_err("there is none");
    assert!(error.contains("there is no org"), "{error}");
    let error = quota(&[], &place.data(), &["--org", org]).await.expect_err("no database");
    assert!(error.contains("no database was found"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_a_running_pulseboard_its_private_database_is_found() {
    let place = Place::new("quota-private");
    let process = Process::up(&place).await;
    let account = Account::create(&Addresses::new([process.base.clone()]), 1).await;
    let projects = account.get("/api/projects").await;
    let org = projects["items"][0]["org_id"].as_str().expect("an org");
    let shown = quota(&[], &place.data(), &["--org", org, "--events-per-day", "7"]).await.expect("sets");
    assert_eq!(shown, format!("{org}: 7 events per day (its own), 0 used today\n"));
}
