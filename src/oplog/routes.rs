//! Which container each operation belongs to.

use super::ContainerIx;
use crate::column::grow;
use crate::id::{Lv, LvSpan};

/// Marks the first route of its container.
const FIRST: u32 = 1 << 31;

/// From `start` up to the next route, operations belong to one container; 12 bytes.
#[derive(Clone, Copy, Debug)]
struct Route {
    start: Lv,
    container: u32,
    /// Entries before it. Where the container is a map or counter, its operations are the entries from here on, one each.
    entry: u32,
}

impl Route {
    fn container(self) -> ContainerIx {
        ContainerIx(self.container & !FIRST)
    }
}

/// Operations that stand together in one container.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stretch {
    pub(crate) container: ContainerIx,
    pub(crate) span: LvSpan,
    /// The first one's index in the entry log, if the container's operations stand there.
    pub(crate) entry: u32,
}

impl Stretch {
    /// Indexes of the entries.
    pub(crate) fn entries(&self) -> std::ops::Range<u32> {
        self.entry..self.entry + self.span.len()
    }
}

/// Routes, in order of local version.
#[derive(Clone, Debug, Default)]
pub(crate) struct Routes {
    routes: Vec<Route>,
}

impl Routes {
    /// Whether operations go on to belong to `container`.
    #[inline]
    pub(super) fn leads_to(&self, container: ContainerIx) -> bool {
        self.routes
            .last()
            .is_some_and(|last| last.container() == container)
    }

    /// Says that operations from `start` on belong to `container`; before them there are `entry` entries.
    #[inline]
    pub(super) fn push(&mut self, start: Lv, container: ContainerIx, first: bool, entry: u32) {
        let route = Route {
            start,
            container: container.0 | if first { FIRST } else { 0 },
            entry,
        };
        grow::push(&mut self.routes, route);
    }

    /// The index of the route of an operation.
    #[inline]
    fn at(&self, lv: Lv) -> usize {
        // Most questions are about what is new.
        match self.routes.last() {
            Some(last) if last.start <= lv => self.routes.len() - 1,
            _ => self
                .routes
                .partition_point(|route| route.start <= lv)
                .saturating_sub(1),
        }
    }

    /// The container of an operation. O(log routes).
    #[inline]
    pub(super) fn container_of(&self, lv: Lv) -> ContainerIx {
        self.routes[self.at(lv)].container()
    }

    /// The index of a map's or counter's operation in the entry log. O(log routes).
    #[inline]
    pub(super) fn entry_of(&self, lv: Lv) -> u32 {
        let route = self.routes[self.at(lv)];
        route.entry + (lv.0 - route.start.0)
    }

    /// The operation of an entry. O(log routes).
    #[inline]
    pub(super) fn lv_of(&self, entry: u32) -> Lv {
        // Of routes with as many entries before them, the last is the one that has any.
        let route = match self.routes.last() {
            Some(last) if last.entry <= entry => *last,
            _ => self.routes[self.routes.partition_point(|route| route.entry <= entry) - 1],
        };
        route.start.plus(entry - route.entry)
    }

    /// The parts of a span, ascending; `end` is where the log ends.
    pub(super) fn stretches(&self, span: LvSpan, end: Lv) -> impl Iterator<Item = Stretch> + '_ {
        let routes = self.routes.get(self.at(span.start)..).unwrap_or(&[]);
        let ends = routes.iter().skip(1).map(|route| route.start).chain([end]);
        routes
            .iter()
            .zip(ends)
            .take_while(move |(route, _)| route.start < span.end)
            .map(move |(route, end)| {
                let start = route.start.max(span.start);
                Stretch {
                    container: route.container(),
                    span: LvSpan::new(start, end.min(span.end)),
                    entry: route.entry + (start.0 - route.start.0),
                }
            })
            .filter(|stretch| !stretch.span.is_empty())
    }

    /// Forgets the routes that start at `end` or later; `dropped` hears of each container, the newest first, and whether
    /// nothing belongs to it any more. The last route that is left may have led beyond `end`.
    pub(super) fn truncate(&mut self, end: Lv, mut dropped: impl FnMut(ContainerIx, bool)) {
        while let Some(last) = self.routes.pop_if(|last| last.start >= end) {
            dropped(last.container(), last.container & FIRST != 0);
        }
        if let Some(last) = self.routes.last() {
            dropped(last.container(), false);
        }
    }

    /// How many entries are before an operation that is next: what the entry log is cut to.
    pub(super) fn entries_before(&self, end: Lv, entries: u32) -> u32 {
        let at = self.routes.partition_point(|route| route.start < end);
        let next = self.routes.get(at).map_or(entries, |route| route.entry);
        match at.checked_sub(1).and_then(|at| self.routes.get(at)) {
            Some(route) => next.min(route.entry + (end.0 - route.start.0)),
            None => 0,
        }
    }
}
