//! Keys that read: `GET /events` and whatever else an app may ask without a person.

use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest};
use pulseboard_core::api_keys::{self, KeyGrant, KeyKind};
use pulseboard_core::usage::Counts;

use super::{outer_key, unknown_key};
use crate::error::{ApiError, Code};
use crate::extract::{self, Extracting};

/// A secret key that may read.
pub struct ReadKey(pub Arc<KeyGrant>);

impl FromRequest for ReadKey {
    type Error = ApiError;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let app = extract::state(request);
        let key = outer_key(request);
        let own = request.clone();
        extract::judge(request, async move {
            let app = app?;
            let key = key?.ok_or_else(|| {
                ApiError::new(
                    Code::Unauthenticated,
                    "Send a secret key: Authorization: Bearer, or X-API-Key.",
                )
            })?;
            let grant = app.keys.look_up(&app.db, &key).await?.ok_or_else(|| unknown_key(&key))?;
            if grant.revoked_at.is_some() {
                return Err(ApiError::new(Code::InvalidKey, "This key has been revoked."));
            }
            if grant.kind == KeyKind::Public {
                return Err(ApiError::new(
                    Code::Forbidden,
                    "A public key may only write. Use a secret key to read.",
                ));
            }
            let origin = own.headers().get(header::ORIGIN).and_then(|value| value.to_str().ok());
            if !api_keys::origin_allowed(&grant.origins, origin) {
                return Err(ApiError::new(
                    Code::OriginNotAllowed,
                    "This key may not be used from this origin.",
                ));
            }
            app.recorder.count(&grant, Counts::default(), pulseboard_core::now());
            Ok(Self(grant))
        })
    }
}
