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
const LEEWAY_SECONDS: u64 = 5;

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

    /// The claims of a valid token: our algorithm, key id, type, issuer and audience, and not expired.
    pub fn verify(&self, token: &str) -> Result<Claims, TokenError> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| TokenError::Invalid)?;
        if header.kid.as_deref() != Some(&self.key_id) || header.typ.as_deref() != Some(TYPE) {
            return Err(TokenError::Invalid);
        }
        let mut validation = Validation::new(Algorithm::HS256);
        validation.leeway = LEEWAY_SECONDS;
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        jsonwebtoken::decode::<Claims>(token, &self.decoding, &validation).map(|data| data.claims).map_err(
            |error| match error.kind() {
                ErrorKind::ExpiredSignature => TokenError::Expired,
                _ => TokenError::Invalid,
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens() -> AccessTokens {
        AccessTokens::new(&Secret::new(Secret::generate()).expect("strong"))
    }

    #[test]
    fn a_token_says_who_and_which_session() {
        let (user, session) = (UserId::new(), SessionId::new());
        let tokens = tokens();
        let claims = tokens.verify(&tokens.sign(user, session, crate::now()).expect("signs")).expect("valid");
        assert_eq!((claims.sub, claims.sid), (user, session));
    }

    #[test]
    fn foreign_expired_and_tampered_tokens_are_refused() {
        let tokens = tokens();
        let other = AccessTokens::new(&Secret::new(Secret::generate()).expect("strong"));
        let sign = |by: &AccessTokens, at| by.sign(UserId::new(), SessionId::new(), at).expect("signs");
        let now = crate::now();
        assert_eq!(tokens.verify(&sign(&other, now)).err(), Some(TokenError::Invalid));
        assert_eq!(
            tokens.verify(&sign(&tokens, now - TimeDelta::minutes(11))).err(),
            Some(TokenError::Expired)
        );
        let good = sign(&tokens, now);
        let (head, rest) = good.split_once('.').expect("three parts");
        for bad in [rest.to_owned(), format!("{head}.{rest}x"), String::new(), "a.b.c".into()] {
            assert_eq!(tokens.verify(&bad).err(), Some(TokenError::Invalid), "{bad}");
        }
    }

    #[test]
    fn the_algorithm_can_not_be_chosen_by_the_client() {
        let tokens = tokens();
        let good = tokens.sign(UserId::new(), SessionId::new(), crate::now()).expect("signs");
        let claims = good.split('.').nth(1).expect("claims");
        let header = format!(r#"{{"alg":"none","typ":"at+jwt","kid":"{}"}}"#, tokens.key_id);
        let forged = format!("{}.{claims}.", secrets::encode(header.as_bytes()));
        assert_eq!(tokens.verify(&forged).err(), Some(TokenError::Invalid));
    }
}
