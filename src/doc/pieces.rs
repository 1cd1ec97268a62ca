//! Sending what another replica lacks in pieces.

use super::Doc;
use crate::codec::{Lacking, Level};
use crate::error::Error;
use crate::id::VersionVector;

/// Bytes of a piece, unless said.
const PIECE_BYTES: usize = 256 << 10;

/// What a replica lacks, piece by piece: see [`Doc::pieces_since`].
///
/// A plain value: it holds two version vectors and where each peer's next operations start, borrows nothing from the
/// document, and may be kept as long as a link needs.
#[derive(Clone, Debug)]
pub struct Pieces {
    /// What the receiver knows with all pieces so far.
    known: VersionVector,
    until: VersionVector,
    done: u32,
    left: u32,
    bytes_most: usize,
    level: Level,
    /// Found when the first piece is asked for.
    lacking: Option<Lacking>,
    /// The document's, when that was.
    renumbered: u32,
}

impl Doc {
    /// What a replica with that version vector lacks of what is known now, in pieces for a slow link: each is a delta of at
    /// most 256 KiB, which follows only what was known and the pieces before.
    ///
    /// The receiver merges one after another. A cut costs the piece that was under way: `pieces_since` with the receiver's
    /// version vector goes on from there. Where a peer is split meanwhile, its operations are given again under their new names,
    /// and with them all that is known then.
    ///
    /// Pieces end between transactions; one that is larger than a piece may be is a piece of its own. (Text that was put in
    /// at once, and by nothing but that, reads like typing: where it is larger than a piece, it goes in several.)
    ///
    /// # Examples
    ///
    /// ```
    /// use syncline::Doc;
    ///
    /// # fn main() -> Result<(), syncline::Error> {
    /// let mut doc = Doc::new();
    /// for line in 0..1000 {
    ///     doc.transact(|tx| tx.text("body").push(&format!("This is line {line}.\n")))?;
    /// }
    /// let mut copy = Doc::new();
    /// let mut pieces = doc.pieces_since(&copy.version_vector()).bytes_most(4096);
    /// while let Some(piece) = pieces.next(&mut doc)? {
    ///     assert!(piece.len() <= 4096);
    ///     copy.merge(&piece)?;
    ///     println!("{} of {} operations", pieces.done(), pieces.done() + pieces.left());
    /// }
    /// assert_eq!(copy.to_json(), doc.to_json());
    /// # Ok(())
    /// # }
    /// ```
    pub fn pieces_since(&self, known: &VersionVector) -> Pieces {
        let until = self.version_vector();
        Pieces {
            known: known.clone(),
            left: count_left(&until, known),
            until,
            done: 0,
            bytes_most: PIECE_BYTES,
            level: Level::Fast,
            lacking: None,
            renumbered: self.renumbered,
        }
    }
}

impl Pieces {
    /// Pieces of at most so many bytes, from the first one asked for on. One operation is a piece however small this is.
    #[must_use]
    pub fn bytes_most(mut self, bytes: usize) -> Self {
        self.bytes_most = bytes;
        self
    }

    /// Pieces packed as hard as this; [`Level::Fast`] unless said.
    #[must_use]
    pub fn level(mut self, level: Level) -> Self {
        self.level = level;
        self
    }

    /// The next piece: a delta for [`Doc::merge`]. `None` when all that was known at the beginning has been given.
    ///
    /// To be asked of the document that the pieces are of; it may have been written to, or saved and loaded, since. Costs
    /// time and memory for what the piece holds; hashes are computed when first needed, as for [`Doc::delta_since`].
    ///
    /// # Errors
    ///
    /// As [`Doc::read_history`].
    pub fn next(&mut self, doc: &mut Doc) -> Result<Option<Vec<u8>>, Error> {
        let behind = |(peer, count)| self.known.get(peer) < count;
        if doc.history_is_encoded() && doc.log.peers.grounds().any(behind) {
            doc.read_history()?;
        }
        if self.renumbered != doc.renumbered {
            self.renumbered = doc.renumbered;
            self.until = doc.version_vector();
            self.lacking = None;
        }
        if self.lacking.is_none() {
            // What a shallow document leaves out it does not have.
            self.known.join(&doc.log.peers.grounds().collect());
            self.left = count_left(&self.until, &self.known);
        }
        let lacking = self.lacking.get_or_insert_with(|| {
            Lacking::new(&doc.log, &self.known, self.until.clone(), self.bytes_most)
        });
        let Doc {
            log,
            chains,
            passed_on,
            ..
        } = doc;
        let Some((piece, ends)) = lacking.write(log, chains, passed_on, self.level) else {
            return Ok(None);
        };
        for (peer, end) in ends {
            let operations = end.saturating_sub(self.known.get(peer));
            self.done += operations;
            self.left -= operations;
            self.known.set(peer, end);
        }
        Ok(Some(piece))
    }

    /// How many operations the pieces so far hold.
    pub fn done(&self) -> u32 {
        self.done
    }

    /// How many operations are left.
    pub fn left(&self) -> u32 {
        self.left
    }

    /// What the receiver knows when it has merged all pieces so far: where to go on from, should the link break.
    pub fn version(&self) -> &VersionVector {
        &self.known
    }
}

fn count_left(until: &VersionVector, known: &VersionVector) -> u32 {
    let left = |(peer, count): (_, u32)| count.saturating_sub(known.get(peer));
    until.iter().map(left).sum()
}
