//! Writing what feeds brought: many at once, and only for claims that still stand.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use pulseboard_core::bus::Bus;
use pulseboard_core::db::{Conn, Db, DbError};
use pulseboard_core::feeds::claims::{self, Claim, Ended};
use pulseboard_core::feeds::{self, FeedState, ticks};
use pulseboard_core::ids::{FeedId, ProjectId};
use pulseboard_core::ingest::NewEvent;
use pulseboard_core::writer::{Outcome, WriteError, Writer};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::holding::Claims;
use super::meter::{Meter, Taken};
use super::sampling::Finished;

/// What comes within this time is written together.
const LINGER: Duration = Duration::from_millis(30);
/// Samples that are written together.
const BATCH: usize = 500;

/// Ends claims.
#[derive(Clone)]
pub struct Finisher {
    pub db: Db,
    pub writer: Writer,
    pub bus: Bus,
    pub meter: Meter,
    pub claims: Claims,
}

/// Something that is to be written, and for whom.
struct Write {
    project: ProjectId,
    events: Vec<NewEvent>,
    /// Place in the batch, and how many of the events are its own.
    of: Vec<(usize, usize)>,
}

impl Finisher {
    /// Ends what comes until nothing more can.
    pub async fn run(self, mut finished: mpsc::Receiver<Finished>) {
        let mut batches = JoinSet::new();
        while let Some(first) = finished.recv().await {
            tokio::time::sleep(LINGER).await;
            let mut batch = vec![first];
            while batch.len() < BATCH {
                let Ok(next) = finished.try_recv() else { break };
                batch.push(next);
            }
            // On tasks of their own: a batch that has to wait for the database holds up no other.
            let finisher = self.clone();
            batches.spawn(async move { finisher.end(batch).await });
            while batches.try_join_next().is_some() {}
        }
        while batches.join_next().await.is_some() {}
    }

    /// Ends a batch of claims; what can't be ended now is given back later.
    async fn end(&self, batch: Vec<Finished>) {
        let claims: Vec<_> = batch.iter().map(|one| (one.claim.feed_id, one.claim.claimed_until)).collect();
        if let Err(error) = self.try_to_end(batch).await {
            tracing::debug!(%error, "what feeds brought could not be written");
            self.claims.abandon(claims);
        }
    }

    async fn try_to_end(&self, mut batch: Vec<Finished>) -> Result<(), DbError> {
        let names: Vec<_> = batch.iter().map(|one| (one.claim.feed_id, one.claim.claimed_until)).collect();
        let standing: HashSet<FeedId> = self
            .db
            .system(async |conn: &mut Conn| {
                Ok::<_, DbError>(claims::list_standing_in_all_orgs(conn, &names).await?)
            })
            .await?
            .into_iter()
            .collect();
        // The feed has been changed, deleted or taken over meanwhile.
        batch.retain(|one| standing.contains(&one.claim.feed_id));
        self.write(&mut batch).await;
        let ended: Vec<(Claim, Ended)> = batch.into_iter().map(ended).collect();
        let rows: Vec<Ended> = ended.iter().map(|(_, ended)| ended.clone()).collect();
        let noted: HashSet<FeedId> = self
            .db
            .system(async |conn: &mut Conn| Ok::<_, DbError>(claims::finish_in_all_orgs(conn, &rows).await?))
            .await?
            .into_iter()
            .collect();
        for (claim, ended) in ended.iter().filter(|(claim, _)| noted.contains(&claim.feed_id)) {
            self.tell(claim, ended).await;
        }
        Ok(())
    }

    /// Stores the events of a batch, project by project; what can't be stored becomes a failure.
    async fn write(&self, batch: &mut [Finished]) {
        let mut writes: BTreeMap<ProjectId, Write> = BTreeMap::new();
        let mut taken = Vec::new();
        for (n, one) in batch.iter_mut().enumerate() {
            let Ok(brought) = &mut one.result else { continue };
            let events = std::mem::take(&mut brought.events);
            match self.meter.take(&one.claim, events.len()).await {
                Ok(room) => taken.push(room),
                Err(reason) => {
                    one.result = Err(reason);
                    continue;
                }
            }
            let project = one.claim.project_id;
            let write =
                writes.entry(project).or_insert(Write { project, events: Vec::new(), of: Vec::new() });
            write.of.push((n, events.len()));
            write.events.extend(events);
        }
        let mut writing = JoinSet::new();
        for Write { project, events, of } in writes.into_values() {
            let writer = self.writer.clone();
            writing.spawn(async move { (of, writer.write(project, events).await) });
        }
        while let Some(written) = writing.join_next().await {
            let Ok((of, answer)) = written else { continue };
            let mut outcomes = answer.as_deref().unwrap_or_default().iter();
            for (n, count) in of {
                let own: Vec<&Outcome> = outcomes.by_ref().take(count).collect();
                let stored = own.iter().filter(|outcome| ***outcome == Outcome::Stored).count();
                self.meter.count(&batch[n].claim, stored);
                if let Some(reason) = problem(&own, answer.as_ref().err().copied()) {
                    batch[n].result = Err(reason.to_owned());
                }
            }
        }
        drop::<Vec<Taken>>(taken);
    }

    /// Tells whoever looks how a feed is doing, when that has changed.
    async fn tell(&self, claim: &Claim, ended: &Ended) {
        let error = ended.outcome.as_ref().err();
        let topic = feeds::topic(claim.project_id);
        let first = claim.last_ok.is_none() && error.is_none();
        if (!first && error == claim.error.as_ref()) || !self.bus.wanted(&topic) {
            return;
        }
        let state = FeedState {
            due_at: Some(ended.due_at),
            last_run: Some(ended.ran_at),
            last_ok: if error.is_none() { Some(ended.ran_at) } else { claim.last_ok },
            failures: if error.is_none() { 0 } else { claim.failures.saturating_add(1) },
            error_at: error.map(|_| ended.ran_at),
            error: error.cloned(),
            ..FeedState::default()
        };
        self.bus.publish(&topic, feeds::state_message(claim.feed_id, true, &state).to_string().into()).await;
    }
}

/// Why a feed's events were not stored; nothing if they were, now or before.
fn problem(outcomes: &[&Outcome], error: Option<WriteError>) -> Option<&'static str> {
    match error {
        Some(WriteError::Busy) => {
            Some("The data could not be stored: more is arriving than can be written right now.")
        }
        Some(WriteError::Unavailable) => Some("The data could not be stored: the database did not answer."),
        // Its feeds went with it: nobody will read this.
        Some(WriteError::ProjectGone) => Some("The project has been deleted."),
        None => outcomes
            .contains(&&Outcome::Unfit)
            .then_some("The data has a number that can't be stored: it has too many digits."),
    }
}

fn ended(one: Finished) -> (Claim, Ended) {
    let Finished { claim, tick, interval, ran_at, result } = one;
    let failures = if result.is_ok() { 0 } else { claim.failures.saturating_add(1) };
    let ended = Ended {
        feed_id: claim.feed_id,
        claimed_until: claim.claimed_until,
        ran_at,
        due_at: ticks::next(claim.feed_id, interval, tick, failures, pulseboard_core::now()),
        outcome: result.map(|brought| Some((tick, brought.newest))),
    };
    (claim, ended)
}
