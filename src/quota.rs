//! `pulseboard quota`: how many events an org may have stored per day, said by the operator.

use anyhow::{Context, bail};
use clap::Args;
use pulseboard_core::config::Config;
use pulseboard_core::daily_quota;
use pulseboard_core::db::{Conn, Db, DbError, query_error};
use pulseboard_core::embedded_postgres::url_of_running;
use pulseboard_core::ids::OrgId;
use pulseboard_core::{orgs, usage};

#[derive(Args)]
pub struct Quota {
    /// The org's id, a UUID.
    #[arg(long)]
    org: OrgId,

    /// Events per day (UTC) from now on; 0 for as many as it likes.
    #[arg(long, value_name = "N", conflicts_with = "default")]
    events_per_day: Option<u32>,

    /// The quota of PULSEBOARD_DAILY_EVENTS from now on, like every other org.
    #[arg(long)]
    default: bool,
}

/// Changes an org's quota if told to, and prints what it is. Running processes follow within seconds.
pub async fn run(config: &Config, Quota { org, events_per_day, default }: Quota) -> anyhow::Result<()> {
    let db = Db::connect(&database(config)?, 1)?;
    db.ready().await.map_err(|error| anyhow::anyhow!("{error}"))?;
    let today = pulseboard_core::now().date_naive();
    let found = db
        .system(async |conn: &mut Conn| -> Result<_, DbError> {
            if default || events_per_day.is_some() {
                orgs::set_daily_event_quota_in_all_orgs(conn, org, events_per_day.map(i64::from)).await?;
            }
            let own = orgs::daily_event_quota(conn, org).await?;
            Ok((own, usage::accepted_on(conn, org, today).await?))
        })
        .await;
    let (own, used) = match found {
        Err(DbError::Query(query_error::Error::NotFound)) => bail!("there is no org {org}"),
        found => found?,
    };
    let from = if own.is_some() { "its own" } else { "PULSEBOARD_DAILY_EVENTS" };
    match daily_quota::of(own, &config.http.limits) {
        Some(quota) => println!("{org}: {quota} events per day ({from}), {used} used today"),
        None => println!("{org}: as many events as it likes ({from}), {used} today"),
    }
    Ok(())
}

/// The configured database, or the private one of a PulseBoard that runs in the data directory.
pub fn database(config: &Config) -> anyhow::Result<String> {
    config.database.url.clone().or_else(|| url_of_running(&config.data_dir)).context(
        "no database was found: start `pulseboard up` first, with the same PULSEBOARD_DATA, or set DATABASE_URL",
    )
}
