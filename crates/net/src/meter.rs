//! How fast frames may come on a connection, alone and together with others of the same principal; or go, where a worker is to leave
//! room for others, or the relay has said how much it takes. Both sides count alike, so whoever keeps to what it was told waits for
//! nothing on the other side.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use syncline::sync::Carries;

use crate::rate::Bucket;
use crate::rates::Each;

/// What is left of each rate. Its clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Meter {
    begun: Instant,
    left: Arc<Mutex<Left>>,
}

#[derive(Debug)]
struct Left {
    buckets: [Option<Bucket>; 4],
    /// Documents that were begun with, and of which the first piece did not come yet.
    firsts: u64,
}

/// What a frame counts for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Weight {
    bytes: u64,
    carries: Carries,
}

impl Weight {
    /// Of a frame as it travels.
    pub(crate) fn of(frame: &[u8]) -> Weight {
        let carries = match frame {
            [1, message @ ..] => Carries::of(message),
            _ => Carries::Other,
        };
        Weight {
            bytes: frame.len() as u64,
            carries,
        }
    }

    /// Of what is no frame of ours, and has so many bytes.
    pub(crate) fn bytes(bytes: usize) -> Weight {
        Weight {
            bytes: bytes as u64,
            carries: Carries::Other,
        }
    }
}

impl Meter {
    pub(crate) fn new(rates: Each) -> Meter {
        let full = rates.map(|rate| rate.map(|rate| Bucket::full(rate, Duration::ZERO)));
        Meter {
            begun: Instant::now(),
            left: Arc::new(Mutex::new(Left {
                buckets: full,
                firsts: 0,
            })),
        }
    }

    /// Whether all that may come at once may come now.
    pub(crate) fn is_full(&self) -> bool {
        let now = self.begun.elapsed();
        let left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        left.buckets
            .iter()
            .flatten()
            .all(|bucket| bucket.is_full(now))
    }

    /// Notes a frame; gives when the next one may follow.
    pub(crate) fn note(&self, weight: Weight) -> Instant {
        let now = self.begun.elapsed();
        let left = &mut *self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let (changes, opens) = match weight.carries {
            // A document that is begun with brings its first piece, however many are begun with before.
            Carries::Change if left.firsts > 0 => {
                left.firsts -= 1;
                (0, 0)
            }
            Carries::Change => (1, 0),
            Carries::Begin => (0, 1),
            Carries::Start => {
                left.firsts += 1;
                (0, 1)
            }
            _ => (0, 0),
        };
        let waits = left
            .buckets
            .iter_mut()
            .zip([1, changes, opens, weight.bytes]);
        let waits = waits.filter_map(|(bucket, amount)| Some(bucket.as_mut()?.take(amount, now)));
        self.begun + now + waits.max().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rate::Rate;
    use crate::rates::Rates;

    fn rates() -> Rates {
        Rates {
            frames: Rate::per_second(1_000_000),
            changes: Rate::per_second(10).burst(40),
            opens: Rate::per_second(5).burst(50),
            ..Rates::default()
        }
    }

    /// How long a thing of each kind waits, after so many of them.
    fn wait_after(count: u32, frames: &[&[u8]]) -> Duration {
        let meter = Meter::new(rates().each());
        let mut next = meter.begun;
        for _ in 0..count {
            for frame in frames {
                next = next.max(meter.note(Weight::of(frame)));
            }
        }
        next.saturating_duration_since(Instant::now())
    }

    const OPEN: &[u8] = &[1, 3, 0];
    const START: &[u8] = &[1, 4, 0];
    const DELTA: &[u8] = &[1, 5, 0];
    const KEYSTROKE: &[u8] = &[1, 7 | 48, 0];
    const PRESENCE: &[u8] = &[1, 9, 0];
    const PIECE: &[u8] = &[1, 65, 0];
    const DONE: &[u8] = &[1, 6, 0];
    const STORED: &[u8] = &[2, 5, 0, 0, 0, 0, 0, 0, 0];

    #[test]
    fn what_others_are_sent_is_counted_and_what_only_the_relay_hears_is_not() {
        for frame in [DELTA, KEYSTROKE, PRESENCE, PIECE] {
            assert_eq!(wait_after(40, &[frame]), Duration::ZERO, "{frame:?}");
            let wait = wait_after(90, &[frame]);
            assert!(wait > Duration::from_secs(4), "{frame:?}: {wait:?}");
        }
        for frame in [DONE, STORED] {
            assert_eq!(wait_after(1000, &[frame]), Duration::ZERO, "{frame:?}");
        }
    }

    #[test]
    fn a_document_that_is_begun_with_brings_its_first_piece() {
        for frames in [&[START, DELTA, DONE][..], &[OPEN]] {
            assert_eq!(wait_after(50, frames), Duration::ZERO);
            let wait = wait_after(60, frames);
            let expected = Duration::from_millis(1500)..Duration::from_millis(2001);
            assert!(expected.contains(&wait), "{wait:?}");
        }
        // Also where all are begun with before.
        let meter = Meter::new(rates().each());
        for frame in [[START; 50], [DELTA; 50]].concat() {
            let next = meter.note(Weight::of(frame));
            assert!(next <= Instant::now(), "{frame:?}");
        }
        // The second piece is counted, as is what comes without a document.
        let wait = wait_after(150, &[DELTA, DELTA, START]);
        assert!(wait > Duration::from_secs(4), "{wait:?}");
    }
}
