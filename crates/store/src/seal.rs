//! Encryption of what is at rest, with a key that the program supplies: XChaCha20-Poly1305.
//!
//! A key never seals anything itself. From it are derived the key of the data, and, when the store is made, the key under which
//! names are hashed, which stays when the key changes. A nonce is a keyed hash of what is sealed and of where it stands, so it
//! needs no randomness, and is the same only for the same bytes in the same place.
//!
//! Sealed bytes: the number of the key (1 byte), the nonce (24), and what the cipher gave, with its tag (16).

use std::borrow::Cow;
use std::fmt;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

use crate::words::{Owner, Tag, Words, place_bytes};

/// A key of 32 bytes, from the program: of a key store of the system, or derived from a passphrase with a slow hash.
///
/// What `Debug` shows of it is nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Key([u8; 32]);

impl Key {
    /// Of these bytes.
    pub fn new(bytes: [u8; 32]) -> Key {
        Key(bytes)
    }

    /// Seals nothing but what it says of itself: that it is the right one.
    pub(crate) fn data(&self, number: u8) -> DataKey {
        DataKey::new(number, blake3::derive_key("syncline store 1 data", &self.0))
    }

    pub(crate) fn names(&self) -> [u8; 32] {
        blake3::derive_key("syncline store 1 names", &self.0)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

/// A key that seals data.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct DataKey {
    pub(crate) number: u8,
    bytes: [u8; 32],
    nonces: [u8; 32],
}

const NONCE: usize = 24;

impl DataKey {
    fn new(number: u8, bytes: [u8; 32]) -> DataKey {
        DataKey {
            number,
            bytes,
            nonces: blake3::derive_key("syncline store 1 nonces", &bytes),
        }
    }

    /// Seals bytes for one place.
    pub(crate) fn seal(&self, tag: Tag, owner: Owner, number: u64, plain: &[u8]) -> Vec<u8> {
        let place = place_bytes(tag, owner, number);
        let mut hasher = blake3::Hasher::new_keyed(&self.nonces);
        hasher.update(&place);
        hasher.update(plain);
        let nonce: [u8; NONCE] = first(hasher.finalize().as_bytes());
        let payload = Payload {
            msg: plain,
            aad: &place,
        };
        // It fails for more bytes than a computer has.
        let sealed = self.cipher().encrypt(&XNonce::from(nonce), payload);
        let mut out = vec![self.number];
        out.extend(nonce);
        out.extend(sealed.unwrap_or_default());
        out
    }

    /// What was sealed there; `None` if it was not, or by another key.
    pub(crate) fn unseal(
        &self,
        tag: Tag,
        owner: Owner,
        number: u64,
        sealed: &[u8],
    ) -> Option<Vec<u8>> {
        let mut words = Words(sealed);
        if words.byte()? != self.number {
            return None;
        }
        let nonce: [u8; NONCE] = words.number()?;
        let payload = Payload {
            msg: words.0,
            aad: &place_bytes(tag, owner, number),
        };
        self.cipher().decrypt(&XNonce::from(nonce), payload).ok()
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&self.bytes.into())
    }
}

/// The keys of a store; none if it is not sealed.
#[derive(Clone, Default)]
pub(crate) struct Seal {
    pub(crate) names: Option<[u8; 32]>,
    /// The last seals; while the key changes, one before it unseals too.
    pub(crate) keys: Vec<DataKey>,
}

impl Seal {
    /// The first 16 bytes of the hash of a word, keyed where the store is sealed.
    pub(crate) fn hash(&self, what: &[u8], word: &str) -> [u8; 16] {
        first(&self.whole_hash(what, word.as_bytes()))
    }

    /// The hash by which a document's name is found.
    pub(crate) fn document_key(&self, name: &str) -> [u8; 16] {
        self.hash(b"syncline document name", name)
    }

    /// The hash of bytes, keyed where the store is sealed.
    pub(crate) fn whole_hash(&self, what: &[u8], bytes: &[u8]) -> [u8; 32] {
        let mut hasher = match &self.names {
            Some(names) => blake3::Hasher::new_keyed(names),
            None => blake3::Hasher::new(),
        };
        hasher.update(what);
        hasher.update(bytes);
        hasher.finalize().into()
    }

    /// Bytes as they go to disk.
    pub(crate) fn close<'a>(
        &self,
        tag: Tag,
        owner: Owner,
        number: u64,
        plain: &'a [u8],
    ) -> Cow<'a, [u8]> {
        match self.keys.last() {
            Some(key) => key.seal(tag, owner, number, plain).into(),
            None => plain.into(),
        }
    }

    /// Bytes as they came from disk; `None` where they were not sealed for that place, by these keys.
    pub(crate) fn open<'a>(
        &self,
        tag: Tag,
        owner: Owner,
        number: u64,
        body: &'a [u8],
    ) -> Option<Cow<'a, [u8]>> {
        if self.keys.is_empty() {
            return Some(body.into());
        }
        let mut keys = self.keys.iter().rev();
        let opened = keys.find_map(|key| key.unseal(tag, owner, number, body));
        opened.map(Cow::from)
    }
}

/// What the row of a key says: the key of names, and, while the key changes, the one before.
pub(crate) fn slot(names: [u8; 32], before: Option<&DataKey>) -> Vec<u8> {
    let mut slot = names.to_vec();
    if let Some(before) = before {
        slot.push(before.number);
        slot.extend(before.bytes);
    }
    slot
}

/// Reads what [`slot`] wrote.
pub(crate) fn read_slot(slot: &[u8]) -> Option<([u8; 32], Option<DataKey>)> {
    let mut words = Words(slot);
    let names = words.number()?;
    if words.0.is_empty() {
        return Some((names, None));
    }
    let before = DataKey::new(words.byte()?, words.number()?);
    words.0.is_empty().then_some((names, Some(before)))
}

fn first<const N: usize>(hash: &[u8; 32]) -> [u8; N] {
    hash.first_chunk().copied().unwrap_or([0; N])
}
