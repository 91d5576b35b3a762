//! Runs feeds: whatever is due is claimed, asked and written, whichever worker does it.
//!
//! Any number of workers share the feeds. A claim is a lease of fifteen seconds, taken for many feeds at
//! once a little ahead of their time; a worker that dies leaves its feeds to the others when it is over.
//! That each tick is stored once rests on the id of its event, not on the claim. How many feeds run at the
//! same time is bounded, and no tenant holds more than half of the places, so that slow ones delay nobody
//! else's.

mod finishing;
mod meter;
mod places;
mod sampling;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use pulseboard_core::bus::Bus;
use pulseboard_core::config::LimitsConfig;
use pulseboard_core::db::{Conn, Db, DbError};
use pulseboard_core::feeds::WAKE;
use pulseboard_core::feeds::claims::{self, Claim};
use pulseboard_core::ids::FeedId;
use pulseboard_core::secret_box::SecretBox;
use pulseboard_core::writer::Writer;
use pulseboard_feeds::Surroundings;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use self::meter::Meter;
use self::places::Places;

/// How often what is due is looked for, unless somebody says that something is.
const LOOK: Duration = Duration::from_millis(500);
/// How far ahead feeds are claimed: further than to the next look, so that none is late.
const AHEAD: TimeDelta = TimeDelta::milliseconds(550);
/// How long a claim lasts: a sample of ten seconds, and what it takes to write it.
const LEASE: TimeDelta = TimeDelta::seconds(15);
/// The pause after the database did not answer.
const AWAY: Duration = Duration::from_secs(1);
/// How long a statement about claims may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// Samples that wait to be written.
const FINISHED: usize = 1024;

/// What feeds need beside the database.
#[derive(Clone)]
pub struct Options {
    pub bus: Bus,
    /// Where the writer connects to.
    pub writer_url: String,
    /// What feeds may use of the world.
    pub surroundings: Arc<Surroundings>,
    /// The shortest interval; feeds that were made with a shorter one run as often as this.
    pub least_interval: u32,
    /// What secrets are sealed with.
    pub secret_box: SecretBox,
    pub limits: LimitsConfig,
}

/// Claims that could not be ended, to be given back when the database answers.
type Abandoned = Arc<Mutex<Vec<(FeedId, DateTime<Utc>)>>>;

/// Runs feeds until told to stop and what runs is written.
pub async fn run(db: Db, options: Options, mut stop: watch::Receiver<bool>) {
    let db = db.within(PATIENCE);
    let (writer, lanes) = Writer::start(&options.writer_url, options.bus.clone());
    let meter = Meter::new(db.clone(), options.limits);
    let abandoned = Abandoned::default();
    let (done, finished) = mpsc::channel(FINISHED);
    let mut helpers = JoinSet::new();
    helpers.spawn(meter.clone().run());
    let finisher = finishing::Finisher {
        db: db.clone(),
        writer,
        bus: options.bus.clone(),
        meter: meter.clone(),
        abandoned: Arc::clone(&abandoned),
    };
    let mut finishing = JoinSet::new();
    finishing.spawn(finisher.run(finished));

    let places = Places::default();
    let mut wake = options.bus.subscribe(WAKE).await;
    let mut samples = JoinSet::new();
    let mut away = false;
    while !*stop.borrow() {
        while samples.try_join_next().is_some() {}
        let pause = match claim(&db, &places, &abandoned).await {
            Ok(claims) => {
                if std::mem::take(&mut away) {
                    tracing::info!("feeds go on");
                }
                for claim in claims {
                    let place = places.take(claim.org_id);
                    samples.spawn(sampling::run(options.clone(), claim, place, done.clone()));
                }
                LOOK
            }
            Err(error) => {
                // Told once, not at every try.
                if !std::mem::replace(&mut away, true) {
                    tracing::warn!(%error, "feeds wait for the database");
                }
                AWAY
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = wake.recv() => {}
            _ = stop.wait_for(|stop| *stop) => {}
        }
    }
    while samples.join_next().await.is_some() {}
    drop(done);
    while finishing.join_next().await.is_some() {}
    helpers.abort_all();
    meter.flush().await;
    give_back(&db, &abandoned).await.unwrap_or_else(|error| {
        tracing::debug!(%error, "claims of feeds could not be given back: they end by themselves");
    });
    for lane in lanes {
        let _written = lane.await;
    }
}

/// Claims what is due and there is room for.
async fn claim(db: &Db, places: &Places, abandoned: &Abandoned) -> Result<Vec<Claim>, DbError> {
    give_back(db, abandoned).await?;
    let Some(room) = places.room() else { return Ok(Vec::new()) };
    let now = pulseboard_core::now();
    db.system(async |conn: &mut Conn| {
        Ok::<_, DbError>(claims::claim_in_all_orgs(conn, &room, now, now + AHEAD, now + LEASE).await?)
    })
    .await
}

/// Gives the feeds free whose claims could not be ended.
async fn give_back(db: &Db, abandoned: &Abandoned) -> Result<(), DbError> {
    let claims = std::mem::take(&mut *abandoned.lock().unwrap_or_else(PoisonError::into_inner));
    if claims.is_empty() {
        return Ok(());
    }
    let released = db
        .system(async |conn: &mut Conn| Ok::<_, DbError>(claims::release_in_all_orgs(conn, &claims).await?))
        .await;
    if let Err(error) = released {
        abandoned.lock().unwrap_or_else(PoisonError::into_inner).extend(claims);
        return Err(error);
    }
    Ok(())
}
