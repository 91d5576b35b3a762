//! The guard: the one way to URLs that people give us (feeds, webhooks). Who gives a URL chooses where our
//! server connects to, so three gates stand before it:
//!
//! 1. `target`: what is written in the URL, above all a literal address, which no resolver ever sees;
//! 2. `resolver`: what a name resolves to, and only that is connected to;
//! 3. no redirects, so that an answer cannot choose a third place.
//!
//! The environment's proxy variables are ignored: a proxy would resolve names itself. Each request has its
//! own connection: what one tenant's server leaves in it never meets another's request.

mod address;
mod body;
mod error;
mod resolver;
mod target;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use bytes::Bytes;
pub use reqwest::dns::Resolve;
pub use reqwest::header;
pub use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
pub use reqwest::{Method, StatusCode};

pub use self::address::{AllowList, AllowListError};
pub use self::error::OutboundError;
use self::resolver::{Permitted, System};
use crate::config::OutboundConfig;

/// Most headers of an answer. The client itself never holds more than about 400 KiB of them.
const MAX_HEADERS: usize = 100;
/// Most bytes in an answer's headers.
const MAX_HEADER_BYTES: usize = 64 * 1024;

/// Headers that say how a message travels, and where to: they are the client's alone.
const OUR_HEADERS: [HeaderName; 11] = [
    header::ACCEPT_ENCODING,
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::EXPECT,
    header::HOST,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    HeaderName::from_static("keep-alive"),
];

/// How long and how much. The defaults are the promise; tests take smaller ones.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Until the connection stands: looking up, TCP and TLS.
    pub connecting: Duration,
    /// From the first step to the last byte.
    pub in_all: Duration,
    /// Bytes of the decoded body.
    pub body: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connecting: Duration::from_secs(5), in_all: Duration::from_secs(10), body: 1024 * 1024 }
    }
}

/// What is to be sent.
#[derive(Clone, Debug)]
pub struct OutboundRequest {
    pub method: Method,
    /// As the person wrote it.
    pub url: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl OutboundRequest {
    /// A GET without headers of its own.
    pub fn get(url: impl Into<String>) -> Self {
        Self { method: Method::GET, url: url.into(), headers: HeaderMap::new(), body: Bytes::new() }
    }
}

/// What came back, whatever its status says. Never a redirect.
#[derive(Clone, Debug)]
pub struct OutboundAnswer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// Decoded.
    pub body: Bytes,
}

/// A client for URLs that people give. Cheap to clone.
#[derive(Clone)]
pub struct Guard {
    client: reqwest::Client,
    allow: Arc<AllowList>,
    limits: Limits,
}

impl Guard {
    /// A guard as configured, with the system's resolver.
    pub fn new(config: &OutboundConfig) -> anyhow::Result<Self> {
        Self::with(config, Arc::new(System::new()), Limits::default())
    }

    /// A guard in another world: tests bring their own resolver, and limits that are quick to reach.
    pub fn with(config: &OutboundConfig, asked: Arc<dyn Resolve>, limits: Limits) -> anyhow::Result<Self> {
        // The client takes the process's TLS provider. Whoever is first installs the only one there is.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let allow = Arc::new(config.allow.clone());
        let client = reqwest::Client::builder()
            .user_agent(concat!("PulseBoard/", env!("CARGO_PKG_VERSION")))
            .dns_resolver(Permitted { asked, allow: allow.clone() })
            .redirect(Policy::none())
            .no_proxy()
            .referer(false)
            .retry(reqwest::retry::never())
            .pool_max_idle_per_host(0)
            // HTTP/2 would bring its own floods to guard against, for nothing: each connection carries one
            // request.
            .http1_only()
            .http1_max_headers(MAX_HEADERS)
            .connect_timeout(limits.connecting)
            .build()
            .context("making the outbound client (are the system's CA certificates installed?)")?;
        Ok(Self { client, allow, limits })
    }

    /// Whether this URL could be asked, as far as can be told without asking: for forms.
    pub fn check(&self, url: &str) -> Result<(), OutboundError> {
        target::checked(url, &self.allow).map(|_| ())
    }

    /// Whether a request may carry a header of this name: not those that say how a message travels.
    pub fn may_send(name: &HeaderName) -> bool {
        !OUR_HEADERS.contains(name)
    }

    /// Sends a request and reads the whole answer.
    pub async fn send(&self, request: OutboundRequest) -> Result<OutboundAnswer, OutboundError> {
        let url = target::checked(&request.url, &self.allow)?;
        if matches!(request.method, Method::CONNECT | Method::TRACE) {
            return Err(OutboundError::MethodRefused(request.method.to_string()));
        }
        if let Some(name) = request.headers.keys().find(|name| !Self::may_send(name)) {
            return Err(OutboundError::HeaderRefused(name.to_string()));
        }
        let sending = self
            .client
            .request(request.method, url)
            .headers(request.headers)
            .header(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"))
            .body(request.body)
            .send();
        let asking = async {
            let response = sending.await.map_err(OutboundError::from_client)?;
            answer(response, self.limits.body).await
        };
        tokio::time::timeout(self.limits.in_all, asking).await.unwrap_or(Err(OutboundError::TimedOut))
    }
}

async fn answer(mut response: reqwest::Response, max: usize) -> Result<OutboundAnswer, OutboundError> {
    let status = response.status();
    if status.is_redirection() && status != StatusCode::NOT_MODIFIED {
        return Err(OutboundError::Redirected);
    }
    let headers = std::mem::take(response.headers_mut());
    let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if bytes > MAX_HEADER_BYTES {
        return Err(OutboundError::BrokenAnswer);
    }
    let body = body::read(response, &headers, max).await?;
    Ok(OutboundAnswer { status, headers, body })
}
