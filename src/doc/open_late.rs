//! Containers of a sketch that are told of before what made them: something moved them in front.

use super::Doc;
use super::open::{Opening, nowhere};
use crate::codec::{Body, NameRef};
use crate::error::Error;
use crate::oplog::{MOVED_DEPTH, Name};

/// How often those that wait are looked through. They wait for containers that they stood in first, which are so deep at most:
/// the limit on nesting, and what moves allow beyond.
const ROUNDS: u32 = 2 * MOVED_DEPTH;

impl Opening<'_> {
    /// Whether a container, or one that it is named in, was made by an element of a list that has not been entered yet.
    pub(super) fn has_to_wait(&self, number: u32) -> bool {
        let mut at = number;
        while !self.written.is_empty() && self.known(at).is_none() {
            match self.sketch.tables.containers.get(at as usize) {
                Some(&NameRef::Named(Name::Child { parent, .. })) if parent < at => at = parent,
                Some(&NameRef::Named(Name::Made { by, .. })) => {
                    let author = self.peers.get(by.0 as usize).copied();
                    let maker = author.map(|author| (author, by.1));
                    let is_entered = maker.is_some_and(|maker| self.makers.contains_key(&maker));
                    return !is_entered && self.written.contains(&by);
                }
                _ => return false,
            }
        }
        false
    }

    /// Enters a container with what it shows.
    pub(super) fn take(&mut self, number: u32, body: &Body, doc: &mut Doc) -> Result<(), Error> {
        let container = match body {
            Body::Hidden => None,
            _ => self.container(number, doc)?,
        };
        if let Some(known) = self.containers.get_mut(number as usize) {
            *known = container;
        }
        if matches!(body, Body::Away) {
            self.away.extend(container);
        }
        match container {
            Some(container) => self.fill(container, body, doc),
            None => Ok(()),
        }
    }

    /// Enters those that had to wait, as what they wait for is entered.
    pub(super) fn take_late(
        &mut self,
        mut late: Vec<(u32, &Body)>,
        doc: &mut Doc,
    ) -> Result<(), Error> {
        for _ in 0..ROUNDS {
            let mut later = Vec::new();
            for (number, body) in late {
                match self.has_to_wait(number) {
                    true => later.push((number, body)),
                    false => self.take(number, body, doc)?,
                }
            }
            late = later;
            if late.is_empty() {
                return Ok(());
            }
        }
        Err(nowhere().into())
    }
}
