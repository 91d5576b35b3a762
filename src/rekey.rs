//! `pulseboard rekey`: after a change of PULSEBOARD_SECRET, encrypts anew what the previous one encrypted.

use anyhow::{Context, bail};
use pulseboard_core::config::Config;
use pulseboard_core::db::{Conn, Db, DbError};
use pulseboard_core::feeds::secrets::{Rekeyed, rekey_in_all_orgs};

use crate::{quota, run};

/// Seals every secret anew that the previous secret opens, and says how many. Fails if any is left that
/// neither opens.
pub async fn run(config: &Config) -> anyhow::Result<()> {
    let db = Db::connect(&quota::database(config)?, 1)?;
    db.ready().await.map_err(|error| anyhow::anyhow!("{error}"))?;
    let boxed = run::secret_box(config, &run::own_secret(config, &config.data_dir)?)?;
    let rekeying = async |conn: &mut Conn| Ok::<_, DbError>(rekey_in_all_orgs(conn, &boxed).await?);
    let Rekeyed { sealed, current, unreadable } =
        db.system(rekeying).await.context("encrypting the secrets of feeds anew")?;
    println!("feeds: {sealed} encrypted anew, {current} were already, {unreadable} unreadable");
    if unreadable > 0 {
        bail!(
            "some secrets were encrypted with another secret: give it as PULSEBOARD_PREVIOUS_SECRET, or enter \
             them again in the settings of their feeds"
        );
    }
    Ok(())
}
