//! What a side says in its greeting that it takes, so that the other sends no more, and no faster.
//!
//! ```text
//! terms := frame_bytes message_bytes rate rate rate rate     frames, changes, opens, bytes
//! rate  := per_second burst                                  0 0: as fast as it comes
//! ```
//!
//! Each is a number of 4 bytes, little-endian. Who says none takes frames and messages of 4 MiB, as programs before this did.

use crate::limits::Limits;
use crate::rate::Rate;
use crate::rates::Each;

/// A larger message is sent in frames of so many bytes, or of fewer where the other side takes no larger ones: each has the whole time
/// to go that a frame may take, so a slow link can send what is large.
const FRAGMENT: usize = 64 << 10;

/// Smaller ones are not made, whatever the other side says.
const FRAGMENT_LEAST: usize = 1 << 10;

/// See the module.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Terms {
    frame_bytes: u32,
    message_bytes: u32,
    pub(crate) rates: Each,
}

impl Default for Terms {
    fn default() -> Terms {
        Terms {
            frame_bytes: 4 << 20,
            message_bytes: 4 << 20,
            rates: [None; 4],
        }
    }
}

impl Terms {
    /// What a program takes: from one relay as fast as it comes.
    pub(crate) fn of_program(limits: &Limits) -> Terms {
        Terms {
            frame_bytes: limits.frame_bytes,
            message_bytes: limits.message_bytes,
            rates: [None; 4],
        }
    }

    /// What a relay takes from each connection.
    pub(crate) fn of_relay(limits: &Limits) -> Terms {
        Terms {
            rates: limits.rates.each(),
            ..Terms::of_program(limits)
        }
    }

    /// Bytes of the frames in which a large message is sent.
    pub(crate) fn fragment_bytes(&self) -> usize {
        (self.frame_bytes as usize).clamp(FRAGMENT_LEAST, FRAGMENT)
    }

    /// Bytes of the largest message of a session: the frame's kind stands before it.
    pub(crate) fn session_bytes(&self) -> u32 {
        self.message_bytes.saturating_sub(1)
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let rates = self.rates.iter();
        let rates = rates.flat_map(|rate| match rate {
            Some(rate) => [rate.per_second.max(1), rate.burst],
            None => [0, 0],
        });
        let numbers = [self.frame_bytes, self.message_bytes].into_iter();
        numbers.chain(rates).flat_map(u32::to_le_bytes).collect()
    }

    /// What stands behind the features of a greeting; nothing where the other side does not say it.
    pub(crate) fn read(mut bytes: &[u8]) -> Option<Terms> {
        let mut number = || {
            let (number, rest) = bytes.split_first_chunk()?;
            bytes = rest;
            Some(u32::from_le_bytes(*number))
        };
        let (frame_bytes, message_bytes) = (number()?, number()?);
        let mut rates = [None; 4];
        for rate in &mut rates {
            let (per_second, burst) = (number()?, number()?);
            *rate = (per_second > 0).then(|| Rate::per_second(per_second).burst(burst));
        }
        Some(Terms {
            frame_bytes,
            message_bytes,
            rates,
        })
    }
}
