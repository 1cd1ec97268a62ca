//! Which connection fetches which blob: none comes on two at once, and none is held up for long by one that does not bring it.
//!
//! Whoever begins to fetch a blob claims it. A claim has a while to run, and what comes adds to that. Once it has run out it stands until
//! another that is offered the blob takes it over: so one that is slow, and alone, brings its blob all the same. Reads no clock.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use syncline_store::{Blob, BlobId, Store};

use super::reading::Reading;
use super::unfinished::{Key, Unfinished, key};
use crate::ask::Id;
use crate::limits::Limits;

/// So many bytes add a second to a claim: with less in a second, it runs out.
const BYTES_PER_SECOND: u64 = 64 << 10;

/// Claims that ended and are remembered, for those who wait for one of them.
const ENDED_MAX: usize = 4096;

/// See the module.
pub(crate) struct Claims {
    /// A new claim runs so long.
    patience: Duration,
    now: Duration,
    held: BTreeMap<BlobId, Claim>,
    /// The blobs whose claims ended last, in order, and how many are remembered no more.
    ended: VecDeque<BlobId>,
    forgotten: u64,
    pub(crate) unfinished: Unfinished,
    reading: Reading,
}

struct Claim {
    by: Id,
    until: Duration,
}

impl Claims {
    pub(crate) fn new(limits: &Limits) -> Claims {
        Claims {
            patience: limits.blob_patience,
            now: Duration::ZERO,
            held: BTreeMap::new(),
            ended: VecDeque::new(),
            forgotten: 0,
            unfinished: Unfinished::new(limits),
            reading: Reading::default(),
        }
    }

    /// Counts what a store has of blobs that are not whole.
    pub(crate) fn count(&mut self, store: &Store) -> Result<(), syncline_store::Error> {
        for found in store.unfinished_blobs()? {
            self.unfinished.find(key(&found.blob), found.held);
        }
        if store.has_let_go()? {
            self.unfinished.note_going();
        }
        Ok(())
    }

    /// When more may be read for somebody; nothing where that is now.
    pub(super) fn reads_from(&mut self, who: &str) -> Option<Duration> {
        let wait = self.reading.wait(who, self.now);
        (!wait.is_zero()).then(|| self.now + wait)
    }

    /// So many bytes were read for somebody that did not just come.
    pub(super) fn note_read(&mut self, who: &str, bytes: u64) {
        self.reading.note(who, bytes, self.now);
    }

    /// Whether a blob may be brought on a connection: there is room for all of it beside what is brought already.
    pub(super) fn admit(&mut self, blob: &Blob, who: &str, by: Id) -> bool {
        let (claims, now) = (&self.held, self.now);
        let is_brought = |key: &Key, on| is_brought(claims, now, key, on);
        self.unfinished.admit(key(blob), (who, by), is_brought)
    }

    /// A blob takes so much room that is begun, or gone on with.
    pub(super) fn hold(&mut self, blob: &Blob, bytes: u64, store: &mut Store) {
        self.unfinished.set(key(blob), 0);
        self.grow(blob, bytes, store);
    }

    /// A blob takes so much more room: what there is too much of then is let go of, but never this one.
    pub(super) fn grow(&mut self, blob: &Blob, bytes: u64, store: &mut Store) {
        let grown = key(blob);
        self.unfinished.grow(grown, bytes);
        loop {
            let (claims, now) = (&self.held, self.now);
            let is_brought = |key: &Key, on| is_brought(claims, now, key, on);
            let Some(surplus) = self.unfinished.surplus(grown, is_brought) else {
                return;
            };
            let id = BlobId::from_bytes(surplus.0);
            if let Err(error) = store.let_go_unfinished(&Blob::new(id, surplus.1)) {
                let why = error.to_string();
                tracing::warn!(blob = id.to_string(), why, "not let go of");
                return;
            }
            // Whoever was bringing it begins afresh when there is room.
            if let Some(on) = self.unfinished.let_go(surplus) {
                self.end(&id, on);
            }
        }
    }

    /// So late it is, since whenever times are counted from.
    pub(crate) fn note_time(&mut self, now: Duration) {
        self.now = self.now.max(now);
    }

    pub(super) fn now(&self) -> Duration {
        self.now
    }

    /// Until when another than this connection brings a blob; nothing where none does, or took too long.
    pub(super) fn until(&self, blob: &BlobId, but: Id) -> Option<Duration> {
        let claim = self.held.get(blob)?;
        Some(claim.until).filter(|until| claim.by != but && *until > self.now)
    }

    /// Claims a blob for a connection, whoever has it.
    pub(super) fn claim(&mut self, blob: BlobId, by: Id) {
        let until = self.now + self.patience;
        self.held.insert(blob, Claim { by, until });
    }

    /// Whether a connection has the claim to a blob; if not, another took it over.
    pub(super) fn has(&self, blob: &BlobId, by: Id) -> bool {
        self.held.get(blob).is_some_and(|claim| claim.by == by)
    }

    /// So many bytes of a blob came.
    pub(super) fn renew(&mut self, blob: &BlobId, by: Id, bytes: u64) {
        let claim = self.held.get_mut(blob).filter(|claim| claim.by == by);
        if let Some(claim) = claim {
            let more = Duration::from_millis(bytes.saturating_mul(1000) / BYTES_PER_SECOND);
            let most = self.now + self.patience;
            claim.until = claim.until.saturating_add(more).min(most);
        }
    }

    /// A connection is done with a blob, or gives it up: others may look at it.
    pub(super) fn end(&mut self, blob: &BlobId, by: Id) {
        if self.has(blob, by) {
            self.held.remove(blob);
            self.ended.push_back(*blob);
            if self.ended.len() > ENDED_MAX {
                self.ended.pop_front();
                self.forgotten += 1;
            }
        }
    }

    /// How many claims have ended.
    pub(crate) fn ended(&self) -> u64 {
        self.forgotten + self.ended.len() as u64
    }

    /// The blobs whose claims ended after so many had; `None` where these are not remembered any more.
    pub(super) fn ended_since(&self, ended: u64) -> Option<impl Iterator<Item = &BlobId>> {
        let past = usize::try_from(ended.checked_sub(self.forgotten)?).ok()?;
        (past <= self.ended.len()).then(|| self.ended.range(past..))
    }
}

/// Whether a connection brings a blob, and in its time.
fn is_brought(claims: &BTreeMap<BlobId, Claim>, now: Duration, key: &Key, on: Id) -> bool {
    let claim = claims.get(&BlobId::from_bytes(key.0));
    claim.is_some_and(|claim| claim.by == on && claim.until > now)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(20);

    fn at(claims: &mut Claims, seconds: u64) {
        claims.note_time(Duration::from_secs(seconds));
    }

    #[test]
    fn a_claim_stands_until_it_has_run_out_and_another_comes() {
        let blob = BlobId::of(b"a");
        let mut claims = Claims::new(&Limits::default());
        assert_eq!(claims.until(&blob, 1), None);
        claims.claim(blob, 1);
        assert_eq!(claims.until(&blob, 1), None);
        for seconds in [0, 19] {
            at(&mut claims, seconds);
            assert_eq!(claims.until(&blob, 2), Some(PATIENCE));
        }
        at(&mut claims, 1000);
        assert_eq!(claims.until(&blob, 2), None);
        assert!(claims.has(&blob, 1));
        claims.claim(blob, 2);
        assert!(!claims.has(&blob, 1) && claims.has(&blob, 2));
        // Whoever has it no more ends nothing.
        claims.end(&blob, 1);
        assert_eq!(claims.until(&blob, 1), Some(Duration::from_secs(1020)));
        claims.end(&blob, 2);
        assert_eq!(claims.until(&blob, 1), None);
        assert_eq!(claims.ended(), 1);
    }

    #[test]
    fn what_comes_adds_to_a_claim_as_much_as_it_is_worth() {
        let blob = BlobId::of(b"a");
        let until = |claims: &Claims| claims.until(&blob, 2).map(|until| until.as_secs());
        let mut claims = Claims::new(&Limits::default());
        claims.claim(blob, 1);
        claims.renew(&blob, 1, 1 << 30);
        assert_eq!(until(&claims), Some(20));
        // Half of what it should bring, second for second: it loses half a second with each.
        for second in 1..39 {
            at(&mut claims, second);
            claims.renew(&blob, 1, BYTES_PER_SECOND / 2);
            assert!(until(&claims) > Some(second), "{second}");
        }
        at(&mut claims, 40);
        claims.renew(&blob, 2, 1 << 30);
        assert_eq!(until(&claims), None);
        // What comes in time for another second does not make good for all that it let pass.
        at(&mut claims, 50);
        claims.renew(&blob, 1, BYTES_PER_SECOND);
        assert_eq!(until(&claims), None);
        claims.renew(&blob, 1, 20 * BYTES_PER_SECOND);
        assert_eq!(until(&claims), Some(60));
    }

    #[test]
    fn which_ended_is_told_as_long_as_it_is_remembered() {
        let mut claims = Claims::new(&Limits::default());
        let names: Vec<BlobId> = (0..ENDED_MAX as u64 + 2)
            .map(|number| BlobId::of(&number.to_le_bytes()))
            .collect();
        for blob in &names {
            claims.claim(*blob, 1);
            claims.end(blob, 1);
        }
        let all = names.len() as u64;
        assert_eq!(claims.ended(), all);
        let since = |ended| {
            claims
                .ended_since(ended)
                .map(|ended| ended.copied().collect())
        };
        assert_eq!(since(all), Some(Vec::new()));
        assert_eq!(since(all - 1), names.last().map(|last| vec![*last]));
        assert_eq!(since(2), Some(names[2..].to_vec()));
        assert_eq!(since(1), None);
        assert_eq!(since(all + 1), None);
    }
}
