//! What a document shows, without its history: the part of a snapshot that opens at once.
//!
//! ```text
//! sketch := peers names ends text state
//! peers  := count (peer (8 bytes, little-endian) operations)*
//! ends   := see [`ends`](super::ends)
//! text   := block of what all texts show, in order of containers
//! state  := flags [splits] [moved] [away] [values] [columns] length bits, by container: bytes of a text [count mark*] | count item* |
//!           count (key rivals item item*)* | sum
//! moved, away := count container*
//! mark   := begins ends key expansion item
//! item   := author seq lamport value
//! sum    := 16 bytes, little-endian, among the values
//! ```
//!
//! The state is coded as a delta's fields are, its flags and splits those of a delta: `Length` counts bytes of text, `InsertLen` items
//! and keys, `DeleteLen` rivals, `Key` how far a key is behind the one before; an item is an `Author`, a `RunLen` and a
//! `Parents`.
//!
//! Flag 32: containers stand where they were moved to; those are listed, by number, and a key's item that shows one has the kind
//! of a removal, and its number (`Container`).
//!
//! Flag 16: containers have a name at a key in a place that is shown, or were made by an item of a list, and stand where nothing
//! shows them, moved there; they are listed likewise, and have no state. Listed are also maps made by an item of a list from which
//! something was moved on.
//!
//! Flag 128: texts have marks. A mark begins so far behind the one before (the first: behind 0), doubled, and one more where the end
//! is loose (`InsertPos`), and ends so far behind that (`DeletePos`), likewise; then come the number of its `Key`, and how it expands
//! (`Generation`). Marks stand by where they begin and end, then by (Lamport, peer, `seq`).
//!
//! An item tells the operation that wrote a
//! value, as differences from the item before (zigzag): of the author's number; of `seq`, from one more; of the Lamport,
//! from as much more as `seq` is. A key's items stand winner first. `names` are those of a delta. Only containers whose
//! maker is an item, those with a name of their own, and those that were moved have a state.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::ends::Ends;
use crate::codec::batch::{Batch, NameRef};
use crate::id::Seq;
use crate::oplog::{Border, Expand, Kind, Name};

/// A value, and the operation that wrote it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Item {
    pub(crate) peer: u32,
    pub(crate) seq: Seq,
    pub(crate) lamport: u32,
    /// Within [`Sketch::cells`], in bytes.
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// A mark on a text, and where it begins and ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Marked {
    /// Its place in [`Sketch::items`].
    pub(crate) item: usize,
    pub(crate) key: u32,
    pub(crate) expand: Expand,
    pub(crate) borders: [Border; 2],
}

/// What a container shows.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    /// A range of [`Sketch::text`], in bytes.
    Text {
        start: usize,
        end: usize,
        /// [`Sketch::marks`] from, to.
        marks: (usize, usize),
    },
    /// Items from, to.
    List(usize, usize),
    /// Keys, and items from, to; the winner first.
    Map(Vec<(u32, usize, usize)>),
    Counter(i128),
    /// It is in no place that is shown.
    Hidden,
    /// Nor is this, but its name is.
    Away,
}

/// A document's state, parsed.
#[derive(Debug)]
pub(crate) struct Sketch<'a> {
    /// Peers, keys and containers; no runs.
    pub(crate) tables: Batch<'a>,
    /// By peer, how many operations there are.
    pub(crate) counts: Vec<Seq>,
    pub(crate) ends: Ends,
    pub(crate) text: Cow<'a, str>,
    /// The values of items.
    pub(crate) cells: Vec<u8>,
    /// By container.
    pub(crate) bodies: Vec<Body>,
    pub(crate) items: Vec<Item>,
    pub(crate) marks: Vec<Marked>,
    /// Numbers of containers that stand where they were moved to, ascending.
    pub(crate) moved: Vec<u32>,
    /// Numbers of those that are named by a key, or made by an item of a list, in a place that is shown, and were moved to one
    /// that is not, ascending.
    pub(crate) away: Vec<u32>,
}

impl Sketch<'_> {
    /// What an item holds.
    pub(crate) fn cell(&self, item: &Item) -> &[u8] {
        self.cells.get(item.start..item.end).unwrap_or(&[])
    }

    /// Whether the container of that number has a name in a place that is shown, and was moved to one that is not.
    pub(crate) fn is_away(&self, container: u32) -> bool {
        self.away.binary_search(&container).is_ok()
    }

    /// The operations that made containers which were moved to where nothing shows them.
    pub(crate) fn made_away(&self) -> impl Iterator<Item = (u32, Seq, Kind)> {
        let names = self.away.iter();
        let names = names.filter_map(|&number| self.tables.containers.get(number as usize));
        names.filter_map(|name| match *name {
            NameRef::Named(Name::Made { by, kind }) => Some((by.0, by.1, kind)),
            _ => None,
        })
    }

    /// The operations that wrote items, where anything was moved.
    pub(crate) fn written(&self) -> BTreeSet<(u32, Seq)> {
        let has_moves = !self.moved.is_empty() || !self.away.is_empty();
        let items = self.items.iter().filter(|_| has_moves);
        items.map(|item| (item.peer, item.seq)).collect()
    }

    /// Whether the container of that number stands where it was moved to.
    pub(crate) fn is_moved(&self, container: u32) -> bool {
        self.moved.binary_search(&container).is_ok()
    }

    pub(super) fn forget_bodies(&mut self) {
        (self.bodies, self.items, self.cells) = (Vec::new(), Vec::new(), Vec::new());
        self.marks = Vec::new();
    }

    /// Whether one operation wrote two of the values.
    pub(super) fn wrote_two(&self) -> bool {
        let mut ids: Vec<_> = self
            .items
            .iter()
            .map(|item| (item.peer, item.seq))
            .collect();
        ids.sort_unstable();
        ids.windows(2).any(|ids| ids[0] == ids[1])
    }

    /// How many operations there are.
    pub(crate) fn operations(&self) -> u64 {
        self.counts.iter().copied().map(u64::from).sum()
    }
}
