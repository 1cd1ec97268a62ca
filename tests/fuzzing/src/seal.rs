//! The seals of a session, as `docs/session.md` tells them: for who wants to lie.

/// Bytes of a seal.
const LEN: usize = 4;

/// Seals of the asker.
#[derive(Debug)]
pub struct Sealer {
    /// Of the session; before that, of the hello.
    keys: Vec<[u8; 32]>,
    /// The hash of all that was sent.
    sent: [u8; 32],
    /// Something else was sent than what the session said.
    has_lied: bool,
}

impl Sealer {
    /// Of a session of that nonce.
    pub fn new(nonce: u64) -> Sealer {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"syncline session 1");
        hasher.update(&nonce.to_le_bytes());
        let hello = blake3::hash(b"syncline hello 1");
        Sealer {
            keys: vec![*hasher.finalize().as_bytes(), *hello.as_bytes()],
            sent: [1; 32],
            has_lied: false,
        }
    }

    /// A message without its seal.
    pub fn unsealed<'m>(&self, message: &'m [u8]) -> &'m [u8] {
        &message[..message.len().saturating_sub(LEN)]
    }

    /// A message that the session said, with a seal that fits what was sent before it. A brief's fits only while nobody has
    /// lied: its mark is not known here.
    pub fn passed_on(&mut self, message: &[u8]) -> Vec<u8> {
        let sealed = self.seal(self.unsealed(message).to_vec());
        match self.has_lied {
            true => sealed,
            false => message.to_vec(),
        }
    }

    /// A message that the session did not say, with a seal that fits.
    pub fn sealed(&mut self, message: Vec<u8>) -> Vec<u8> {
        self.has_lied = true;
        self.seal(message)
    }

    fn seal(&mut self, mut message: Vec<u8>) -> Vec<u8> {
        let is_hello = self.keys.len() > 1;
        let key = match is_hello {
            true => self.keys.pop().unwrap_or_default(),
            false => self.keys[0],
        };
        let mut hasher = blake3::Hasher::new_keyed(&key);
        hasher.update(&self.sent);
        hasher.update(&message);
        let after = *hasher.finalize().as_bytes();
        message.extend_from_slice(&after[..LEN]);
        // The session begins with a hash of its own.
        self.sent = if is_hello { [1; 32] } else { after };
        message
    }
}
