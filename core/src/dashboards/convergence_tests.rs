//! Several people edit one dashboard over lines that reorder, double and lose what is sent: in the end all
//! see the same bytes. The people keep to the rules that [`super::apply`] states for clients.

mod model;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use self::model::{Answer, Client, DASHBOARD, Server};
use super::board::Board;
use super::log::fold;
use super::op::{Op, Target};
use super::restore::steps;
use crate::ids::PanelId;

const PANELS: u128 = 5;
const PEOPLE: usize = 3;

/// What happens next.
#[derive(Clone, Debug)]
enum Step {
    Edit(usize, Op),
    /// The server takes the next of what this client has sent.
    Arrive(usize),
    /// This client hears one of what is on its way to it; `usize` says which, and the flag: it comes twice.
    Hear(usize, usize, bool),
    /// One message to this client is lost.
    Lose(usize, usize),
    Disconnect(usize),
    Connect(usize),
    /// This client fetches the state anew.
    Fetch(usize),
    /// Somebody goes back to a past state, over REST.
    Restore(usize),
}

fn target() -> impl Strategy<Value = Target> {
    prop_oneof![
        1 => Just(Target::Dashboard),
        4 => (1..=PANELS).prop_map(|n| Target::Panel(PanelId(Uuid::from_u128(n)))),
    ]
}

fn change() -> impl Strategy<Value = (String, Value)> {
    let place = (0..12, 0..30, 1..=12, 1..10).prop_map(
        |(x, y, width, height)| json!({"position_x": x, "position_y": y, "width": width, "height": height}),
    );
    let text = "[a-c]{0,2}";
    prop_oneof![
        3 => (text, place.clone()).prop_map(|(title, mut panel)| {
            panel["type"] = json!("stat");
            panel["title"] = json!(title);
            ("panel".to_owned(), panel)
        }),
        2 => any::<bool>().prop_map(|gone| ("deleted".to_owned(), json!(gone))),
        3 => text.prop_map(|title| ("title".to_owned(), json!(title))),
        2 => text.prop_map(|name| ("name".to_owned(), json!(name))),
        2 => prop_oneof![Just("line"), Just("area"), Just("pie")].prop_map(|s| ("options.style".to_owned(), json!(s))),
        1 => (-3..3).prop_map(|n| ("options.min".to_owned(), if n == 0 { Value::Null } else { json!(f64::from(n) / 2.0) })),
        1 => Just(("options".to_owned(), json!({"legend": true}))),
        2 => (0..12).prop_map(|x| ("position_x".to_owned(), json!(x))),
        2 => (1..=12).prop_map(|width| ("width".to_owned(), json!(width))),
        2 => place.clone().prop_map(|place| ("layout".to_owned(), place)),
        2 => proptest::collection::btree_map(1..=PANELS, place, 0..4).prop_map(|places| {
            let places: BTreeMap<_, _> = places.into_iter().map(|(n, place)| (Uuid::from_u128(n).to_string(), place)).collect();
            ("layout".to_owned(), json!(places))
        }),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let who = 0..PEOPLE;
    prop_oneof![
        6 => (who.clone(), target(), change(), any::<u128>()).prop_map(|(who, target, (field, value), id)| {
            Step::Edit(who, Op { op_id: Uuid::from_u128(id), target, field, value })
        }),
        5 => who.clone().prop_map(Step::Arrive),
        5 => (who.clone(), any::<usize>(), any::<bool>()).prop_map(|(who, which, twice)| Step::Hear(who, which, twice)),
        1 => (who.clone(), any::<usize>()).prop_map(|(who, which)| Step::Lose(who, which)),
        1 => who.clone().prop_map(Step::Disconnect),
        2 => who.clone().prop_map(Step::Connect),
        1 => who.prop_map(Step::Fetch),
        1 => any::<usize>().prop_map(Step::Restore),
    ]
}

/// The server takes what a client has sent first.
fn arrive(server: &mut Server, clients: &mut [Client], who: usize) {
    if let Some(op) = clients[who].sent.pop_front() {
        take(server, clients, who, &op);
    }
}

/// The server takes an operation, and tells everyone who is connected.
fn take(server: &mut Server, clients: &mut [Client], who: usize, op: &Op) {
    let (answer, new) = server.take(who, op);
    match &answer {
        Answer::Done(done) if new => {
            for client in clients.iter_mut().filter(|client| client.connected) {
                client.coming.push(Answer::Done(done.clone()));
            }
        }
        _ if clients[who].connected => clients[who].coming.push(answer),
        _ => {}
    }
}

fn play(server: &mut Server, clients: &mut [Client], step: Step) {
    match step {
        Step::Edit(who, op) => clients[who].edit(op),
        Step::Arrive(who) => arrive(server, clients, who),
        Step::Hear(who, which, twice) => {
            let client = &mut clients[who];
            if client.coming.is_empty() {
                return;
            }
            let answer = client.coming.swap_remove(which % client.coming.len());
            if let (Answer::Done(op), true) = (&answer, twice) {
                client.coming.push(Answer::Done(op.clone()));
            }
            client.hear(answer);
        }
        Step::Lose(who, which) => {
            let coming = &mut clients[who].coming;
            if !coming.is_empty() {
                coming.swap_remove(which % coming.len());
            }
        }
        // What it has sent may still arrive, as far as it got: the server works that off.
        Step::Disconnect(who) => {
            (clients[who].connected, clients[who].coming) = (false, Vec::new());
        }
        Step::Connect(who) => clients[who].connect(server),
        Step::Fetch(who) => clients[who].load(server),
        Step::Restore(version) => {
            let past = server.past(1 + version % server.log.len());
            for op in steps(&server.board, &past) {
                take(server, clients, 0, &op);
            }
            assert_eq!(content(&server.board), content(&past), "restored");
        }
    }
}

/// What a board says, whenever it came to be.
fn content(board: &Board) -> String {
    let panels: Vec<Value> = board.shown().iter().map(|panel| json!([panel.id, panel.as_value()])).collect();
    json!([board.name, board.description, board.variables, panels]).to_string()
}

/// What is shown of a board, as bytes.
fn bytes(board: &Board) -> String {
    json!([board.name, board.description, board.variables, board.shown()]).to_string()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]
    #[test]
    fn everyone_sees_the_same_in_the_end(steps in proptest::collection::vec(step(), 1..150)) {
        let mut server = Server::new();
        let mut clients: Vec<Client> = (0..PEOPLE).map(|_| Client::default()).collect();
        for step in steps {
            play(&mut server, &mut clients, step);
        }
        // Then the lines are good again, and nobody edits any more.
        for client in &mut clients {
            client.connect(&server);
        }
        for who in 0..PEOPLE {
            while !clients[who].sent.is_empty() {
                arrive(&mut server, &mut clients, who);
            }
        }
        for client in &mut clients {
            // In the most awkward order.
            while let Some(answer) = client.coming.pop() {
                client.hear(answer);
            }
            if client.lacks {
                client.load(&server);
            }
        }
        let mut folded = Board::default();
        fold(&mut folded, DASHBOARD, &server.log);
        prop_assert_eq!(json!(folded), json!(server.board), "the log is the state, with what is deleted");
        let ids: BTreeSet<Uuid> = server.log.iter().map(|op| op.op_id).collect();
        prop_assert_eq!(ids.len(), server.log.len(), "each operation is done once");
        for client in &clients {
            prop_assert!(client.pending.is_empty() && client.early.is_empty());
            prop_assert_eq!(client.version, server.log.len() as i64);
            prop_assert_eq!(bytes(&client.confirmed), bytes(&server.board));
            prop_assert_eq!(bytes(&client.shown()), bytes(&server.board));
        }
        for (at, op) in server.log.iter().enumerate() {
            prop_assert_eq!(op.seq, at as i64 + 1);
        }
    }
}
