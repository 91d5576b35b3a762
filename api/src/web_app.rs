//! The dashboard, built into the binary: caching, compression, and a strict content security policy.

use actix_web::http::{Method, header};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::error::{ApiError, Code};
use crate::openapi;

#[derive(RustEmbed)]
#[folder = "../web/dist"]
#[allow_missing = true]
struct Assets;

/// First segments of paths that belong to the API under its older, unprefixed names.
const API_SEGMENTS: [&str; 10] =
    ["api", "auth", "projects", "ingest", "hooks", "events", "realtime", "invitations", "orgs", "ws"];

/// Sent with every page. No inline script or style, nothing from elsewhere, no framing.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; img-src 'self' data:; object-src 'none'; \
     base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Answers whatever no route took: a file of the dashboard, or the dashboard itself, which has its own
/// addresses; and a proper error for what looks like the API.
pub async fn serve(request: HttpRequest) -> HttpResponse {
    let path = request.path().trim_start_matches('/');
    if API_SEGMENTS.contains(&path.split('/').next().unwrap_or_default()) {
        return match openapi::methods_at(request.path()) {
            methods if methods.is_empty() => ApiError::not_found().error_response(),
            methods => method_not_allowed(&methods.join(", ")),
        };
    }
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return method_not_allowed("GET, HEAD");
    }
    let is_file = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
    match (Assets::get(path), is_file) {
        (Some(file), _) if !path.is_empty() => answer(&request, path, file),
        (_, true) => ApiError::not_found().error_response(),
        _ => match Assets::get("index.html") {
            Some(file) => answer(&request, "index.html", file),
            None => HttpResponse::NotFound()
                .content_type("text/plain; charset=utf-8")
                .body("The dashboard was not built into this binary: run `make build`.\n"),
        },
    }
}

fn method_not_allowed(allowed: &str) -> HttpResponse {
    let message = format!("This address answers {allowed}.");
    let mut response = ApiError::new(Code::MethodNotAllowed, message).error_response();
    if let Ok(allowed) = header::HeaderValue::from_str(allowed) {
        response.headers_mut().insert(header::ALLOW, allowed);
    }
    response
}

fn answer(request: &HttpRequest, path: &str, file: EmbeddedFile) -> HttpResponse {
    let etag = format!("\"{}\"", hex(&file.metadata.sha256_hash()[..12]));
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::REFERRER_POLICY, "same-origin"))
        .insert_header((header::ETAG, etag.clone()))
        .insert_header((header::VARY, "Accept-Encoding"))
        // Built files have their hash in the name; everything else is asked for again.
        .insert_header((
            header::CACHE_CONTROL,
            match path.starts_with("assets/") {
                true => "public, max-age=31536000, immutable",
                false => "no-cache",
            },
        ));
    let known = request.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    if known.is_some_and(|known| known.split(',').any(|tag| tag.trim().trim_start_matches("W/") == etag)) {
        return response.status(actix_web::http::StatusCode::NOT_MODIFIED).finish();
    }
    response.content_type(content_type(path));
    let gzip = request.headers().get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    if gzip.is_some_and(|accepted| accepted.contains("gzip"))
        && let Some(packed) = Assets::get(&format!("{path}.gz"))
    {
        return response.insert_header((header::CONTENT_ENCODING, "gzip")).body(packed.data);
    }
    response.body(file.data)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
