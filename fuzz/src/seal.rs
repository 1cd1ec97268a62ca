//! The seals of a session, as `docs/session.md` tells them: for who wants to lie.

/// Kinds without a seal: the hello, and findings of the whole.
const UNSEALED: [u8; 2] = [0, 1];

/// Seals of one side.
#[derive(Debug)]
pub struct Sealer {
    key: [u8; 32],
    is_asker: bool,
    number: u64,
}

impl Sealer {
    /// Of a session of that nonce.
    pub fn new(nonce: u64, is_asker: bool) -> Sealer {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"syncline session 1");
        hasher.update(&nonce.to_le_bytes());
        Sealer {
            key: *hasher.finalize().as_bytes(),
            is_asker,
            number: 0,
        }
    }

    /// A message without its seal.
    pub fn unsealed<'m>(&self, message: &'m [u8]) -> &'m [u8] {
        match message.first() {
            Some(kind) if !UNSEALED.contains(kind) => &message[..message.len().saturating_sub(4)],
            _ => message,
        }
    }

    /// Counts a message that is sent as it is.
    pub fn note(&mut self, message: &[u8]) {
        if message.first().is_some_and(|kind| !UNSEALED.contains(kind)) {
            self.number += 1;
        }
    }

    /// A message with a seal that fits (of a brief only where the mark is known to be none).
    pub fn sealed(&mut self, mut message: Vec<u8>) -> Vec<u8> {
        if message.first().is_some_and(|kind| UNSEALED.contains(kind)) {
            return message;
        }
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        hasher.update(&[u8::from(self.is_asker)]);
        hasher.update(&self.number.to_le_bytes());
        hasher.update(&message);
        let seal = hasher.finalize();
        message.extend_from_slice(&seal.as_bytes()[..4]);
        self.number += 1;
        message
    }
}
