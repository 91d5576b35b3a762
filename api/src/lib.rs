//! The outside of PulseBoard: HTTP, WebSocket and SSE over actix-web.
//!
//! The only crate that knows actix. A request passes three frames: [`routes`] (the URL table), a
//! handler, and a function of `pulseboard-core`. Rights are in the handlers' signatures ([`extract`]).

mod body;
mod body_budget;
mod caller;
mod connections;
mod error;
mod extract;
mod feeds;
mod key_cache;
mod live;
pub mod openapi;
mod origin;
mod recorder;
mod request_id;
mod routes;
mod server;
mod state;
mod web_app;

#[cfg(test)]
mod parser_properties;

pub use server::{Options, Server};
