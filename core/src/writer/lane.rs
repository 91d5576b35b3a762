//! One lane: a queue, a task, a connection.

use std::collections::HashSet;
use std::time::Duration;

use diesel::QueryResult;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::publish;
use super::statement::{Batch, Written};
use super::{Filed, Outcome, Submission, WriteError};
use crate::bus::Bus;
use crate::db::Conn;
use crate::ingest::NewEvent;

/// Events in one statement; one submission may go over it.
const MAX_EVENTS: usize = 500;
/// Pause before a failed connection is tried again.
const RECONNECT: Duration = Duration::from_millis(100);
/// A statement that takes longer belongs to a database that has stopped answering.
const STATEMENT: Duration = Duration::from_secs(3);

/// Batches that wait to be published.
const PUBLISHED: usize = 256;

pub struct Lane {
    url: String,
    published: mpsc::Sender<(Vec<Filed>, Vec<Written>)>,
    conn: Option<AsyncPgConnection>,
}

/// What a failed statement means for its batch.
enum Failure {
    /// The connection or the database: the same again may succeed.
    Away(String),
    /// A day without a partition.
    NoPartition,
    /// Something in the batch, or the database in a way that a smaller batch will tell.
    Batch(DieselError),
}

impl Lane {
    pub fn new(url: &str, bus: Bus) -> Self {
        let (published, batches) = mpsc::channel(PUBLISHED);
        tokio::spawn(publish::run(bus, batches));
        Self { url: url.to_owned(), published, conn: None }
    }

    /// Writes what comes until the queue is closed and empty.
    pub async fn run(mut self, mut queue: mpsc::Receiver<Submission>) {
        while let Some(first) = queue.recv().await {
            let mut count = first.filed.events.len();
            let mut batch = vec![first];
            while count < MAX_EVENTS {
                let Ok(next) = queue.try_recv() else { break };
                count += next.filed.events.len();
                batch.push(next);
            }
            // Who has given up waiting has been told to try again.
            let now = Instant::now();
            batch.retain(|submission| !submission.reply.is_closed() && submission.deadline > now);
            // Submissions of one project stand together, projects in one order everywhere: fewer rows
            // to lock, and always in the same order.
            batch.sort_by_key(|submission| submission.filed.project);
            if !batch.is_empty() {
                self.write(batch).await;
            }
        }
    }

    /// Writes a batch and answers everyone in it.
    async fn write(&mut self, mut batch: Vec<Submission>) {
        let patience = batch.iter().map(|submission| submission.deadline).max().unwrap_or_else(Instant::now);
        let mut partitions_made = false;
        let mut tried_before = false;
        loop {
            let statement = Batch::new(&batch, crate::now());
            let result = self.execute(&statement).await;
            match result {
                Ok(written) => {
                    let others = self.answer(batch, written, tried_before);
                    batch = self.without_gone(others).await;
                    if batch.is_empty() {
                        return;
                    }
                    if Instant::now() >= patience {
                        return refuse(batch, WriteError::Unavailable);
                    }
                }
                Err(Failure::NoPartition) if !partitions_made => {
                    partitions_made = true;
                    let times: Vec<_> =
                        batch.iter().flat_map(|s| &s.filed.events).map(|event| event.ts).collect();
                    if let Some(conn) = &mut self.conn
                        && let Err(error) = crate::partitions::make_for(conn, &times).await
                    {
                        tracing::warn!(%error, "making partitions for events failed");
                    }
                }
                Err(Failure::Away(error)) => {
                    self.conn = None;
                    tried_before = true;
                    if Instant::now() + RECONNECT >= patience {
                        tracing::warn!(%error, events = statement.len(), "the event writer can't reach the database");
                        return refuse(batch, WriteError::Unavailable);
                    }
                    tokio::time::sleep(RECONNECT).await;
                }
                Err(Failure::Batch(error)) => return Box::pin(self.split(batch, error)).await,
                Err(Failure::NoPartition) => return refuse(batch, WriteError::Unavailable),
            }
        }
    }

    /// Refuses what was meant for projects that are gone. One that was being cleared is not: it has a new
    /// store, which the statement could not see yet.
    async fn without_gone(&mut self, batch: Vec<Submission>) -> Vec<Submission> {
        let projects: Vec<_> = batch.iter().map(|submission| submission.filed.project).collect();
        let (false, Some(conn)) = (batch.is_empty(), &mut self.conn) else { return batch };
        let asking = tokio::time::timeout(STATEMENT, crate::stores::positions(conn, &projects));
        let Ok(Ok(open)) = asking.await else { return batch };
        let is_open =
            |submission: &Submission| open.iter().any(|(project, ..)| *project == submission.filed.project);
        let (there, gone): (Vec<_>, Vec<_>) = batch.into_iter().partition(is_open);
        refuse(gone, WriteError::ProjectGone);
        there
    }

    async fn execute(&mut self, batch: &Batch<'_>) -> Result<Vec<Written>, Failure> {
        let conn = match &mut self.conn {
            Some(conn) => conn,
            None => {
                let connecting = tokio::time::timeout(STATEMENT, connect(&self.url)).await;
                let conn = connecting
                    .map_err(|_| Failure::Away("no answer".into()))?
                    .map_err(|error| Failure::Away(error.to_string()))?;
                self.conn.insert(conn)
            }
        };
        match tokio::time::timeout(STATEMENT, batch.execute(conn)).await {
            Ok(Ok(written)) => Ok(written),
            Ok(Err(error)) => Err(judge(conn, error).await),
            Err(_) => Err(Failure::Away("no answer to a statement".into())),
        }
    }

    /// Halves a batch until the event that Postgres can't hold stands alone.
    async fn split(&mut self, mut batch: Vec<Submission>, error: DieselError) {
        if batch.len() > 1 {
            let second = batch.split_off(batch.len() / 2);
            self.write(batch).await;
            return self.write(second).await;
        }
        let Some(submission) = batch.pop() else { return };
        let mut unfit = HashSet::new();
        for (index, event) in submission.filed.events.iter().enumerate() {
            match self.fits(event).await {
                Ok(true) => {}
                Ok(false) => {
                    unfit.insert(index);
                }
                Err(()) => return refuse(vec![submission], WriteError::Unavailable),
            }
        }
        if unfit.is_empty() {
            // Not the events' fault: disk full, a lock, a limit. The client will come again.
            tracing::error!(%error, "writing events failed");
            return refuse(vec![submission], WriteError::Unavailable);
        }
        self.write_without(submission, &unfit).await;
    }

    async fn write_without(&mut self, submission: Submission, unfit: &HashSet<usize>) {
        let Submission { filed: Filed { project, events }, reply, deadline, _bytes } = submission;
        let count = events.len();
        let fit: Vec<NewEvent> = events
            .into_iter()
            .enumerate()
            .filter(|(index, _)| !unfit.contains(index))
            .map(|(_, event)| event)
            .collect();
        let (inner_reply, answer) = tokio::sync::oneshot::channel();
        if fit.is_empty() {
            let _ = inner_reply.send(Ok(Vec::new()));
        } else {
            let filed = Filed { project, events: fit };
            self.write(vec![Submission { filed, reply: inner_reply, deadline, _bytes }]).await;
        }
        let result = answer.await.unwrap_or(Err(WriteError::Unavailable)).map(|outcomes| {
            let mut outcomes = outcomes.into_iter();
            (0..count)
                .map(|index| match unfit.contains(&index) {
                    true => Outcome::Unfit,
                    false => outcomes.next().unwrap_or(Outcome::Unfit),
                })
                .collect()
        });
        let _ = reply.send(result);
    }

    /// Whether Postgres can read an event's JSON: asked without writing, so that a full disk is not
    /// mistaken for bad data, whatever language its messages are in.
    async fn fits(&mut self, event: &NewEvent) -> Result<bool, ()> {
        use diesel::sql_types::{Nullable, Text};
        let conn = self.conn.as_mut().ok_or(())?;
        let probe = diesel::sql_query("select $1::jsonb, $2::jsonb, $3::jsonb")
            .bind::<Nullable<Text>, _>(event.payload.as_ref().map(|json| json.get()))
            .bind::<Nullable<Text>, _>(event.error.as_deref())
            .bind::<Nullable<Text>, _>(event.tags.as_deref())
            .execute(conn);
        match tokio::time::timeout(STATEMENT, probe).await {
            Ok(Ok(_)) => Ok(true),
            Ok(Err(_)) if alive(conn).await => Ok(false),
            _ => Err(()),
        }
    }

    /// Answers everyone whose project has been found; returns the others.
    fn answer(&self, batch: Vec<Submission>, written: Vec<Written>, tried_before: bool) -> Vec<Submission> {
        let answers = written_by_submission(&batch, &written, tried_before);
        let mut filed = Vec::with_capacity(batch.len());
        let mut waiting = Vec::new();
        for (mut submission, answer) in batch.into_iter().zip(answers) {
            if answer == Err(WriteError::ProjectGone) {
                let again =
                    Filed { project: submission.filed.project, events: submission.filed.events.clone() };
                filed.push(std::mem::replace(&mut submission.filed, again));
                waiting.push(submission);
            } else {
                let _ = submission.reply.send(answer);
                filed.push(submission.filed);
            }
        }
        // A publisher that can't keep up loses nothing: readers see the hole and read Postgres.
        let _ = self.published.try_send((filed, written));
        waiting
    }
}

/// Sorts the statement's rows back to the submissions they came from.
fn written_by_submission(
    batch: &[Submission],
    written: &[Written],
    tried_before: bool,
) -> Vec<Result<Vec<Outcome>, WriteError>> {
    let mut answers = Vec::with_capacity(batch.len());
    let mut places = super::statement::places(batch.iter().map(|submission| &submission.filed));
    for Submission { filed, .. } in batch {
        let outcomes = places.by_ref().take(filed.events.len()).map(|(project, n)| {
            let row = written.iter().find(|row| row.project == project)?;
            Some(row.has(n))
        });
        let stored: Option<Vec<bool>> = outcomes.collect();
        answers.push(stored.ok_or(WriteError::ProjectGone).map(|stored| {
            stored
                .into_iter()
                .zip(&filed.events)
                .map(|(stored, event)| match stored {
                    true => Outcome::Stored,
                    // An id of ours can only be there because an earlier try got through unnoticed.
                    false if tried_before && !event.client_id => Outcome::Stored,
                    false => Outcome::Duplicate,
                })
                .collect()
        }));
    }
    answers
}

fn refuse(batch: Vec<Submission>, error: WriteError) {
    for submission in batch {
        let _ = submission.reply.send(Err(error));
    }
}

async fn connect(url: &str) -> anyhow::Result<AsyncPgConnection> {
    let mut conn = AsyncPgConnection::establish(url).await?;
    conn.batch_execute(
        "set statement_timeout = '3s'; set jit = off; set plan_cache_mode = force_generic_plan",
    )
    .await?;
    Ok(conn)
}

async fn alive(conn: &mut Conn) -> bool {
    let probe = conn.batch_execute("select 1");
    matches!(tokio::time::timeout(STATEMENT, probe).await, Ok(QueryResult::Ok(())))
}

async fn judge(conn: &mut Conn, error: DieselError) -> Failure {
    if let DieselError::DatabaseError(DatabaseErrorKind::CheckViolation, info) = &error
        && info.constraint_name().is_none()
    {
        return Failure::NoPartition;
    }
    if !alive(conn).await {
        return Failure::Away(error.to_string());
    }
    match error {
        // Two processes took the same rows in different order, or a backend is being restarted.
        DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => {
            Failure::Away(error.to_string())
        }
        error if crate::db::is_unavailable(&error) => Failure::Away(error.to_string()),
        error => Failure::Batch(error),
    }
}
