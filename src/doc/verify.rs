//! The complete check of a document's content.

use super::Doc;
use super::load::only_frame;
use crate::codec::{End, read_snapshot};
use crate::error::Error;

impl Doc {
    /// Decodes everything, replays the whole history, and holds what the document shows and its hash chains against that. As
    /// slow as saving and loading; for background work, and for when something seems wrong. A document without its history
    /// is held against what it was opened from and what came since.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] and the like, for a history that is damaged or comes to something else. The document is as before,
    /// and goes on as well as it can.
    pub fn verify(&self) -> Result<(), Error> {
        if let Some(encoded) = &self.encoded {
            if !encoded.has_history {
                return self.verify_shallow();
            }
            verify_snapshot(&encoded.bytes, self)?;
            self.with_history_read(&encoded.bytes)?;
        }
        verify_snapshot(&self.save(), self)
    }

    fn verify_shallow(&self) -> Result<(), Error> {
        let again = Doc::load_with_limits(&self.save(), self.limits().clone())?;
        let same = again.version_vector() == self.version_vector()
            && again.frontier() == self.frontier()
            && again.to_json() == self.to_json();
        if same {
            Ok(())
        } else {
            Err(super::history::disagree().into())
        }
    }
}

fn verify_snapshot(bytes: &[u8], doc: &Doc) -> Result<(), Error> {
    let frame = only_frame(bytes)?;
    let snapshot = read_snapshot(&frame, doc.limits())?;
    let (mut whole, blind) = Doc::with_history(snapshot, doc.limits().clone())?;
    let counts = &blind.sketch.counts;
    let mut is_end = |end: &End| {
        let at = end.peer as usize;
        let peer = *blind.batch.peers.get(at)?;
        let author = whole.log.peers.find(peer)?;
        let seq = counts.get(at)?.checked_sub(1)?;
        let real = whole.chains.end_of(&whole.log, author)?;
        let original = whole.log.peers.original(author, seq);
        let told = end.ground(author, (seq, original), &[]);
        let real_block = real.open.as_ref().map(|open| (&open.before, &open.block));
        let told_block = told.open.as_ref().map(|open| (&open.before, &open.block));
        let same = real.chain == told.chain && (told_block.is_none() || told_block == real_block);
        same.then_some(())
    };
    let ends = &blind.sketch.ends;
    let is_whole = ends
        .heads
        .iter()
        .chain(&ends.others)
        .all(|end| is_end(end).is_some());
    if is_whole && whole.is_shown_by(&blind) {
        Ok(())
    } else {
        Err(super::history::disagree().into())
    }
}
