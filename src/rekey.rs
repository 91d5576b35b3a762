//! `pulseboard rekey`: after a change of PULSEBOARD_SECRET, encrypts anew what the previous one encrypted.

use anyhow::{Context, bail};
use pulseboard_core::config::Config;
use pulseboard_core::db::{Conn, Db, DbError};
use pulseboard_core::feeds::secrets::{Rekeyed, rekey_in_all_orgs};
use pulseboard_core::secret_box::SecretBox;

use crate::{quota, run};

/// Feeds whose rows are held at the same time: people who change one of them wait that long.
const BATCH: i64 = 200;

/// Seals every secret anew that the previous secret opens, and says how many. Fails if any is left that
/// neither opens. It may be cut off and run again: what is done is done.
pub async fn run(config: &Config) -> anyhow::Result<()> {
    let db = Db::connect(&quota::database(config)?, 1)?;
    db.ready().await.map_err(|error| anyhow::anyhow!("{error}"))?;
    let boxed = run::secret_box(config, &run::existing_secret(config)?)?;
    let found = feeds(&db, &boxed).await.context("encrypting the secrets of feeds anew")?;
    let Rekeyed { sealed, current, unreadable } = found;
    println!("feeds: {sealed} encrypted anew, {current} were already, {unreadable} unreadable");
    if unreadable > 0 {
        bail!(
            "some secrets were encrypted with another secret: give it as PULSEBOARD_PREVIOUS_SECRET, or enter \
             them again in the settings of their feeds"
        );
    }
    Ok(())
}

async fn feeds(db: &Db, boxed: &SecretBox) -> Result<Rekeyed, DbError> {
    let (mut found, mut after) = (Rekeyed::default(), None);
    loop {
        let batch = async |conn: &mut Conn| -> Result<_, DbError> {
            Ok(rekey_in_all_orgs(conn, boxed, after, BATCH).await?)
        };
        let (done, last) = db.system(batch).await?;
        found += done;
        if last.is_none() {
            return Ok(found);
        }
        after = last;
    }
}
