//! Telling the live streams, after the commit and off the lane's way.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use pulseboard_wire::Event;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::sync::mpsc;

use super::Filed;
use super::statement::Written;
use crate::bus::Bus;
use crate::ingest::NewEvent;
use crate::live::{self, EventBatch};

/// Publishes what was new, batch after batch in the order of the commits, one message per project.
///
/// To a project that nobody watched last time only the place goes out: composing its events and carrying
/// them to Redis was a quarter of what events in large bodies cost this process. If somebody hears even
/// the place, the whole follows.
pub async fn run(bus: Bus, mut batches: mpsc::Receiver<(Vec<Filed>, Vec<Written>)>) {
    let mut unwatched = HashSet::new();
    while let Some((batch, written)) = batches.recv().await {
        for (filed, place) in batch.chunk_by(|a, b| a.project == b.project).zip(1..) {
            let row = written.iter().find(|row| row.project == place && !row.stored.is_empty());
            let (Some(row), Some(Filed { project, .. })) = (row, filed.first()) else { continue };
            let topic = live::topic(*project);
            if !bus.wanted(&topic) {
                continue;
            }
            if unwatched.contains(project) {
                if publish(&bus, &topic, row, None).await == Some(0) {
                    continue;
                }
                unwatched.remove(project);
            }
            if publish(&bus, &topic, row, Some(events(filed, row))).await == Some(0) {
                unwatched.insert(*project);
            }
        }
    }
}

/// Returns how many heard it, where that is known.
async fn publish(bus: &Bus, topic: &str, row: &Written, events: Option<Vec<Box<RawValue>>>) -> Option<u64> {
    let batch = EventBatch { prev: row.prev, last: row.last, at: row.received_at, events };
    bus.publish(topic, encode(batch)?).await
}

/// What was new of one project's part of a batch.
fn events(filed: &[Filed], row: &Written) -> Vec<Box<RawValue>> {
    let all = filed.iter().flat_map(|filed| &filed.events);
    let new = all.zip(1..).filter(|(_, n)| row.has(*n));
    new.filter_map(|(event, _)| serde_json::value::to_raw_value(&view(event, row.received_at)).ok()).collect()
}

fn encode(mut batch: EventBatch) -> Option<Bytes> {
    let size: usize = batch.events.iter().flatten().map(|event| event.get().len()).sum();
    if size > live::MAX_MESSAGE {
        batch.events = None;
    }
    serde_json::to_vec(&batch).ok().map(Bytes::from)
}

/// The parts of an error's details.
#[derive(Deserialize, Default)]
struct Details<'a> {
    #[serde(borrow, default)]
    stack: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    exception: Option<&'a RawValue>,
    #[serde(borrow, default)]
    breadcrumbs: Option<&'a RawValue>,
}

/// An event as readers will find it.
fn view(event: &NewEvent, received_at: DateTime<Utc>) -> Event<'_> {
    let details: Details<'_> =
        event.error.as_deref().and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
    let tags: BTreeMap<String, String> =
        event.tags.as_deref().and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
    Event {
        id: event.id,
        kind: event.kind,
        name: Cow::Borrowed(&event.name),
        timestamp: event.ts,
        received_at,
        level: event.level,
        user: event.user.as_deref().map(Cow::Borrowed),
        session: event.session.as_deref().map(Cow::Borrowed),
        release: event.release.as_deref().map(Cow::Borrowed),
        environment: event.environment.as_deref().map(Cow::Borrowed),
        tags: Cow::Owned(tags),
        value: event.value,
        unit: event.unit.as_deref().map(Cow::Borrowed),
        payload: event.payload.as_deref().map(Cow::Borrowed),
        issue_id: None,
        feed_id: event.feed_id.map(|feed| feed.0),
        stack: details.stack,
        exception: details.exception.map(Cow::Borrowed),
        breadcrumbs: details.breadcrumbs.map(Cow::Borrowed),
    }
}
