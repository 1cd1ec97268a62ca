//! Paths: a root's name, then keys and indexes, parted by `/`. `~1` stands for `/` and `~0` for `~` within a name or key, as
//! in JSON Pointer.

use std::borrow::Cow;

use compact_str::CompactString;

use super::Doc;
use super::paths::Paths;
use super::policies::Slot;
use super::policy::is_reserved;
use crate::id::Lv;
use crate::oplog::{Cell, ContainerIx, Kind, Name};

/// What stands at a path.
#[derive(Clone, Copy, Debug)]
pub(super) enum Found<'d> {
    Container(ContainerIx),
    Plain(Cell<'d>),
    /// What several people set at a key.
    Several(Slot),
}

pub(super) fn escape(name: &str) -> Cow<'_, str> {
    if name.contains(['/', '~']) {
        Cow::Owned(name.replace('~', "~0").replace('/', "~1"))
    } else {
        Cow::Borrowed(name)
    }
}

pub(super) fn unescape(part: &str) -> Cow<'_, str> {
    if part.contains('~') {
        Cow::Owned(part.replace("~1", "/").replace("~0", "~"))
    } else {
        Cow::Borrowed(part)
    }
}

/// An index as JSON Pointer writes it: digits, without a needless zero.
pub(super) fn parse_index(part: &str) -> Option<usize> {
    let plain =
        part.bytes().all(|byte| byte.is_ascii_digit()) && (part == "0" || !part.starts_with('0'));
    if plain { part.parse().ok() } else { None }
}

impl Doc {
    /// What stands at a path, if anything does.
    pub(super) fn find(&self, path: &str) -> Option<Found<'_>> {
        let mut parts = path.split('/').map(unescape);
        let name = parts.next()?;
        let mut found = Found::Container(self.shown_root(&name)?);
        for part in parts {
            let Found::Container(container) = found else {
                return None;
            };
            found = match self.log.containers.kind(container) {
                Kind::Map => self.at_key(container, &part)?,
                Kind::List => self.at_index(container, parse_index(&part)?)?,
                Kind::Text | Kind::Counter => return None,
            };
        }
        Some(found)
    }

    /// What a map shows at a key.
    pub(super) fn at_key(&self, map: ContainerIx, key: &str) -> Option<Found<'_>> {
        let key = self.log.keys.find(key)?;
        let entry = self.state.winner(&self.log.entries, (map, key))?;
        Some(self.key_shown((map, key), entry))
    }

    /// What a list shows at an index.
    pub(super) fn at_index(&self, list: ContainerIx, index: usize) -> Option<Found<'_>> {
        let lv = self.state.list(list)?.get(u32::try_from(index).ok()?)?;
        let cell = self.log.sequence(list)?.cell(lv);
        Some(self.element_shown(cell, lv))
    }

    /// The container around this one, and where in it this one stands; `None` for a root.
    pub(super) fn parent_of(&self, container: ContainerIx) -> Option<(ContainerIx, Lv)> {
        if let Some(entry) = self.log.stands(container) {
            let by = self.log.entry_lv(entry);
            return Some((self.log.container_of(by), by));
        }
        match self.log.containers.name(container) {
            Name::Root { .. } => None,
            Name::Child { parent, .. } => Some((parent, Lv(0))),
            Name::Made { by, .. } => Some((self.log.container_of(by), by)),
        }
    }

    /// The path of a root; `None` for any other container, and for those of the library.
    pub(super) fn root_path(&self, container: ContainerIx) -> Option<CompactString> {
        match self.log.containers.name(container) {
            Name::Root { name, .. } => {
                let name = self.log.keys.name(name);
                (!is_reserved(name)).then(|| CompactString::from(escape(name)))
            }
            _ => None,
        }
    }

    /// The path of a container; `None` where nothing shows it. For many, [`Paths`] is faster.
    pub(super) fn path_of(&self, container: ContainerIx) -> Option<CompactString> {
        Paths::new(self).of(container)
    }

    /// The path to name in an error: that of the container if it is shown, else its own name.
    pub(super) fn path_for_error(&self, container: ContainerIx) -> String {
        self.path_of(container)
            .map_or_else(|| "(hidden)".to_owned(), String::from)
    }
}
