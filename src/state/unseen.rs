//! What happens to elements of lists that do not show.

use super::list::ListState;
use crate::id::Lv;

/// What happened to an element of a list that does not show; by its place.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Unseen {
    /// It is there again, or for the first time.
    Came(u32),
    /// It was deleted; so it is known what it would show.
    Deleted(u32, Lv),
    /// It would show something else than before.
    Set(u32, Lv),
    /// It went from a place to one of the list without it.
    Moved(u32, u32),
}

impl Unseen {
    /// Takes it back.
    pub(super) fn take_back(self, list: &mut ListState) {
        match self {
            Unseen::Came(at) => list.delete(at, 1, |_, _| {}),
            Unseen::Deleted(at, lv) => list.insert_hidden(at, lv),
            Unseen::Set(at, before) => {
                list.set_hidden(at, before);
            }
            Unseen::Moved(from, to) => {
                list.relocate(to, from);
            }
        }
    }
}
