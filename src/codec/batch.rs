//! A delta, parsed and checked as far as it can be without a document.

use std::borrow::Cow;
use std::ops::Range;

use smallvec::SmallVec;

use crate::id::{Peer, Seq};
use crate::oplog::{Cell, Kind, OpKind};

/// A parsed delta. Numbers of peers, keys and containers are indexes into its own tables. One keystroke takes no memory on
/// the heap.
#[derive(Debug, Default)]
pub(crate) struct Batch<'a> {
    pub(crate) peers: SmallVec<[Peer; 2]>,
    pub(crate) keys: SmallVec<[&'a str; 1]>,
    pub(crate) containers: SmallVec<[NameRef; 1]>,
    pub(crate) runs: SmallVec<[BatchRun; 1]>,
    pub(crate) parents: SmallVec<[ParentRef; 2]>,
    pub(crate) ops: SmallVec<[BatchOp<'a>; 1]>,
    /// All inserted text, in order.
    pub(crate) text: Cow<'a, str>,
}

/// A container's name, by the delta's own tables.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum NameRef {
    Root {
        name: u32,
        kind: Kind,
    },
    /// The parent stands before it in the table and is a map.
    Child {
        parent: u32,
        key: u32,
        generation: u32,
        kind: Kind,
    },
    Made {
        peer: u32,
        seq: Seq,
        kind: Kind,
    },
}

impl NameRef {
    pub(crate) fn kind(self) -> Kind {
        match self {
            NameRef::Root { kind, .. }
            | NameRef::Child { kind, .. }
            | NameRef::Made { kind, .. } => kind,
        }
    }
}

/// Operations of one peer, each the only parent of the next.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct BatchRun {
    pub(crate) peer: u32,
    pub(crate) seq: Seq,
    pub(crate) len: u32,
    /// Of the first operation; within [`Batch::parents`].
    pub(crate) parents: Range<usize>,
    /// Within [`Batch::ops`]; their lengths add up to `len`.
    pub(crate) ops: Range<usize>,
}

/// A parent, and where it is not in the delta itself the first bytes of its chain value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct ParentRef {
    pub(crate) peer: u32,
    pub(crate) seq: Seq,
    pub(crate) mark: Option<[u8; 4]>,
}

/// What one stretch of operations does.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Act<'a> {
    /// The stretch's text is the range of [`Batch::text`], in bytes.
    Text {
        pos: u32,
        start: usize,
        end: usize,
    },
    /// The values' cells.
    Values {
        pos: u32,
        cells: &'a [u8],
    },
    Delete {
        pos: u32,
        kind: OpKind,
    },
    /// Sets a list element.
    Set {
        pos: u32,
        cell: &'a [u8],
    },
    /// Sets or removes a map's key, or adds to a counter.
    Entry {
        key: Option<u32>,
        cell: Cell<'a>,
    },
}

/// A stretch of operations in one container.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct BatchOp<'a> {
    pub(crate) container: u32,
    pub(crate) len: u32,
    /// Whether it continues the transaction of the operation before it.
    pub(crate) joined: bool,
    pub(crate) act: Act<'a>,
}
