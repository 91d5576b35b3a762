//! Runs feeds: whatever is due is claimed, asked and written, whichever worker does it.
//!
//! Any number of workers share the feeds. A claim is a lease, taken for many feeds at once a little ahead
//! of their time, and renewed while a sample takes long; a worker that dies leaves its feeds to the others
//! when it is over. That each tick is stored once rests on the id of its event, not on the claim. How many
//! feeds run at the same time is bounded, and no tenant holds more than half of the places, so that slow
//! ones delay nobody else's.

mod finishing;
mod holding;
mod meter;
mod places;
mod sampling;

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use pulseboard_core::bus::{Bus, Subscription};
use pulseboard_core::config::LimitsConfig;
use pulseboard_core::db::{Conn, Db, DbError};
use pulseboard_core::feeds::WAKE;
use pulseboard_core::feeds::claims::{self, Claim};
use pulseboard_core::secret_box::SecretBox;
use pulseboard_core::writer::Writer;
use pulseboard_feeds::Surroundings;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use self::holding::{Claims, LEASE};
use self::meter::Meter;
use self::places::Places;
use self::sampling::Sampler;

/// How often what is due is looked for, unless somebody says that something is.
const LOOK: Duration = Duration::from_millis(400);
/// The same while nothing is near. Changes that nobody told of take effect within two seconds.
const IDLE_LOOK: Duration = Duration::from_millis(1200);
/// Looks are up to this much later, so that workers come by turns and share what is due.
const SPREAD_MS: u64 = 150;
/// Feeds are claimed so much further ahead than to the next look, so that none is late.
const MARGIN: Duration = Duration::from_millis(100);
/// The pause after the database did not answer.
const AWAY: Duration = Duration::from_secs(1);
/// The least pause between two looks, however much is told.
const LEAST: Duration = Duration::from_millis(20);
/// How long a statement about claims may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// Samples that wait to be written.
const FINISHED: usize = 1024;

/// What feeds need beside the database.
#[derive(Clone)]
pub struct Options {
    pub bus: Bus,
    /// Takes what feeds bring to the database.
    pub writer: Writer,
    /// What feeds may use of the world.
    pub surroundings: Arc<Surroundings>,
    /// The shortest interval; feeds that were made with a shorter one run as often as this.
    pub least_interval: u32,
    /// What secrets are sealed with.
    pub secret_box: SecretBox,
    pub limits: LimitsConfig,
}

/// Runs feeds until told to stop and what runs is written or given back.
pub async fn run(db: Db, options: Options, mut stop: watch::Receiver<bool>) {
    let db = db.within(PATIENCE);
    let claims = Claims::new(db.clone());
    let meter = Meter::new(db.clone(), options.limits);
    let (done, finished) = mpsc::channel(FINISHED);
    let mut helpers = JoinSet::new();
    helpers.spawn(meter.clone().run());
    let finisher = finishing::Finisher {
        db: db.clone(),
        writer: options.writer.clone(),
        bus: options.bus.clone(),
        meter: meter.clone(),
        claims: claims.clone(),
    };
    let mut finishing = JoinSet::new();
    finishing.spawn(finisher.run(finished));

    let places = Places::default();
    let mut wake = options.bus.subscribe(WAKE).await;
    let sampler = Sampler::new(options, claims.clone(), stop.clone());
    let mut samples = JoinSet::new();
    let (mut away, mut look) = (false, LOOK);
    while !*stop.borrow() {
        while samples.try_join_next().is_some() {}
        let spread = Duration::from_millis(rand::random_range(0..=SPREAD_MS));
        let pause = match claim(&db, &places, &claims, look + spread + MARGIN).await {
            Ok(claimed) => {
                if std::mem::take(&mut away) {
                    tracing::info!("feeds go on");
                }
                let pause = look + spread;
                look = if claimed.is_empty() && samples.is_empty() { IDLE_LOOK } else { LOOK };
                for claim in claimed {
                    let place = places.take(claim.org_id);
                    samples.spawn(sampler.clone().run(claim, place, done.clone()));
                }
                pause
            }
            Err(error) => {
                // Told once, not at every try.
                if !std::mem::replace(&mut away, true) {
                    tracing::warn!(%error, "feeds wait for the database");
                }
                AWAY
            }
        };
        rest(pause, &mut wake, &mut stop).await;
    }
    while samples.join_next().await.is_some() {}
    drop((done, sampler));
    while finishing.join_next().await.is_some() {}
    helpers.shutdown().await;
    meter.flush().await;
    if let Err(error) = claims.give_back().await {
        tracing::debug!(%error, "claims of feeds could not be given back: they end by themselves");
    }
}

/// Waits for the next look, or until somebody says that a feed is due, or to stop.
async fn rest(pause: Duration, wake: &mut Subscription, stop: &mut watch::Receiver<bool>) {
    let told = async {
        tokio::time::sleep(LEAST).await;
        wake.recv().await;
        // What has been told by now is seen by the next look.
        while wake.try_recv().is_some() {}
    };
    tokio::select! {
        () = tokio::time::sleep(pause) => {}
        () = told => {}
        _ = stop.wait_for(|stop| *stop) => {}
    }
}

/// Claims what is due within this time and there is room for.
async fn claim(db: &Db, places: &Places, claims: &Claims, ahead: Duration) -> Result<Vec<Claim>, DbError> {
    claims.give_back().await?;
    let Some(room) = places.room() else { return Ok(Vec::new()) };
    let now = pulseboard_core::now();
    let horizon = now + TimeDelta::from_std(ahead).unwrap_or_default();
    db.system(async |conn: &mut Conn| {
        Ok::<_, DbError>(claims::claim_in_all_orgs(conn, &room, now, horizon, now + LEASE).await?)
    })
    .await
}
