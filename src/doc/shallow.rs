//! Documents without the history before a version, the cut.

use super::Doc;
use super::load::only_frame;
use super::record::Record;
use crate::codec::{Level, write_delta, write_delta_up_to, write_shallow};
use crate::error::Error;
use crate::id::{Lv, LvSpan, OpId, VersionVector};
use crate::oplog::{Cell, ContainerIx, Piece};
use crate::sequence::restored_insertions;

impl Doc {
    /// How many operations of each peer lie before the document's cut: it shows what they come to, and is without their
    /// history. Empty for a document that has all of it.
    ///
    /// Who knows less than this cannot be served by a delta: send what [`save`](Doc::save) gives, to be
    /// [`load`](Doc::load)ed.
    pub fn cut(&self) -> VersionVector {
        if self.history_is_encoded() {
            return VersionVector::new();
        }
        self.log.peers.grounds().collect()
    }

    /// Saves what the document shows at `since`, and the operations after that; without a version, what it shows now.
    pub(super) fn save_shallow(
        &self,
        since: Option<&VersionVector>,
        level: Level,
    ) -> Result<Vec<u8>, Error> {
        if let Some(encoded) = self.encoded.as_ref().filter(|encoded| encoded.has_history) {
            let mut whole = self.with_history_read(&encoded.bytes)?;
            whole.pending = self.pending.clone();
            return whole.save_shallow(since, level);
        }
        match since {
            None => {
                let chains = &mut self.chains.clone();
                let waiting = self.pending.since(0);
                Ok(write_shallow(
                    &self.log,
                    &self.state,
                    chains,
                    waiting,
                    level,
                ))
            }
            Some(version) => self.save_cut(version, level),
        }
    }

    fn save_cut(&self, version: &VersionVector, level: Level) -> Result<Vec<u8>, Error> {
        let mut at = self.at_most(version)?;
        loop {
            let followed = self.followed_by_rest(&at);
            if followed == at.version_vector() {
                break;
            }
            at = self.at_most(&followed)?;
        }
        let cut = at.version_vector();
        let waiting = self.pending.since(0);
        let mut bytes = write_shallow(&at.log, &at.state, &mut at.chains, waiting, level);
        if cut != self.version_vector() {
            let after = write_delta(&self.log, &mut self.chains.clone(), &cut, level);
            bytes.extend_from_slice(&after);
        }
        Ok(bytes)
    }

    /// The greatest version up to an earlier one that all later operations follow: they can be taken in where nothing is
    /// known before it.
    fn followed_by_rest(&self, earlier: &Doc) -> VersionVector {
        let mut version = self.version_vector();
        if earlier.version_vector() == version {
            return version;
        }
        let known = earlier.frontier();
        let mut known: Vec<_> = known.iter().filter_map(|id| self.log.lv(id)).collect();
        known.sort_unstable();
        let outside = self.log.graph.base(&known, self.log.graph.heads()).outside;
        for part in self.log.graph.parts(&outside) {
            let OpId { peer, seq } = self.log.id(part.start);
            version.set(peer, seq.min(version.get(peer)));
        }
        // What is restored later has to be known.
        let insertions = self.restored_by(&outside);
        for &insertion in &insertions {
            let OpId { peer, seq } = self.log.id(insertion);
            version.set(peer, seq.min(version.get(peer)));
        }
        if let Some(&first) = insertions.iter().min() {
            self.leave_followers(first, &mut version);
        }
        version
    }

    /// Takes out of a version what follows operations that it lacks, all of them from one on.
    fn leave_followers(&self, first: Lv, version: &mut VersionVector) {
        for (part, parents) in self.log.graph.parts_of(LvSpan::new(first, self.log.end())) {
            let lacks = |&parent: &Lv| {
                let OpId { peer, seq } = self.log.id(parent);
                version.get(peer) <= seq
            };
            let OpId { peer, seq } = self.log.id(part.start);
            if seq < version.get(peer) && parents.as_slice().iter().any(lacks) {
                version.set(peer, seq);
            }
        }
    }

    /// What has to be known to take back what the restores among operations do; of operations in a row, the first.
    fn restored_by(&self, spans: &[LvSpan]) -> Vec<Lv> {
        if !self.log.has_restores() {
            return Vec::new();
        }
        let mut sequences: Vec<ContainerIx> = spans
            .iter()
            .flat_map(|&span| self.log.routes_in(span))
            .map(|(container, _)| container)
            .collect();
        sequences.sort_unstable();
        sequences.dedup();
        let mut insertions = Vec::new();
        for sequence in sequences.into_iter().filter_map(|ix| self.log.sequence(ix)) {
            insertions.extend(restored_insertions(&self.log, sequence, spans));
        }
        for &span in spans {
            self.log.each_piece(span, |piece| {
                if let Piece::Entry(_, entry) = piece
                    && let Cell::Back(target) = self.log.entries.cell(entry)
                {
                    insertions.push(self.log.entry_lv(target));
                }
            });
        }
        insertions
    }

    /// The document at the newest version that holds no operation beyond `version`; not before the cut.
    fn at_most(&self, version: &VersionVector) -> Result<Doc, Error> {
        let mut at = match &self.encoded {
            Some(encoded) => Doc::open_ground(encoded, self.limits.clone())?,
            None => Doc::with_limits(self.limits.clone()),
        };
        at.log.peers.splits = self.log.peers.splits.clone();
        let from = at.version_vector();
        let chains = &mut self.chains.clone();
        let delta = write_delta_up_to(&self.log, chains, &from, version, Level::None);
        at.take_in(&only_frame(&delta)?, &mut Record::default())?;
        Ok(at)
    }

    /// Whether all is known that lies before another document's cut, and is the same there.
    pub(super) fn covers_cut(&mut self, other: &Doc) -> Result<(), Error> {
        for (peer, count) in other.log.peers.grounds() {
            let author = self.log.peers.find(peer);
            let known = author.map_or(0, |author| self.log.peers.count(author));
            if known < count {
                let id = OpId { peer, seq: known };
                return Err(Error::NeedsBase { id });
            }
        }
        let Some(ground) = &other.log.ground else {
            return Ok(());
        };
        for end in ground.heads.iter().chain(&ground.others) {
            let (peer, seq) = (other.log.peers.peer(end.author), end.seq);
            let own = self.chain_at(OpId { peer, seq });
            if own.is_some_and(|own| own != end.chain) {
                return Err(Error::Forked { peer, seq });
            }
        }
        Ok(())
    }

    /// The chain value at an operation, where it can be told.
    pub(super) fn chain_at(&mut self, id: OpId) -> Option<[u8; 32]> {
        if let Some(lv) = self.log.lv(id) {
            return Some(self.chains.value(&self.log, lv));
        }
        let author = self.log.peers.find(id.peer)?;
        let end = self.log.ground.as_ref()?.end_of(author)?;
        (end.seq == id.seq).then_some(end.chain)
    }
}
