//! What containers stand in, and what stands at a key of a map.

use super::standing::Place;
use super::{Cell, ContainerIx, KeyIx, Name, OpLog};
use crate::id::Lv;

/// An element of a list that a container is moved to is a map, which holds that at this key. Callers cannot use it.
pub(crate) const SEAT: &str = "\0here";

impl OpLog {
    /// Whether any container was ever moved.
    #[inline]
    pub(crate) fn has_moves(&self) -> bool {
        self.moved > Lv(0) || self.standing.is_some()
    }

    /// Whether an entry moves a container.
    pub(crate) fn is_move(&self, entry: u32) -> bool {
        matches!(self.entries.cell(entry), Cell::Moved(_))
    }

    /// The entry that put a container where it stands; `None` where it stands where it was first.
    #[inline]
    pub(crate) fn stands(&self, container: ContainerIx) -> Place {
        self.standing.as_ref()?.of(container)
    }

    /// Whether a container stands elsewhere than it did first.
    pub(crate) fn is_moved_away(&self, container: ContainerIx) -> bool {
        let ground = self.ground.as_ref();
        self.stands(container).is_some()
            || ground.is_some_and(|ground| ground.away.contains(&container))
    }

    /// Whether an element of some list may not show, since what it showed stands elsewhere.
    #[inline]
    pub(crate) fn may_hide(&self) -> bool {
        self.has_moves()
            || self
                .ground
                .as_ref()
                .is_some_and(|ground| !ground.away.is_empty())
    }

    /// Whether an entry is one of a map that stands for an element of a list, and says what was moved there.
    pub(super) fn is_seat_key(&self, entry: u32) -> bool {
        let key = self.entries.key(entry);
        key.is_some_and(|key| self.keys.name(key) == SEAT)
    }

    /// Whether a map stands for an element of a list that something was moved to. Nothing shows the map itself.
    pub(crate) fn is_seat(&self, map: ContainerIx) -> bool {
        let standing = self.standing.as_ref();
        standing.is_some_and(|standing| standing.seated(map).is_some())
    }

    /// The list whose element a container was made as, if it was.
    pub(crate) fn list_around(&self, made: ContainerIx) -> Option<ContainerIx> {
        let Name::Made { by, .. } = self.containers.name(made) else {
            return None;
        };
        let list = self.container_of(by);
        self.sequence(list).is_some().then_some(list)
    }

    /// What shows where an element of a list made a container: that, or what was moved to the element; `None` where that stands
    /// elsewhere.
    pub(crate) fn shown_for(&self, made: ContainerIx) -> Option<ContainerIx> {
        if self.is_moved_away(made) {
            return None;
        }
        let standing = self.standing.as_ref();
        match standing.and_then(|standing| standing.seated(made)) {
            None => Some(made),
            Some(entries) => {
                let here = entries.iter().filter_map(|&entry| {
                    let Cell::Moved(container) = self.entries.cell(entry) else {
                        return None;
                    };
                    (self.stands(container) == Some(entry)).then_some((entry, container))
                });
                // Who makes a seat moves one thing there. Nobody else has to.
                let first = here.max_by_key(|&(entry, _)| self.rank(self.entry_lv(entry)));
                first.map(|(_, container)| container)
            }
        }
    }

    /// Whether an element of a list does not show what an operation wrote, given the cell: it made a container, and what is to
    /// show for that stands elsewhere.
    pub(crate) fn is_hidden(&self, cell: Cell<'_>, lv: Lv) -> bool {
        match cell {
            Cell::Made(kind) => {
                let made = self.containers.find(Name::Made { by: lv, kind });
                made.is_some_and(|made| self.shown_for(made).is_none())
            }
            _ => false,
        }
    }

    /// The element of a list at which a container stands by some place: the list, and the operation that made the element.
    pub(crate) fn element_at(
        &self,
        container: ContainerIx,
        place: Place,
    ) -> Option<(ContainerIx, Lv)> {
        let made = match place {
            Some(entry) => {
                let map = self.container_of(self.entry_lv(entry));
                self.is_seat(map).then_some(map)?
            }
            None => container,
        };
        let list = self.list_around(made)?;
        match self.containers.name(made) {
            Name::Made { by, .. } => Some((list, by)),
            _ => None,
        }
    }

    /// The container in which one stands; `None` for a root.
    pub(crate) fn around(&self, container: ContainerIx) -> Option<ContainerIx> {
        self.around_at(container, self.stands(container))
    }

    pub(super) fn around_at(&self, container: ContainerIx, place: Place) -> Option<ContainerIx> {
        match place {
            Some(entry) => Some(self.container_of(self.entry_lv(entry))),
            None => self.first_around(container),
        }
    }

    /// The container in which one stood first.
    pub(crate) fn first_around(&self, container: ContainerIx) -> Option<ContainerIx> {
        match self.containers.name(container) {
            Name::Root { .. } => None,
            Name::Child { parent, .. } => Some(parent),
            Name::Made { by, .. } => Some(self.container_of(by)),
        }
    }

    /// The key of a map at which a container stood first; `None` for a root, and in a list.
    pub(crate) fn first_slot(&self, container: ContainerIx) -> Option<(ContainerIx, KeyIx)> {
        match self.containers.name(container) {
            Name::Root { .. } => None,
            Name::Child { parent, key, .. } => Some((parent, key)),
            Name::Made { by, .. } => {
                let map = self.container_of(by);
                if self.sequence(map).is_some() {
                    return None;
                }
                Some((map, self.key_at(by)?))
            }
        }
    }

    /// The key of a map at which a container stands; `None` for a root, and in a list.
    pub(crate) fn slot_at(
        &self,
        container: ContainerIx,
        place: Place,
    ) -> Option<(ContainerIx, KeyIx)> {
        match place {
            Some(entry) => {
                let map = self.container_of(self.entry_lv(entry));
                Some((map, self.entries.key(entry)?))
            }
            None => self.first_slot(container),
        }
    }

    /// Whether what an entry of a map wrote is there: a container that stands elsewhere is not.
    #[inline]
    pub(crate) fn is_there(&self, map: ContainerIx, entry: u32) -> bool {
        self.standing.is_none() || self.stands_there(map, entry)
    }

    #[cold]
    fn stands_there(&self, map: ContainerIx, entry: u32) -> bool {
        let cell = self.entries.cell(entry);
        let Some(container) = self.container_at_key(map, entry, cell) else {
            return true;
        };
        match cell {
            Cell::Moved(_) => self.stands(container) == Some(entry),
            _ => self.stands(container).is_none(),
        }
    }

    /// How many containers are around one.
    pub(crate) fn depth_of(&self, container: ContainerIx) -> u32 {
        if self.standing.is_none() {
            return self.containers.depth(container);
        }
        let mut depth = 0;
        let mut at = container;
        while let Some(around) = self.around(at) {
            at = around;
            depth += 1;
        }
        depth
    }

    /// What the limit on nesting goes by: how many containers are around one, where it stands or where it was first.
    pub(crate) fn nesting_of(&self, container: ContainerIx) -> u32 {
        self.containers
            .depth(container)
            .max(self.depth_of(container))
    }

    /// How many containers would be around the deepest one within a container, if that stood in another one; and around the
    /// deepest that was moved. O(log n) amortised, and O(n log n) where nothing was moved before.
    pub(crate) fn deepest_in(&mut self, container: ContainerIx, around: ContainerIx) -> (u32, u32) {
        let mut standing = self.standing.take().unwrap_or_default();
        standing.grow(self);
        let deepest = standing.deepest_in(container, around);
        self.standing = Some(standing);
        deepest
    }

    /// Whether a container is such a one, or stands within one.
    pub(crate) fn is_in(&self, container: ContainerIx, such: impl Fn(ContainerIx) -> bool) -> bool {
        let mut at = Some(container);
        while let Some(here) = at {
            if such(here) {
                return true;
            }
            at = self.around(here);
        }
        false
    }

    /// The container that a list element shows, given its cell and the operation that wrote it; of one that does not show,
    /// what it made.
    #[inline]
    pub(crate) fn container_shown(&self, cell: Cell<'_>, lv: Lv) -> Option<ContainerIx> {
        match cell {
            Cell::Made(kind) => {
                let made = self.containers.find(Name::Made { by: lv, kind })?;
                if self.has_moves() {
                    return self.shown_for(made).or(Some(made));
                }
                Some(made)
            }
            _ => None,
        }
    }

    /// The container that a map shows at a key, given the entry and its cell.
    #[inline]
    pub(crate) fn container_at_key(
        &self,
        map: ContainerIx,
        entry: u32,
        cell: Cell<'_>,
    ) -> Option<ContainerIx> {
        match cell {
            Cell::Made(kind) => {
                let by = self.entry_lv(entry);
                self.containers.find(Name::Made { by, kind })
            }
            Cell::Child { kind, generation } => self.containers.find(Name::Child {
                parent: map,
                key: self.entries.key(entry)?,
                generation,
                kind,
            }),
            Cell::Moved(container) => Some(container),
            _ => None,
        }
    }
}
