//! Guessing: slowed down by account and place, never at the cost of who knows the password.

use reqwest::Method;
use serde_json::json;

use super::{Session, bare, login, login_from, sign_in};
use crate::app::{Answer, PASSWORD, TestApp};
use crate::database;

const ANN: &str = "ann@example.com";
const WRONG: &str = "a wrong guess";

async fn behind_a_proxy() -> TestApp {
    TestApp::with(|config| config.trust_proxy = true).await
}

/// Guesses until it is slowed down; returns how many guesses were answered.
async fn guess(app: &TestApp, ip: &str, email: &str) -> usize {
    for tries in 0..40 {
        let answer = login_from(app, ip, email, WRONG).await;
        if answer.status() == 429 {
            return tries;
        }
        answer.expect_error(401, "invalid_credentials").await;
    }
    panic!("guessing is never slowed down");
}

/// As if this had failed so often, just now.
async fn failed(app: &TestApp, subject: &str, failures: u32) {
    let sql = format!(
        "insert into sign_in_failures values ('{subject}', {failures}, now()) \
         on conflict (subject) do update set failures = excluded.failures, last_at = excluded.last_at"
    );
    assert_eq!(database::execute(app, &sql).await, 1);
}

/// As if the failures that are no longer free had been many more: the first waits are as short as a slow
/// machine is slow.
async fn much_more_often(app: &TestApp) {
    let sql = "update sign_in_failures set failures = 500, last_at = now() \
               where failures >= 5 and (subject like '% from %' or subject like 'session:%')";
    assert_eq!(database::execute(app, sql).await, 1);
}

/// Seconds of `Retry-After`.
fn wait(answer: &Answer) -> u64 {
    answer.header("retry-after").and_then(|text| text.parse().ok()).expect("Retry-After")
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_is_slowed_down_and_nobody_is_locked_out() {
    let app = TestApp::new().await;
    app.user("ann").await;
    app.user("bob").await;
    let tries = guess(&app, "ignored", ANN).await;
    assert!((5..15).contains(&tries), "people mistype: {tries}");
    login(&app, "bob@example.com", PASSWORD).await.expect_status(200).await;

    // More failures: a minute at most, for the right password and on every process too.
    much_more_often(&app).await;
    let other = app.another().await;
    for app in [&app, &other] {
        let refused = login(app, "Ann@example.com", PASSWORD).await;
        assert!((40..=61).contains(&wait(&refused)), "{}", wait(&refused));
        refused.expect_error(429, "too_many_requests").await;
    }
    let pass = "update sign_in_failures set last_at = last_at - interval '61 seconds'";
    assert!(database::execute(&app, pass).await >= 1);
    login(&app, ANN, PASSWORD).await.expect_status(200).await;
    // A success forgets the failures.
    login(&app, ANN, WRONG).await.expect_error(401, "invalid_credentials").await;
    login(&app, ANN, PASSWORD).await.expect_status(200).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_who_guess_do_not_keep_the_owner_out() {
    let app = behind_a_proxy().await;
    app.user("ann").await;
    guess(&app, "203.0.113.7", ANN).await;
    much_more_often(&app).await;
    login_from(&app, "203.0.113.7", ANN, PASSWORD).await.expect_error(429, "too_many_requests").await;
    // The owner, at a place that has not failed: at once.
    login_from(&app, "198.51.100.9", ANN, PASSWORD).await.expect_status(200).await;
    // And the owner's success has made nothing good for the stranger.
    login_from(&app, "203.0.113.7", ANN, WRONG).await.expect_error(429, "too_many_requests").await;

    // Many places at once: each has one guess, then a minute to wait. The owner still comes in, at a place
    // never seen before.
    for n in 0..50 {
        login_from(&app, &format!("203.0.113.{}", n + 100), ANN, WRONG).await;
    }
    for n in 0..20 {
        let ip = format!("198.51.100.{}", n + 100);
        login_from(&app, &ip, ANN, WRONG).await.expect_error(401, "invalid_credentials").await;
        let refused = login_from(&app, &ip, ANN, WRONG).await;
        assert!(wait(&refused) > 30, "{}", wait(&refused));
        refused.expect_error(429, "too_many_requests").await;
    }
    login_from(&app, "192.0.2.1", ANN, PASSWORD).await.expect_status(200).await;
    login_from(&app, "198.51.100.9", ANN, PASSWORD).await.expect_status(200).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_sent_at_once_count_like_guesses_sent_one_by_one() {
    let app = TestApp::new().await;
    app.user("ann").await;
    let client = bare(&app);
    let guesses: Vec<_> = (0..100)
        .map(|n| {
            let body = json!({"email": ANN, "password": format!("a wrong guess {n}")});
            tokio::spawn(Answer::of(client.request(Method::POST, "/api/auth/login").json(&body)))
        })
        .collect();
    let mut judged = 0;
    for answer in guesses {
        let answer = answer.await.expect("answers");
        match answer.status().as_u16() {
            401 => judged += 1,
            429 => {}
            other => panic!("{other}"),
        }
    }
    // Between two turns of one core another core may have begun; and a slow machine takes so long for all
    // of them that the first waits are over.
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    println!("of 100 guesses at once {judged} were judged, on {cores} cores");
    assert!((5..=5 + cores + 4).contains(&judged), "{judged}");
    // Who knows the password may be many at once.
    let other = app.user("bob").await.email;
    let logins: Vec<_> = (0..20)
        .map(|_| {
            let body = json!({"email": &other, "password": PASSWORD});
            tokio::spawn(Answer::of(client.request(Method::POST, "/api/auth/login").json(&body)))
        })
        .collect();
    for answer in logins {
        answer.await.expect("answers").expect_status(200).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_at_many_accounts_from_one_place_is_slowed_down() {
    let app = behind_a_proxy().await;
    app.user("ann").await;
    login_from(&app, "203.0.113.7", "x@example.com", PASSWORD)
        .await
        .expect_error(401, "invalid_credentials")
        .await;
    let counted =
        "select failures::bigint as number from sign_in_failures where subject = 'address:203.0.113.7'";
    assert_eq!(database::number(&app, counted).await, 1, "failures are counted by place");
    failed(&app, "address:203.0.113.7", 100).await;
    login_from(&app, "203.0.113.7", ANN, PASSWORD).await.expect_error(429, "too_many_requests").await;
    login_from(&app, "203.0.113.8", ANN, PASSWORD).await.expect_status(200).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_a_whole_network_of_ipv6_has_one_place() {
    let app = behind_a_proxy().await;
    app.user("ann").await;
    for n in 0..5 {
        let ip = format!("2001:db8:7:7:{n}::{n}");
        login_from(&app, &ip, ANN, WRONG).await.expect_error(401, "invalid_credentials").await;
    }
    much_more_often(&app).await;
    let refused = login_from(&app, "2001:db8:7:7:ffff::1", ANN, WRONG).await;
    refused.expect_error(429, "too_many_requests").await;
    login_from(&app, "2001:db8:7:8::1", ANN, PASSWORD).await.expect_status(200).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_the_client_makes_up_is_not_believed() {
    let app = TestApp::new().await;
    app.user("ann").await;
    for n in 0..5 {
        let ip = format!("203.0.113.{n}");
        login_from(&app, &ip, ANN, WRONG).await.expect_error(401, "invalid_credentials").await;
    }
    much_more_often(&app).await;
    login_from(&app, "198.51.100.1", ANN, PASSWORD).await.expect_error(429, "too_many_requests").await;

    // Behind a proxy that is trusted the last address counts, however the proxy adds it.
    let app = behind_a_proxy().await;
    app.user("ann").await;
    let shown = async |lines: &[&str]| -> String {
        let mut request = bare(&app).request(Method::POST, "/api/auth/login");
        for line in lines {
            request = request.header("x-forwarded-for", *line);
        }
        let answer = Answer::of(request.json(&json!({"email": ANN, "password": PASSWORD}))).await;
        let token = answer.expect_status(200).await["access_token"].as_str().map(str::to_owned);
        let client = crate::app::Client { token, ..bare(&app) };
        let list = client.get("/api/auth/sessions").await.expect_status(200).await;
        let items = list["items"].as_array().expect("items").clone();
        let own = items.iter().find(|one| one["current"] == true).expect("this session");
        own["ip"].as_str().expect("an address").to_owned()
    };
    for (lines, expected) in [
        (vec!["203.0.113.7"], "203.0.113.7"),
        (vec!["198.51.100.1, 203.0.113.7"], "203.0.113.7"),
        (vec!["198.51.100.1", "203.0.113.7"], "203.0.113.7"),
        (vec!["203.0.113.7:4711"], "203.0.113.7"),
        (vec!["[2001:db8::7]:4711"], "2001:db8::7"),
        (vec!["::ffff:203.0.113.7"], "203.0.113.7"),
        // What is no address is no reason to have none.
        (vec!["unknown"], "127.0.0.1"),
        (vec!["203.0.113.7, '; drop table users"], "127.0.0.1"),
        (vec![""], "127.0.0.1"),
    ] {
        assert_eq!(shown(&lines).await, expected, "{lines:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_at_the_current_password_are_slowed_down_in_that_session_only() {
    let app = TestApp::new().await;
    app.user("ann").await;
    let (stolen, own) = (sign_in(&app, ANN).await, sign_in(&app, ANN).await);
    let change = async |session: &Session, current: &str| -> Answer {
        let body = json!({"current_password": current, "new_password": "a new and better one"});
        session.post("/api/auth/password", &body).await
    };
    for _ in 0..5 {
        let error = change(&stolen, WRONG).await.expect_error(422, "invalid_field").await;
        assert!(error["fields"]["current_password"].is_string(), "{error}");
    }
    much_more_often(&app).await;
    for password in [WRONG, PASSWORD] {
        let refused = change(&stolen, password).await;
        assert!((1..=61).contains(&wait(&refused)));
        refused.expect_error(429, "too_many_requests").await;
    }
    // The owner is not slowed down, and by this the thief is out.
    change(&own, PASSWORD).await.expect_status(204).await;
    change(&stolen, PASSWORD).await.expect_error(401, "session_revoked").await;
    // It counts for the place as well, so that a new session is no new start.
    let place = "select failures::bigint as number from sign_in_failures where subject = 'address:127.0.0.1'";
    assert_eq!(database::number(&app, place).await, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_sign_up_who_has_an_account_is_slowed_down() {
    let app = behind_a_proxy().await;
    app.user("ann").await;
    let register = async |ip: &str, email: &str| -> Answer {
        let body = json!({"email": email, "password": PASSWORD});
        let request = bare(&app).request(Method::POST, "/api/auth/register").json(&body);
        Answer::of(request.header("x-forwarded-for", ip)).await
    };
    register("203.0.113.7", ANN).await.expect_error(409, "email_taken").await;
    let counted =
        "select failures::bigint as number from sign_in_failures where subject = 'sign-up:203.0.113.7'";
    assert_eq!(database::number(&app, counted).await, 1);
    failed(&app, "sign-up:203.0.113.7", 100).await;
    for email in [ANN, "new@example.com"] {
        register("203.0.113.7", email).await.expect_error(429, "too_many_requests").await;
    }
    // Signing in there goes on, and so does signing up elsewhere.
    login_from(&app, "203.0.113.7", ANN, PASSWORD).await.expect_status(200).await;
    register("203.0.113.8", "new@example.com").await.expect_status(201).await;
}
