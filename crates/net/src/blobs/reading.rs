//! How much of blobs is read for whom: what is read though it did not come just now.
//!
//! A blob is held against its name as a whole, and most of it may be here already, by a list of a few bytes; so may the list of one that
//! is gone on with. What somebody has read so beyond a rate is paid for by waiting, over all of their connections. Reads no clock.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::rate::{Bucket, Rate};

/// Bytes in a second, and at once: more than comes in that time where nothing is here yet.
const PER_SECOND: u32 = 8 << 20;
const AT_ONCE: u32 = 128 << 20;

/// Principals of whom it is known; those of whom it does not matter are forgotten then.
const KNOWN: usize = 1024;

/// See the module.
#[derive(Default)]
pub(super) struct Reading(BTreeMap<String, Bucket>);

impl Reading {
    /// How long somebody has to wait before anything more is read for them.
    pub(super) fn wait(&mut self, who: &str, now: Duration) -> Duration {
        let bucket = self.0.get_mut(who);
        bucket.map_or(Duration::ZERO, |bucket| bucket.take(0, now))
    }

    /// So many bytes were read for them.
    pub(super) fn note(&mut self, who: &str, bytes: u64, now: Duration) {
        if self.0.len() >= KNOWN && !self.0.contains_key(who) {
            self.0.retain(|_, bucket| !bucket.is_full(now));
        }
        let full = || Bucket::full(Rate::per_second(PER_SECOND).burst(AT_ONCE), now);
        let bucket = self.0.entry(who.to_owned()).or_insert_with(full);
        bucket.take(bytes, now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_much_read_waits_and_others_do_not() {
        let mut reading = Reading::default();
        let at = Duration::from_secs;
        reading.note("Ann", 128 << 20, at(10));
        assert_eq!(reading.wait("Ann", at(10)), Duration::ZERO);
        reading.note("Ann", 16 << 20, at(10));
        assert_eq!(reading.wait("Ann", at(10)), at(2));
        assert_eq!(reading.wait("Ben", at(10)), Duration::ZERO);
        assert_eq!(reading.wait("Ann", at(11)), at(1));
        assert_eq!(reading.wait("Ann", at(12)), Duration::ZERO);
        // She is remembered among however many others, as long as it matters.
        reading.note("Ann", 80 << 20, at(12));
        for number in 0..3000 {
            reading.note(&number.to_string(), 1, at(13));
        }
        assert_eq!(reading.wait("Ann", at(13)), at(9));
        for number in 3000..6000 {
            reading.note(&number.to_string(), 1, at(number));
        }
        assert!(reading.0.len() <= KNOWN);
    }
}
