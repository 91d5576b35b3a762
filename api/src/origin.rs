//! Whose page a request comes from: checked wherever a cookie or a ticket would otherwise be enough.

use std::net::{IpAddr, SocketAddr};

use actix_web::HttpRequest;
use actix_web::http::header;
use pulseboard_core::config::HttpConfig;

use crate::error::{ApiError, Code};

/// Whether `Origin`, if there is one, is our own address or the configured public one.
pub fn is_own(request: &HttpRequest, config: &HttpConfig) -> bool {
    let Some(origin) = request.headers().get(header::ORIGIN) else { return true };
    let Ok(origin) = origin.to_str() else { return false };
    let public = config.public_url.as_deref().map(|url| url.trim_end_matches('/'));
    if public.is_some_and(|public| public.eq_ignore_ascii_case(origin)) {
        return true;
    }
    let authority = origin.split_once("://").map(|(_, authority)| authority);
    let host = host(request, config);
    authority.is_some() && authority == host.as_deref()
}

/// Refuses a request that another site's page made: by `Origin`, and by `Sec-Fetch-Site`. What sends
/// neither is no page of a browser of these days; and an older one sends no `SameSite` cookie along.
pub fn require_own(request: &HttpRequest, config: &HttpConfig) -> Result<(), ApiError> {
    let fetch_site = request.headers().get("sec-fetch-site").map(|value| value.as_bytes());
    let same_site = fetch_site.is_none_or(|site| matches!(site, b"same-origin" | b"none"));
    if same_site && is_own(request, config) {
        return Ok(());
    }
    Err(ApiError::new(Code::OriginNotAllowed, "This may only be asked from PulseBoard's own pages."))
}

/// The host the client asked for.
fn host(request: &HttpRequest, config: &HttpConfig) -> Option<String> {
    let forwarded = config.trust_proxy.then(|| request.headers().get("x-forwarded-host")).flatten();
    let host = forwarded.or_else(|| request.headers().get(header::HOST));
    match host {
        Some(host) => host.to_str().ok().map(str::to_owned),
        // HTTP/2 has it in the URI.
        None => request.uri().authority().map(ToString::to_string),
    }
}

/// Whether the client speaks TLS, to us or to the proxy in front of us.
pub fn is_secure(request: &HttpRequest, config: &HttpConfig) -> bool {
    let forwarded = config.trust_proxy.then(|| request.headers().get("x-forwarded-proto")).flatten();
    match forwarded {
        Some(proto) => proto.as_bytes().starts_with(b"https"),
        None => config.public_url.as_deref().is_some_and(|url| url.starts_with("https://")),
    }
}

/// The client's address: the last one that a trusted proxy added, else the socket's. What stands before
/// it, in the same line or in one of its own, is what the client itself sent.
pub fn client_ip(request: &HttpRequest, config: &HttpConfig) -> Option<String> {
    let forwarded = config.trust_proxy.then(|| request.headers().get_all("x-forwarded-for").last()).flatten();
    let forwarded =
        forwarded.and_then(|value| value.to_str().ok()).and_then(|value| value.rsplit(',').next());
    let ip = forwarded.and_then(parse_ip).or_else(|| request.peer_addr().map(|peer| peer.ip()));
    ip.map(|ip| ip.to_canonical().to_string())
}

/// Some proxies add the port.
fn parse_ip(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    text.parse().ok().or_else(|| Some(text.parse::<SocketAddr>().ok()?.ip()))
}

/// Our own address as people see it, without a slash at the end.
pub fn public_url(request: &HttpRequest, config: &HttpConfig) -> String {
    match &config.public_url {
        Some(url) => url.trim_end_matches('/').to_owned(),
        None => {
            let scheme = if is_secure(request, config) { "https" } else { "http" };
            format!("{scheme}://{}", host(request, config).unwrap_or_else(|| "localhost".into()))
        }
    }
}
