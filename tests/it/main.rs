//! The integration tests: real server, real Postgres, real Redis where `REDIS_URL` says so.

mod accounts;
mod app;
mod audit;
mod cluster;
mod dashboards;
mod database;
mod database_away;
mod durability;
mod embedded_postgres;
mod events;
mod feeds;
mod feeds_running;
mod headers;
mod hostile;
mod house;
mod ingest;
mod isolation;
mod keys;
mod limits;
mod live;
mod members;
mod openapi;
mod outbound;
mod processes;
mod projects;
#[path = "../stage/stage.rs"]
#[expect(dead_code, reason = "`make chaos` uses more of it than the short forms here")]
mod stage;
mod url_table;
mod worker;
