//! What a change holds.

use std::sync::Arc;

use super::brief::Brief;
use super::record::Record;
use super::short_path::ShortPath;
use crate::state::Stroke;

#[derive(Clone, Debug)]
pub(super) enum What {
    /// Most changes are this.
    Keystroke(Keystroke),
    Other(Other),
}

/// It fits beside a keystroke's path, so that a change is no larger than a keystroke.
#[derive(Clone, Debug)]
pub(super) enum Other {
    /// What most other transactions did.
    Brief(Brief),
    /// Anything; shared between clones.
    Record(Option<Arc<Record>>),
}

/// A stroke in one text, and nothing else. In this order it is copied in the pieces it was written in.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(super) struct Keystroke {
    pub(super) path: ShortPath,
    pub(super) stroke: Stroke,
}

impl Default for What {
    fn default() -> Self {
        What::Other(Other::Record(None))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Change;
    use super::Keystroke;

    #[test]
    fn a_change_is_no_larger_than_a_keystroke() {
        assert_eq!(size_of::<Change>(), size_of::<Keystroke>());
    }
}
