//! What one reader of a dashboard says: what they watch, operations, commands.
//!
//! Operations and commands of one connection are done one after the other, in the order they came; what
//! can't be done is answered, what is not known may be from a later version and is passed over.

use std::sync::Arc;

use pulseboard_core::audit::Actor;
use pulseboard_core::dashboards::op::{Op, Target};
use pulseboard_core::dashboards::{self, DashboardRow};
use pulseboard_core::db::{Conn, DbError};
use pulseboard_core::feeds;
use pulseboard_core::ids::{DashboardId, FeedId, ProjectId};
use pulseboard_core::memberships::Role;
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::frames;
use super::playback::{Control, Controls};
use super::room::RoomCommand;
use super::watch::{Watch, WatchIn};
use crate::error::{ApiError, Code};
use crate::extract::{self, SignedIn};
use crate::live::ending::Ending;
use crate::live::hub::Watcher;
use crate::routes::feeds::ask_now;
use crate::state::App;

/// Operations and commands of one connection that may wait.
const MAX_WAITING: usize = 200;

/// A frame from a client.
#[derive(Deserialize)]
#[serde(tag = "type")]
enum Said {
    #[serde(rename = "watch")]
    Watch(WatchIn),
    #[serde(rename = "widget:updated", alias = "dashboard:updated")]
    Op {
        #[serde(default)]
        op: Value,
    },
    #[serde(rename = "command")]
    Command { command: String, feed_id: Uuid },
    #[serde(rename = "playback")]
    Playback(Control),
}

/// What is done one after the other.
enum Wish {
    Op(Value),
    Refresh(Uuid),
}

/// Where what a client says goes.
enum Ear {
    Room(mpsc::Sender<Wish>),
    Playback(Arc<Controls>),
}

/// The listening end of one connection.
pub struct Client {
    app: App,
    dashboard: DashboardId,
    watcher: Arc<Watcher>,
    ear: Ear,
}

impl Client {
    /// Of someone in the dashboard's room. Must be called on a server thread.
    pub fn in_room(
        app: App,
        who: SignedIn,
        dashboard: DashboardId,
        actor: Actor,
        watcher: Arc<Watcher>,
    ) -> Self {
        let (wishes, waiting) = mpsc::channel(MAX_WAITING);
        let doer = Doer { app: app.clone(), who, dashboard, actor, watcher: Arc::clone(&watcher) };
        actix_web::rt::spawn(doer.run(waiting));
        Self { app, dashboard, watcher, ear: Ear::Room(wishes) }
    }

    /// Of someone who plays the past.
    pub fn in_playback(
        app: App,
        dashboard: DashboardId,
        watcher: Arc<Watcher>,
        controls: Arc<Controls>,
    ) -> Self {
        Self { app, dashboard, watcher, ear: Ear::Playback(controls) }
    }

    /// Does what a frame says, or tells how the connection ends.
    pub fn obey(&mut self, text: &str) -> Result<(), Ending> {
        let said = match serde_json::from_str(text) {
            Ok(said) => said,
            Err(_) if is_watch(text) => return Err(Ending::BAD_WATCH),
            Err(_) => return Ok(()),
        };
        match (said, &self.ear) {
            (Said::Watch(watch), ear) => {
                let watch = Watch::checked(watch, pulseboard_core::now()).ok_or(Ending::BAD_WATCH)?;
                match ear {
                    Ear::Room(_) => {
                        self.app.hub.tell_room(self.dashboard, RoomCommand::Watch(self.watcher.id, watch));
                    }
                    Ear::Playback(controls) => controls.tell(Control::watching(watch)),
                }
            }
            (Said::Playback(control), Ear::Playback(controls)) => controls.tell(control),
            (Said::Op { op }, Ear::Room(wishes)) => self.wish(wishes, Wish::Op(op)),
            (Said::Op { op }, Ear::Playback(_)) => self.refuse(&op, &in_the_past()),
            (Said::Command { feed_id, .. }, Ear::Playback(_)) => {
                self.watcher.outbox.push_change(frames::command_result(feed_id, &Err(in_the_past())));
            }
            (Said::Command { command, feed_id }, Ear::Room(wishes)) if command == "refresh" => {
                self.wish(wishes, Wish::Refresh(feed_id));
            }
            (Said::Command { .. } | Said::Playback(_), _) => {}
        }
        Ok(())
    }

    fn wish(&self, wishes: &mpsc::Sender<Wish>, wish: Wish) {
        let Err(error) = wishes.try_send(wish) else { return };
        let refused =
            ApiError::new(Code::TooManyRequests, "Too much is waiting to be done. Try again in a moment.");
        match error.into_inner() {
            Wish::Op(op) => self.refuse(&op, &refused),
            Wish::Refresh(feed) => {
                self.watcher.outbox.push_change(frames::command_result(feed, &Err(refused)));
            }
        }
    }

    fn refuse(&self, op: &Value, error: &ApiError) {
        self.watcher.outbox.push_change(frames::op_refused(&op["op_id"], error));
    }
}

fn in_the_past() -> ApiError {
    ApiError::new(Code::Forbidden, "The past can't be changed: leave the playback first.")
}

fn is_watch(text: &str) -> bool {
    #[derive(Deserialize)]
    struct Type {
        #[serde(rename = "type")]
        kind: String,
    }
    serde_json::from_str::<Type>(text).is_ok_and(|frame| frame.kind == "watch")
}

/// Does what a client wishes, with the rights they have at that moment.
struct Doer {
    app: App,
    who: SignedIn,
    dashboard: DashboardId,
    actor: Actor,
    watcher: Arc<Watcher>,
}

impl Doer {
    async fn run(self, mut wishes: mpsc::Receiver<Wish>) {
        while let Some(wish) = wishes.recv().await {
            if self.watcher.outbox.is_over() {
                return;
            }
            let answer = match wish {
                Wish::Op(op) => match self.operate(&op).await {
                    Ok(answer) => answer,
                    Err(error) => Some(frames::op_refused(&op["op_id"], &error)),
                },
                Wish::Refresh(feed) => {
                    let result = self.refresh(FeedId(feed)).await;
                    Some(frames::command_result(feed, &result))
                }
            };
            if let Some(answer) = answer {
                self.watcher.outbox.push_change(answer);
            }
        }
    }

    /// The operation comes back through the room, like everyone else's; one that had been done before is
    /// answered here.
    async fn operate(&self, op: &Value) -> Result<Option<bytes::Bytes>, ApiError> {
        let member = self.editor().await?;
        let wanted: Op = serde_json::from_value(op.clone()).map_err(|_| {
            ApiError::field(
                "op",
                "must have op_id (a UUID), target (\"dashboard\" or a panel's id), field, value",
            )
        })?;
        let before = member.of.version;
        let (db, bus) = (&self.app.db, &self.app.bus);
        let done =
            dashboards::operate(db, bus, member.org, self.dashboard, &self.actor, vec![wanted]).await?;
        let again = done.ops.into_iter().find(|op| op.seq <= before);
        Ok(again.map(|op| frames::op(&op, op.target == Target::Dashboard)))
    }

    async fn refresh(&self, feed: FeedId) -> Result<(), ApiError> {
        let member = self.editor().await?;
        let project: ProjectId = member.of.project_id;
        let found = self
            .app
            .db
            .tenant(member.org, async |conn: &mut Conn| -> Result<_, DbError> {
                Ok(feeds::list_some(conn, member.org, project, &[feed]).await?)
            })
            .await?;
        let (feed, _) = found.into_iter().next().ok_or_else(ApiError::not_found)?;
        ask_now(&self.app, &feed).await?;
        Ok(())
    }

    async fn editor(&self) -> Result<extract::Member<DashboardRow>, ApiError> {
        extract::member(&self.app, self.who, Some(self.dashboard.0), Role::Editor).await
    }
}
