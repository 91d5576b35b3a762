//! What a room hears: events, operations, and how its feeds are doing.

use std::collections::HashMap;

use pulseboard_core::bus::{Message, Subscription};
use pulseboard_core::dashboards::op::Target;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::Room;
use crate::live::channel::Heard;
use crate::live::dashboards::board::EventHead;
use crate::live::dashboards::feeds::FeedWindows;
use crate::live::dashboards::frames;
use crate::live::ending::Ending;

impl Room {
    pub(super) fn hear(&mut self, heard: Heard) {
        match heard {
            Heard::Events(events) => {
                for event in events.iter() {
                    self.hear_event(event);
                }
            }
            Heard::Gap => self.begin_anew(),
            Heard::Gone => self.end_all(Ending::PROJECT_GONE),
        }
    }

    fn hear_event(&mut self, event: &RawValue) {
        let Ok(head) = serde_json::from_str::<EventHead<'_>>(event.get()) else { return };
        if let Some(feed) = head.feed_id {
            self.feeds.hear(feed, head.timestamp, head.payload);
        }
        self.readers.touch(&self.panels, &head);
    }

    /// What is known of feeds and panels may have a hole: all of it is read again.
    pub(super) fn begin_anew(&mut self) {
        self.feeds = FeedWindows::default();
        self.readers.renew_all();
        self.reload = true;
    }

    pub(super) fn hear_ops(&mut self, message: Message, subscription: &mut Subscription) {
        let mut next = Some(message);
        while let Some(message) = next {
            match message {
                Message::Data(bytes) => self.hear_op(&bytes),
                Message::Lost => self.reload = true,
            }
            next = subscription.try_recv();
        }
    }

    fn hear_op(&mut self, bytes: &[u8]) {
        #[derive(Deserialize)]
        struct Told {
            #[serde(default)]
            ops: Vec<Box<RawValue>>,
            #[serde(default)]
            deleted: bool,
        }
        #[derive(Deserialize)]
        struct Head {
            seq: i64,
            target: Target,
        }
        let Ok(told) = serde_json::from_slice::<Told>(bytes) else { return };
        if told.deleted {
            return self.end_deleted();
        }
        // The panels are read again in any case; what follows at once is passed on at once.
        self.reload = true;
        for op in told.ops {
            let Ok(head) = serde_json::from_str::<Head>(op.get()) else { return };
            if self.version != Some(head.seq - 1) {
                continue;
            }
            self.pass_on(&op, head.seq, head.target);
        }
    }

    pub(super) fn pass_on(&mut self, op: &impl serde::Serialize, seq: i64, target: Target) {
        let frame = frames::op(op, target == Target::Dashboard);
        for reader in self.readers.all.values_mut().filter(|reader| reader.version.is_some_and(|v| v < seq)) {
            reader.version = Some(seq);
            reader.watcher.outbox.push_change(frame.clone());
        }
        self.version = Some(seq);
    }

    pub(super) fn hear_state(&mut self, message: Message) {
        let Message::Data(bytes) = message else {
            self.look_at_feeds = true;
            return;
        };
        let Ok(state) = serde_json::from_slice::<Value>(&bytes) else { return };
        let feed = state["feed_id"].as_str().and_then(|id| Uuid::parse_str(id).ok());
        let Some(feed) = feed.filter(|feed| self.feeds.0.contains_key(feed)) else { return };
        self.heard_of.insert(feed);
        self.tell_state(feed, &state);
    }

    fn tell_state(&mut self, feed: Uuid, state: &Value) {
        self.states.insert(feed, known(state));
        self.readers.tell_all(&frames::feed_state(state));
        self.readers.mark_feed(&self.panels, feed, pulseboard_core::now());
    }

    /// Takes in how feeds are doing, as Postgres says: tells what nobody has told.
    pub(super) fn take_in_states(&mut self, asked: &[Uuid], states: &HashMap<Uuid, Value>) {
        for feed in asked {
            // What was heard meanwhile may be newer.
            if self.heard_of.contains(feed) {
                self.look_at_feeds = true;
                continue;
            }
            match states.get(feed) {
                Some(state) if self.states.get(feed) != Some(&known(state)) => self.tell_state(*feed, state),
                Some(_) => {}
                None if self.states.remove(feed).is_some() => {
                    self.readers.mark_feed(&self.panels, *feed, pulseboard_core::now());
                }
                None => {}
            }
        }
    }
}

/// What of a feed's state is worth telling; when it runs next is not.
fn known(state: &Value) -> [Value; 2] {
    [state["state"].clone(), state["last_error"].clone()]
}
