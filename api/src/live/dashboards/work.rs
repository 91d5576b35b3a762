//! What a room reads of Postgres, in one transaction: all that has become due at the same time.

use std::collections::HashMap;
use std::ops::Bound;
use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use pulseboard_core::dashboards::op::AppliedOp;
use pulseboard_core::dashboards::{self, log};
use pulseboard_core::db::{Conn, Db, DbError};
use pulseboard_core::feeds::{self, history};
use pulseboard_core::ids::{FeedId, StoreId, UserId};
use pulseboard_core::memberships::Role;
use pulseboard_core::panel_data::{self, Asked, Feeds, PanelData, PanelProblem, Window};
use pulseboard_core::projects;
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};
use uuid::Uuid;

use super::board::BoardPanel;
use super::feeds::{FeedWindow, MAX_TICKS, Tick, WINDOW};
use super::frames;
use super::room::BoardPlace;
use super::watch::View;
use crate::live::meter::{For, Meter};
use crate::routes::dashboards::DashboardFull;

/// Operations that are told one by one; who missed more is given the whole dashboard.
pub const MAX_OPS: i64 = 500;

/// What is to be read.
#[derive(Default)]
pub struct Work {
    /// The panels, and the operations after this version.
    pub board: Option<Option<i64>>,
    /// Feeds whose state is wanted.
    pub feeds: Vec<Uuid>,
    /// Of these, feeds whose window is not known.
    pub windows: Vec<Uuid>,
    /// Who needs the dashboard as they see it.
    pub readers: Vec<(u64, UserId, Role)>,
    pub panels: Vec<PanelWork>,
}

/// A panel's data that is due.
#[derive(Clone)]
pub struct PanelWork {
    pub view: Arc<View>,
    pub panel: BoardPanel,
    pub window: Window,
    /// What it belongs to: it is of no use once that is over.
    pub generation: u64,
    /// For readers who have none of it; otherwise only the newest buckets, for the others.
    pub full: bool,
}

impl Work {
    pub fn is_empty(&self) -> bool {
        self.board.is_none() && self.feeds.is_empty() && self.readers.is_empty() && self.panels.is_empty()
    }
}

/// What was found.
#[derive(Default)]
pub struct Found {
    pub store: Option<StoreId>,
    pub board: Option<BoardFound>,
    pub windows: HashMap<Uuid, FeedWindow>,
    /// How feeds are doing, of those that were asked for and exist.
    pub states: HashMap<Uuid, Value>,
    pub asked: Vec<Uuid>,
    /// The dashboard as several readers see it alike.
    pub dashboards: Vec<(Vec<u64>, DashboardFull)>,
    pub panels: Vec<(PanelWork, Bytes)>,
}

pub struct BoardFound {
    pub version: i64,
    pub panels: Vec<BoardPanel>,
    /// What was done since the version that was known; nothing if that is too much, or makes no sense.
    pub ops: Option<Vec<AppliedOp>>,
}

/// Reads it. A panel that takes too long is told so, and holds up no other.
pub async fn run(db: &Db, meter: &Meter, place: BoardPlace, mut work: Work) -> Result<Found, DbError> {
    let panels = std::mem::take(&mut work.panels);
    panels.iter().for_each(|_| meter.panel_read(For::Room));
    let mut found = db
        .tenant(place.org, async |conn: &mut Conn| -> Result<_, DbError> { read(conn, place, &work).await })
        .await?;
    let together = db
        .tenant(place.org, async |conn: &mut Conn| -> Result<_, DbError> { all(conn, place, &panels).await });
    match together.await {
        Ok((store, done)) => {
            (found.store, found.panels) = (Some(store), done);
        }
        Err(error) if error.is_timeout() => {
            for panel in panels {
                found.panels.push(alone(db, place, panel).await?);
            }
        }
        Err(error) => return Err(error),
    }
    Ok(found)
}

async fn read(conn: &mut Conn, place: BoardPlace, work: &Work) -> Result<Found, DbError> {
    let BoardPlace { org, dashboard, .. } = place;
    let mut found = Found::default();
    if let Some(known) = work.board {
        let row = dashboards::find_row(conn, org, dashboard).await?;
        let panels = dashboards::panels(conn, org, dashboard).await?;
        let ops = match known {
            Some(known) if known <= row.version && row.version - known <= MAX_OPS => {
                let up_to = Bound::Included(row.version);
                Some(log::between(conn, org, dashboard, known, up_to, MAX_OPS).await?)
            }
            Some(_) => None,
            None => Some(Vec::new()),
        };
        let panels = panels.iter().map(BoardPanel::of).collect();
        found.board = Some(BoardFound { version: row.version, panels, ops });
    }
    found.dashboards = as_seen(conn, place, &work.readers).await?;
    if !work.feeds.is_empty() {
        read_feeds(conn, place, work, &mut found).await?;
    }
    Ok(found)
}

/// The dashboard as its readers see it: who has the same role, and has starred it or not, sees the same.
async fn as_seen(
    conn: &mut Conn,
    BoardPlace { org, dashboard, .. }: BoardPlace,
    readers: &[(u64, UserId, Role)],
) -> Result<Vec<(Vec<u64>, DashboardFull)>, DbError> {
    if readers.is_empty() {
        return Ok(Vec::new());
    }
    let users: Vec<UserId> = readers.iter().map(|(_, user, _)| *user).collect();
    let starred = dashboards::starred_by(conn, org, dashboard, &users).await?;
    let mut alike: Vec<((Role, bool), UserId, Vec<u64>)> = Vec::new();
    for (id, user, role) in readers {
        let kind = (*role, starred.contains(user));
        match alike.iter_mut().find(|(known, ..)| *known == kind) {
            Some((.., ids)) => ids.push(*id),
            None => alike.push((kind, *user, vec![*id])),
        }
    }
    let mut seen = Vec::new();
    for ((role, _), user, ids) in alike {
        seen.push((ids, DashboardFull::find(conn, org, dashboard, user, role).await?));
    }
    Ok(seen)
}

async fn read_feeds(
    conn: &mut Conn,
    BoardPlace { org, project, .. }: BoardPlace,
    work: &Work,
    found: &mut Found,
) -> Result<(), DbError> {
    let ids: Vec<FeedId> = work.feeds.iter().copied().map(FeedId).collect();
    let states = feeds::list_some(conn, org, project, &ids).await?;
    found.asked.clone_from(&work.feeds);
    found.states = states
        .iter()
        .map(|(feed, state)| (feed.id.0, feeds::state_message(feed.id, feed.enabled, state)))
        .collect();
    if work.windows.is_empty() {
        return Ok(());
    }
    let store = projects::find(conn, org, project).await?.store_id;
    let unknown = states.into_iter().filter(|(feed, _)| work.windows.contains(&feed.id.0));
    let (own, newest): (Vec<FeedId>, Vec<_>) =
        unknown.map(|(feed, state)| (feed.id, (feed.id.0, state.value_ts, state.value))).unzip();
    let since = pulseboard_core::now() - WINDOW;
    let recent = history::recent(conn, store, &own, since, MAX_TICKS as i64).await?;
    let newest = newest
        .into_iter()
        .filter_map(|(feed, ts, value)| Some((feed, ts?, Some(to_raw_value(&value?).ok()?))));
    let recent = recent
        .into_iter()
        .filter_map(|found| Some((found.feed_id?, found.ts, found.payload.map(|payload| payload.0))));
    found.windows = windows(&work.windows, newest, recent);
    Ok(())
}

type Brought = (Uuid, DateTime<Utc>, Option<Box<RawValue>>);

/// The windows of these feeds. The newest payload counts only where nothing recent is known.
fn windows(
    feeds: &[Uuid],
    newest: impl Iterator<Item = Brought>,
    recent: impl Iterator<Item = Brought>,
) -> HashMap<Uuid, FeedWindow> {
    let mut windows: HashMap<Uuid, FeedWindow> =
        feeds.iter().map(|feed| (*feed, FeedWindow::default())).collect();
    for (feed, ts, payload) in recent {
        if let Some(window) = windows.get_mut(&feed) {
            window.add(Tick::new(feed, ts, payload.as_deref()));
        }
    }
    for (feed, ts, payload) in newest {
        if let Some(window) = windows.get_mut(&feed)
            && window.latest.is_none()
        {
            window.latest = Some(Tick::new(feed, ts, payload.as_deref()));
        }
    }
    windows
}

/// The feeds that panels name and that still exist.
pub async fn feeds_of<'a>(
    conn: &mut Conn,
    place: BoardPlace,
    panels: impl Iterator<Item = &'a BoardPanel>,
) -> Result<Feeds, DbError> {
    let ids: Vec<Uuid> = panels.flat_map(|panel| panel.query.feed_ids().collect::<Vec<_>>()).collect();
    Ok(panel_data::feeds_now(conn, place.org, place.project, &ids).await?)
}

async fn all(
    conn: &mut Conn,
    place: BoardPlace,
    panels: &[PanelWork],
) -> Result<(StoreId, Vec<(PanelWork, Bytes)>), DbError> {
    let store = projects::find(conn, place.org, place.project).await?.store_id;
    let feeds = feeds_of(conn, place, panels.iter().map(|work| &work.panel)).await?;
    let mut done = Vec::new();
    for work in panels {
        let data = data(conn, store, &feeds, work).await?;
        done.push((work.clone(), frames::panel_data(work.panel.id, work.full, &data)));
    }
    Ok((store, done))
}

async fn data(
    conn: &mut Conn,
    store: StoreId,
    feeds: &Feeds,
    work: &PanelWork,
) -> Result<PanelData, DbError> {
    let PanelWork { view, panel, window, .. } = work;
    let asked = Asked { kind: panel.kind, query: &panel.query, window: *window, variables: &view.variables };
    Ok(panel_data::panel_data(conn, store, feeds, &asked).await?)
}

async fn alone(db: &Db, place: BoardPlace, work: PanelWork) -> Result<(PanelWork, Bytes), DbError> {
    let done = db
        .tenant(place.org, async |conn: &mut Conn| -> Result<_, DbError> {
            Ok(all(conn, place, std::slice::from_ref(&work)).await?.1)
        })
        .await;
    match done {
        Ok(done) => {
            done.into_iter().next().ok_or(DbError::Query(pulseboard_core::db::query_error::Error::NotFound))
        }
        Err(error) if error.is_timeout() => {
            let data =
                PanelData { problems: vec![PanelProblem::too_slow()], ..PanelData::empty(work.window) };
            let bytes = frames::panel_data(work.panel.id, work.full, &data);
            Ok((work, bytes))
        }
        Err(error) => Err(error),
    }
}
