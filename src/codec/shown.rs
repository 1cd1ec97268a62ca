//! What a document shows of its operations: a snapshot tells it in its sketch, and leaves it out of its history.

use std::collections::{BTreeMap, BTreeSet};

use crate::id::{Lv, LvSpan};
use crate::oplog::{Cell, ContainerIx, KeyIx, Kind, Name, OpLog};
use crate::state::{State, TextMarks};

/// The containers that are in some place that is shown, and the operations whose text or values they show.
#[derive(Clone, Debug, Default)]
pub(super) struct Shown {
    containers: BTreeSet<ContainerIx>,
    /// Of each text, the operations that inserted what it shows, ascending.
    texts: BTreeMap<ContainerIx, Vec<LvSpan>>,
    /// The operations whose values lists and maps hold.
    values: BTreeSet<Lv>,
}

impl Shown {
    /// `order` tells, by text, the insertions that it shows.
    pub(super) fn new(
        log: &OpLog,
        state: &State,
        mut order: BTreeMap<ContainerIx, Vec<LvSpan>>,
    ) -> Self {
        let mut shown = Shown::default();
        loop {
            let known = shown.containers.len();
            for (ix, name) in log.containers.iter() {
                if !shown.has(ix) && shown.shows(log, ix, name) {
                    shown.add(log, state, &mut order, ix);
                }
            }
            // A container stands after the one around it, unless it was moved.
            if !log.has_moves() || shown.containers.len() == known {
                break;
            }
        }
        shown
    }

    /// Whether a container is in a place that is shown, or has a name in one.
    fn shows(&self, log: &OpLog, container: ContainerIx, name: Name) -> bool {
        let is_shown = match name {
            Name::Root { .. } => true,
            Name::Child { parent, .. } => self.has(parent) && !log.is_moved_away(container),
            Name::Made { by, .. } => {
                let is_hidden = || log.may_hide() && log.shown_for(container).is_none();
                self.has_value(by) && !is_hidden()
            }
        };
        is_shown || self.is_moved(log, container)
    }

    /// Whether a container is shown where it was moved to.
    pub(super) fn is_moved(&self, log: &OpLog, container: ContainerIx) -> bool {
        let entry = log.stands(container);
        entry.is_some_and(|entry| self.has_value(log.entry_lv(entry)))
    }

    /// Whether a container has a name in a place that is shown, and was moved to one that is not; or stands for an element of
    /// a list that is there, and from which something was moved on.
    pub(super) fn is_away(&self, log: &OpLog, container: ContainerIx) -> bool {
        let has_name = match log.containers.name(container) {
            Name::Child { parent, .. } => self.has(parent),
            Name::Made { by, .. } => self.has_value(by),
            Name::Root { .. } => false,
        };
        has_name && !self.has(container)
    }

    fn add(
        &mut self,
        log: &OpLog,
        state: &State,
        order: &mut BTreeMap<ContainerIx, Vec<LvSpan>>,
        ix: ContainerIx,
    ) {
        self.containers.insert(ix);
        match log.containers.kind(ix) {
            Kind::Text => {
                if let Some(mut spans) = order.remove(&ix) {
                    spans.sort_unstable_by_key(|span| span.start);
                    self.texts.insert(ix, spans);
                }
                let marks = state.marks(ix).into_iter();
                self.values.extend(marks.flat_map(TextMarks::counting));
            }
            Kind::List => {
                let list = state.list(ix).into_iter();
                self.values.extend(list.flat_map(|list| list.all()));
            }
            Kind::Map => {
                for (_, items) in entries_of(log, state, ix) {
                    self.values.extend(items.iter().map(|item| item.0));
                }
            }
            Kind::Counter => {}
        }
    }

    /// The containers that are shown where they were moved to.
    pub(super) fn moved(&self, log: &OpLog) -> Vec<ContainerIx> {
        let moved = self.containers.iter().copied();
        moved
            .filter(|&container| self.is_moved(log, container))
            .collect()
    }

    pub(super) fn has(&self, container: ContainerIx) -> bool {
        self.containers.contains(&container)
    }

    pub(super) fn has_value(&self, lv: Lv) -> bool {
        self.values.contains(&lv)
    }

    /// Calls `each` with the parts of a span of insertions whose text is not shown, ascending.
    pub(super) fn each_hidden(
        &self,
        text: ContainerIx,
        span: LvSpan,
        mut each: impl FnMut(LvSpan),
    ) {
        let shown = self.texts.get(&text).map_or(&[][..], |spans| spans);
        let from = shown.partition_point(|shown| shown.end <= span.start);
        let mut at = span.start;
        for shown in &shown[from..] {
            if shown.start >= span.end {
                break;
            }
            if shown.start > at {
                each(LvSpan::new(at, shown.start));
            }
            at = shown.end;
        }
        if at < span.end {
            each(LvSpan::new(at, span.end));
        }
    }
}

/// A key of a map and its values with the operations that wrote them, the last writer's first, whatever a policy shows.
pub(super) type Entry<'a> = (KeyIx, Vec<(Lv, Cell<'a>)>);

/// What a map shows.
pub(super) fn entries_of<'a>(log: &'a OpLog, state: &State, map: ContainerIx) -> Vec<Entry<'a>> {
    state
        .entries_of(&log.entries, map)
        .map(|(key, _)| {
            let items = state
                .survivors(&log.entries, (map, key))
                .map(|entry| (log.entry_lv(entry), log.entries.cell(entry)));
            let mut items: Vec<_> = items.collect();
            if items.len() > 1 {
                items.sort_by_cached_key(|&(lv, _)| std::cmp::Reverse(log.rank(lv)));
            }
            (key, items)
        })
        .collect()
}
