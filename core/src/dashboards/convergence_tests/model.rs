//! A server and its browsers, as small as can be.

use std::collections::{BTreeMap, VecDeque};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::dashboards::apply::apply;
use crate::dashboards::board::Board;
use crate::dashboards::log::fold;
use crate::dashboards::op::{AppliedOp, Op, Person, Target};
use crate::ids::{DashboardId, UserId};

pub const DASHBOARD: DashboardId = DashboardId(Uuid::from_u128(1));

/// What the server keeps: the state and the log that leads to it.
pub struct Server {
    pub board: Board,
    pub log: Vec<AppliedOp>,
}

pub enum Answer {
    Done(AppliedOp),
    Refused(Uuid),
}

impl Server {
    /// Of a dashboard that has just been made.
    pub fn new() -> Self {
        let mut server = Self { board: Board::default(), log: Vec::new() };
        server.take(0, &Op::new(Target::Dashboard, "name", "a"));
        server
    }

    /// Each operation once, in the order in which they come.
    pub fn take(&mut self, who: usize, op: &Op) -> (Answer, bool) {
        if let Some(known) = self.log.iter().find(|known| known.op_id == op.op_id) {
            return (Answer::Done(known.clone()), false);
        }
        let (at, before) = (time(self.log.len()), self.board.clone());
        let Ok(applied) = apply(&mut self.board, DASHBOARD, op, at) else {
            assert_eq!(self.board, before, "what is refused changes nothing");
            return (Answer::Refused(op.op_id), false);
        };
        let done = AppliedOp {
            seq: self.log.len() as i64 + 1,
            op_id: op.op_id,
            batch: None,
            actor: Some(Person { id: UserId(Uuid::from_u128(who as u128)), name: format!("p{who}") }),
            at,
            target: op.target,
            field: op.field.clone(),
            value: applied.value,
            previous: applied.previous,
            undoes: None,
        };
        self.log.push(done.clone());
        (Answer::Done(done), true)
    }

    /// What the dashboard was when its log had this length.
    pub fn past(&self, version: usize) -> Board {
        let mut board = Board::default();
        fold(&mut board, DASHBOARD, &self.log[..version]);
        board
    }
}

fn time(n: usize) -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000 + n as i64, 0).expect("a time")
}

/// A browser.
#[derive(Default)]
pub struct Client {
    pub confirmed: Board,
    pub version: i64,
    pub pending: Vec<Op>,
    pub early: BTreeMap<i64, AppliedOp>,
    /// It has heard of something that it can't know: the state has to be fetched.
    pub lacks: bool,
    pub connected: bool,
    /// On the way to the server, in order.
    pub sent: VecDeque<Op>,
    /// On the way from the server, in whatever order.
    pub coming: Vec<Answer>,
}

impl Client {
    pub fn shown(&self) -> Board {
        let mut board = self.confirmed.clone();
        for op in &self.pending {
            let _ = apply(&mut board, DASHBOARD, op, time(0));
        }
        board
    }

    pub fn edit(&mut self, op: Op) {
        self.pending.push(op.clone());
        if self.connected {
            self.sent.push_back(op);
        }
    }

    /// A new connection: the state as it is now, and everything that is not confirmed once more.
    pub fn connect(&mut self, server: &Server) {
        self.connected = true;
        self.coming.clear();
        self.load(server);
        self.sent = self.pending.iter().cloned().collect();
    }

    /// Fetches the state, which has no panels that are deleted.
    pub fn load(&mut self, server: &Server) {
        if server.log.len() as i64 >= self.version {
            (self.confirmed, self.version) = (server.board.clone(), server.log.len() as i64);
            self.confirmed.panels.retain(|_, panel| !panel.deleted);
        }
        self.lacks = false;
        self.early.retain(|seq, _| *seq > self.version);
        self.drain();
    }

    /// Does what has its turn.
    fn drain(&mut self) {
        while let Some(next) = self.early.get(&(self.version + 1)).filter(|_| !self.lacks).cloned() {
            let known = next.target.panel().is_none_or(|id| self.confirmed.panels.contains_key(&id));
            if next.field == "deleted" && !known {
                self.lacks = true;
                return;
            }
            fold(&mut self.confirmed, DASHBOARD, std::slice::from_ref(&next));
            self.early.remove(&next.seq);
            self.version += 1;
        }
    }

    pub fn hear(&mut self, answer: Answer) {
        match answer {
            Answer::Refused(id) => self.pending.retain(|op| op.op_id != id),
            Answer::Done(op) => {
                self.pending.retain(|pending| pending.op_id != op.op_id);
                if op.seq > self.version {
                    self.early.insert(op.seq, op);
                }
                self.drain();
            }
        }
    }
}
