//! Seals: that each message arrives whole, once and in order.

use super::error::SessionError;

/// Bytes of a seal.
const LEN: usize = 4;

/// The key of a session and how many messages were sealed each way. A seal is a hash of the message, keyed by the session's
/// nonce, the direction and the message's number: so one that was cut, changed, sent twice, out of order or in
/// another session does not fit.
///
/// Against accidents: the key is no secret.
#[derive(Clone, Debug)]
pub(super) struct Seals {
    key: [u8; 32],
    is_asker: bool,
    sent: u64,
    received: u64,
}

impl Seals {
    pub(super) fn new(nonce: u64, is_asker: bool) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"syncline session 1");
        hasher.update(&nonce.to_le_bytes());
        Seals {
            key: *hasher.finalize().as_bytes(),
            is_asker,
            sent: 0,
            received: 0,
        }
    }

    /// Seals a message; what both sides know and is not sent is sealed too.
    pub(super) fn put(&mut self, message: &mut Vec<u8>, known: &[u8]) {
        let seal = self.seal(self.is_asker, self.sent, message, known);
        message.extend_from_slice(&seal);
        self.sent += 1;
    }

    /// The message without its seal, which is to be checked by [`accept`](Seals::accept).
    pub(super) fn split(message: &[u8]) -> Result<(&[u8], [u8; LEN]), SessionError> {
        let (message, seal) = message.split_last_chunk().ok_or(SessionError::Damaged)?;
        Ok((message, *seal))
    }

    /// Checks the seal of the message that comes next.
    pub(super) fn accept(
        &mut self,
        message: &[u8],
        seal: [u8; LEN],
        known: &[u8],
    ) -> Result<(), SessionError> {
        if seal != self.seal(!self.is_asker, self.received, message, known) {
            return Err(SessionError::Damaged);
        }
        self.received += 1;
        Ok(())
    }

    fn seal(&self, by_asker: bool, number: u64, message: &[u8], known: &[u8]) -> [u8; LEN] {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        hasher.update(&[u8::from(by_asker)]);
        hasher.update(&number.to_le_bytes());
        hasher.update(known);
        hasher.update(message);
        let hash = hasher.finalize();
        hash.as_bytes().first_chunk().copied().unwrap_or_default()
    }

    /// The nonce with which this side asks about a document.
    pub(super) fn nonce_of(&self, document: u64) -> u64 {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        hasher.update(&[3, u8::from(self.is_asker)]);
        hasher.update(&document.to_le_bytes());
        let hash = hasher.finalize();
        let first = hash.as_bytes().first_chunk().copied().unwrap_or_default();
        u64::from_le_bytes(first)
    }

    /// The mark of a summary's root, in this session.
    pub(super) fn mark(&self, root: &[u8; 32]) -> [u8; 8] {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        hasher.update(&[2]);
        hasher.update(root);
        let hash = hasher.finalize();
        hash.as_bytes().first_chunk().copied().unwrap_or_default()
    }
}
