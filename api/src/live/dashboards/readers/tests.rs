use pulseboard_core::ids::{OrgId, ProjectId, SessionId, UserId};
use pulseboard_core::panel_query::{PanelQuery, PanelType};
use pulseboard_wire::Kind;
use serde_json::json;

use super::*;
use crate::live::dashboards::watch::WatchIn;
use crate::live::frames::Format;
use crate::live::hub::Place;
use crate::live::outbox::Outbox;

/// A reader of one panel of sales, in a span.
struct One {
    readers: Readers,
    panels: Vec<BoardPanel>,
    clock: Instant,
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("a time")
}

fn noon() -> DateTime<Utc> {
    at("2026-06-01T12:00:00Z")
}

impl One {
    fn new(from: &str, to: &str) -> Self {
        let query = json!({"sources": [{"kind": "events", "name": "sale"}]});
        let query = PanelQuery::read(&query).expect("fine").expect("some");
        let panel = BoardPanel {
            id: PanelId::new(),
            kind: PanelType::Stat,
            query: Arc::new(query),
            feeds: Vec::new(),
        };
        let mut one = Self { readers: Readers::default(), panels: vec![panel], clock: Instant::now() };
        let watcher = Watcher {
            id: 1,
            user: UserId::new(),
            session: SessionId::new(),
            org: OrgId::new(),
            project: ProjectId::new(),
            place: Place::Playback,
            outbox: Outbox::new(Format::Socket, None),
        };
        one.readers.join(Arc::new(watcher), Role::Viewer);
        one.readers.all.values_mut().for_each(|reader| reader.version = Some(1));
        let watch: WatchIn = serde_json::from_value(json!({"from": from, "to": to})).expect("a frame");
        one.readers.watch(1, Watch::checked(watch, noon()).expect("can be watched"));
        let first = one.due(noon());
        assert!(first.len() == 1 && first[0].full, "everything first");
        one.readers.deliver(&first[0], &Bytes::new());
        one
    }

    fn hear(&mut self, timestamp: DateTime<Utc>) {
        let event = EventHead {
            kind: Kind::Event,
            name: "sale".into(),
            timestamp,
            release: None,
            feed_id: None,
            payload: None,
        };
        self.readers.touch(&self.panels, &event);
    }

    /// What is due then, after as much rest as any panel wants.
    fn due(&mut self, now: DateTime<Utc>) -> Vec<PanelWork> {
        self.clock += std::time::Duration::from_secs(10);
        self.readers.due(&self.panels, now, self.clock)
    }
}

#[tokio::test]
async fn a_span_that_has_ended_is_read_again_only_for_what_is_in_it() {
    let mut one = One::new("2026-06-01T10:00:00Z", "2026-06-01T11:00:00Z");
    one.hear(noon());
    assert!(one.due(noon()).is_empty() && !one.readers.waits(&one.panels), "later than its end");
    one.hear(at("2026-06-01T10:59:30Z"));
    let due = one.due(noon());
    assert_eq!(due.len(), 1);
    assert!(!due[0].full && due[0].window.buckets.from >= at("2026-06-01T10:59:00Z"));
    assert!(one.due(noon()).is_empty(), "once");
}

#[tokio::test]
async fn what_is_ahead_of_a_moving_span_waits_for_it() {
    let mut one = One::new("now-10m", "now");
    let ahead = noon() + TimeDelta::seconds(30);
    one.hear(ahead);
    assert!(one.due(noon()).is_empty(), "not yet");
    let due = one.due(ahead + TimeDelta::seconds(1));
    assert_eq!(due.len(), 1);
    // From where the first reading ended.
    assert!(due[0].window.buckets.from <= noon(), "{:?}", due[0].window);
    assert!(one.due(ahead + TimeDelta::seconds(2)).is_empty());
}

#[tokio::test]
async fn panels_that_are_gone_keep_nobody_awake() {
    let mut one = One::new("now-10m", "now");
    one.hear(noon());
    assert!(one.readers.waits(&one.panels));
    one.panels.clear();
    one.readers.retain(&one.panels);
    assert!(!one.readers.waits(&one.panels));
}
