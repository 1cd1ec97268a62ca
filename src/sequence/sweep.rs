//! Reading the result of a large merge off the items, in order.

use super::item::DYING;
use super::tracker::Tracker;
use crate::id::Lv;

/// A stretch of the new sequence, or of the old one that is dropped; in order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stretch {
    /// So many elements of the old sequence stay.
    Keep(u32),
    /// So many elements of the old sequence go.
    Drop(u32),
    /// `len` elements inserted by the operations from `lv` on.
    New { lv: Lv, len: u32 },
}

impl Stretch {
    /// How many elements come.
    pub(crate) fn inserted(&self) -> usize {
        match *self {
            Stretch::New { len, .. } => len as usize,
            Stretch::Keep(_) | Stretch::Drop(_) => 0,
        }
    }
}

impl Tracker {
    /// How the sequence before the merge becomes the one after it; operations from `since` on are those merged.
    pub(super) fn sweep(&mut self, since: Lv) -> Vec<Stretch> {
        let mut script = Vec::with_capacity(self.items / 4 * 3 + 4);
        let mut leaf = Some(self.tree.first());
        while let Some(ix) = leaf {
            for item in self.tree.leaf_mut(ix).spans_mut() {
                let dying = item.gone & DYING != 0;
                item.gone &= !DYING;
                let old = item.id.lv().is_none_or(|lv| lv < since);
                let stays = item.gone == 0;
                match (old, stays) {
                    (true, true) => push(&mut script, Stretch::Keep(item.len)),
                    (true, false) if dying => push(&mut script, Stretch::Drop(item.len)),
                    (false, true) => {
                        let lv = item.id.lv().unwrap_or(since);
                        push(&mut script, Stretch::New { lv, len: item.len });
                    }
                    _ => {}
                }
            }
            leaf = self.tree.next(ix);
        }
        script
    }
}

fn push(script: &mut Vec<Stretch>, stretch: Stretch) {
    match (script.last_mut(), stretch) {
        (_, Stretch::Keep(0)) => {}
        (Some(Stretch::Keep(last)), Stretch::Keep(len))
        | (Some(Stretch::Drop(last)), Stretch::Drop(len)) => *last += len,
        (
            Some(Stretch::New {
                lv: last,
                len: last_len,
            }),
            Stretch::New { lv, len },
        ) if last.plus(*last_len) == lv => {
            *last_len += len;
        }
        _ => script.push(stretch),
    }
}
