//! The writer: group commit by lanes.
//!
//! A submission is one request's events of one project. `hash(project)` picks a lane, a bounded queue
//! with one task and one connection; the task takes whatever is queued, without a timer, writes it in
//! one statement (one transaction), and answers everyone after the commit. So a batch is as large as
//! the load, a lone event waits for nobody, and few projects share a batch.

mod lane;
mod publish;
mod statement;

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc, oneshot};

use crate::bus::Bus;
use crate::ids::ProjectId;
use crate::ingest::NewEvent;

/// More than this many lanes gained nothing when it was measured.
const LANES: usize = 2;
/// Submissions waiting in one lane.
const QUEUE: usize = 2048;
/// Bytes of events waiting in all lanes together.
const QUEUE_BYTES: usize = 64 * 1024 * 1024;
/// How long a request waits for the database; also how long a batch is tried again.
pub const DEADLINE: Duration = Duration::from_secs(3);

/// What became of one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Stored,
    /// It was stored before, by an earlier try.
    Duplicate,
    /// Postgres can't hold it, although it is valid JSON (such as a number with a million digits).
    Unfit,
}

/// Why nothing of a submission was acknowledged. Some of it may be stored all the same if the
/// connection broke in the middle; events with ids of their own may be sent again without harm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    #[error("too many events are waiting")]
    Busy,
    #[error("the database does not answer")]
    Unavailable,
    #[error("the project is gone")]
    ProjectGone,
}

/// Events on their way to one project.
struct Filed {
    project: ProjectId,
    events: Vec<NewEvent>,
}

struct Submission {
    filed: Filed,
    reply: oneshot::Sender<Result<Vec<Outcome>, WriteError>>,
    deadline: tokio::time::Instant,
    _bytes: tokio::sync::OwnedSemaphorePermit,
}

/// Takes events to the database. Cheap to clone; the lanes end when the last clone is gone.
#[derive(Clone)]
pub struct Writer {
    lanes: Arc<[mpsc::Sender<Submission>]>,
    bytes: Arc<Semaphore>,
    hasher: RandomState,
}

impl Writer {
    /// Starts the lanes. They connect by themselves, now and whenever the database comes back. The
    /// handles end after the last clone of the writer is gone and everything queued is written.
    pub fn start(url: &str, bus: Bus) -> (Self, Vec<tokio::task::JoinHandle<()>>) {
        let (lanes, tasks) = (0..LANES)
            .map(|_| {
                let (sender, queue) = mpsc::channel(QUEUE);
                (sender, tokio::spawn(lane::Lane::new(url, bus.clone()).run(queue)))
            })
            .unzip::<_, _, Vec<_>, Vec<_>>();
        let bytes = Arc::new(Semaphore::new(QUEUE_BYTES));
        (Self { lanes: lanes.into(), bytes, hasher: RandomState::new() }, tasks)
    }

    /// Bytes of events that wait to be written.
    pub fn queued_bytes(&self) -> usize {
        QUEUE_BYTES.saturating_sub(self.bytes.available_permits())
    }

    /// Writes events of one project; answers, in their order, after the commit.
    ///
    /// A full queue is [`WriteError::Busy`] at once; otherwise the answer comes within three seconds.
    pub async fn write(&self, project: ProjectId, events: Vec<NewEvent>) -> Result<Vec<Outcome>, WriteError> {
        self.write_within(DEADLINE, project, events).await
    }

    /// The same for a request that has waited already: the answer comes within `patience`.
    pub async fn write_within(
        &self,
        patience: Duration,
        project: ProjectId,
        events: Vec<NewEvent>,
    ) -> Result<Vec<Outcome>, WriteError> {
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let bytes = events.iter().map(size).sum::<usize>().min(QUEUE_BYTES);
        let bytes = Arc::clone(&self.bytes)
            .try_acquire_many_owned(u32::try_from(bytes).unwrap_or(u32::MAX))
            .map_err(|_| WriteError::Busy)?;
        let (reply, answer) = oneshot::channel();
        let deadline = tokio::time::Instant::now() + patience;
        let lane = self.hasher.hash_one(project) as usize % self.lanes.len();
        self.lanes[lane]
            .try_send(Submission { filed: Filed { project, events }, reply, deadline, _bytes: bytes })
            .map_err(|_| WriteError::Busy)?;
        match tokio::time::timeout_at(deadline, answer).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) | Err(_) => Err(WriteError::Unavailable),
        }
    }
}

/// What an event takes in the queue, roughly.
fn size(event: &NewEvent) -> usize {
    let optional = [&event.error, &event.tags, &event.user, &event.session];
    let payload = event.payload.as_ref().map_or(0, |json| json.get().len());
    let others = optional.iter().filter_map(|text| text.as_ref().map(String::len)).sum::<usize>();
    256 + event.name.len() + payload + others
}
