//! Secrets at rest: AES-256-GCM under a key derived from the installation's secret.
//!
//! A ciphertext is bound to where it stands (the additional data), so that it can't be moved to another
//! row and read there. It names its key by one byte: after the installation's secret has been changed,
//! the previous one still opens what it sealed, and `pulseboard rekey` seals it anew.
//!
//! Layout: version (1), key id, nonce (12 bytes), ciphertext with its tag (16 bytes).

use std::sync::Arc;

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use crate::secrets::Secret;

const VERSION: u8 = 1;
const HEAD: usize = 2 + NONCE_LEN;

/// What a secret value is stored as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed(pub Vec<u8>);

/// The ciphertext was made with another key or for another place, or has been changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the value was encrypted with another PULSEBOARD_SECRET, or for another place")]
pub struct CannotOpen;

struct Key {
    id: u8,
    key: LessSafeKey,
}

/// Seals with the current key, opens with it or the previous one. Cheap to clone.
#[derive(Clone)]
pub struct SecretBox {
    current: Arc<Key>,
    previous: Option<Arc<Key>>,
}

impl Key {
    fn of(secret: &Secret) -> Self {
        let bytes = secret.derive("secrets at rest", b"aes-256-gcm");
        let id = secret.derive("secrets at rest", b"key id")[0];
        let Ok(key) = UnboundKey::new(&AES_256_GCM, &bytes) else {
            unreachable!("the key has the algorithm's length")
        };
        Self { id, key: LessSafeKey::new(key) }
    }

    fn open(&self, sealed: &Sealed, place: &[u8]) -> Result<Vec<u8>, CannotOpen> {
        let (head, text) = sealed.0.split_at_checked(HEAD).ok_or(CannotOpen)?;
        if head[..2] != [VERSION, self.id] {
            return Err(CannotOpen);
        }
        let nonce = <[u8; NONCE_LEN]>::try_from(&head[2..]).map_err(|_| CannotOpen)?;
        let mut text = text.to_vec();
        let opened = self.key.open_in_place(Nonce::assume_unique_for_key(nonce), Aad::from(place), &mut text);
        opened.map(|plain| plain.to_vec()).map_err(|_| CannotOpen)
    }
}

impl SecretBox {
    /// Keys of the installation's secret and of the one before it.
    pub fn new(secret: &Secret, previous: Option<&Secret>) -> Self {
        Self {
            current: Arc::new(Key::of(secret)),
            previous: previous.map(|secret| Arc::new(Key::of(secret))),
        }
    }

    /// Encrypts under the current key, for one place.
    pub fn seal(&self, plain: &[u8], place: &[u8]) -> Sealed {
        let nonce: [u8; NONCE_LEN] = rand::random();
        let mut text = plain.to_vec();
        let key = &self.current;
        let sealing = key.key.seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(place),
            &mut text,
        );
        if sealing.is_err() {
            unreachable!("only texts of 64 GiB can't be sealed");
        }
        Sealed([&[VERSION, key.id], &nonce[..], &text].concat())
    }

    /// Decrypts what was sealed for this place, by the current key or the previous one.
    pub fn open(&self, sealed: &Sealed, place: &[u8]) -> Result<Vec<u8>, CannotOpen> {
        let previous = self.previous.as_ref().ok_or(CannotOpen);
        self.current.open(sealed, place).or_else(|_| previous?.open(sealed, place))
    }

    /// Whether the current key opens it. The id of the key is not asked: two keys may share one by chance.
    pub fn is_current(&self, sealed: &Sealed, place: &[u8]) -> bool {
        self.current.open(sealed, place).is_ok()
    }
}

impl std::fmt::Debug for SecretBox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretBox(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret() -> Secret {
        Secret::new(Secret::generate()).expect("strong")
    }

    #[test]
    fn what_is_sealed_is_opened_in_its_place_only() {
        let boxed = SecretBox::new(&secret(), None);
        for plain in [&b""[..], b"token", &[7; 10_000]] {
            let sealed = boxed.seal(plain, b"here");
            assert_eq!(boxed.open(&sealed, b"here").as_deref(), Ok(plain));
            assert_eq!(boxed.open(&sealed, b"there"), Err(CannotOpen));
            assert_ne!(boxed.seal(plain, b"here"), sealed, "never the same twice");
            assert!(plain.is_empty() || !sealed.0.windows(plain.len()).any(|part| part == plain));
        }
    }

    #[test]
    fn a_changed_ciphertext_is_refused() {
        let boxed = SecretBox::new(&secret(), None);
        let sealed = boxed.seal(b"token", b"here");
        for at in 0..sealed.0.len() {
            let mut changed = sealed.clone();
            changed.0[at] ^= 1;
            assert_eq!(boxed.open(&changed, b"here"), Err(CannotOpen), "byte {at}");
            let short = Sealed(sealed.0[..at].to_vec());
            assert_eq!(boxed.open(&short, b"here"), Err(CannotOpen), "the first {at} bytes");
        }
    }

    #[test]
    fn the_previous_secret_opens_what_it_sealed_and_seals_nothing_more() {
        let (old, new) = (secret(), secret());
        let sealed = SecretBox::new(&old, None).seal(b"token", b"here");
        assert_eq!(SecretBox::new(&new, None).open(&sealed, b"here"), Err(CannotOpen));
        let both = SecretBox::new(&new, Some(&old));
        assert_eq!(both.open(&sealed, b"here").as_deref(), Ok(&b"token"[..]));
        let again = both.seal(b"token", b"here");
        assert!(both.is_current(&again, b"here") && !both.is_current(&sealed, b"here"));
        assert_eq!(SecretBox::new(&new, None).open(&again, b"here").as_deref(), Ok(&b"token"[..]));
    }

    #[test]
    fn keys_that_share_an_id_are_told_apart() {
        let old = SecretBox::new(&secret(), None);
        let (twin, new) = std::iter::repeat_with(secret)
            .map(|secret| (SecretBox::new(&secret, None), secret))
            .find(|(boxed, _)| boxed.current.id == old.current.id)
            .expect("one of 256");
        let sealed = old.seal(b"token", b"here");
        assert!(!twin.is_current(&sealed, b"here") && twin.open(&sealed, b"here").is_err());
        let both = SecretBox { current: Arc::new(Key::of(&new)), previous: Some(old.current) };
        assert_eq!(both.open(&sealed, b"here").as_deref(), Ok(&b"token"[..]));
        assert!(!both.is_current(&sealed, b"here"));
    }
}
