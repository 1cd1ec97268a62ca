//! Map keys and root names, each stored once.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

/// This replica's number for a map key or a root's name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct KeyIx(pub(crate) u32);

/// The table of keys.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keys {
    names: Vec<Arc<str>>,
    /// By the first eight bytes: most keys are told apart by comparing one number.
    index: BTreeMap<u64, Bucket>,
}

/// Keys that begin alike. An ordered map rather than a hash: no choice of keys makes it slow.
#[derive(Clone, Debug)]
enum Bucket {
    One(KeyIx),
    Many(BTreeMap<Arc<str>, KeyIx>),
}

impl Keys {
    pub(crate) fn find(&self, name: &str) -> Option<KeyIx> {
        match self.index.get(&prefix(name))? {
            Bucket::One(ix) => (**self.name(*ix) == *name).then_some(*ix),
            Bucket::Many(keys) => keys.get(name).copied(),
        }
    }

    pub(crate) fn intern(&mut self, name: &str) -> KeyIx {
        let next = KeyIx(u32::try_from(self.names.len()).unwrap_or(u32::MAX));
        let new: Arc<str>;
        match self.index.entry(prefix(name)) {
            Entry::Vacant(entry) => {
                new = name.into();
                entry.insert(Bucket::One(next));
            }
            Entry::Occupied(mut entry) => match entry.get_mut() {
                Bucket::One(ix) => {
                    let other = &self.names[ix.0 as usize];
                    if **other == *name {
                        return *ix;
                    }
                    new = name.into();
                    let keys = BTreeMap::from([(other.clone(), *ix), (new.clone(), next)]);
                    entry.insert(Bucket::Many(keys));
                }
                Bucket::Many(keys) => {
                    if let Some(&ix) = keys.get(name) {
                        return ix;
                    }
                    new = name.into();
                    keys.insert(new.clone(), next);
                }
            },
        }
        self.names.push(new);
        next
    }

    pub(crate) fn name(&self, ix: KeyIx) -> &Arc<str> {
        &self.names[ix.0 as usize]
    }

    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    pub(crate) fn truncate(&mut self, len: usize) {
        for name in self.names.drain(len.min(self.names.len())..) {
            let Entry::Occupied(mut entry) = self.index.entry(prefix(&name)) else {
                continue;
            };
            let empty = match entry.get_mut() {
                Bucket::One(_) => true,
                Bucket::Many(keys) => {
                    keys.remove(&name);
                    keys.is_empty()
                }
            };
            if empty {
                entry.remove();
            }
        }
    }
}

/// The first eight bytes, as a number that orders like them.
fn prefix(name: &str) -> u64 {
    let mut bytes = [0; 8];
    let len = name.len().min(8);
    bytes[..len].copy_from_slice(&name.as_bytes()[..len]);
    u64::from_be_bytes(bytes)
}
