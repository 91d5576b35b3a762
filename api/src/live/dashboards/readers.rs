//! Who is in a room, and what each has been given already.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use pulseboard_core::ids::PanelId;
use pulseboard_core::memberships::Role;
use pulseboard_core::panel_data::Window;
use tokio::time::Instant;
use uuid::Uuid;

use super::board::{BoardPanel, EventHead, pace};
use super::watch::{View, Watch};
use super::work::PanelWork;
use crate::live::hub::Watcher;

/// One reader.
pub struct Reader {
    pub watcher: Arc<Watcher>,
    pub role: Role,
    /// The version of the dashboard that they have; nothing until they were given one.
    pub version: Option<i64>,
    /// The snapshot is being read.
    pub asked: bool,
    watch: Option<(Arc<View>, Watch)>,
    /// Panels they have the data of.
    given: HashSet<PanelId>,
}

/// What is known of one panel in one view.
#[derive(Clone, Copy, Default)]
struct Shown {
    /// Of what arrived since the last delivery: the oldest and the newest time.
    dirty: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// Where the last delivery ended, its bucket, and when it was.
    last: Option<(DateTime<Utc>, i64, Instant)>,
}

/// The readers and the views they share.
#[derive(Default)]
pub struct Readers {
    pub all: BTreeMap<u64, Reader>,
    views: BTreeMap<Arc<View>, HashMap<PanelId, Shown>>,
    generation: u64,
}

impl Readers {
    pub fn join(&mut self, watcher: Arc<Watcher>, role: Role) {
        let reader =
            Reader { role, version: None, asked: false, watch: None, given: HashSet::new(), watcher };
        self.all.insert(reader.watcher.id, reader);
    }

    pub fn leave(&mut self, id: u64) {
        self.all.remove(&id);
        self.forget_views();
    }

    pub fn watch(&mut self, id: u64, watch: Watch) {
        let Some(reader) = self.all.get_mut(&id) else { return };
        let known = self.views.get_key_value(&watch.view).map(|(view, _)| Arc::clone(view));
        let view = known.unwrap_or_else(|| Arc::new(watch.view.clone()));
        self.views.entry(Arc::clone(&view)).or_default();
        if reader.watch.as_ref().is_none_or(|(before, _)| *before != view) {
            reader.given.clear();
        }
        // What was out of sight has missed something.
        reader.given.retain(|panel| watch.sees(*panel));
        reader.watch = Some((view, watch));
        self.forget_views();
    }

    fn forget_views(&mut self) {
        let watched: HashSet<&Arc<View>> =
            self.all.values().filter_map(|reader| reader.watch.as_ref().map(|(view, _)| view)).collect();
        self.views.retain(|view, _| watched.contains(view));
    }

    /// Everyone needs the whole data of a panel.
    pub fn renew(&mut self, panel: PanelId) {
        for reader in self.all.values_mut() {
            reader.given.remove(&panel);
        }
    }

    /// Everyone needs the whole data of everything; what is being read is not it.
    pub fn renew_all(&mut self) {
        self.generation += 1;
        for reader in self.all.values_mut() {
            reader.given.clear();
        }
    }

    /// Forgets panels that are gone.
    pub fn retain(&mut self, panels: &[BoardPanel]) {
        let ids: HashSet<PanelId> = panels.iter().map(|panel| panel.id).collect();
        for shown in self.views.values_mut() {
            shown.retain(|panel, _| ids.contains(panel));
        }
        for reader in self.all.values_mut() {
            reader.given.retain(|panel| ids.contains(panel));
        }
    }

    /// Notes what an event touches.
    pub fn touch(&mut self, panels: &[BoardPanel], event: &EventHead<'_>) {
        for panel in panels.iter().filter(|panel| panel.is_touched(event)) {
            let at = event.timestamp;
            self.mark(panel.id, |view| view.end().is_none_or(|end| at < end).then_some(at));
        }
    }

    /// Notes that a panel is not what it was, at a time that each view tells; nothing if it does not show it.
    fn mark(&mut self, panel: PanelId, at: impl Fn(&View) -> Option<DateTime<Utc>>) {
        for (view, panels) in &mut self.views {
            let (Some(shown), Some(at)) = (panels.get_mut(&panel), at(view)) else { continue };
            let (oldest, newest) = shown.dirty.unwrap_or((at, at));
            shown.dirty = Some((oldest.min(at), newest.max(at)));
        }
    }

    /// Notes what time alone has changed: a new bucket has begun.
    pub fn age(&mut self, panels: &[BoardPanel], now: DateTime<Utc>) {
        for (_, shown) in self.views.iter_mut().filter(|(view, _)| view.moves()) {
            for panel in panels.iter().filter(|panel| panel.ages()) {
                let Some(shown) = shown.get_mut(&panel.id) else { continue };
                let Some((to, bucket, _)) = shown.last else { continue };
                let begun = now.timestamp().div_euclid(bucket) > to.timestamp().div_euclid(bucket);
                if begun && shown.dirty.is_none() {
                    shown.dirty = Some((to, to));
                }
            }
        }
    }

    /// A feed's state is told by the panels that show it, whatever span they show.
    pub fn mark_feed(&mut self, panels: &[BoardPanel], feed: Uuid, now: DateTime<Utc>) {
        let newest = |view: &View| Some(view.range(now)?.to - TimeDelta::milliseconds(1));
        for panel in panels.iter().filter(|panel| panel.feeds.contains(&feed)) {
            self.mark(panel.id, newest);
        }
    }

    fn sees<'r>(&'r self, view: &'r View, panel: PanelId) -> impl Iterator<Item = &'r Reader> {
        self.all.values().filter(move |reader| {
            let watch = reader.watch.as_ref().filter(|(watched, _)| **watched == *view);
            reader.version.is_some() && watch.is_some_and(|(_, watch)| watch.sees(panel))
        })
    }

    /// What has become due; nothing is due more often than its pace allows.
    pub fn due(&mut self, panels: &[BoardPanel], now: DateTime<Utc>, clock: Instant) -> Vec<PanelWork> {
        let mut due = Vec::new();
        let views: Vec<Arc<View>> = self.views.keys().cloned().collect();
        for view in views {
            let Some(range) = view.range(now) else { continue };
            for panel in panels.iter().filter(|panel| panel.has_data()) {
                let (mut fresh, mut given) = (false, false);
                for reader in self.sees(&view, panel.id) {
                    *(if reader.given.contains(&panel.id) { &mut given } else { &mut fresh }) = true;
                }
                let window = Window::whole(range, &panel.query, view.points);
                let work = |window, full| PanelWork {
                    view: Arc::clone(&view),
                    panel: panel.clone(),
                    generation: self.generation,
                    window,
                    full,
                };
                let Some(shown) = self.views.get(&view) else { continue };
                let Shown { dirty, last } = shown.get(&panel.id).copied().unwrap_or_default();
                let rested = last.is_none_or(|(_, bucket, at)| clock >= at + pace(bucket));
                // What is newer than the end of the span waits until the span has come there.
                let tail = dirty.filter(|(oldest, _)| given && rested && *oldest < range.to);
                let full = fresh && (rested || !given);
                if let Some((oldest, _)) = tail {
                    let since = last.map_or(oldest, |(to, ..)| oldest.min(to));
                    due.push(work(window.tail(since), false));
                }
                if full {
                    due.push(work(window, true));
                }
                let (to, bucket) = (range.to, window.buckets.seconds);
                let shown = match (tail.is_some() || (full && !given), full) {
                    (true, _) => Shown {
                        dirty: dirty.filter(|(_, newest)| *newest >= to).map(|(_, newest)| (to, newest)),
                        last: Some((to, bucket, clock)),
                    },
                    // The others have it up to where they had it.
                    (false, true) => Shown { dirty, last: last.map(|(to, ..)| (to, bucket, clock)) },
                    (false, false) => Shown { dirty, last },
                };
                self.views.entry(Arc::clone(&view)).or_default().insert(panel.id, shown);
            }
        }
        due
    }

    /// Whether something waits for its time.
    pub fn waits(&self, panels: &[BoardPanel]) -> bool {
        let untold = |shown: &HashMap<PanelId, Shown>| shown.values().any(|shown| shown.dirty.is_some());
        let lacks = |reader: &Reader| {
            let watch = reader.watch.as_ref().filter(|_| reader.version.is_some());
            let wanted = |panel: &&BoardPanel| watch.is_some_and(|(_, watch)| watch.sees(panel.id));
            panels.iter().filter(wanted).any(|panel| panel.has_data() && !reader.given.contains(&panel.id))
        };
        self.views.values().any(untold) || self.all.values().any(lacks)
    }

    /// What was due could not be read: it stays due.
    pub fn give_back(&mut self, work: &[PanelWork]) {
        for work in work {
            self.renew(work.panel.id);
        }
    }

    /// Hands panels' data to those it was made for.
    pub fn deliver(&mut self, work: &PanelWork, frame: &Bytes) {
        if work.generation != self.generation {
            return;
        }
        let panel = work.panel.id;
        for reader in self.all.values_mut() {
            let watch = reader.watch.as_ref().filter(|(view, _)| *view == work.view);
            let sees = reader.version.is_some() && watch.is_some_and(|(_, watch)| watch.sees(panel));
            if !sees || reader.given.contains(&panel) == work.full {
                continue;
            }
            reader.watcher.outbox.push_change(frame.clone());
            if work.full {
                reader.given.insert(panel);
            }
        }
    }

    /// Hands the same to everyone who has the dashboard.
    pub fn tell_all(&self, frame: &Bytes) {
        for reader in self.all.values().filter(|reader| reader.version.is_some()) {
            reader.watcher.outbox.push_change(frame.clone());
        }
    }

    /// Readers whose changes were skipped begin anew.
    pub fn restart_skipped(&mut self) {
        for reader in self.all.values_mut().filter(|reader| reader.watcher.outbox.needs_state()) {
            (reader.version, reader.asked) = (None, false);
            reader.given.clear();
        }
    }
}

#[cfg(test)]
mod tests;
