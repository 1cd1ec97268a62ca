//! Where containers stand: the paths of many at once.

use std::collections::BTreeMap;
use std::fmt::Write;

use compact_str::CompactString;
use smallvec::SmallVec;

use super::Doc;
use super::path::{Found, escape};
use crate::id::Lv;
use crate::oplog::{ContainerIx, Kind, Name};

/// Lists in which an element is sought before they are numbered: most changes need no more.
const SOUGHT_MAX: usize = 4;

/// Finds the paths of containers. In a list of which more than one element is asked for, all are numbered once.
pub(super) struct Paths<'d> {
    doc: &'d Doc,
    /// The first few lists that were walked to find one element.
    sought: SmallVec<[ContainerIx; SOUGHT_MAX]>,
    /// Others, and those that are met again: their spans by first operation.
    numbered: BTreeMap<ContainerIx, Vec<Numbered>>,
    /// How often a list was walked.
    pub(super) walks: usize,
}

/// Elements that show the values of consecutive operations, and where the first stands.
struct Numbered {
    lv: Lv,
    len: u32,
    at: u32,
}

impl<'d> Paths<'d> {
    pub(super) fn new(doc: &'d Doc) -> Self {
        Paths {
            doc,
            sought: SmallVec::new(),
            numbered: BTreeMap::new(),
            walks: 0,
        }
    }

    /// The path of a container; `None` where nothing shows it. O(depth · log n), and a walk through each list on the way
    /// the first two times it is met.
    pub(super) fn of(&mut self, container: ContainerIx) -> Option<CompactString> {
        let log = &self.doc.log;
        let moved = log.stands(container);
        let (parent, key) = match (moved, log.containers.name(container)) {
            (Some(_), _) => {
                let slot = log.slot_at(container, moved)?;
                if log.is_seat(slot.0) {
                    let is_here = log.shown_for(slot.0) == Some(container);
                    return is_here.then(|| self.of_element(slot.0))?;
                }
                slot
            }
            (None, Name::Root { .. }) => return self.doc.root_path(container),
            (None, Name::Child { parent, key, .. }) => (parent, key),
            (None, Name::Made { by, .. }) => {
                let parent = log.container_of(by);
                if log.containers.kind(parent) == Kind::List {
                    return self.of_element(container);
                }
                (parent, log.key_at(by)?)
            }
        };
        let winner = self.doc.state.winner(&log.entries, (parent, key))?;
        match self.doc.entry_shown(parent, winner) {
            Found::Container(shown) if shown == container => {}
            _ => return None,
        }
        let mut path = self.of(parent)?;
        path.push('/');
        path.push_str(&escape(log.keys.name(key)));
        Some(path)
    }

    /// The path of the element of a list that was made as this container.
    fn of_element(&mut self, made: ContainerIx) -> Option<CompactString> {
        let (list, by) = self.doc.log.element_at(made, None)?;
        let mut path = self.of(list)?;
        let index = self.position(list, by)?;
        write!(path, "/{index}").ok()?;
        Some(path)
    }

    /// At which index a list shows what an operation wrote.
    fn position(&mut self, list: ContainerIx, by: Lv) -> Option<u32> {
        let state = self.doc.state.list(list)?;
        let is_first = !self.sought.contains(&list) && self.sought.len() < SOUGHT_MAX;
        if is_first && !self.numbered.contains_key(&list) {
            self.sought.push(list);
            self.walks += 1;
            return state.position_of(by);
        }
        let numbered = self.numbered.entry(list).or_insert_with(|| {
            self.walks += 1;
            let mut at = 0;
            let spans = state.spans().map(|span| {
                at += span.len();
                Numbered {
                    lv: span.start,
                    len: span.len(),
                    at: at - span.len(),
                }
            });
            let mut spans: Vec<_> = spans.collect();
            spans.sort_unstable_by_key(|span| span.lv);
            spans
        });
        let next = numbered.partition_point(|span| span.lv <= by);
        let span = numbered.get(next.checked_sub(1)?)?;
        let offset = by.0 - span.lv.0;
        (offset < span.len).then_some(span.at + offset)
    }
}
