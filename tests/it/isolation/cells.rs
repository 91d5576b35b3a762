//! Whose ids an operation can be asked with: in its path, in its body, one within the other.

use serde_json::{Value, json};
use uuid::Uuid;

use super::callers::{Caller, Worth};
use super::world::{Ids, Side, World};
use crate::app::{Answer, Client};
use crate::url_table::{Operation, operations, sample};

/// What an id is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    Of(Side),
    /// Ann's once.
    Gone,
    Random,
}

const TARGETS: [Target; 4] = [Target::Of(Side::Ann), Target::Of(Side::Eve), Target::Gone, Target::Random];

/// Parameters that name what a role is held in.
const SCOPES: [&str; 5] = ["org", "project", "dashboard", "panel", "feed"];
/// Parameters that name something within it.
const WITHIN: [&str; 4] = ["key", "event", "user", "invitation"];
/// Parameters that name what is a person's own, or whoever has them may use.
const BY_THEMSELVES: [&str; 3] = ["session", "token", "hook"];
/// Fields of bodies that name an org or a project: for an operation whose path names none.
const BODY_SCOPES: [(&str, &str); 2] = [("org_id", "org"), ("project_id", "project")];

/// Fields of bodies that hold ids which open nothing by themselves: of feeds a panel shows, of operations
/// that clients make, and of the feed whose secrets fill a definition that is tried.
/// `dashboards/refusing.rs` and `feeds/definitions.rs` try those of others.
const BODY_WITHIN: [&str; 4] = ["feed_ids", "query", "ops", "feed_id"];
/// The parameter of query strings that names a project: for a list whose path names none.
const QUERY_SCOPE: &str = "project";

/// One way to ask an operation.
#[derive(Clone, Debug)]
pub struct Cell {
    /// What the path or the body names for a role to be held in; nothing if neither does.
    pub scope: Option<Target>,
    /// What the path names within that, or of a person or by its bearer.
    pub within: Option<Target>,
    /// The body's field that says the scope.
    pub body_scope: Option<&'static str>,
    /// The query string says the scope.
    pub query_scope: bool,
}

/// What has to come of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    Granted,
    Refused(u16),
    /// For anyone: whatever comes of it, it must tell nothing.
    Open,
}

/// The names of a body's fields that hold ids.
fn body_ids(operation: &Operation) -> Vec<String> {
    let properties = operation.schema.iter().filter_map(|schema| schema["properties"].as_object()).flatten();
    let is_id = |schema: &Value| schema.to_string().contains(r#""format":"uuid""#);
    properties.filter(|(_, schema)| is_id(schema)).map(|(name, _)| name.clone()).collect()
}

/// All operations, each with the ways to ask it. What can't be asked for want of knowledge fails here.
pub fn table() -> Vec<(Operation, Vec<Cell>)> {
    let with_cells = |operation: Operation| {
        let cells = cells(&operation).unwrap_or_else(|unknown| panic!("{unknown}"));
        (operation, cells)
    };
    operations().into_iter().map(with_cells).collect()
}

/// The ways to ask an operation, or what about it is not known.
fn cells(operation: &Operation) -> Result<Vec<Cell>, String> {
    let help = "say so in tests/it/isolation/cells.rs, and what stands for it in world.rs";
    let known = |name: &&str| [&SCOPES[..], &WITHIN, &BY_THEMSELVES].iter().any(|some| some.contains(name));
    if let Some(name) = operation.parameters().into_iter().find(|name| !known(name)) {
        return Err(format!("the matrix does not know what {{{name}}} of {operation} names: {help}"));
    }
    let mut body_scope = None;
    let ids = body_ids(operation).into_iter().filter(|name| !BODY_WITHIN.contains(&name.as_str()));
    for name in ids {
        let known = BODY_SCOPES.iter().find(|(known, _)| *known == name);
        let unknown =
            || format!("the matrix does not know what \"{name}\" in the body of {operation} names: {help}");
        body_scope = Some(known.ok_or_else(unknown)?.0);
    }
    let path_scope = operation.parameters().into_iter().any(|name| SCOPES.contains(&name));
    let query_scope = !path_scope && operation.query.iter().any(|name| name == QUERY_SCOPE);
    let has_scope = path_scope || body_scope.is_some() || query_scope;
    match operation.credential.as_deref() {
        Some("session") if has_scope != operation.needs.is_some() => {
            return Err(format!(
                "{operation}: `security` has to say the least role, as in (\"session\" = [\"viewer\"]), exactly if an org or project is named"
            ));
        }
        Some("key") if operation.needs.is_none() => {
            return Err(format!(
                "{operation}: `security` has to say the least kind of key, as in (\"key\" = [\"secret\"])"
            ));
        }
        _ => {}
    }
    let within = operation.parameters().into_iter().any(|name| !SCOPES.contains(&name));
    let required = |field: &str| {
        let required = operation.schema.iter().filter_map(|schema| schema["required"].as_array()).flatten();
        required.into_iter().any(|name| name == field)
    };
    let optional = body_scope.filter(|field| !required(field));
    let scopes: Vec<Option<Target>> = match has_scope {
        true => TARGETS.into_iter().map(Some).chain(optional.map(|_| None)).collect(),
        false => vec![None],
    };
    let ways = |scope: Option<Target>| -> Vec<Option<Target>> {
        match scope {
            _ if !within => vec![None],
            None | Some(Target::Of(_)) => TARGETS.into_iter().map(Some).collect(),
            Some(_) => vec![Some(Target::Of(Side::Ann))],
        }
    };
    let cell = |scope: Option<Target>, within| Cell {
        scope,
        within,
        body_scope: body_scope.filter(|_| scope.is_some()),
        query_scope,
    };
    Ok(scopes
        .into_iter()
        .flat_map(|scope| ways(scope).into_iter().map(move |within| cell(scope, within)))
        .collect())
}

impl Cell {
    /// What the operation's declared facts say this caller has to get.
    pub fn expected(&self, operation: &Operation, caller: &Caller) -> Expected {
        let credential = operation.credential.as_deref();
        match (credential, &caller.worth) {
            (None | Some("metrics"), _) => return Expected::Open,
            (Some("key"), Worth::Key(_)) => {
                let home = caller.at_home.expect("a key is of a project");
                let suffices = caller.suffices(operation, home).expect("a key");
                return if suffices { Expected::Granted } else { Expected::Refused(403) };
            }
            (Some("session"), Worth::Session(_)) => {}
            (Some("session" | "key"), _) => return Expected::Refused(401),
            (Some(other), _) => panic!("{operation}: the matrix does not know the credential \"{other}\""),
        }
        match self.scope {
            None if operation.names("token") => match (self.within, caller.at_home) {
                // Whoever holds an invitation may use it, so that only those at home already try.
                (Some(Target::Of(side)), Some(home)) if side == home => Expected::Granted,
                _ => Expected::Refused(403),
            },
            None if self.within.is_some() => match self.within {
                Some(Target::Of(side)) if is_admin(caller, side) => Expected::Granted,
                _ => Expected::Refused(404),
            },
            None => Expected::Granted,
            Some(Target::Gone | Target::Random) => Expected::Refused(404),
            Some(Target::Of(side)) => match caller.suffices(operation, side) {
                None => Expected::Refused(404),
                Some(false) => Expected::Refused(403),
                Some(true) if self.within.is_some_and(|within| within != Target::Of(side)) => {
                    Expected::Refused(404)
                }
                Some(true) => Expected::Granted,
            },
        }
    }

    /// Whether whoever has the id is entitled by that alone, as it should be with an invitation: not a
    /// thing to try on the side.
    pub fn is_a_gift(&self, operation: &Operation, caller: &Caller) -> bool {
        let Some(Target::Of(side)) = self.within else { return false };
        operation.names("token") && (operation.credential.is_none() || caller.at_home != Some(side))
    }

    /// The path, with the ids of `mine` for what is one's own.
    pub fn path(&self, world: &World, operation: &Operation, mine: Option<&Ids>) -> String {
        let mut path = operation.template.clone();
        for name in operation.parameters() {
            let target = if SCOPES.contains(&name) { self.scope } else { self.within };
            path = path.replace(&format!("{{{name}}}"), &id(world, target.expect("a target"), name, mine));
        }
        match self.scope.filter(|_| self.query_scope) {
            Some(scope) => format!("{path}?{QUERY_SCOPE}={}", id(world, scope, QUERY_SCOPE, mine)),
            None => path,
        }
    }

    /// A body that the operation takes.
    pub fn body(&self, world: &World, operation: &Operation) -> Option<Value> {
        let schema = operation.schema.as_ref()?;
        let mut body = sample(schema);
        let fresh = Uuid::new_v4().simple().to_string();
        // What is required in fact, or has a form that the schema does not tell.
        for (name, value) in [
            ("name", json!(format!("n{fresh}"))),
            ("email", json!(format!("{fresh}@example.com"))),
            ("events", json!({})),
            (
                "ops",
                json!([{"op_id": Uuid::now_v7(), "target": "dashboard", "field": "name", "value": fresh}]),
            ),
            // What a project has of everything, so that it would show.
            ("query", json!({"annotations": true, "sources": [{"kind": "event_list"}, {"kind": "names"}]})),
        ] {
            if schema["properties"][name].is_object() {
                body[name] = value;
            }
        }
        if let (Some(field), Some(scope)) = (self.body_scope, self.scope) {
            let (_, name) = BODY_SCOPES.into_iter().find(|(known, _)| *known == field).expect("known");
            body[field] = json!(id(world, scope, name, None));
        }
        Some(body)
    }
}

/// The only session in the world whose id is told is an admin's.
fn is_admin(caller: &Caller, side: Side) -> bool {
    caller.worth == Worth::Session(Some((side, "admin")))
}

fn id(world: &World, target: Target, name: &str, mine: Option<&Ids>) -> String {
    let of = |ids: &Ids| ids.get(name).unwrap_or_else(|| panic!("no {name} in the world")).clone();
    match (target, mine.and_then(|ids| ids.get(name))) {
        (Target::Of(_), Some(id)) => id.clone(),
        (Target::Of(side), None) => of(&world.of(side).there),
        (Target::Gone, _) => of(&world.ann.gone),
        (Target::Random, _) => Uuid::now_v7().to_string(),
    }
}

/// A request as it was sent, for what may come back of it, and its answer.
pub struct Asked {
    pub sent: String,
    pub status: u16,
    /// Empty where the answer goes on for ever.
    pub text: String,
}

/// Asks, at the address of the first design as well as at the canonical one: in turns.
pub async fn ask(
    operation: &Operation,
    client: &Client,
    path: &str,
    body: Option<&Value>,
    turn: usize,
) -> Asked {
    let short = path.strip_prefix("/api").filter(|_| turn % 2 == 1 && operation.is_unprefixed());
    let path = short.unwrap_or(path);
    let answer: Answer = operation.ask_with(client, path, body).await;
    let status = answer.status().as_u16();
    let endless = status == 101 || (status == 200 && operation.stream);
    let text = if endless { String::new() } else { answer.0.text().await.expect("a body") };
    let sent = format!(
        "{path} {} {}",
        body.map(Value::to_string).unwrap_or_default(),
        client.token.as_deref().unwrap_or_default()
    );
    Asked { sent, status, text }
}

/// An operation as a new handler might declare it.
fn declared(template: &str, credential: Option<&str>, needs: Option<&str>, field: Option<&str>) -> Operation {
    let id = json!({"type": "string", "format": "uuid"});
    Operation {
        method: reqwest::Method::POST,
        template: template.to_owned(),
        credential: credential.map(str::to_owned),
        needs: needs.map(str::to_owned),
        takes_ticket: false,
        query: Vec::new(),
        schema: field.map(|field| json!({"type": "object", "properties": {field: id}})),
        socket: false,
        stream: false,
    }
}

#[test]
fn what_the_matrix_does_not_know_is_found() {
    let session = Some("session");
    for (operation, why) in [
        (declared("/api/gadgets/{gadget}", session, None, None), "a parameter without a meaning"),
        (declared("/api/projects/{project}/gadgets", session, None, None), "no role for a project"),
        (declared("/api/gadgets", session, Some("viewer"), None), "a role in nothing"),
        (declared("/api/gadgets", session, Some("viewer"), Some("gadget_id")), "an id in the body"),
        (declared("/api/gadgets", session, None, Some("org_id")), "no role for a body's org"),
        (declared("/gadgets", Some("key"), None, None), "no kind of key"),
    ] {
        assert!(cells(&operation).is_err(), "{why}: {operation}");
    }
    let known = declared("/api/projects/{project}/keys/{key}", session, Some("admin"), None);
    assert_eq!(cells(&known).map(|cells| cells.len()), Ok(10));
}
