//! The state of every container.

use std::collections::BTreeMap;

use super::list::ListState;
use super::map::MapState;
use super::marks::TextMarks;
use super::register::Slot;
use super::text::Rope;
use crate::column::grow;
use crate::oplog::{ContainerIx, EntryLog, Kind, OpLog};

const KIND_SHIFT: u32 = 30;

/// Of one container, its kind and where its body stands among those of its kind; 4 bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Body(u32);

impl Body {
    /// Bodies are fewer than operations, which are fewer than 2^30.
    #[allow(clippy::cast_possible_truncation)]
    fn new(kind: Kind, at: usize) -> Body {
        Body(u32::from(kind.code()) << KIND_SHIFT | at as u32)
    }

    /// Where it stands, if it is a text; else beyond all of them, since theirs is the kind 0.
    #[inline]
    fn text(self) -> usize {
        self.0 as usize
    }

    /// Where it stands, if it is of that kind.
    #[inline]
    fn at(self, kind: Kind) -> Option<usize> {
        let at = self.0 ^ u32::from(kind.code()) << KIND_SHIFT;
        (at >> KIND_SHIFT == 0).then_some(at as usize)
    }

    #[inline]
    pub(super) fn map(self) -> Option<usize> {
        self.at(Kind::Map)
    }
}

/// The state of the document.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    bodies: Vec<Body>,
    texts: Vec<Rope>,
    lists: Vec<ListState>,
    pub(super) maps: Vec<MapState>,
    counters: Vec<i128>,
    /// Of every map's keys, the sets that lost to the winner without being overwritten, best first.
    pub(super) rivals: BTreeMap<Slot, Vec<u32>>,
    /// Of texts that have any.
    pub(super) marks: BTreeMap<ContainerIx, TextMarks>,
}

impl State {
    /// Adds empty bodies for the containers that the log has and the state has not.
    #[inline]
    pub(crate) fn grow(&mut self, log: &OpLog) {
        while self.bodies.len() < log.containers.len() {
            self.add(log);
        }
    }

    fn add(&mut self, log: &OpLog) {
        let ix = ContainerIx(u32::try_from(self.bodies.len()).unwrap_or(u32::MAX));
        let kind = log.containers.kind(ix);
        let at = match kind {
            Kind::Text => add(&mut self.texts, Rope::new()),
            Kind::List => add(&mut self.lists, ListState::new()),
            Kind::Map => add(&mut self.maps, MapState::default()),
            Kind::Counter => add(&mut self.counters, 0),
        };
        grow::push(&mut self.bodies, Body::new(kind, at));
    }

    /// Drops the bodies of containers that the log no longer has.
    pub(crate) fn shrink(&mut self, log: &OpLog) {
        while self.bodies.len() > log.containers.len()
            && let Some(body) = self.bodies.pop()
        {
            // The newest body of its kind.
            for kind in Kind::ALL {
                match body.at(kind).map(|_| kind) {
                    Some(Kind::Text) => drop(self.texts.pop()),
                    Some(Kind::List) => drop(self.lists.pop()),
                    Some(Kind::Map) => drop(self.maps.pop()),
                    Some(Kind::Counter) => drop(self.counters.pop()),
                    None => {}
                }
            }
        }
        self.forget_marks(log);
    }

    #[inline]
    pub(super) fn body(&self, ix: ContainerIx) -> Option<Body> {
        self.bodies.get(ix.at()).copied()
    }

    #[inline]
    pub(crate) fn text(&self, ix: ContainerIx) -> Option<&Rope> {
        self.texts.get(self.body(ix)?.text())
    }

    #[inline]
    pub(crate) fn text_mut(&mut self, ix: ContainerIx) -> Option<&mut Rope> {
        let at = self.body(ix)?.text();
        self.texts.get_mut(at)
    }

    #[inline]
    pub(crate) fn list(&self, ix: ContainerIx) -> Option<&ListState> {
        self.lists.get(self.body(ix)?.at(Kind::List)?)
    }

    #[inline]
    pub(crate) fn list_mut(&mut self, ix: ContainerIx) -> Option<&mut ListState> {
        let at = self.body(ix)?.at(Kind::List)?;
        self.lists.get_mut(at)
    }

    fn counter_at(&self, ix: ContainerIx) -> Option<usize> {
        self.body(ix)?.at(Kind::Counter)
    }

    pub(crate) fn counter(&self, ix: ContainerIx) -> i128 {
        let sum = self.counter_at(ix).and_then(|at| self.counters.get(at));
        sum.copied().unwrap_or(0)
    }

    pub(crate) fn add_to(&mut self, ix: ContainerIx, by: i128) {
        let at = self.counter_at(ix);
        if let Some(sum) = at.and_then(|at| self.counters.get_mut(at)) {
            *sum += by;
        }
    }

    /// Elements of a sequence, also those that do not show; 0 for one that is not there yet.
    pub(crate) fn sequence_len(&self, ix: ContainerIx) -> u32 {
        match (self.text(ix), self.list(ix)) {
            (Some(rope), _) => rope.len().chars,
            (_, Some(list)) => list.len_of_all(),
            _ => 0,
        }
    }

    pub(crate) fn check(&self, log: &EntryLog) -> Result<(), String> {
        self.texts.iter().try_for_each(Rope::check)?;
        self.lists.iter().try_for_each(ListState::check)?;
        self.check_marks()?;
        self.check_registers(log)
    }
}

/// Appends a body; returns where it stands.
fn add<T>(bodies: &mut Vec<T>, body: T) -> usize {
    grow::push(bodies, body);
    bodies.len() - 1
}
