//! The domain of PulseBoard: tables, queries, pure rules, ids, configuration, the bus.
//!
//! Knows nothing of HTTP servers or job runners: `api` and `worker` are built on it and meet only in
//! Postgres and on the bus. Queries take a connection and return `QueryResult`; a connection is got
//! from [`db::Db`] and only with a scope, [`db::Db::tenant`] or (rarely) [`db::Db::system`].

pub mod access_tokens;
pub mod api_keys;
pub mod audit;
pub mod bus;
pub mod config;
pub mod daily_quota;
pub mod dashboards;
pub mod database_address;
pub mod db;
pub mod embedded_postgres;
pub mod event_counts;
pub mod event_query;
pub mod events;
pub mod feeds;
pub mod ids;
pub mod ingest;
pub mod invitations;
pub mod jobs;
pub mod json;
pub mod live;
pub mod memberships;
pub mod orgs;
pub mod outbound;
pub mod panel_data;
pub mod panel_query;
pub mod partitions;
pub mod passwords;
pub mod payload_path;
pub mod projects;
pub mod rate_limits;
pub mod rejections;
pub mod retention;
pub mod schema;
pub mod secret_box;
pub mod secrets;
pub mod series;
pub mod sessions;
pub mod sign_in;
pub mod sign_in_throttle;
pub mod stores;
pub mod subscriber;
mod text_enum;
pub mod tickets;
pub mod time_range;
pub mod usage;
pub mod users;
pub mod writer;

#[cfg(test)]
mod parser_properties;

/// The time itself if it lies in a year that RFC 3339 can write. Calendars go further, Postgres and sums
/// with spans do not.
pub fn in_calendar(time: chrono::DateTime<chrono::Utc>) -> Option<chrono::DateTime<chrono::Utc>> {
    use chrono::Datelike;
    (0..=9999).contains(&time.year()).then_some(time)
}

/// The current time at the precision we keep and show: milliseconds.
pub fn now() -> chrono::DateTime<chrono::Utc> {
    use chrono::SubsecRound;
    chrono::Utc::now().trunc_subsecs(3)
}
