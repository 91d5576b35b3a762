//! The application's own scoping defeated: row-level security alone stands between two tenants.
//!
//! The product has no switch for it. The test lies to the application by its data, and pins the database
//! to the truth: forged memberships make Eve an admin of Ann's org, so that every check of the
//! application lets her in, while `app_org()`, which the policies ask, is replaced in this database and
//! always answers Eve's true org.
//!
//! Out of reach of this run is what has no tenant yet when it is read: accounts and sessions, who is a
//! member of what (the lie itself), invitations and tickets by their bearer, which project a key opens,
//! and what the writer stores for that key. Whoever holds such a secret of Ann's is Ann to the product.

use futures_util::{StreamExt, stream};
use serde_json::json;

use super::cells::{Asked, Cell, Target, ask, table};
use super::matrix::assert_same;
use super::world::{Side, World, marked_event};
use crate::app::{Answer, Client};
use crate::database;
use crate::live::client::{Socket, socket_error, ticket};
use crate::url_table::Operation;

/// Makes Eve an admin of Ann's org to the application, and nothing there to the database.
async fn defeat(world: &World) {
    let (anns, eves, eve) = (&world.ann.admin.org, &world.eve.admin.org, &world.eve.admin.id);
    let forge =
        format!("insert into memberships (org_id, user_id, role) values ('{anns}', '{eve}', 'admin')");
    assert_eq!(database::execute(&world.app, &forge).await, 1);
    let seen = world.eve.admin.get(&world.ann.shop.path("")).await.expect_status(200).await;
    assert_eq!(seen["id"], json!(world.ann.shop.id), "the application has been deceived: {seen}");
    let pin = format!(
        "create or replace function app_org() returns uuid language sql stable parallel safe return '{eves}'::uuid"
    );
    database::execute(&world.app, &pin).await;
}

/// How Eve asks for what is Ann's: everything that belongs together, as Ann would.
fn cells_of_anns(table: &[(Operation, Vec<Cell>)]) -> impl Iterator<Item = (&Operation, &Cell)> {
    let anns = |target: Option<Target>| target.is_none_or(|target| target == Target::Of(Side::Ann));
    table.iter().flat_map(move |(operation, cells)| {
        let guarded = operation.credential.as_deref() == Some("session") && !operation.names("token");
        let cells = cells.iter().filter(move |cell| guarded && anns(cell.scope) && anns(cell.within));
        cells.map(move |cell| (operation, cell))
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn row_level_security_alone_lets_nobody_in() {
    let world = World::new().await;
    let eve = &world.eve.admin;
    defeat(&world).await;
    let client = Client { token: eve.token.clone(), ..world.app.anyone() };
    let table = table();
    // What she may change is her own; each of it is told from Ann's by where it is.
    let (scoped, personal): (Vec<_>, Vec<_>) =
        cells_of_anns(&table).partition(|(_, cell)| cell.scope.is_some());

    let before = world.rows().await;
    let asking = stream::iter(scoped.into_iter().enumerate()).map(|(turn, (operation, cell))| {
        let (world, client) = (&world, &client);
        async move {
            let (path, body) = (cell.path(world, operation, None), cell.body(world, operation));
            (operation, ask(operation, client, &path, body.as_ref(), turn).await)
        }
    });
    let answers: Vec<_> = asking.buffer_unordered(4).collect().await;
    let mut leaks = Vec::new();
    for (operation, Asked { sent, status, text }) in &answers {
        assert!(matches!(status, 403 | 404), "{operation}: {status}: {text}");
        leaks.extend(
            world.leaks(Side::Ann, text, sent).into_iter().map(|leak| format!("{operation}: {leak}")),
        );
    }
    assert_same(&before, &world.rows().await);

    // Lists of all one's orgs, and what is one's own.
    for (turn, (operation, cell)) in personal.iter().enumerate().filter(|(_, (one, _))| !one.mutates()) {
        let path = cell.path(&world, operation, None);
        let Asked { sent, status, text } = ask(operation, &client, &path, None, turn).await;
        assert_eq!(status, 200, "{operation}: {text}");
        leaks.extend(
            world.leaks(Side::Ann, &text, &sent).into_iter().map(|leak| format!("{operation}: {leak}")),
        );
    }
    eprintln!(
        "by row-level security alone: {} scoped and {} personal requests, leaks {}",
        answers.len(),
        personal.len(),
        leaks.len()
    );
    assert!(leaks.is_empty() && answers.len() >= 20, "{}: {leaks:#?}", answers.len());

    // It is not that nothing works any more.
    let own = eve.get(&world.eve.shop.path("/events")).await.expect_status(200).await;
    assert_eq!(own["items"].as_array().map(Vec::len), Some(4), "{own}");
    let mine = eve.get("/api/projects").await.expect_status(200).await;
    assert_eq!(mine["items"].as_array().map(Vec::len), Some(1), "{mine}");
    eve.post("/api/projects", &json!({"name": "new", "org_id": eve.org})).await.expect_status(201).await;
}

/// What is told or changed by the rows of projects and orgs themselves, or by a store, which is learnt
/// from a project's row.
const OF_THE_ROW_ITSELF: [&str; 13] = [
    "/api/projects",
    "/api/projects/{project}",
    "/api/projects/{project}/annotations",
    "/api/projects/{project}/events",
    "/api/projects/{project}/events/histogram",
    "/api/projects/{project}/events/{event}",
    "/api/projects/{project}/labels",
    "/api/projects/{project}/names",
    "/api/projects/{project}/overview",
    "/api/projects/{project}/panel-data",
    "/api/projects/{project}/series",
    "/api/projects/{project}/series/query",
    "/api/orgs/{org}",
];

#[tokio::test(flavor = "multi_thread")]
async fn past_the_door_each_table_still_stands_by_itself() {
    let world = World::new().await;
    defeat(&world).await;
    // The door as well is opened: projects and orgs, and whom Eve is, are shown to anyone.
    for table in ["projects", "orgs"] {
        let open = format!("alter policy tenant on {table} using (true) with check (true)");
        database::execute(&world.app, &open).await;
    }
    let client = Client { token: world.eve.admin.token.clone(), ..world.app.anyone() };
    let seen = client.get(&world.ann.shop.path("")).await.expect_status(200).await;
    assert_eq!(seen["id"], json!(world.ann.shop.id), "the door is open: {seen}");

    let before = world.rows().await;
    let (table, mut asked, mut leaks) = (table(), 0, Vec::new());
    for (turn, (operation, cell)) in cells_of_anns(&table).enumerate() {
        let elsewhere = OF_THE_ROW_ITSELF.contains(&operation.template.as_str()) || operation.takes_ticket;
        if cell.scope.is_none() || elsewhere {
            continue;
        }
        let (path, body) = (cell.path(&world, operation, None), cell.body(&world, operation));
        let Asked { sent, status, text } = ask(operation, &client, &path, body.as_ref(), turn).await;
        let fits = matches!(status, 403 | 404) || (status == 200 && !operation.mutates());
        assert!(fits, "{operation}: {status}: {text}");
        leaks.extend(
            world.leaks(Side::Ann, &text, &sent).into_iter().map(|leak| format!("{operation}: {leak}")),
        );
        asked += 1;
    }
    eprintln!("past the door: {asked} requests, leaks {}", leaks.len());
    assert!(leaks.is_empty() && asked >= 6, "{asked}: {leaks:#?}");
    assert_same(&before, &world.rows().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_level_security_alone_keeps_streams_apart() {
    let world = World::new().await;
    let (ann, eve) = (&world.ann, &world.eve);
    let mut hers = Socket::open(&eve.shop, "").await;
    defeat(&world).await;
    for path in ["", "/sse"] {
        let with_ticket = format!("/api/realtime/{}{path}?ticket={}", ann.shop.id, ticket(&eve.admin).await);
        assert_eq!(socket_error(&world.app.base, &with_ticket, &[]).await, (404, "not_found".to_owned()));
    }
    ann.shop.ingest(&marked_event(&ann.mark, "live")).await;
    eve.shop.ingest(&marked_event(&eve.mark, "live")).await;
    let seen = hers.events(1).await;
    let text = serde_json::to_string(&seen).expect("JSON");
    assert!(text.contains(&eve.mark) && world.leaks(Side::Ann, &text, "").is_empty(), "{text}");

    // A key is read in system scope; what it opens is read by its tenant, which is nobody in this run.
    let holder = Client { token: Some(ann.secret_key.clone()), ..world.app.anyone() };
    let answer: Answer = holder.get("/events").await;
    answer.expect_error(404, "not_found").await;
}
