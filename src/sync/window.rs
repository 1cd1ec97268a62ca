//! How much may be on its way.

use super::error::SessionError;
use super::message::malformed;

/// Bytes of operations that were sent and received, and of which the receiver has said that it took them in.
#[derive(Clone, Debug)]
pub(super) struct Window {
    most: u64,
    sent: u64,
    taken: u64,
    received: u64,
    /// What the other side was told.
    told: u64,
}

impl Window {
    pub(super) fn new(most: u32) -> Self {
        Window {
            most: u64::from(most.max(1)),
            sent: 0,
            taken: 0,
            received: 0,
            told: 0,
        }
    }

    /// Whether more may be sent. One message may go beyond.
    pub(super) fn is_open(&self) -> bool {
        self.sent - self.taken < self.most
    }

    pub(super) fn note_sent(&mut self, bytes: usize) {
        self.sent += bytes as u64;
    }

    /// The other side has taken in so many bytes.
    pub(super) fn credit(&mut self, taken: u64) -> Result<(), SessionError> {
        if taken < self.taken || taken > self.sent {
            return Err(malformed("more taken in than was sent"));
        }
        self.taken = taken;
        Ok(())
    }

    /// Notes what was taken in; what to tell the other side, from time to time.
    pub(super) fn note_received(&mut self, bytes: usize) -> Option<u64> {
        self.received += bytes as u64;
        if self.received - self.told < self.most / 4 {
            return None;
        }
        self.told = self.received;
        Some(self.received)
    }
}
