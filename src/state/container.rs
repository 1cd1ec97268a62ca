//! The state of every container.

use super::list::ListState;
use super::register::Registers;
use super::text::Rope;
use crate::oplog::{ContainerIx, Kind, OpLog};

/// What one container holds. A map's keys stand in [`Registers`].
#[derive(Clone, Debug)]
pub(crate) enum Body {
    Text(Box<Rope>),
    List(Box<ListState>),
    Map,
    Counter(Box<i128>),
}

/// The state of the document.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    bodies: Vec<Body>,
    pub(crate) registers: Registers,
}

impl State {
    /// Adds empty bodies for the containers that the log has and the state has not.
    #[inline]
    pub(crate) fn grow(&mut self, log: &OpLog) {
        while self.bodies.len() < log.containers.len() {
            let ix = ContainerIx(u32::try_from(self.bodies.len()).unwrap_or(u32::MAX));
            self.bodies.push(match log.containers.kind(ix) {
                Kind::Text => Body::Text(Box::default()),
                Kind::List => Body::List(Box::new(ListState::new())),
                Kind::Map => Body::Map,
                Kind::Counter => Body::Counter(Box::default()),
            });
        }
    }

    /// Drops the bodies of containers that the log no longer has.
    pub(crate) fn shrink(&mut self, log: &OpLog) {
        self.bodies.truncate(log.containers.len());
    }

    pub(crate) fn text(&self, ix: ContainerIx) -> Option<&Rope> {
        match self.bodies.get(ix.at()) {
            Some(Body::Text(rope)) => Some(rope),
            _ => None,
        }
    }

    #[inline]
    pub(crate) fn text_mut(&mut self, ix: ContainerIx) -> Option<&mut Rope> {
        match self.bodies.get_mut(ix.at()) {
            Some(Body::Text(rope)) => Some(rope),
            _ => None,
        }
    }

    pub(crate) fn list(&self, ix: ContainerIx) -> Option<&ListState> {
        match self.bodies.get(ix.at()) {
            Some(Body::List(list)) => Some(list),
            _ => None,
        }
    }

    pub(crate) fn list_mut(&mut self, ix: ContainerIx) -> Option<&mut ListState> {
        match self.bodies.get_mut(ix.at()) {
            Some(Body::List(list)) => Some(list),
            _ => None,
        }
    }

    pub(crate) fn counter(&self, ix: ContainerIx) -> i128 {
        match self.bodies.get(ix.at()) {
            Some(Body::Counter(sum)) => **sum,
            _ => 0,
        }
    }

    pub(crate) fn add(&mut self, ix: ContainerIx, by: i128) {
        if let Some(Body::Counter(sum)) = self.bodies.get_mut(ix.at()) {
            **sum += by;
        }
    }

    /// Elements of a sequence; 0 for one that is not there yet.
    pub(crate) fn sequence_len(&self, ix: ContainerIx) -> u32 {
        match self.bodies.get(ix.at()) {
            Some(Body::Text(rope)) => rope.len().chars,
            Some(Body::List(list)) => list.len(),
            _ => 0,
        }
    }

    pub(crate) fn check(&self) -> Result<(), String> {
        for body in &self.bodies {
            match body {
                Body::Text(rope) => rope.check()?,
                Body::List(list) => list.check()?,
                Body::Map | Body::Counter(_) => {}
            }
        }
        self.registers.check()
    }
}
