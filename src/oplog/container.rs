//! Which containers there are, and how they are named.

use std::collections::BTreeMap;

use super::{KeyIx, Kind};
use crate::column::grow;
use crate::id::Lv;

/// This replica's number for a container.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct ContainerIx(pub(crate) u32);

impl ContainerIx {
    pub(crate) fn at(self) -> usize {
        self.0 as usize
    }
}

/// What names a container everywhere; its parts by this replica's numbers, unless others are given.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Name<Container = ContainerIx, Key = KeyIx, Op = Lv> {
    /// A root is its name and kind.
    Root { name: Key, kind: Kind },
    /// Opened through a map's key: whoever opens the same key at the same time shares it.
    Child {
        parent: Container,
        key: Key,
        generation: u32,
        kind: Kind,
    },
    /// Made by one operation: pushed into a list, or set as a fresh value.
    Made { by: Op, kind: Kind },
}

impl<Container, Key, Op> Name<Container, Key, Op> {
    pub(crate) fn kind(&self) -> Kind {
        match *self {
            Name::Root { kind, .. } | Name::Child { kind, .. } | Name::Made { kind, .. } => kind,
        }
    }

    /// The same name by this replica's numbers; each function looks a part up among `numbers`.
    pub(crate) fn renumbered<Numbers, Missing>(
        self,
        numbers: &mut Numbers,
        container_of: impl FnOnce(&mut Numbers, Container) -> Result<ContainerIx, Missing>,
        key_of: impl FnOnce(&mut Numbers, Key) -> Result<KeyIx, Missing>,
        op_of: impl FnOnce(&mut Numbers, Op) -> Result<Lv, Missing>,
    ) -> Result<Name, Missing> {
        Ok(match self {
            Name::Root { name, kind } => Name::Root {
                name: key_of(numbers, name)?,
                kind,
            },
            Name::Child {
                parent,
                key,
                generation,
                kind,
            } => Name::Child {
                parent: container_of(numbers, parent)?,
                key: key_of(numbers, key)?,
                generation,
                kind,
            },
            Name::Made { by, kind } => Name::Made {
                by: op_of(numbers, by)?,
                kind,
            },
        })
    }
}

const KIND: u32 = 3;
const MADE: u32 = 1 << 2;
/// Whether any operation belongs to it. A root is part of the document only then.
const USED: u32 = 1 << 3;
const DEPTH_SHIFT: u32 = 4;
const DEPTH_MAX: u32 = u32::MAX >> DEPTH_SHIFT;

/// One container; 8 bytes.
#[derive(Clone, Copy, Debug)]
struct Entry {
    /// The operation that made it, or where its name stands in [`Containers::named`].
    by: u32,
    /// Kind, flags, and how many containers are around it.
    bits: u32,
}

impl Entry {
    fn is_made(self) -> bool {
        self.bits & MADE != 0
    }

    fn kind(self) -> Kind {
        Kind::ALL[(self.bits & KIND) as usize]
    }
}

/// The table of containers. A container stands after the one it is nested in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Containers {
    entries: Vec<Entry>,
    /// The names of roots and children, in order of their containers.
    named: Vec<Name>,
    /// Likewise, the other way.
    index: BTreeMap<Name, ContainerIx>,
    /// Containers made by one operation, ascending, which is also the order of those operations.
    made: Vec<ContainerIx>,
}

impl Containers {
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (ContainerIx, Name)> + '_ {
        (0..)
            .map(ContainerIx)
            .zip(self.entries.iter().map(|&entry| self.name_of(entry)))
    }

    pub(crate) fn name(&self, ix: ContainerIx) -> Name {
        self.name_of(self.entries[ix.at()])
    }

    fn name_of(&self, entry: Entry) -> Name {
        if entry.is_made() {
            Name::Made {
                by: Lv(entry.by),
                kind: entry.kind(),
            }
        } else {
            self.named[entry.by as usize]
        }
    }

    #[inline]
    pub(crate) fn kind(&self, ix: ContainerIx) -> Kind {
        self.entries[ix.at()].kind()
    }

    /// Containers around this one.
    pub(crate) fn depth(&self, ix: ContainerIx) -> u32 {
        self.entries[ix.at()].bits >> DEPTH_SHIFT
    }

    pub(crate) fn is_used(&self, ix: ContainerIx) -> bool {
        self.entries[ix.at()].bits & USED != 0
    }

    pub(crate) fn set_used(&mut self, ix: ContainerIx, used: bool) {
        let bits = &mut self.entries[ix.at()].bits;
        *bits = if used { *bits | USED } else { *bits & !USED };
    }

    /// The roots that any operation belongs to, by the number of their name, then kind.
    pub(crate) fn roots(&self) -> impl Iterator<Item = (KeyIx, Kind, ContainerIx)> + '_ {
        let roots = self.index.iter().map_while(|(&name, &ix)| match name {
            Name::Root { name, kind } => Some((name, kind, ix)),
            _ => None,
        });
        roots.filter(|&(_, _, ix)| self.is_used(ix))
    }

    #[inline]
    pub(crate) fn find(&self, name: Name) -> Option<ContainerIx> {
        match name {
            Name::Made { by, kind } => {
                let ix = self.find_made(by)?;
                (self.kind(ix) == kind).then_some(ix)
            }
            _ => self.index.get(&name).copied(),
        }
    }

    fn find_made(&self, by: Lv) -> Option<ContainerIx> {
        let maker = |ix: ContainerIx| self.entries[ix.at()].by;
        match self.made.last() {
            // Most questions are about what is new.
            Some(&last) if maker(last) <= by.0 => (maker(last) == by.0).then_some(last),
            _ => {
                let at = self
                    .made
                    .binary_search_by_key(&by.0, |&ix| maker(ix))
                    .ok()?;
                self.made.get(at).copied()
            }
        }
    }

    /// The largest generation known of containers opened at a key.
    pub(crate) fn last_generation(&self, parent: ContainerIx, key: KeyIx) -> Option<u32> {
        let from = Name::Child {
            parent,
            key,
            generation: 0,
            kind: Kind::Text,
        };
        let to = Name::Child {
            parent,
            key,
            generation: u32::MAX,
            kind: Kind::Counter,
        };
        match self.index.range(from..=to).next_back() {
            Some((&Name::Child { generation, .. }, _)) => Some(generation),
            _ => None,
        }
    }

    /// The container of that name, entered into the table if it is new.
    pub(crate) fn intern(&mut self, name: Name, depth: u32) -> ContainerIx {
        if let Some(found) = self.find(name) {
            return found;
        }
        let ix = ContainerIx(index(self.entries.len()));
        let (by, made) = match name {
            Name::Made { by, .. } => {
                grow::push(&mut self.made, ix);
                (by.0, MADE)
            }
            _ => {
                self.index.insert(name, ix);
                grow::push(&mut self.named, name);
                (index(self.named.len() - 1), 0)
            }
        };
        let kind = u32::from(name.kind().code());
        let bits = kind | made | depth.min(DEPTH_MAX) << DEPTH_SHIFT;
        grow::push(&mut self.entries, Entry { by, bits });
        ix
    }

    /// Forgets the containers after the first `len`.
    pub(crate) fn truncate(&mut self, len: usize) {
        while self.entries.len() > len
            && let Some(entry) = self.entries.pop()
        {
            if entry.is_made() {
                self.made.pop();
            } else if let Some(name) = self.named.pop() {
                self.index.remove(&name);
            }
        }
    }
}

/// Containers are fewer than operations and roots, which are fewer than 2^32.
#[allow(clippy::cast_possible_truncation)]
fn index(at: usize) -> u32 {
    at as u32
}
