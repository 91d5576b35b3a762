//! Passwords: Argon2id (19 MiB, 2 passes, 1 lane: the OWASP figures) off the request threads.

use std::sync::{Arc, LazyLock};

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use tokio::sync::Semaphore;

/// The shortest password, in characters.
pub const MIN_LENGTH: usize = 10;
/// The longest, in bytes: hashing time does not depend on it, but bodies should stay small.
pub const MAX_LENGTH: usize = 256;

/// Hashes one password per core at a time, so that a hundred sign-ins take turns, not memory.
#[derive(Clone)]
pub struct Passwords {
    turns: Arc<Semaphore>,
}

/// Why a new password was refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum WeakPassword {
    #[error("must have at least {MIN_LENGTH} characters")]
    TooShort,
    #[error("must have at most {MAX_LENGTH} bytes")]
    TooLong,
    #[error("is one of the passwords that are tried first; choose another")]
    Common,
}

/// Judges a new password; `email` may not serve as one.
pub fn check(password: &str, email: &str) -> Result<(), WeakPassword> {
    if password.chars().count() < MIN_LENGTH {
        return Err(WeakPassword::TooShort);
    }
    if password.len() > MAX_LENGTH {
        return Err(WeakPassword::TooLong);
    }
    let lower = password.to_lowercase();
    let distinct = lower.chars().collect::<std::collections::HashSet<_>>().len();
    if distinct < 4 || lower == email.to_lowercase() || COMMON.lines().any(|common| common == lower) {
        return Err(WeakPassword::Common);
    }
    Ok(())
}

/// Common passwords of ten characters or more, one a line, lower case.
const COMMON: &str = include_str!("common_passwords.txt");

/// What an unknown account is verified against, so that it takes the same time.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash_now("nobody has this password").unwrap_or_default());

fn argon2() -> Argon2<'static> {
    let params = Params::new(19 * 1024, 2, 1, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hash_now(password: &str) -> anyhow::Result<String> {
    argon2()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|error| anyhow::anyhow!("hashing a password: {error}"))
}

fn verify_now(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|parsed| argon2().verify_password(password.as_bytes(), &parsed).is_ok())
}

impl Passwords {
    pub fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self { turns: Arc::new(Semaphore::new(cores)) }
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> anyhow::Result<T> {
        let _turn = self.turns.acquire().await?;
        Ok(tokio::task::spawn_blocking(work).await?)
    }

    /// The PHC string of a password.
    pub async fn hash(&self, password: String) -> anyhow::Result<String> {
        self.run(move || hash_now(&password)).await?
    }

    /// Whether the password fits; takes as long when there is no hash.
    pub async fn verify(&self, password: String, hash: Option<String>) -> anyhow::Result<bool> {
        self.run(move || match hash {
            Some(hash) => verify_now(&password, &hash),
            None => {
                verify_now(&password, &NOBODY);
                false
            }
        })
        .await
    }
}

impl Default for Passwords {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_passwords_are_refused() {
        assert_eq!(check("short", "a@b.c"), Err(WeakPassword::TooShort));
        assert_eq!(check(&"long enough ".repeat(30), "a@b.c"), Err(WeakPassword::TooLong));
        for common in ["password123", "PASSWORD123", "1234567890", "aaaaaaaaaaaa", "ann@example.com"] {
            assert_eq!(check(common, "ann@example.com"), Err(WeakPassword::Common), "{common}");
        }
        assert_eq!(check("correct horse battery", "ann@example.com"), Ok(()));
    }

    #[tokio::test]
    async fn verifies_what_it_hashed_and_nothing_else() {
        let passwords = Passwords::new();
        let hash = passwords.hash("correct horse battery".into()).await.expect("hashes");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(
            passwords.verify("correct horse battery".into(), Some(hash.clone())).await.expect("verifies")
        );
        assert!(!passwords.verify("correct horse batterx".into(), Some(hash)).await.expect("verifies"));
        assert!(!passwords.verify("nobody has this password".into(), None).await.expect("verifies"));
    }
}
