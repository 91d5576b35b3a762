//! Who asks is judged before what they say: a stranger's body is not even looked at.

use reqwest::Method;

use super::callers::{Caller, callers};
use super::cells::{Cell, Expected, Target, table};
use super::world::World;
use crate::app::Answer;
use crate::url_table::Operation;

/// Bodies that are refused whoever sends them, with their content type.
fn bad_bodies() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("application/json", b"".to_vec()),
        ("application/json", b"{".to_vec()),
        ("application/json", b"\xff\xfe".to_vec()),
        ("application/json", b"[[]]".to_vec()),
        ("application/json", b"{\"name\": 5, \"role\": \"queen\", \"email\": [], \"kind\": {}}".to_vec()),
        ("application/json", vec![b' '; 300 * 1024]),
        ("image/png", b"{}".to_vec()),
        ("audio/ogg", b"name=shop".to_vec()),
    ]
}

/// The first way in which this caller lacks a credential, a membership or a role.
fn refused<'c>(operation: &Operation, cells: &'c [Cell], caller: &Caller) -> Option<(&'c Cell, u16)> {
    cells.iter().find_map(|cell| match (cell.expected(operation, caller), cell.scope) {
        (Expected::Refused(401), _) => Some((cell, 401)),
        // Which org a body names is known only when it has been read.
        _ if cell.body_scope.is_some() || cell.query_scope => None,
        (Expected::Refused(status), Some(Target::Of(side)))
            if caller.suffices(operation, side) != Some(true) =>
        {
            Some((cell, status))
        }
        _ => None,
    })
}

/// One for each reason to be refused; what the others are told is the matrix's.
async fn strangers(world: &World) -> Vec<Caller> {
    let some = ["anyone", "a forged token", "a viewer", "an admin of another org", "a foreign public key"];
    let found: Vec<_> = callers(world).await.into_iter().filter(|one| some.contains(&one.name)).collect();
    assert_eq!(found.len(), some.len());
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_is_refused_before_the_body_is_judged() {
    let world = World::new().await;
    let (table, callers) = (table(), strangers(&world).await);
    let mut tried = 0;
    for (operation, cells) in table.iter().filter(|(operation, _)| operation.method != Method::GET) {
        for caller in &callers {
            let Some((cell, status)) = refused(operation, cells, caller) else { continue };
            // A key may stand in the body: without one in the header there is nobody to judge before.
            if operation.credential.as_deref() == Some("key") && caller.client.token.is_none() {
                continue;
            }
            let path = cell.path(&world, operation, None);
            for (content_type, body) in bad_bodies() {
                let request = caller.client.request(operation.method.clone(), &path);
                let answer =
                    Answer::of(request.header("content-type", content_type).body(body.clone())).await;
                let body = String::from_utf8_lossy(&body[..body.len().min(40)]);
                assert_eq!(
                    answer.status(),
                    status,
                    "{operation} by {} with {content_type} {body}",
                    caller.name
                );
                tried += 1;
            }
        }
    }
    eprintln!("bad bodies of strangers: {tried}");
    assert!(tried > 300, "{tried}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_is_refused_before_the_query_string_is_judged() {
    let world = World::new().await;
    let (table, callers) = (table(), strangers(&world).await);
    let mut tried = 0;
    for (operation, cells) in table.iter().filter(|(operation, _)| operation.method == Method::GET) {
        for caller in &callers {
            let Some((cell, status)) = refused(operation, cells, caller) else { continue };
            let nonsense =
                operation.query.iter().filter(|name| *name != "ticket").map(|name| format!("{name}=%FF\0"));
            let twice = operation.query.iter().map(|name| format!("{name}=1&{name}=2"));
            for query in nonsense.chain(twice).chain(["%".to_owned()]) {
                let path = format!("{}?{}", cell.path(&world, operation, None), query.replace('\0', "%00"));
                let answer = operation.ask(&caller.client, &path).await;
                assert_eq!(answer.status(), status, "{operation} by {} with {query}", caller.name);
                tried += 1;
            }
        }
    }
    eprintln!("bad query strings of strangers: {tried}");
    assert!(tried > 300, "{tried}");
}
