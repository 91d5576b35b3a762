//! The integration tests: real server, real Postgres, real Redis where `REDIS_URL` says so.

mod accounts;
mod app;
mod cluster;
mod embedded_postgres;
mod events;
mod house;
mod ingest;
mod live;
mod openapi;
