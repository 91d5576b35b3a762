//! The installation's secret, the keys derived from it, and random tokens.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// The shortest secret that is accepted, in characters.
pub const MIN_SECRET_LENGTH: usize = 32;

/// Derives one key per purpose from the installation's secret.
#[derive(Clone)]
pub struct Secret(String);

/// Why a secret was refused.
#[derive(Debug, thiserror::Error)]
#[error(
    "PULSEBOARD_SECRET is too short: use 32 or more random characters, for example from `openssl rand -hex 32`"
)]
pub struct WeakSecret;

impl Secret {
    pub fn new(text: impl Into<String>) -> Result<Self, WeakSecret> {
        let text = text.into();
        let distinct = text.chars().collect::<std::collections::HashSet<_>>().len();
        if text.chars().count() < MIN_SECRET_LENGTH || distinct < 8 || text.contains("change") {
            return Err(WeakSecret);
        }
        Ok(Self(text))
    }

    /// A fresh secret of 256 bits.
    pub fn generate() -> String {
        random_token()
    }

    /// HMAC-SHA-256 of `data` under the key of `purpose`; keys of two purposes are unrelated.
    pub fn derive(&self, purpose: &str, data: &[u8]) -> [u8; 32] {
        let key = hmac(self.0.as_bytes(), purpose.as_bytes());
        hmac(&key, data)
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

fn hmac(key: &[u8], data: &[u8]) -> [u8; 32] {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        unreachable!("HMAC takes keys of any length");
    };
    mac.update(data);
    mac.finalize().into_bytes().into()
}

/// What is stored of a token: it has 190 bits or more, so that a plain hash is enough.
pub fn hash_token(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// 256 random bits, URL-safe.
pub fn random_token() -> String {
    encode(&rand::random::<[u8; 32]>())
}

/// URL-safe text of some bytes.
pub fn encode(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// `length` random letters and digits (5.95 bits each).
pub fn random_alphanumeric(length: usize) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    (0..length).map(|_| LETTERS[rand::random_range(0..LETTERS.len())] as char).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_secrets_are_refused() {
        for weak in ["", "short", "change-me-change-me-change-me-change-me", &"a".repeat(40)] {
            assert!(Secret::new(weak).is_err(), "{weak}");
        }
        assert!(Secret::new(Secret::generate()).is_ok());
    }

    #[test]
    fn purposes_do_not_share_keys() {
        let secret = Secret::new(Secret::generate()).expect("generated secrets are strong");
        assert_ne!(secret.derive("a", b"x"), secret.derive("b", b"x"));
        assert_eq!(secret.derive("a", b"x"), secret.derive("a", b"x"));
    }
}
