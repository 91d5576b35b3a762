//! Who has an account here? Neither answers nor times tell.

use std::time::{Duration, Instant};

use pulseboard_core::config::SignUp;
use reqwest::Method;
use serde_json::{Value, json};

use super::{bare, login, login_from, without_request_id};
use crate::app::{Answer, PASSWORD, TestApp};
use crate::database;

/// An answer without what differs from one to the next anyway. Whether the connection stays open depends
/// on whether a body that nobody wants had arrived by then.
async fn told(answer: Answer) -> (u16, Vec<(String, String)>, Value) {
    let status = answer.status().as_u16();
    let mut headers: Vec<(String, String)> = answer
        .0
        .headers()
        .iter()
        .filter(|(name, _)| !["x-request-id", "date", "connection"].contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), value.to_str().expect("text").to_owned()))
        .collect();
    headers.sort();
    let body = answer.expect_status(status).await;
    (status, headers, without_request_id(body["error"].clone()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_and_an_unknown_account_are_told_the_same_to_the_last_header() {
    let app = TestApp::new().await;
    app.user("ann").await;
    let known = told(login(&app, "ann@example.com", "not her password").await).await;
    let unknown = told(login(&app, "nobody@example.com", "not her password").await).await;
    assert_eq!(known, unknown);
    assert_eq!(known.0, 401);
    // Slowed down, they are so alike.
    for account in ["ann@example.com", "nobody@example.com"] {
        let sql = format!(
            "update sign_in_failures set failures = 500, last_at = now() + interval '1 hour' \
             where subject = 'account:{account} from 127.0.0.1'"
        );
        assert_eq!(database::execute(&app, &sql).await, 1, "failures of {account} are counted");
    }
    let in_an_hour = |(status, headers, mut body): (u16, Vec<(String, String)>, Value)| {
        body.as_object_mut().expect("an error").remove("message");
        let headers: Vec<_> = headers
            .into_iter()
            .filter(|(name, _)| name != "retry-after" && name != "content-length")
            .collect();
        (status, headers, body)
    };
    let known = in_an_hour(told(login(&app, "ann@example.com", PASSWORD).await).await);
    let unknown = in_an_hour(told(login(&app, "nobody@example.com", PASSWORD).await).await);
    assert_eq!(known, unknown);
    assert_eq!(known.0, 429);
}

/// Open sign-up has to say that an address is taken. Where it is not open nobody may ask.
#[tokio::test(flavor = "multi_thread")]
async fn where_sign_up_is_not_open_it_does_not_tell_who_has_an_account() {
    let open = TestApp::new().await;
    let ann = open.user("ann").await;
    let used = ann.invitation("bob@example.com", "viewer").await;
    let body = json!({"email": "bob@example.com", "password": PASSWORD, "invitation": used});
    bare(&open).post("/api/auth/register", &body).await.expect_status(201).await;
    for (sign_up, code) in
        [(SignUp::Invitation, "invitation_invalid"), (SignUp::Closed, "registration_closed")]
    {
        let app = open.another_with(|config| config.sign_up = sign_up).await;
        for invitation in [Some("made up"), Some(used.as_str()), Some(""), None] {
            let ask = async |email: &str| {
                let mut body = json!({"email": email, "password": PASSWORD});
                if let Some(token) = invitation {
                    body["invitation"] = json!(token);
                }
                told(bare(&app).post("/api/auth/register", &body).await).await
            };
            let (known, unknown) = (ask("ann@example.com").await, ask("nobody@example.com").await);
            assert_eq!(known, unknown, "{invitation:?}");
            let code = if invitation.is_none() { "registration_closed" } else { code };
            assert_eq!((known.0, &known.2["code"]), (403, &json!(code)), "{invitation:?}");
        }
    }
    assert_eq!(database::number(&open, "select count(*) as number from users").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn invitations_that_are_not_good_are_told_the_same() {
    let app = TestApp::new().await;
    let (ann, bob) = (app.user("ann").await, app.user("bob").await);
    let used = ann.invitation("bob@example.com", "viewer").await;
    let accept = async |token: &str| bob.post(&format!("/api/invitations/{token}/accept"), &json!({})).await;
    accept(&used).await.expect_status(200).await;
    let expired = ann.invitation("carol@example.com", "viewer").await;
    let sql = "update invitations set expires_at = now() - interval '1 second' where accepted_at is null";
    assert_eq!(database::execute(&app, sql).await, 1);
    let made_up = told(accept("made-up").await).await;
    assert_eq!(made_up.0, 403);
    assert_eq!(told(accept(&used).await).await, made_up);
    assert_eq!(told(accept(&expired).await).await, made_up);
}

/// What one request takes.
async fn timed(asked: impl Future<Output = Answer>, status: u16) -> Duration {
    let started = Instant::now();
    let answer = asked.await;
    let took = started.elapsed();
    assert_eq!(answer.status(), status);
    took
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// Taken in turns, so that a busy machine is busy for both. That both verify a password against a hash of
/// the same cost is shown in core (`nobody_costs_what_everybody_costs`); without it they differ twentyfold.
#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_account_takes_as_long_as_a_known_one() {
    let app = TestApp::with(|config| config.trust_proxy = true).await;
    app.user("ann").await;
    let (mut known, mut unknown, mut no_address) = (Vec::new(), Vec::new(), Vec::new());
    for n in 0..25 {
        let ip = format!("203.0.113.{n}");
        let wrong = "not her password";
        known.push(timed(login_from(&app, &ip, "ann@example.com", wrong), 401).await);
        unknown.push(timed(login_from(&app, &ip, "eve@example.com", wrong), 401).await);
        no_address.push(timed(login_from(&app, &ip, "no address", wrong), 401).await);
    }
    let (known, unknown, no_address) = (median(&mut known), median(&mut unknown), median(&mut no_address));
    println!("signing in: known {known:?}, unknown {unknown:?}, no address {no_address:?} (medians of 25)");
    for other in [unknown, no_address] {
        let ratio = other.as_secs_f64() / known.as_secs_f64();
        assert!((0.33..3.0).contains(&ratio), "{ratio}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn registering_takes_as_long_for_an_address_that_is_taken() {
    let app = TestApp::with(|config| config.trust_proxy = true).await;
    app.user("ann").await;
    let register = async |n: usize, email: String, status| -> Duration {
        let body = json!({"email": email, "password": PASSWORD});
        let request = bare(&app).request(Method::POST, "/api/auth/register").json(&body);
        timed(Answer::of(request.header("x-forwarded-for", format!("203.0.113.{n}"))), status).await
    };
    let (mut taken, mut free) = (Vec::new(), Vec::new());
    for n in 0..15 {
        taken.push(register(n, "ann@example.com".into(), 409).await);
        free.push(register(n, format!("new{n}@example.com"), 201).await);
    }
    let (taken, free) = (median(&mut taken), median(&mut free));
    println!("registering: taken {taken:?}, free {free:?} (medians of 15)");
    let ratio = taken.as_secs_f64() / free.as_secs_f64();
    assert!((0.33..3.0).contains(&ratio), "{ratio}");
}
