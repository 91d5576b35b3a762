//! An id for every request: in the answer's `X-Request-Id`, in error bodies, in the log.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use uuid::Uuid;

tokio::task_local! {
    static CURRENT: String;
}

const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The id of the request being served; empty outside of one.
pub fn current() -> String {
    CURRENT.try_with(Clone::clone).unwrap_or_default()
}

/// Gives each request an id, or keeps the one it brings if that is short and plain.
pub async fn assign<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    let brought = request.headers().get(&HEADER).and_then(|value| value.to_str().ok());
    let id = match brought.filter(|id| is_plain(id)) {
        Some(id) => id.to_owned(),
        None => Uuid::now_v7().simple().to_string(),
    };
    let value = HeaderValue::from_str(&id);
    let log = tracing::enabled!(tracing::Level::DEBUG).then(|| {
        (id.clone(), request.method().clone(), request.path().to_owned(), std::time::Instant::now())
    });
    let mut response = CURRENT.scope(id, next.call(request)).await?;
    if let Some((request_id, method, path, started)) = log {
        // Of an invitation's path only the form: its token is as good as a password.
        let pattern = response.request().match_pattern().filter(|pattern| pattern.contains("{token}"));
        let path = pattern.unwrap_or(path);
        let (status, ms) = (response.status().as_u16(), started.elapsed().as_millis());
        tracing::debug!(%request_id, %method, path, status, ms, "request");
    }
    if let Ok(value) = value {
        response.headers_mut().insert(HEADER, value);
    }
    Ok(response)
}

fn is_plain(id: &str) -> bool {
    (8..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}
