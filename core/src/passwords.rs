//! Passwords: Argon2id (19 MiB, 2 passes, 1 lane: the OWASP figures) off the request threads.
//!
//! A password is what a person types, not the bytes that their keyboard makes of it: it is brought into
//! Unicode's composed form (NFC, as RFC 8265 has it) before it is judged, hashed or compared.

use std::sync::Arc;
use std::time::Duration;

use anyhow::anyhow;
use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use unicode_normalization::UnicodeNormalization;

/// The shortest password, in characters.
pub const MIN_LENGTH: usize = 10;
/// The longest, in bytes: hashing time does not depend on it, but bodies should stay small.
pub const MAX_LENGTH: usize = 256;
/// How many may wait for their turn. More are told to come back, so that nobody waits behind a flood.
const MAX_WAITING: usize = 256;
/// How long one may wait for it.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Hashes one password per core at a time, so that a hundred sign-ins take turns, not memory.
#[derive(Clone)]
pub struct Passwords {
    turns: Arc<Semaphore>,
    places: Arc<Semaphore>,
}

/// The right to hash now. Whoever holds it may ask and write other things before and after, and nobody
/// of those who wait gets in between.
pub struct Turn {
    _turn: OwnedSemaphorePermit,
    _place: OwnedSemaphorePermit,
}

/// Too many passwords are waiting to be hashed.
#[derive(Debug, thiserror::Error)]
#[error("too many passwords are waiting to be hashed")]
pub struct Busy;

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
    // First: what is far too long is not worth composing.
    if password.len() > MAX_LENGTH {
        return Err(WeakPassword::TooLong);
    }
    let password = composed(password);
    if password.chars().count() < MIN_LENGTH {
        return Err(WeakPassword::TooShort);
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

/// What an unknown account is verified against, so that it takes the same time. The salt and the output
/// are random bytes: no password is known to lead there, and if one did it would not be let in.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$TgVApzodsUOEdyq6RhbycA$H6AFpvqR5mgEIbwN+HSkh65BgdC/kJQgJ6+kPMF7cqc";

fn composed(password: &str) -> String {
    password.nfc().collect()
}

/// What hashing takes room for, in blocks of 1 KiB. More than is used (19 MiB), and more than glibc ever
/// keeps (32 MiB, the limit of `M_MMAP_THRESHOLD`): so it goes back to the system with each hash, instead
/// of staying with every thread that has hashed once. The pages beyond are never touched.
const ROOM: usize = 33 * 1024;

fn params() -> Params {
    Params::new(19 * 1024, 2, 1, None).unwrap_or_default()
}

fn argon2id(password: &str, salt: &[u8], params: Params) -> anyhow::Result<Output> {
    let mut memory = Vec::with_capacity(params.block_count().max(ROOM));
    memory.resize(params.block_count(), Block::new());
    let mut output = [0; Params::DEFAULT_OUTPUT_LEN];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into_with_memory(
            composed(password).as_bytes(),
            salt,
            &mut output,
            memory.as_mut_slice(),
        )
        .map_err(|error| anyhow!("hashing a password: {error}"))?;
    Output::new(&output).map_err(|error| anyhow!("the output of a hash: {error}"))
}

fn hash_now(password: &str) -> anyhow::Result<String> {
    let salt: [u8; 16] = rand::random();
    let made = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(params()).map_err(|error| anyhow!("parameters: {error}"))?,
        hash: Some(argon2id(password, &salt, params())?),
        salt: Some(Salt::new(&salt).map_err(|error| anyhow!("a salt: {error}"))?),
    };
    Ok(made.to_string())
}

/// By the parameters that the hash was made with. Outputs are compared in constant time.
fn verify_now(password: &str, hash: &str) -> bool {
    let Ok(known) = PasswordHash::new(hash) else { return false };
    let ours = known.algorithm == Algorithm::Argon2id.ident() && known.version == Some(Version::V0x13.into());
    let (Some(salt), Some(output), Ok(params), true) =
        (&known.salt, known.hash, Params::try_from(&known.params), ours)
    else {
        return false;
    };
    argon2id(password, salt.as_ref(), params).is_ok_and(|found| found == output)
}

impl Passwords {
    pub fn new() -> Self {
        Self::with_turns(std::thread::available_parallelism().map_or(1, usize::from))
    }

    fn with_turns(turns: usize) -> Self {
        let places = Arc::new(Semaphore::new(turns + MAX_WAITING));
        Self { turns: Arc::new(Semaphore::new(turns)), places }
    }

    /// Waits for a turn.
    pub async fn turn(&self) -> Result<Turn, Busy> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| Busy)?;
        let turn = tokio::time::timeout(LONGEST_WAIT, Arc::clone(&self.turns).acquire_owned()).await;
        match turn {
            Ok(Ok(turn)) => Ok(Turn { _turn: turn, _place: place }),
            Ok(Err(_)) | Err(_) => Err(Busy),
        }
    }
}

impl Turn {
    /// The PHC string of a password; the turn is over with it.
    pub async fn hash(self, password: String) -> anyhow::Result<String> {
        self.run(move || hash_now(&password)).await?.0
    }

    /// Whether the password fits; takes as long when there is no hash. Gives the turn back.
    pub async fn verify(self, password: String, hash: Option<String>) -> anyhow::Result<(bool, Turn)> {
        self.run(move || match hash {
            Some(hash) => verify_now(&password, &hash),
            None => {
                verify_now(&password, NOBODY);
                false
            }
        })
        .await
    }

    /// The turn goes with the work: were it left here, a client that hangs up would make room for the
    /// next one while its own 19 MiB are still in use.
    async fn run<T: Send + 'static>(
        self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> anyhow::Result<(T, Turn)> {
        Ok(tokio::task::spawn_blocking(move || (work(), self)).await?)
    }
}

impl Default for Passwords {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
#[path = "passwords_tests.rs"]
mod tests;
