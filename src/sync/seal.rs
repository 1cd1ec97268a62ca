//! Seals: that each message arrives whole, once and in order.

use super::error::SessionError;

/// Bytes of a seal.
const LEN: usize = 4;

/// The key of a session, and a hash of all that went each way so far. A seal is a hash of the message and of all that went
/// before it, keyed by the session's nonce and the direction: so one that was cut, changed, sent twice, out of order or in
/// another session does not fit.
///
/// Against accidents: the key is no secret.
#[derive(Clone, Debug)]
pub(super) struct Seals {
    key: [u8; 32],
    is_asker: bool,
    sent: [u8; 32],
    received: [u8; 32],
}

impl Seals {
    pub(super) fn new(nonce: u64, is_asker: bool) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"syncline session 1");
        hasher.update(&nonce.to_le_bytes());
        Seals::with_key(*hasher.finalize().as_bytes(), is_asker)
    }

    /// Of what the asker says first, from which the other side learns the nonce.
    pub(super) fn of_greeting(is_asker: bool) -> Self {
        Seals::with_key(*blake3::hash(b"syncline hello 1").as_bytes(), is_asker)
    }

    fn with_key(key: [u8; 32], is_asker: bool) -> Self {
        let begun = |by_asker: bool| [u8::from(by_asker); 32];
        Seals {
            key,
            is_asker,
            sent: begun(is_asker),
            received: begun(!is_asker),
        }
    }

    /// Seals a message; what both sides know and is not sent is sealed too.
    pub(super) fn put(&mut self, message: &mut Vec<u8>, known: &[u8]) {
        self.sent = self.after(&self.sent, message);
        message.extend_from_slice(&self.seal(&self.sent, known));
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
        let after = self.after(&self.received, message);
        if seal != self.seal(&after, known) {
            return Err(SessionError::Damaged);
        }
        self.received = after;
        Ok(())
    }

    /// Takes the message that comes next for whole, where what was sealed with it is not known. If it was not, the seal of the
    /// one after it does not fit.
    pub(super) fn pass(&mut self, message: &[u8]) {
        self.received = self.after(&self.received, message);
    }

    /// The hash of all that went one way, with one more message.
    fn after(&self, before: &[u8; 32], message: &[u8]) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        hasher.update(before);
        hasher.update(message);
        *hasher.finalize().as_bytes()
    }

    fn seal(&self, after: &[u8; 32], known: &[u8]) -> [u8; LEN] {
        let hash = match known {
            [] => *after,
            known => self.after(after, known),
        };
        hash.first_chunk().copied().unwrap_or_default()
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
