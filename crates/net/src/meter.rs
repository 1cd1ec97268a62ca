//! How fast frames may come on a connection, alone and together with others of the same principal; or go, where a worker is to leave
//! room for others.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::rate::{Bucket, Rate};

/// What is left of the rates of frames and of bytes. Its clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Meter {
    begun: Instant,
    left: Arc<Mutex<[Option<Bucket>; 2]>>,
}

impl Meter {
    pub(crate) fn new(frames: Option<Rate>, bytes: Option<Rate>) -> Meter {
        let full = |rate: Option<Rate>| rate.map(|rate| Bucket::full(rate, Duration::ZERO));
        Meter {
            begun: Instant::now(),
            left: Arc::new(Mutex::new([full(frames), full(bytes)])),
        }
    }

    /// Notes a frame of so many bytes; gives when the next one may follow.
    pub(crate) fn note(&self, bytes: usize) -> Instant {
        let now = self.begun.elapsed();
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let amounts = [1, bytes as u64];
        let waits = left.iter_mut().zip(amounts);
        let waits = waits.filter_map(|(bucket, amount)| Some(bucket.as_mut()?.take(amount, now)));
        self.begun + now + waits.max().unwrap_or_default()
    }
}
