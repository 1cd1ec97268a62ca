//! What a history leaves out, since its snapshot's sketch tells it.

use std::collections::BTreeMap;

use super::sketch::Sketch;
use crate::id::Seq;
use crate::oplog::Cell;

/// Where a value may stand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stands {
    InMap,
    InMapOrList,
    Anywhere,
}

impl Stands {
    pub(super) fn of(cell: Cell<'_>) -> Self {
        match cell {
            Cell::Removed | Cell::Child { .. } => Stands::InMap,
            Cell::Int(_) => Stands::Anywhere,
            _ => Stands::InMapOrList,
        }
    }
}

/// What a history leaves out.
pub(super) struct Told {
    /// Values by operation: peer's number, `seq`.
    pub(super) values: BTreeMap<(u32, Seq), Vec<u8>>,
    /// Scalars of all text.
    pub(super) chars: usize,
}

impl Told {
    pub(super) fn new(sketch: &Sketch<'_>, hidden: &str) -> Self {
        let values = sketch
            .items
            .iter()
            .map(|item| ((item.peer, item.seq), sketch.cell(item).to_vec()));
        Told {
            values: values.collect(),
            chars: sketch.text.chars().count() + hidden.chars().count(),
        }
    }
}
