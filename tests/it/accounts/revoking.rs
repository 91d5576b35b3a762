//! Ending sessions: one by one, and all others with a new password. What has ended is out at once.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use super::{Cookie, Session, bare, login, refresh, sign_in};
use crate::app::{Answer, Client, PASSWORD, Project, TestApp, User, event};
use crate::live::client::{Closed, Socket, Sse, socket_error, ticket};

/// The same project, seen by another session of its owner.
fn seen_by(project: &Project, session: &Session) -> Project {
    let owner = User { client: session.client.clone(), ..project.owner.clone() };
    Project { owner, ..project.clone() }
}

/// Whatever a session could do: nothing of it works any more, and what is open closes within 5 s.
struct Doings {
    session: Session,
    project: Project,
    socket: Socket,
    stream: Sse,
    ticket: String,
}

impl Doings {
    async fn of(session: Session, project: &Project) -> Self {
        let project = seen_by(project, &session);
        let socket = Socket::open(&project, "").await;
        let mut stream = Sse::open(&project, "", None).await;
        assert_eq!(stream.event().await.kind, "ready");
        let ticket = ticket(&project.owner).await;
        session.get("/api/auth/me").await.expect_status(200).await;
        Self { session, project, socket, stream, ticket }
    }

    async fn are_over(mut self, app: &TestApp) {
        let ended = Instant::now();
        let me = self.session.get("/api/auth/me").await;
        me.expect_error(401, "session_revoked").await;
        self.project.owner.get(&self.project.path("")).await.expect_error(401, "session_revoked").await;
        self.session
            .post("/api/realtime/tickets", &json!({}))
            .await
            .expect_error(401, "session_revoked")
            .await;
        refresh(app, &self.session.refresh).await.expect_error(401, "session_revoked").await;
        let address = format!("/api/realtime/{}?ticket={}", self.project.id, self.ticket);
        let refused = socket_error(&app.base, &address, &[]).await;
        assert_eq!(refused, (401, "session_revoked".into()), "a ticket from before opens nothing");
        assert_eq!(self.socket.closed().await, Closed::With(4401));
        let close = self.stream.event().await;
        assert_eq!((close.kind.as_str(), &close.data["code"]), ("close", &json!(4401)));
        println!("socket and stream closed {:?} after the session had ended", ended.elapsed());
        assert!(ended.elapsed() < Duration::from_secs(5), "{:?}", ended.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_ended_is_out_at_once() {
    let app = TestApp::new().await;
    let (ann, bob) = (app.user("ann").await, app.user("bob").await);
    let shop = ann.project("shop").await;
    let mut stays = Socket::open(&shop, "").await;
    let lost = Doings::of(sign_in(&app, "ann@example.com").await, &shop).await;

    let list = ann.get("/api/auth/sessions").await.expect_status(200).await;
    let items = list["items"].as_array().expect("items");
    let other = items.iter().find(|item| item["current"] == false).expect("the lost one");
    let path = format!("/api/auth/sessions/{}", other["id"].as_str().expect("an id"));
    bob.delete(&path).await.expect_error(404, "not_found").await;
    lost.session.get("/api/auth/me").await.expect_status(200).await;
    ann.delete(&path).await.expect_status(204).await;
    lost.are_over(&app).await;

    let list = ann.get("/api/auth/sessions").await.expect_status(200).await;
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1), "{list}");
    for id in [uuid::Uuid::now_v7().to_string(), "nonsense".into()] {
        ann.delete(&format!("/api/auth/sessions/{id}")).await.expect_error(404, "not_found").await;
    }
    shop.ingest(&event("still here")).await;
    assert_eq!(stays.names(1).await, ["still here"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_ends_the_other_sessions_and_keeps_this_one() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    let bob = app.user("bob").await;
    let shop = ann.project("shop").await;
    let here = sign_in(&app, "ann@example.com").await;
    let mut stays = Socket::open(&seen_by(&shop, &here), "").await;
    let there = Doings::of(sign_in(&app, "ann@example.com").await, &shop).await;
    let new = "a new and better one";
    let change = async |current: &str, new: &str| -> Answer {
        here.post("/api/auth/password", &json!({"current_password": current, "new_password": new})).await
    };
    let error = change("not her password", new).await.expect_error(422, "invalid_field").await;
    assert!(error["fields"]["current_password"].is_string(), "{error}");
    for weak in ["short", "password123", "ann@example.com", &"x".repeat(300)] {
        let error = change(PASSWORD, weak).await.expect_error(422, "invalid_field").await;
        assert!(error["fields"]["new_password"].is_string(), "{error}");
    }
    there.session.get("/api/auth/me").await.expect_status(200).await;

    change(PASSWORD, new).await.expect_status(204).await;
    there.are_over(&app).await;
    here.get("/api/auth/me").await.expect_status(200).await;
    refresh(&app, &here.refresh).await.expect_status(200).await;
    bob.get("/api/auth/me").await.expect_status(200).await;
    login(&app, "ann@example.com", PASSWORD).await.expect_error(401, "invalid_credentials").await;
    login(&app, "ann@example.com", new).await.expect_status(200).await;
    shop.ingest(&event("still here")).await;
    assert_eq!(stays.names(1).await, ["still here"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_slips_in_by_the_old_password_while_it_is_changed() {
    let app = TestApp::new().await;
    app.user("ann").await;
    let here = sign_in(&app, "ann@example.com").await;
    // Three who sign in again and again until the old password is not taken any more.
    let logins: Vec<_> = (0..3)
        .map(|_| {
            let client = bare(&app);
            tokio::spawn(async move {
                let body = json!({"email": "ann@example.com", "password": PASSWORD});
                let mut let_in = Vec::new();
                loop {
                    let answer = client.post("/api/auth/login", &body).await;
                    if answer.status() != 200 {
                        return let_in;
                    }
                    let token = answer.json().await["access_token"].as_str().map(str::to_owned);
                    let_in.push(Client { token, ..client.clone() });
                }
            })
        })
        .collect();
    let body = json!({"current_password": PASSWORD, "new_password": "a new and better one"});
    here.post("/api/auth/password", &body).await.expect_status(204).await;
    let mut before = 0;
    for let_in in logins {
        for slipped in let_in.await.expect("refused in the end") {
            before += 1;
            slipped.get("/api/auth/me").await.expect_error(401, "session_revoked").await;
        }
    }
    println!("{before} signed in before the change, and none of them is still in");
    let list = here.get("/api/auth/sessions").await.expect_status(200).await;
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1), "{list}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_shows_which_device_where_and_when() {
    let app = TestApp::with(|config| config.trust_proxy = true).await;
    let ann = app.user("ann").await;
    let phone = async |path: &str, ip: &str, cookie: Option<&str>| -> Answer {
        let body = json!({"email": "ann@example.com", "password": PASSWORD});
        let mut request = bare(&app).request(Method::POST, path).json(&body);
        request = request.header("user-agent", "Phone/1.0").header("x-forwarded-for", ip);
        if let Some(token) = cookie {
            request = request.header("cookie", format!("pulseboard={token}"));
        }
        Answer::of(request).await
    };
    let other = async || -> Value {
        let list = ann.get("/api/auth/sessions").await.expect_status(200).await;
        assert_eq!(list["next_cursor"], Value::Null);
        let items = list["items"].as_array().expect("items");
        assert_eq!(items.len(), 2, "{list}");
        assert_eq!(items.iter().filter(|item| item["current"] == true).count(), 1);
        items.iter().find(|item| item["current"] == false).expect("the phone").clone()
    };
    let answer = phone("/api/auth/login", "198.51.100.7", None).await;
    let token = Cookie::of(&answer).value;
    answer.expect_status(200).await;
    let first = other().await;
    assert_eq!((&first["user_agent"], &first["ip"]), (&json!("Phone/1.0"), &json!("198.51.100.7")));
    assert_eq!(first["created_at"], first["last_used_at"]);

    // It travels; and so does whoever has stolen the cookie.
    phone("/api/auth/refresh", "203.0.113.9", Some(&token)).await.expect_status(200).await;
    let second = other().await;
    assert_eq!((&second["id"], &second["ip"]), (&first["id"], &json!("203.0.113.9")));
    assert_eq!(second["created_at"], first["created_at"]);
    let times = |item: &Value| item["last_used_at"].as_str().expect("a time").to_owned();
    assert!(times(&second) > times(&first), "{first} {second}");
    // A name as long as one likes is cut, and never anything but text.
    let long = format!("<script>{}", "x".repeat(2000));
    let request = bare(&app).request(Method::POST, "/api/auth/login").header("user-agent", &long);
    let body = json!({"email": "ann@example.com", "password": PASSWORD});
    Answer::of(request.json(&body)).await.expect_status(200).await;
    let list = ann.get("/api/auth/sessions").await.expect_status(200).await;
    let names: Vec<&str> = list["items"]
        .as_array()
        .expect("items")
        .iter()
        .filter_map(|item| item["user_agent"].as_str())
        .collect();
    assert!(names.contains(&&long[..300]), "{names:?}");
}
