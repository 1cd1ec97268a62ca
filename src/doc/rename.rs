//! Renaming operations where peers are split. O(history): splits are rare.

use super::Doc;
use super::change::Change;
use super::load::only_frame;
use super::record::Record;
use crate::codec::{Level, PassedOn, read_delta, write_delta};
use crate::error::Error;
use crate::graph::PeerIx;
use crate::id::{OpId, Peer, Seq, VersionVector};
use crate::limits::Limits;
use crate::oplog::{Renaming, Segment, Splits, segment_id};

/// A segment that comes to be: its id, what it is of, and whose operations come before.
struct Named {
    peer: Peer,
    origin: OpId,
    before: Peer,
}

impl Doc {
    /// Does something to the document with these splits among its own; all or nothing.
    pub(super) fn with_splits(
        &mut self,
        new: &Splits,
        act: impl FnOnce(&mut Doc) -> Result<Change, Error>,
    ) -> Result<Change, Error> {
        let known = &self.log.peers.splits;
        if new.iter().all(|(of, at)| known.has(of, at)) {
            return act(self);
        }
        let mut all = known.clone();
        new.iter().for_each(|(of, at)| all.add(of, at));
        self.check_splits_room(&all)?;
        self.read_history()?;
        let Some((mut after, renaming)) = self.renamed(&all)? else {
            let before = std::mem::replace(&mut self.log.peers.splits, all);
            let done = act(self);
            match done {
                Ok(_) => self.give_up_peer(),
                Err(_) => self.log.peers.splits = before,
            }
            return done;
        };
        let mut record = Record::default();
        after.pending = self.pending.clone();
        let waiting = after.pending.take_all();
        let waiting: Vec<_> = waiting.iter().map(|delta| &**delta).collect();
        after.take_in_waiting(&waiting, &mut record);
        let done = act(&mut after)?;
        record.waiting = done.waiting().to_vec();
        record.rejected.extend_from_slice(done.rejected());
        record.applied = after.operations() - self.operations();
        self.differ(&after, &renaming, &mut record);
        self.become_renamed(after);
        Ok(self.told_of(record))
    }

    /// Whether there may be so many splits.
    pub(super) fn check_splits_room(&self, all: &Splits) -> Result<(), Error> {
        let limit = self.limits.splits.into();
        match all.len() as u64 {
            found if found > limit => Err(Error::Limit {
                what: "splits",
                limit,
                found,
            }),
            _ => Ok(()),
        }
    }

    pub(super) fn become_renamed(&mut self, after: Doc) {
        self.log = after.log;
        self.state = after.state;
        self.policies = after.policies;
        self.replay = after.replay;
        self.chains = after.chains;
        self.passed_on = PassedOn::default();
        self.pending = after.pending;
        self.encoded = after.encoded;
        self.loaded = after.loaded;
        self.renumbered = self.renumbered.wrapping_add(1);
        self.author = None;
        self.last_root = None;
        self.summarize_afresh();
        self.give_up_peer();
    }

    /// The same document, with its peers split so, and what became of its operations' ids; without what waits. `None` where
    /// no operation has another id.
    fn renamed(&mut self, splits: &Splits) -> Result<Option<(Doc, Renaming)>, Error> {
        let renaming = self.renaming(splits)?;
        if renaming.is_empty() {
            return Ok(None);
        }
        let named = self.named_anew(&renaming);
        let limits = Doc::limits_of_own();
        let mut after = match &self.encoded {
            Some(encoded) => Doc::open_ground(encoded, limits)?,
            None => Doc::with_limits(limits),
        };
        let from: VersionVector = after.log.peers.grounds().collect();
        let delta = write_delta(&self.log, &mut self.chains, &from, Level::None);
        let delta = only_frame(&delta)?;
        let batch = read_delta(&delta, &after.limits, &after.log, &mut after.chains)?;
        let batch = batch.renamed(&renaming);
        after.log.peers.splits = splits.clone();
        for Named {
            peer,
            origin,
            before,
        } in named?
        {
            let before = after.log.peers.intern(before);
            let OpId {
                peer: of,
                seq: start,
            } = origin;
            after
                .log
                .peers
                .intern_segment(peer, Segment { of, start, before });
        }
        let ingested = after.ingest(&batch)?;
        if let Some(id) = ingested.needs {
            return Err(Error::NeedsBase { id });
        }
        drop(batch);
        after.integrate(ingested, &mut Record::default())?;
        after.limits = self.limits.clone();
        // In which order they arrived is not kept.
        after.loaded = after.arrived();
        after.replay.settle(&after.log, after.limits.replay_bytes);
        Ok(Some((after, renaming)))
    }

    /// Limits for what is in the document already: it stays, whatever they are now.
    pub(super) fn limits_of_own() -> Limits {
        let mut limits = Limits::default();
        for limit in [
            &mut limits.nesting,
            &mut limits.key_bytes,
            &mut limits.value_bytes,
            &mut limits.content_bytes,
            &mut limits.inflated_bytes,
            &mut limits.splits,
        ] {
            *limit = u32::MAX;
        }
        limits
    }

    /// What becomes of operation ids when peers are split so.
    fn renaming(&mut self, splits: &Splits) -> Result<Renaming, Error> {
        let mut renaming = Renaming::default();
        for at in 0..self.log.peers.len() {
            let author = PeerIx(u32::try_from(at).unwrap_or(u32::MAX));
            let peers = &self.log.peers;
            let (peer, count) = (peers.peer(author), peers.count(author));
            let OpId {
                peer: of,
                seq: start,
            } = peers.origin(author);
            let is_segment = peers.segment(author).is_some();
            let first = start + u32::from(is_segment);
            let mut parts: Vec<(Seq, Peer)> = Vec::new();
            for cut in splits.within(of, first, start + count) {
                let seq = cut - start;
                let id = OpId { peer, seq };
                let first = self.log.lv(id).ok_or(Error::NeedsBase { id })?;
                let chain = self.chains.value(&self.log, first);
                parts.push((seq, segment_id(of, cut, &chain)));
            }
            if !parts.is_empty() {
                renaming.part(peer, parts);
            }
        }
        Ok(renaming)
    }

    /// The segments that there are then, each after the one before it.
    fn named_anew(&self, renaming: &Renaming) -> Result<Vec<Named>, Error> {
        let peers = &self.log.peers;
        let mut named: Vec<Named> = Vec::new();
        for (peer, _) in peers.counts() {
            let Some(author) = peers.find(peer) else {
                continue;
            };
            let OpId {
                peer: of,
                seq: start,
            } = peers.origin(author);
            let count = peers.count(author);
            let mut seq = 0;
            let mut before = match peers.last_before(author) {
                Some((by, last)) => {
                    let peer = peers.peer(by);
                    renaming.id(OpId { peer, seq: last }).peer
                }
                None => of,
            };
            while seq < count {
                let now = renaming.id(OpId { peer, seq }).peer;
                let len = renaming.together(OpId { peer, seq }, count - seq);
                if now != of {
                    let origin = OpId {
                        peer: of,
                        seq: start + seq,
                    };
                    named.push(Named {
                        peer: now,
                        origin,
                        before,
                    });
                }
                before = now;
                seq += len;
            }
        }
        named.sort_unstable_by_key(|named| (named.origin.seq, named.peer));
        let mut ids: Vec<_> = named.iter().map(|named| named.peer).collect();
        ids.sort_unstable();
        let twice = ids.windows(2).find(|pair| pair[0] == pair[1]);
        let taken = |&peer: &Peer| {
            let known = peers.find(peer);
            known.is_some_and(|ix| peers.segment(ix).is_none() && peers.count(ix) > 0)
        };
        let taken = ids.iter().copied().find(taken);
        match taken.or(twice.map(|pair| pair[0])) {
            Some(peer) => Err(Error::Forked { peer, seq: 0 }),
            None => Ok(named),
        }
    }
}
