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
use super::meter::{Meter, NoRoom, Taken};
use super::sampling::{Brought, Finished};

/// What comes within this time is written together.
const LINGER: Duration = Duration::from_millis(30);
/// Samples that are written together.
const BATCH: usize = 500;
/// How often a batch is written again when the database does not answer, and the pause before it. Within a
/// claim's time: a restart of the database costs no tick of a long interval.
const TRIES: u32 = 2;
const AGAIN: Duration = Duration::from_secs(1);

/// Ends claims.
#[derive(Clone)]
pub struct Finisher {
    pub db: Db,
    pub writer: Writer,
    pub bus: Bus,
    pub meter: Meter,
    pub claims: Claims,
}

/// What is to be written for a project.
#[derive(Default)]
struct Write {
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
    async fn end(&self, mut batch: Vec<Finished>) {
        for _ in 0..TRIES {
            batch = self.try_to_end(batch).await;
            if batch.is_empty() {
                return;
            }
            tokio::time::sleep(AGAIN).await;
        }
        // The database answers, and only the writer's does not: that would go on unseen.
        for one in &mut batch {
            one.result = Err("The data could not be stored: the database did not answer.".to_owned());
        }
        self.try_to_end(batch).await;
    }

    /// Returns what could not be written, as the database did not answer: that is not the feeds' fault.
    async fn try_to_end(&self, batch: Vec<Finished>) -> Vec<Finished> {
        let claims: Vec<_> = batch.iter().map(|one| (one.claim.feed_id, one.claim.claimed_until)).collect();
        let ended = async {
            let (written, unwritten) = self.write_standing(batch, &claims).await?;
            self.note(written).await?;
            Ok::<_, DbError>(unwritten)
        };
        match ended.await {
            Ok(unwritten) => unwritten,
            Err(error) => {
                tracing::debug!(%error, "what feeds brought could not be written");
                self.claims.abandon(claims);
                Vec::new()
            }
        }
    }

    /// Writes what claims brought that still stand; returns what was judged and what was not.
    async fn write_standing(
        &self,
        mut batch: Vec<Finished>,
        claims: &[claims::Name],
    ) -> Result<(Vec<Finished>, Vec<Finished>), DbError> {
        let standing: HashSet<FeedId> = self
            .db
            .system(async |conn: &mut Conn| {
                Ok::<_, DbError>(claims::list_standing_in_all_orgs(conn, claims).await?)
            })
            .await?
            .into_iter()
            .collect();
        // The feed has been changed, deleted or taken over meanwhile.
        batch.retain(|one| standing.contains(&one.claim.feed_id));
        let unwritten = self.write(&mut batch).await;
        Ok(batch.into_iter().partition(|one| !unwritten.contains(&one.claim.feed_id)))
    }

    /// Notes how claims ended, and tells it.
    async fn note(&self, batch: Vec<Finished>) -> Result<(), DbError> {
        if batch.is_empty() {
            return Ok(());
        }
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

    /// Stores the events of a batch, project by project; what can't be stored becomes a failure. Returns the
    /// feeds for which it is not known, as the database did not answer.
    async fn write(&self, batch: &mut [Finished]) -> HashSet<FeedId> {
        let mut unwritten = HashSet::new();
        let (writes, taken) = self.collect(batch, &mut unwritten).await;
        let mut writing = JoinSet::new();
        for (project, Write { events, of }) in writes {
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
                match problem(&own, answer.as_ref().err().copied()) {
                    Ok(()) => {}
                    Err(Problem::Unknown) => drop(unwritten.insert(batch[n].claim.feed_id)),
                    Err(Problem::Told(reason)) => batch[n].result = Err(reason.to_owned()),
                }
            }
        }
        drop::<Vec<Taken>>(taken);
        unwritten
    }

    /// The events of a batch that there is room for in their orgs' day, by project.
    async fn collect(
        &self,
        batch: &mut [Finished],
        unwritten: &mut HashSet<FeedId>,
    ) -> (BTreeMap<ProjectId, Write>, Vec<Taken>) {
        let mut writes: BTreeMap<ProjectId, Write> = BTreeMap::new();
        let mut taken = Vec::new();
        for (n, one) in batch.iter_mut().enumerate() {
            let Ok(Brought { events, .. }) = &one.result else { continue };
            match self.meter.take(&one.claim, events.len()).await {
                Ok(room) => taken.push(room),
                Err(NoRoom::Unknown) => {
                    unwritten.insert(one.claim.feed_id);
                    continue;
                }
                Err(NoRoom::UsedUp(reason)) => {
                    one.result = Err(reason);
                    continue;
                }
            }
            let write = writes.entry(one.claim.project_id).or_default();
            write.of.push((n, events.len()));
            write.events.extend(events.iter().cloned());
        }
        (writes, taken)
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

/// Why a feed's events were not stored.
enum Problem {
    /// The database did not answer: perhaps they were.
    Unknown,
    /// For people.
    Told(&'static str),
}

/// Whether a feed's events are stored, now or before.
fn problem(outcomes: &[&Outcome], error: Option<WriteError>) -> Result<(), Problem> {
    match error {
        Some(WriteError::Unavailable) => Err(Problem::Unknown),
        Some(WriteError::Busy) => Err(Problem::Told(
            "The data could not be stored: more is arriving than can be written right now.",
        )),
        // Its feeds went with it: nobody will read this.
        Some(WriteError::ProjectGone) => Err(Problem::Told("The project has been deleted.")),
        None if outcomes.contains(&&Outcome::Unfit) => {
            Err(Problem::Told("The data has a number that can't be stored: it has too many digits."))
        }
        None => Ok(()),
    }
}

fn ended(one: Finished) -> (Claim, Ended) {
    let Finished { claim, tick, interval, ran_at, answered_at, result } = one;
    let failures = if result.is_ok() { 0 } else { claim.failures.saturating_add(1) };
    let ended = Ended {
        feed_id: claim.feed_id,
        claimed_until: claim.claimed_until,
        ran_at,
        due_at: ticks::next(claim.feed_id, interval, tick, failures, answered_at),
        outcome: result.map(|brought| Some((tick, brought.newest))),
    };
    (claim, ended)
}
