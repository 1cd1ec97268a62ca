//! Map keys and root names, each stored once.

use std::collections::BTreeMap;
use std::sync::Arc;

/// This replica's number for a map key or a root's name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct KeyIx(pub(crate) u32);

/// The table of keys.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keys {
    names: Vec<Arc<str>>,
    index: BTreeMap<Arc<str>, KeyIx>,
}

impl Keys {
    pub(crate) fn find(&self, name: &str) -> Option<KeyIx> {
        self.index.get(name).copied()
    }

    pub(crate) fn intern(&mut self, name: &str) -> KeyIx {
        if let Some(found) = self.find(name) {
            return found;
        }
        let ix = KeyIx(u32::try_from(self.names.len()).unwrap_or(u32::MAX));
        let name: Arc<str> = name.into();
        self.names.push(name.clone());
        self.index.insert(name, ix);
        ix
    }

    pub(crate) fn name(&self, ix: KeyIx) -> &Arc<str> {
        &self.names[ix.0 as usize]
    }

    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    pub(crate) fn truncate(&mut self, len: usize) {
        for name in self.names.drain(len.min(self.names.len())..) {
            self.index.remove(&name);
        }
    }
}
