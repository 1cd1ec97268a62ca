//! Taking back what an unfinished transaction did.

use smallvec::SmallVec;

use super::State;
use super::register::Slot;
use crate::id::Lv;
use crate::oplog::ContainerIx;

/// The inverse of one change of the state.
#[derive(Clone, Debug)]
pub(crate) enum Inverse {
    /// Delete what was inserted.
    TextInserted {
        container: ContainerIx,
        at: u32,
        len: u32,
    },
    /// Put back what was deleted: bytes of [`Undo::text`] from `from` on, up to the next such inverse.
    TextDeleted {
        container: ContainerIx,
        at: u32,
        from: usize,
    },
    ListInserted {
        container: ContainerIx,
        at: u32,
        len: u32,
    },
    /// Put back what was deleted: spans of [`Undo::spans`] from `from` on.
    ListDeleted {
        container: ContainerIx,
        at: u32,
        from: usize,
    },
    ListSet {
        container: ContainerIx,
        at: u32,
        before: Lv,
    },
    Register {
        slot: Slot,
        before: SmallVec<[u32; 1]>,
    },
    Counted {
        container: ContainerIx,
        by: i64,
    },
}

/// What takes a transaction back, in order of its changes. Kept between transactions, so that none allocates.
#[derive(Clone, Debug, Default)]
pub(crate) struct Undo {
    pub(crate) inverses: Vec<Inverse>,
    pub(crate) text: String,
    pub(crate) spans: Vec<(Lv, u32)>,
}

impl Undo {
    #[inline]
    pub(crate) fn clear(&mut self) {
        self.inverses.clear();
        self.text.clear();
        self.spans.clear();
    }

    /// Takes back everything noted.
    pub(crate) fn undo(&mut self, state: &mut State) {
        let mut scratch = String::new();
        while let Some(inverse) = self.inverses.pop() {
            match inverse {
                Inverse::TextInserted { container, at, len } => {
                    if let Some(rope) = state.text_mut(container) {
                        rope.delete(at, len, &mut scratch);
                        scratch.clear();
                    }
                }
                Inverse::TextDeleted {
                    container,
                    at,
                    from,
                } => {
                    if let Some(rope) = state.text_mut(container) {
                        rope.insert(at, self.text.get(from..).unwrap_or(""));
                    }
                    self.text.truncate(from);
                }
                Inverse::ListInserted { container, at, len } => {
                    if let Some(list) = state.list_mut(container) {
                        list.delete(at, len, |_, _| {});
                    }
                }
                Inverse::ListDeleted {
                    container,
                    at,
                    from,
                } => {
                    if let Some(list) = state.list_mut(container) {
                        let mut at = at;
                        for &(lv, len) in self.spans.get(from..).unwrap_or(&[]) {
                            list.insert(at, lv, len);
                            at += len;
                        }
                    }
                    self.spans.truncate(from);
                }
                Inverse::ListSet {
                    container,
                    at,
                    before,
                } => {
                    if let Some(list) = state.list_mut(container) {
                        list.set(at, before);
                    }
                }
                Inverse::Register { slot, before } => state.registers.replace(slot, &before),
                Inverse::Counted { container, by } => state.add(container, -i128::from(by)),
            }
        }
        self.clear();
    }
}
