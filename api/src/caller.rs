//! Where a request comes from, for the audit log.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use pulseboard_core::audit::Actor;
use pulseboard_core::ids::UserId;

use crate::error::ApiError;
use crate::state::State;
use crate::{extract, origin, request_id};

/// The address a request comes from, and its id.
pub struct Caller {
    ip: Option<String>,
    request_id: String,
}

impl Caller {
    pub fn of(request: &HttpRequest, state: &State) -> Self {
        Self { ip: origin::client_ip(request, &state.config), request_id: request_id::current() }
    }

    /// The person who has been found to ask, from here.
    pub fn actor(self, user: UserId) -> Actor {
        Actor { user: Some(user), ip: self.ip, request_id: Some(self.request_id) }
    }
}

impl FromRequest for Caller {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(extract::state(request).map(|state| Self::of(request, &state)))
    }
}
