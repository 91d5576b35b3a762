//! Telling the live streams, after the commit and off the lane's way.

use std::borrow::Cow;
use std::collections::BTreeMap;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use pulseboard_wire::Event;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::sync::mpsc;

use super::Filed;
use super::statement::{Written, places};
use crate::bus::Bus;
use crate::ids::ProjectId;
use crate::ingest::NewEvent;
use crate::live::{self, EventBatch};

/// Publishes what was new, batch after batch in the order of the commits, one message per project.
pub async fn run(bus: Bus, mut batches: mpsc::Receiver<(Vec<Filed>, Vec<Written>)>) {
    while let Some((batch, written)) = batches.recv().await {
        for (topic, message) in messages(&bus, &batch, &written) {
            bus.publish(&topic, message).await;
        }
    }
}

fn messages(bus: &Bus, batch: &[Filed], written: &[Written]) -> Vec<(String, Bytes)> {
    let mut messages: Vec<(String, EventBatch)> = Vec::new();
    let mut current: Option<(ProjectId, String)> = None;
    let events = batch.iter().flat_map(|filed| filed.events.iter().map(|event| (filed.project, event)));
    for ((project, event), (place, n)) in events.zip(places(batch.iter())) {
        let Some(row) = written.iter().find(|row| row.project == place).filter(|row| row.has(n)) else {
            continue;
        };
        if current.as_ref().is_none_or(|(id, _)| *id != project) {
            current = Some((project, live::topic(project)));
        }
        let Some((_, topic)) = current.as_ref().filter(|(_, topic)| bus.wanted(topic)) else { continue };
        if messages.last().is_none_or(|(last, _)| last != topic) {
            let batch =
                EventBatch { prev: row.prev, last: row.last, at: row.received_at, events: Some(Vec::new()) };
            messages.push((topic.clone(), batch));
        }
        if let Some((_, EventBatch { events: Some(events), .. })) = messages.last_mut()
            && let Ok(json) = serde_json::value::to_raw_value(&view(event, row.received_at))
        {
            events.push(json);
        }
    }
    messages.into_iter().filter_map(|(topic, batch)| Some((topic, encode(batch)?))).collect()
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
    let raw = |text: Option<&String>| {
        text.and_then(|text| RawValue::from_string(text.clone()).ok()).map(Cow::Owned)
    };
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
        payload: raw(event.payload.as_ref()),
        issue_id: None,
        stack: details.stack,
        exception: details.exception.map(Cow::Borrowed),
        breadcrumbs: details.breadcrumbs.map(Cow::Borrowed),
    }
}
