//! A delta, parsed and checked as far as it can be without a document.

use std::borrow::Cow;
use std::ops::Range;

use smallvec::{SmallVec, smallvec};

use super::block::reader_of;
use super::error::DecodeError;
use super::segments::{SegmentRef, SplitsTold};
use crate::column::Reader;
use crate::id::{OpId, Peer, Seq};
use crate::oplog::{Cell, ContainerIx, Extent, Kind, Name, OpKind, ReadRemarks, Splits, offset_of};

/// A parsed delta. Numbers of peers, keys and containers are indexes into its own tables. One keystroke takes no memory on
/// the heap.
#[derive(Debug, Default)]
pub(crate) struct Batch<'a> {
    pub(crate) peers: SmallVec<[Peer; 2]>,
    /// Where each ends in `names`, in bytes.
    pub(crate) keys: SmallVec<[u32; 1]>,
    pub(crate) names: String,
    pub(crate) containers: SmallVec<[NameRef; 1]>,
    /// The operation that it goes on from, where no more than its number is known.
    pub(crate) buried: Option<OpId>,
    pub(crate) runs: SmallVec<[BatchRun; 1]>,
    pub(crate) parents: SmallVec<[ParentRef; 2]>,
    pub(crate) ops: SmallVec<[BatchOp; 1]>,
    /// All inserted text, in order.
    pub(crate) text: Cow<'a, str>,
    /// The cells of all values, in order.
    pub(crate) cells: Vec<u8>,
    /// What is said of transactions, by how many operations stand before the last of each.
    pub(super) remarks: Cow<'a, [u8]>,
    /// What it tells of splits, if it does.
    pub(super) told: Option<Box<SplitsTold>>,
}

impl Batch<'_> {
    /// The key of that number.
    pub(crate) fn key(&self, index: u32) -> Option<&str> {
        let index = index as usize;
        let end = *self.keys.get(index)?;
        let start = index
            .checked_sub(1)
            .and_then(|before| self.keys.get(before));
        self.names
            .get(start.map_or(0, |&start| start as usize)..end as usize)
    }

    /// A batch that nothing can be said of before that operation is known.
    pub(super) fn waiting_for(before: OpId) -> Self {
        Batch {
            peers: smallvec![before.peer],
            runs: smallvec![BatchRun {
                peer: 0,
                seq: before.seq + 1,
                len: 1,
                parents: 0..0,
                ops: 0..0,
            }],
            ..Batch::default()
        }
    }

    pub(super) fn push_known(&mut self, container: ContainerIx, kind: Kind) {
        self.containers.push(NameRef::Known { container, kind });
    }

    pub(super) fn push_buried(&mut self, by: OpId, kind: Kind) {
        self.buried = Some(by);
        self.containers.push(NameRef::Buried { kind });
    }

    pub(super) fn push_key(&mut self, name: &str) {
        self.names.push_str(name);
        self.keys.push(offset_of(self.names.len()));
    }

    /// Forgets everything but the tables.
    pub(super) fn forget_operations(&mut self) {
        (self.runs, self.ops) = (SmallVec::new(), SmallVec::new());
        (self.parents, self.cells) = (SmallVec::new(), Vec::new());
    }

    /// Bytes that the tables take, about.
    pub(super) fn bytes_of_tables(&self) -> usize {
        self.names.capacity()
            + self.keys.capacity() * size_of::<u32>()
            + self.containers.capacity() * size_of::<NameRef>()
            // Where each of its operations start and go on stands elsewhere.
            + self.peers.capacity() * 2 * size_of::<Peer>()
    }

    /// By peer's number, how many operations there are.
    pub(super) fn operations_by_peer(&self) -> Vec<Seq> {
        let mut counts = vec![0; self.peers.len()];
        for run in &self.runs {
            if let Some(count) = counts.get_mut(run.peer as usize) {
                *count += run.len;
            }
        }
        counts
    }

    /// The peers that are segments of split ones, ascending.
    #[inline]
    pub(crate) fn segments(&self) -> &[SegmentRef] {
        self.told.as_ref().map_or(&[], |told| told.segments())
    }

    /// What it says of a peer, by number.
    pub(crate) fn segment(&self, peer: u32) -> Option<&SegmentRef> {
        self.told.as_ref()?.segment(peer)
    }

    /// All splits that it tells of.
    pub(crate) fn all_splits(&self) -> Splits {
        self.told
            .as_ref()
            .map(|told| told.all())
            .unwrap_or_default()
    }

    /// Checks what is said of transactions, which stood between these places, once all operations are there.
    pub(super) fn check_remarks(&self, from: usize, to: usize) -> Result<(), DecodeError> {
        let operations: u64 = self.runs.iter().map(|run| u64::from(run.len)).sum();
        let mut read = ReadRemarks::new(reader_of(&self.remarks, from, to));
        while let Some((at, _)) = read.read_next()? {
            if u64::from(at.0) >= operations {
                return Err(read
                    .error("a remark on an operation that is not there")
                    .into());
            }
        }
        Ok(())
    }

    /// Whether anything is said of transactions.
    #[inline]
    pub(crate) fn has_remarks(&self) -> bool {
        !self.remarks.is_empty()
    }

    /// What is said of transactions, by how many operations stand before the last of each.
    pub(crate) fn remarks(&self) -> ReadRemarks<'_> {
        ReadRemarks::new(Reader::new(&self.remarks, 0))
    }

    /// What an insertion types.
    pub(crate) fn text(&self, part: Part) -> &str {
        self.text.get(part.range()).unwrap_or("")
    }

    /// Values, as their cells.
    /// A mark's extent, and the bytes of its value.
    pub(crate) fn mark(&self, part: Part) -> (Extent, &[u8]) {
        let cells = self.cells(part);
        let mut reader = Reader::new(cells, 0);
        // The parser wrote both.
        let _ = Cell::read(&mut reader);
        let len = reader.offset();
        let extent = match Cell::read(&mut reader) {
            Ok(Cell::Int(number)) => u32::try_from(number).unwrap_or(0),
            _ => 0,
        };
        let value = cells.get(..len).unwrap_or(&[]);
        (Extent::from_number(extent), value)
    }

    pub(crate) fn cells(&self, part: Part) -> &[u8] {
        self.cells.get(part.range()).unwrap_or(&[])
    }
}

/// What a delta tells of a container.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum NameRef {
    /// Its name, by the delta's own tables: a parent is a map that stands before it, an operation is its peer and `seq`.
    Named(Name<u32, u32, (u32, Seq)>),
    /// That of [`Batch::buried`].
    Buried { kind: Kind },
    /// One of this replica's, found by an operation in it.
    Known { container: ContainerIx, kind: Kind },
}

impl NameRef {
    pub(crate) fn kind(self) -> Kind {
        match self {
            NameRef::Named(name) => name.kind(),
            NameRef::Buried { kind } | NameRef::Known { kind, .. } => kind,
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

/// A part of [`Batch::text`] or [`Batch::cells`], in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Part {
    start: u32,
    end: u32,
}

impl Part {
    /// `None` beyond 4 GiB.
    #[inline]
    pub(super) fn new(start: usize, end: usize) -> Option<Self> {
        Some(Part {
            start: u32::try_from(start).ok()?,
            end: u32::try_from(end).ok()?,
        })
    }

    /// The first so many bytes, and the rest.
    pub(super) fn cut(self, bytes: usize) -> Option<(Self, Self)> {
        let at = self.start.checked_add(u32::try_from(bytes).ok()?)?;
        Some((Part { end: at, ..self }, Part { start: at, ..self }))
    }

    #[inline]
    fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// What one stretch of operations does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Act {
    /// Inserts a part of [`Batch::text`].
    Text {
        pos: u32,
        part: Part,
    },
    /// Inserts values, a part of [`Batch::cells`].
    Values {
        pos: u32,
        part: Part,
    },
    Delete {
        pos: u32,
        kind: OpKind,
    },
    /// Sets a list element.
    Set {
        pos: u32,
        part: Part,
    },
    /// Puts a list element at index `to` of the list without it.
    Move {
        pos: u32,
        to: u32,
    },
    /// Marks text; the part holds the value, and how far it reaches and how it expands.
    Mark {
        pos: u32,
        key: u32,
        part: Part,
    },
    /// Restores what deletions from this one on deleted: its peer, and `seq`.
    Restore {
        peer: u32,
        seq: Seq,
    },
    /// Sets or removes a map's key, or adds to a counter.
    Entry {
        key: Option<u32>,
        part: Part,
    },
}

/// A stretch of operations in one container.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct BatchOp {
    pub(crate) container: u32,
    pub(crate) len: u32,
    /// Whether it continues the transaction of the operation before it.
    pub(crate) joined: bool,
    pub(crate) act: Act,
}
