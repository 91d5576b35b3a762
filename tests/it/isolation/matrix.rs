//! Every operation × everyone × whose ids. Access is what the document declares, whatever is refused
//! tells nothing and changes nothing, and what is another's reads as what never was.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use uuid::Uuid;

use super::callers::{Caller, Worth, callers};
use super::cells::{Asked, Cell, Expected, ask, table};
use super::world::{
    Ids, Side, World, make_dashboard, make_feed, make_key, marked_event, new_member, session_of,
};
use crate::app::{Client, User};
use crate::database;
use crate::url_table::Operation;

/// Requests at the same time.
const ABREAST: usize = 8;

/// What is wrong with the answers, as sentences, and how many there were.
#[derive(Default)]
struct Findings {
    cells: BTreeMap<&'static str, usize>,
    wrong: Vec<String>,
    leaks: Vec<String>,
    /// What strangers are told of things that are not there, without the request's id.
    not_there: BTreeSet<String>,
}

impl Findings {
    fn look_at(&mut self, world: &World, what: &str, caller: &Caller, expected: Expected, asked: &Asked) {
        let Asked { sent, status, text } = asked;
        let (kind, fits) = match expected {
            Expected::Granted => ("granted", matches!(status, 101 | 200..=299)),
            Expected::Refused(401) => ("401", *status == 401),
            Expected::Refused(403) => ("403", *status == 403),
            Expected::Refused(refusal) => ("404", *status == refusal),
            Expected::Open => ("open to all", *status < 500),
        };
        *self.cells.entry(kind).or_default() += 1;
        if !fits {
            self.wrong.push(format!("{what} by {}: {status} instead of {expected:?}: {text}", caller.name));
        }
        for side in [Side::Ann, Side::Eve] {
            let may_see = caller.at_home == Some(side) && expected == Expected::Granted;
            for leak in world.leaks(side, text, sent).into_iter().filter(|_| !may_see) {
                self.leaks.push(format!("{what} by {}: {side:?}'s {leak} in {text}", caller.name));
            }
        }
        if *status == 404 {
            self.not_there.insert(without_request_id(text));
        }
    }

    fn report(self, of: &str) {
        let total: usize = self.cells.values().sum();
        eprintln!("{of}: {total} cells ({:?}), leaks {}", self.cells, self.leaks.len());
        assert!(self.wrong.is_empty(), "{}", self.wrong.join("\n"));
        assert!(self.leaks.is_empty(), "{}", self.leaks.join("\n"));
        assert!(self.not_there.len() <= 1, "what is not there is told apart: {:?}", self.not_there);
    }
}

fn without_request_id(text: &str) -> String {
    let mut body: Value = serde_json::from_str(text).unwrap_or_else(|_| panic!("no JSON: {text}"));
    body["error"]["request_id"] = Value::Null;
    body.to_string()
}

/// Every cell, as operation, caller, cell and what has to come of it.
fn all<'a>(
    table: &'a [(Operation, Vec<Cell>)],
    callers: &'a [Caller],
) -> impl Iterator<Item = (&'a Operation, &'a Caller, &'a Cell, Expected)> {
    table.iter().flat_map(move |(operation, cells)| {
        cells.iter().flat_map(move |cell| {
            let may_try = callers.iter().filter(|caller| !cell.is_a_gift(operation, caller));
            may_try.map(move |caller| (operation, caller, cell, cell.expected(operation, caller)))
        })
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_refused_learns_and_changes_nothing() {
    let world = World::new().await;
    let (table, callers) = (table(), callers(&world).await);
    let before = world.rows().await;
    let refused = all(&table, &callers).filter(|(.., expected)| matches!(expected, Expected::Refused(_)));
    let asking = stream::iter(refused.enumerate()).map(|(turn, (operation, caller, cell, expected))| {
        let world = &world;
        async move {
            let (path, body) = (cell.path(world, operation, None), cell.body(world, operation));
            let asked = ask(operation, &caller.client, &path, body.as_ref(), turn).await;
            (format!("{operation} with {cell:?}"), caller, expected, asked)
        }
    });
    let mut findings = Findings::default();
    let answers: Vec<_> = asking.buffer_unordered(ABREAST).collect().await;
    for (what, caller, expected, asked) in &answers {
        findings.look_at(&world, what, caller, *expected, asked);
    }
    assert!(answers.len() > 1000, "{}", answers.len());
    findings.report("refused");
    assert_same(&before, &world.rows().await);
}

/// Compares rows and shows those that differ.
pub fn assert_same(before: &[String], after: &[String]) {
    let (before, after): (BTreeSet<_>, BTreeSet<_>) = (before.iter().collect(), after.iter().collect());
    let gone: Vec<_> = before.difference(&after).collect();
    let new: Vec<_> = after.difference(&before).collect();
    assert!(gone.is_empty() && new.is_empty(), "rows have changed:\ngone {gone:#?}\nnew {new:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_gets_in_and_sees_only_their_own() {
    let world = World::new().await;
    let (table, callers) = (table(), callers(&world).await);
    let granted = all(&table, &callers).filter(|(.., expected)| matches!(expected, Expected::Granted));
    let asking = stream::iter(granted.enumerate()).map(|(turn, (operation, caller, cell, expected))| {
        let world = &world;
        async move {
            let own = if operation.mutates() { fresh(world, caller, operation).await } else { Ids::new() };
            let (path, body) = (cell.path(world, operation, Some(&own)), body(world, operation, cell));
            let asked = ask(operation, &caller.client, &path, body.as_ref(), turn).await;
            (format!("{operation} with {cell:?}"), caller, expected, asked)
        }
    });
    let mut findings = Findings::default();
    let answers: Vec<_> = asking.buffer_unordered(ABREAST).collect().await;
    for (what, caller, expected, asked) in &answers {
        findings.look_at(&world, what, caller, *expected, asked);
    }
    assert!(answers.len() > 60, "{}", answers.len());
    findings.report("granted");
}

/// A body that has the wished-for effect.
fn body(world: &World, operation: &Operation, cell: &Cell) -> Option<Value> {
    match operation.template.as_str() {
        "/ingest" => Some(json!({"type": "event", "name": "mine"})),
        // Signs nobody out: the same again is no change.
        "/api/auth/password" => {
            Some(json!({"current_password": crate::app::PASSWORD, "new_password": crate::app::PASSWORD}))
        }
        _ => cell.body(world, operation),
    }
}

/// New things of the caller's own, to be changed and deleted.
async fn fresh(world: &World, caller: &Caller, operation: &Operation) -> Ids {
    let mut ids = Ids::new();
    let Some(home) = caller.at_home else { return ids };
    let tenant = world.of(home);
    for name in operation.parameters() {
        match name {
            "project" => {
                let project =
                    tenant.admin.project(&format!("{} {}", Uuid::new_v4().simple(), tenant.mark)).await;
                project.ingest(&marked_event(&tenant.mark, "short-lived")).await;
                let (key, _) = make_key(&project, "public", &tenant.mark).await;
                ids.extend([("project", project.id), ("key", key)]);
            }
            "dashboard" | "panel" => {
                let (dashboard, panel) = make_dashboard(&tenant.shop, &tenant.mark).await;
                leave_something_to_undo(caller, operation, &dashboard).await;
                ids.extend([("dashboard", dashboard), ("panel", panel)]);
            }
            "feed" => {
                let kind = if operation.template.ends_with("/rotate") { "webhook" } else { "demo" };
                ids.insert("feed", make_feed(&tenant.shop, kind, &tenant.mark).await);
            }
            "user" => {
                let name = Uuid::new_v4().simple().to_string();
                ids.insert("user", new_member(&world.app, &tenant.admin.org, &name).await);
            }
            "invitation" => drop(ids.insert("invitation", invitation(world, &tenant.admin).await)),
            "token" => {
                let invited = format!("{}@example.com", Uuid::new_v4().simple());
                ids.insert("token", tenant.admin.invitation(&invited, "viewer").await);
            }
            "session" => {
                let person = caller.person.as_ref().expect("a person");
                let ends = format!(
                    "insert into sessions (id, user_id, created_at, last_used_at, expires_at)
                     select gen_random_uuid(), user_id, now(), now(), expires_at from sessions where id = '{}'
                     returning id::text as text",
                    session_of(person)
                );
                ids.insert("session", database::texts(&world.app, &ends).await.remove(0));
            }
            _ => {}
        }
    }
    ids
}

/// One can take back only what one has done.
async fn leave_something_to_undo(caller: &Caller, operation: &Operation, dashboard: &str) {
    let path = |rest: &str| format!("/api/dashboards/{dashboard}/{rest}");
    let op = json!({"op_id": Uuid::now_v7(), "target": "dashboard", "field": "description", "value": "mine"});
    if ["/undo", "/redo"].iter().any(|end| operation.template.ends_with(end)) {
        caller.client.post(&path("ops"), &json!({"ops": [op]})).await.expect_status(200).await;
    }
    if operation.template.ends_with("/redo") {
        caller.client.post(&path("undo"), &json!({})).await.expect_status(200).await;
    }
}

async fn invitation(world: &World, by: &User) -> String {
    let email = format!("{}@example.com", Uuid::new_v4().simple());
    by.invitation(&email, "viewer").await;
    let sql = format!("select id::text as text from invitations where email = '{email}'");
    database::texts(&world.app, &sql).await.remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_open_to_all_tells_nobody_anything() {
    let world = World::new().await;
    let (table, callers) = (table(), callers(&world).await);
    let mut findings = Findings::default();
    for (turn, (operation, caller, cell, expected)) in
        all(&table, &callers).filter(|(.., expected)| *expected == Expected::Open).enumerate()
    {
        // An empty jar each time: nobody is signed out on the side.
        let client = Client { token: caller.client.token.clone(), ..world.app.anyone() };
        let (path, body) = (cell.path(&world, operation, None), cell.body(&world, operation));
        let asked = ask(operation, &client, &path, body.as_ref(), turn).await;
        findings.look_at(&world, &format!("{operation} with {cell:?}"), caller, expected, &asked);
    }
    findings.not_there.clear();
    findings.report("open to all");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_id_in_a_query_string_opens_nothing() {
    let world = World::new().await;
    let (ann, table, callers) = (&world.ann, table(), callers(&world).await);
    let mut probes = vec![
        &ann.mark,
        &ann.shop.id,
        &ann.admin.org,
        &ann.admin.id,
        &ann.shop.key,
        &ann.there["event"],
        &ann.there["feed"],
    ];
    probes.extend(&ann.cursors);
    let eves = callers.iter().filter(|caller| caller.at_home == Some(Side::Eve));
    let eves: Vec<&Caller> = eves.filter(|caller| caller.worth != Worth::Key("public")).collect();
    let mut asking = Vec::new();
    for (operation, cells) in table.iter().filter(|(operation, _)| !operation.query.is_empty()) {
        for caller in &eves {
            let own = cells.iter().find(|cell| cell.expected(operation, caller) == Expected::Granted);
            let Some(cell) = own else { continue };
            for name in
                operation.query.iter().filter(|name| !["ticket", "key", "project"].contains(&name.as_str()))
            {
                for probe in &probes {
                    let path = cell.path(&world, operation, None);
                    let path = format!("{path}{}{name}={probe}", if path.contains('?') { '&' } else { '?' });
                    asking.push((operation, *caller, cell, path));
                }
            }
        }
    }
    let asking =
        stream::iter(asking.into_iter().enumerate()).map(|(turn, (operation, caller, cell, path))| {
            let world = &world;
            async move {
                let body = cell.body(world, operation);
                (operation, caller, ask(operation, &caller.client, &path, body.as_ref(), turn).await)
            }
        });
    let answers: Vec<_> = asking.buffer_unordered(ABREAST).collect().await;
    let mut leaks = Vec::new();
    for (operation, caller, Asked { sent, status, text }) in &answers {
        assert!(
            matches!(status, 101 | 200 | 202 | 400 | 404),
            "{operation} by {}: {status}: {text}",
            caller.name
        );
        leaks.extend(world.leaks(Side::Ann, text, sent).into_iter().map(|leak| format!("{sent}: {leak}")));
    }
    eprintln!("query strings: {} requests, leaks {}", answers.len(), leaks.len());
    assert!(leaks.is_empty() && answers.len() > 300, "{}: {leaks:#?}", answers.len());
}
