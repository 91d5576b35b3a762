//! Makes the daily partitions of the coming days, so that no event has to wait for one.
//!
//! Idempotent: a partition that exists is left alone.

use pulseboard_core::{db::Conn, partitions};

use crate::Context;

/// Makes what is missing of yesterday, today and the days ahead.
pub async fn run(context: Context) -> anyhow::Result<()> {
    let now = pulseboard_core::now();
    context.db.system(async |conn: &mut Conn| anyhow::Ok(partitions::make_ahead(conn, now).await?)).await
}
