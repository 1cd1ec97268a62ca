//! Which containers there are, and how they are named.

use std::collections::BTreeMap;

use super::{KeyIx, Kind};
use crate::id::Lv;

/// This replica's number for a container.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct ContainerIx(pub(crate) u32);

impl ContainerIx {
    pub(crate) fn at(self) -> usize {
        self.0 as usize
    }
}

/// What names a container everywhere (with this replica's numbers for its parts).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Name {
    /// A root is its name and kind.
    Root { name: KeyIx, kind: Kind },
    /// Opened through a map's key: whoever opens the same key at the same time shares it.
    Child {
        parent: ContainerIx,
        key: KeyIx,
        generation: u32,
        kind: Kind,
    },
    /// Made by one operation: pushed into a list, or set as a fresh value.
    Made { by: Lv, kind: Kind },
}

impl Name {
    pub(crate) fn kind(self) -> Kind {
        match self {
            Name::Root { kind, .. } | Name::Child { kind, .. } | Name::Made { kind, .. } => kind,
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    name: Name,
    depth: u32,
    /// Whether any operation belongs to it. A root is part of the document only then.
    used: bool,
}

/// The table of containers. A container stands after the one it is nested in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Containers {
    entries: Vec<Entry>,
    /// Roots and children.
    index: BTreeMap<Name, ContainerIx>,
    /// Containers made by one operation, ascending.
    made: Vec<(Lv, ContainerIx)>,
}

impl Containers {
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (ContainerIx, Name)> + '_ {
        (0..)
            .map(ContainerIx)
            .zip(self.entries.iter().map(|entry| entry.name))
    }

    pub(crate) fn name(&self, ix: ContainerIx) -> Name {
        self.entries[ix.at()].name
    }

    pub(crate) fn kind(&self, ix: ContainerIx) -> Kind {
        self.name(ix).kind()
    }

    /// Containers around this one.
    pub(crate) fn depth(&self, ix: ContainerIx) -> u32 {
        self.entries[ix.at()].depth
    }

    pub(crate) fn is_used(&self, ix: ContainerIx) -> bool {
        self.entries[ix.at()].used
    }

    pub(crate) fn set_used(&mut self, ix: ContainerIx, used: bool) {
        self.entries[ix.at()].used = used;
    }

    /// The roots that any operation belongs to, by the number of their name, then kind.
    pub(crate) fn roots(&self) -> impl Iterator<Item = (KeyIx, Kind, ContainerIx)> + '_ {
        let roots = self.index.iter().map_while(|(&name, &ix)| match name {
            Name::Root { name, kind } => Some((name, kind, ix)),
            _ => None,
        });
        roots.filter(|&(_, _, ix)| self.is_used(ix))
    }

    pub(crate) fn find(&self, name: Name) -> Option<ContainerIx> {
        match name {
            Name::Made { by, kind } => {
                let at = self.made.binary_search_by_key(&by, |&(lv, _)| lv).ok()?;
                let ix = self.made.get(at)?.1;
                (self.kind(ix) == kind).then_some(ix)
            }
            _ => self.index.get(&name).copied(),
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
        let ix = ContainerIx(u32::try_from(self.entries.len()).unwrap_or(u32::MAX));
        self.entries.push(Entry {
            name,
            depth,
            used: false,
        });
        match name {
            Name::Made { by, .. } => self.made.push((by, ix)),
            _ => {
                self.index.insert(name, ix);
            }
        }
        ix
    }

    /// Forgets the containers after the first `len`.
    pub(crate) fn truncate(&mut self, len: usize) {
        for entry in self.entries.drain(len.min(self.entries.len())..) {
            self.index.remove(&entry.name);
            if let Name::Made { by, .. } = entry.name {
                self.made.retain(|&(lv, _)| lv != by);
            }
        }
    }
}
