//! The plain rope: jumprope's `JumpRopeBuf`, which gathers adjacent edits before it applies them.

use jumprope::JumpRopeBuf;

use crate::engine::{Outcome, Typing};
use crate::trace::Patch;

/// A text without history.
pub struct Rope(JumpRopeBuf);

impl Typing for Rope {
    fn new(_peer: u64) -> Outcome<Self> {
        Ok(Self(JumpRopeBuf::new()))
    }

    fn transact(&mut self, patches: &[Patch]) -> Outcome<()> {
        for patch in patches {
            apply(&mut self.0, patch);
        }
        Ok(())
    }

    fn text(&self) -> String {
        self.0.to_string()
    }
}

/// The edit of a patch on a rope.
pub(super) fn apply(rope: &mut JumpRopeBuf, patch: &Patch) {
    if patch.deleted > 0 {
        rope.remove(patch.at..patch.at + patch.deleted);
    }
    if !patch.inserted.is_empty() {
        rope.insert(patch.at, &patch.inserted);
    }
}
