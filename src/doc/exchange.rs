//! Exchanging operations with other replicas, and keeping a document.

use super::Doc;
use super::change::{Change, Rejected, Waiting};
use super::load::only_frame;
use super::record::Record;
use crate::codec::{
    Batch, FORMAT_SNAPSHOT, Frame, Level, read_delta, read_frame, read_snapshot, splits_in,
    write_delta,
};
use crate::column::Reader;
use crate::error::Error;
use crate::id::{Lv, LvSpan, OpId, Peer, VersionVector};
use crate::oplog::{Place, Refused};

impl Doc {
    /// The operations that a replica with that version vector lacks, as a delta. Empty of operations if it lacks none.
    ///
    /// A delta carries, for each operation outside it that it directly follows, four bytes of that operation's hash, so that
    /// a replica with another history under the same peer id notices. They are computed when first needed, and kept: hence
    /// `&mut`.
    pub fn delta_since(&mut self, known: &VersionVector) -> Vec<u8> {
        self.delta_since_with(known, Level::Fast)
    }

    /// As [`delta_since`](Doc::delta_since), packed as hard as asked for.
    pub fn delta_since_with(&mut self, known: &VersionVector, level: Level) -> Vec<u8> {
        let behind = |(peer, count)| known.get(peer) < count;
        if self.history_is_encoded() && self.log.peers.grounds().any(behind) {
            // Where the history cannot be read there is nothing to ship: `merge` and `read_history` tell why.
            if self.read_history().is_err() {
                let all = self.version_vector();
                return write_delta(&self.log, &mut self.chains, &all, level);
            }
        }
        write_delta(&self.log, &mut self.chains, known, level)
    }

    /// Takes in a delta, or a saved document. What is known already is passed over, so deltas may come in any order and more
    /// than once.
    ///
    /// Operations whose parents are missing are held back, in a buffer bounded by [`Limits::waiting_deltas`](crate::Limits::waiting_deltas) and
    /// [`Limits::waiting_bytes`](crate::Limits::waiting_bytes), and take effect when those arrive: [`Change::waiting`] says what is missing.
    ///
    /// A document without its history cannot take in a delta that does not follow its [`cut`](Doc::cut)
    /// ([`Error::NeedsBase`]). What a replica saved that has the history brings that with it: from then on this one has it too.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] for bytes that are not an encoding or were damaged; [`Error::Invalid`] for operations that cannot
    /// be; [`Error::Forked`] for a history that disagrees with ours under one peer id; [`Error::Limit`], also where a full
    /// buffer cannot hold more back. The document is then as it was.
    pub fn merge(&mut self, bytes: &[u8]) -> Result<Change, Error> {
        let mut reader = Reader::new(bytes, 0);
        let frame = read_frame(&mut reader)?;
        if frame.format == FORMAT_SNAPSHOT || !reader.is_at_end() {
            self.read_history()?;
            return match self.merge_document(&frame, bytes) {
                Err(needs @ Error::NeedsBase { .. }) if self.has_cut() => {
                    let base = Doc::load_with_limits(bytes, self.limits.clone())?;
                    // What it shows is believed only where its history says so.
                    if base.has_cut() {
                        Err(needs)
                    } else {
                        self.adopt(base)
                    }
                }
                merged => merged,
            };
        }
        match splits_in(&frame)? {
            Some(splits) => self.with_splits(&splits, |doc| doc.merge_one(&frame)),
            None => self.merge_one(&frame),
        }
    }

    fn merge_one(&mut self, frame: &Frame<'_>) -> Result<Change, Error> {
        if self.pending.len() > 0 {
            self.read_history()?;
        }
        self.with_history_at_need(|doc| doc.merge_frame(frame))
    }

    fn merge_frame(&mut self, frame: &Frame<'_>) -> Result<Change, Error> {
        let batch = read_delta(frame, &self.limits, &self.log, &mut self.chains)?;
        if self.pending.len() == 0
            && let Some(change) = self.merge_keystroke(&batch)?
        {
            return Ok(change);
        }
        self.merge_delta(frame, batch)
    }

    #[inline(never)]
    pub(super) fn merge_delta(
        &mut self,
        delta: &Frame<'_>,
        batch: Batch<'_>,
    ) -> Result<Change, Error> {
        let mut record = Record::default();
        let start = self.log.end();
        self.take_in_batch(delta, batch, &mut record)?;
        Ok(self.merged(start, record))
    }

    /// Merges what another replica saved, onto what is there.
    pub(super) fn merge_saved(&mut self, bytes: &[u8]) -> Result<Change, Error> {
        let first = read_frame(&mut Reader::new(bytes, 0))?;
        self.merge_document(&first, bytes)
    }

    /// Merges what another replica saved, and what was appended to that.
    pub(super) fn merge_document(
        &mut self,
        first: &Frame<'_>,
        bytes: &[u8],
    ) -> Result<Change, Error> {
        if first.bytes.len() == bytes.len() {
            return self.merge_snapshot(first);
        }
        let mut other = Doc::load_with_limits(bytes, self.limits.clone())?;
        other.read_history()?;
        let waiting: Vec<_> = other.pending.since(0).map(<[u8]>::to_vec).collect();
        let waiting: Vec<_> = waiting.iter().map(|delta| &**delta).collect();
        self.merge_other(other, &waiting)
    }

    /// Merges what another replica saved, by its history alone: what it says that it shows is a claim.
    fn merge_snapshot(&mut self, snapshot: &Frame<'_>) -> Result<Change, Error> {
        let snapshot = read_snapshot(snapshot, &self.limits)?;
        let waiting: Vec<_> = snapshot.waiting.iter().map(|frame| frame.bytes).collect();
        if !snapshot.has_history() {
            return self.merge_other(Doc::open(&snapshot.sketch, self.limits.clone())?, &waiting);
        }
        let (other, _) = Doc::with_history(snapshot, self.limits.clone())?;
        self.merge_other(other, &waiting)
    }

    fn merge_other(&mut self, mut other: Doc, waiting: &[&[u8]]) -> Result<Change, Error> {
        let splits = other.log.peers.splits.clone();
        self.with_splits(&splits, |doc| {
            let start = doc.log.end();
            let mut record = Record {
                rejected: std::mem::take(&mut other.rejected),
                ..Record::default()
            };
            doc.take_in_document(&mut other, waiting, &mut record)?;
            Ok(doc.merged(start, record))
        })
    }

    fn take_in_document(
        &mut self,
        other: &mut Doc,
        waiting: &[&[u8]],
        record: &mut Record,
    ) -> Result<(), Error> {
        other.with_splits(&self.log.peers.splits, |_| Ok(Change::default()))?;
        self.covers_cut(other)?;
        let delta = other.delta_since_with(&self.version_vector(), Level::None);
        self.take_in(&only_frame(&delta)?, record)?;
        self.take_in_waiting(waiting, record);
        Ok(())
    }

    /// Ends a merge that began when the log ended at `start`.
    fn merged(&mut self, start: Lv, mut record: Record) -> Change {
        if self.pending.len() > 0 {
            self.wake(LvSpan::new(start, self.log.end()), &mut record);
        }
        self.replay.settle(&self.log, self.limits.replay_bytes);
        self.told_of(record)
    }

    /// Takes in what waited in a snapshot. It may be known, wait, or be refused here: that is no fault of the snapshot.
    pub(super) fn take_in_waiting(&mut self, waiting: &[&[u8]], record: &mut Record) {
        for bytes in waiting {
            let frame = only_frame(bytes).map_err(Error::from);
            if let Err(error) = frame.and_then(|frame| self.take_in(&frame, record)) {
                record.rejected.push(Rejected { error });
            }
        }
    }

    /// Applies what of a delta is ready, and holds it back if something is not. Gives what was applied.
    pub(super) fn take_in(
        &mut self,
        delta: &Frame<'_>,
        record: &mut Record,
    ) -> Result<LvSpan, Error> {
        let batch = read_delta(delta, &self.limits, &self.log, &mut self.chains)?;
        self.take_in_batch(delta, batch, record)
    }

    /// As `take_in`, of a delta that has been read.
    fn take_in_batch(
        &mut self,
        delta: &Frame<'_>,
        batch: Batch<'_>,
        record: &mut Record,
    ) -> Result<LvSpan, Error> {
        let ingested = self.ingest(&batch)?;
        if let Err(error) = self.check_segment_ids(&ingested.mark) {
            self.take_back(&ingested);
            return Err(error);
        }
        // What follows may need as much memory again.
        drop(batch);
        let (needs, span) = (ingested.needs, ingested.span);
        let mut held = None;
        if let Some(needs) = needs {
            match self.hold(needs, delta.bytes) {
                Ok(place) => held = place,
                Err(refused) => {
                    self.take_back(&ingested);
                    return Err(refused);
                }
            }
        }
        if let Err(error) = self.integrate(ingested, record) {
            held.into_iter()
                .for_each(|place| self.pending.release(place));
            return Err(error);
        }
        if let Some(needs) = needs {
            record.waiting.push(Waiting { needs });
        }
        Ok(span)
    }

    fn hold(&mut self, needs: OpId, delta: &[u8]) -> Result<Option<Place>, Error> {
        let (most, most_bytes) = (self.limits.waiting_deltas, self.limits.waiting_bytes);
        let found = (self.pending.len() + 1, self.pending.bytes() + delta.len());
        self.pending
            .hold(needs, delta, most, most_bytes)
            .map_err(|refused| match refused {
                Refused::Count => Error::Limit {
                    what: "waiting_deltas",
                    limit: most.into(),
                    found: found.0 as u64,
                },
                Refused::Bytes => Error::Limit {
                    what: "waiting_bytes",
                    limit: most_bytes.into(),
                    found: found.1 as u64,
                },
            })
    }

    /// Takes in what waited for the operations of a span, and what waited for that.
    pub(super) fn wake(&mut self, applied: LvSpan, record: &mut Record) {
        let mut applied = vec![applied];
        while let Some(span) = applied.pop() {
            if span.is_empty() || self.pending.len() == 0 {
                continue;
            }
            let mut authors: Vec<_> = self
                .log
                .graph
                .parts(&[span])
                .iter()
                .map(|part| self.log.id(part.start).peer)
                .collect();
            authors.sort_unstable();
            authors.dedup();
            for peer in authors {
                while let Some(delta) = self.take_ready(peer) {
                    let before = record.waiting.len();
                    // It was checked when it came.
                    let taken = only_frame(&delta)
                        .map_err(Error::from)
                        .and_then(|frame| self.take_in(&frame, record));
                    match taken {
                        Ok(span) => applied.push(span),
                        Err(error) => {
                            record.rejected.push(Rejected { error });
                        }
                    }
                    // What still waits, for something else now, did so before this merge.
                    record.waiting.truncate(before);
                }
            }
        }
        record
            .waiting
            .retain(|waiting| !self.log.knows(waiting.needs));
    }

    fn take_ready(&mut self, peer: Peer) -> Option<Box<[u8]>> {
        let known = self
            .log
            .peers
            .find(peer)
            .map_or(0, |ix| self.log.peers.count(ix));
        self.pending.take_ready(peer, known)
    }
}
