//! Access tokens: short-lived JWTs (RFC 9068 in spirit) that name a person and their session.

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use crate::ids::{SessionId, UserId};
use crate::secrets::{self, Secret};

/// How long an access token is good for.
pub const LIFETIME: TimeDelta = TimeDelta::minutes(10);
const ISSUER: &str = "pulseboard";
const AUDIENCE: &str = "pulseboard-api";
const TYPE: &str = "at+jwt";
/// How far two clocks may differ.
const LEEWAY: TimeDelta = TimeDelta::seconds(5);
/// Ours have less than 400 characters: what is longer is not worth decoding.
const MAX_LENGTH: usize = 1024;

/// What a token says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Claims {
    pub sub: UserId,
    pub sid: SessionId,
    iss: String,
    aud: String,
    iat: i64,
    exp: i64,
}

/// Why a token was refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    #[error("the access token has expired")]
    Expired,
    #[error("the access token is not valid")]
    Invalid,
}

/// Signs and checks tokens with one algorithm and one key, derived from the installation's secret.
#[derive(Clone)]
pub struct AccessTokens {
    encoding: EncodingKey,
    decoding: DecodingKey,
    key_id: String,
}

impl AccessTokens {
    pub fn new(secret: &Secret) -> Self {
        let key = secret.derive("access-token", b"hs256");
        Self {
            encoding: EncodingKey::from_secret(&key),
            decoding: DecodingKey::from_secret(&key),
            key_id: secrets::encode(&secret.derive("access-token", b"kid")[..6]),
        }
    }

    /// A token for this person and session; `expires_in` seconds is [`LIFETIME`].
    pub fn sign(&self, user: UserId, session: SessionId, now: DateTime<Utc>) -> anyhow::Result<String> {
        let mut header = Header::new(Algorithm::HS256);
        header.typ = Some(TYPE.into());
        header.kid = Some(self.key_id.clone());
        let claims = Claims {
            sub: user,
            sid: session,
            iss: ISSUER.into(),
            aud: AUDIENCE.into(),
            iat: now.timestamp(),
            exp: (now + LIFETIME).timestamp(),
        };
        Ok(jsonwebtoken::encode(&header, &claims, &self.encoding)?)
    }

    /// The claims of a valid token: our algorithm, key id, type, issuer and audience, not expired, not
    /// from the future, and not longer-lived than ours are.
    pub fn verify(&self, token: &str) -> Result<Claims, TokenError> {
        if token.len() > MAX_LENGTH {
            return Err(TokenError::Invalid);
        }
        let header = jsonwebtoken::decode_header(token).map_err(|_| TokenError::Invalid)?;
        if header.kid.as_deref() != Some(&self.key_id) || header.typ.as_deref() != Some(TYPE) {
            return Err(TokenError::Invalid);
        }
        let mut validation = Validation::new(Algorithm::HS256);
        validation.leeway = LEEWAY.num_seconds().unsigned_abs();
        validation.validate_nbf = true;
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        let claims = jsonwebtoken::decode::<Claims>(token, &self.decoding, &validation)
            .map_err(|error| match error.kind() {
                ErrorKind::ExpiredSignature => TokenError::Expired,
                _ => TokenError::Invalid,
            })?
            .claims;
        let latest = (crate::now() + LEEWAY).timestamp();
        if claims.iat > latest || claims.exp > latest + LIFETIME.num_seconds() {
            return Err(TokenError::Invalid);
        }
        Ok(claims)
    }
}

#[cfg(test)]
#[path = "access_tokens_tests.rs"]
mod tests;
