//! What a history leaves out, since its snapshot's sketch tells it.

use super::sketch::Sketch;
use crate::id::Seq;
use crate::oplog::Cell;

/// Where a value may stand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stands {
    InMap,
    InMapOrList,
    /// It is plain, and no integer.
    NotInCounter,
    Anywhere,
}

impl Stands {
    pub(super) fn of(cell: Cell<'_>) -> Self {
        match cell {
            Cell::Removed | Cell::Child { .. } | Cell::Back(_) | Cell::Moved(_) => Stands::InMap,
            Cell::Int(_) => Stands::Anywhere,
            Cell::Made(_) => Stands::InMapOrList,
            _ => Stands::NotInCounter,
        }
    }
}

/// What a history leaves out.
pub(super) struct Told<'s> {
    sketch: &'s Sketch<'s>,
    /// By operation: its peer's number, `seq`, and the item that tells its value. Ascending.
    items: Vec<(u32, Seq, u32)>,
    /// Scalars of all text.
    pub(super) chars: usize,
}

impl<'s> Told<'s> {
    pub(super) fn new(sketch: &'s Sketch<'s>, hidden: &str) -> Self {
        let items = (0..).zip(&sketch.items);
        let mut items: Vec<_> = items
            .map(|(nth, item)| (item.peer, item.seq, nth))
            .collect();
        items.sort_unstable();
        Told {
            sketch,
            items,
            chars: sketch.text.chars().count() + hidden.chars().count(),
        }
    }

    /// How many values it tells.
    pub(super) fn values(&self) -> usize {
        self.items.len()
    }

    /// The value that an operation wrote, where it is told.
    pub(super) fn value(&self, (peer, seq): (u32, Seq)) -> Option<Cell<'s>> {
        let found = self
            .items
            .binary_search_by_key(&(peer, seq), |item| (item.0, item.1));
        let &(.., nth) = self.items.get(found.ok()?)?;
        let item = self.sketch.items.get(nth as usize)?;
        Some(Cell::at(self.sketch.cell(item), 0))
    }
}
