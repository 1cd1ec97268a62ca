//! Replicas without the history of documents: all but the first, which all are joined to, let it go up to what the first
//! has on its disk.

use syncline::sync::{Event, key_of};
use syncline::{Doc, VersionVector};

use crate::file::File;
use crate::network::{BASE, OPEN};
use crate::world::World;

/// What is said of a base: one is wanted. The next, 1: one without history can be had.
const WANTED: u8 = 0;

impl World<'_> {
    /// What the first replica has of a document, whatever fails.
    pub(crate) fn kept(&self, document: usize) -> VersionVector {
        let file = self.replicas[0].files.get(&document);
        file.map(File::kept).unwrap_or_default()
    }

    /// Whether the ends of an edge may both be without history that the other needs.
    fn may_be_stuck(&self, edge: usize) -> bool {
        self.plan.drops_history && !self.plan.edges[edge].contains(&0)
    }

    /// Notes who begins with which document, asks for a base, or offers one without history.
    pub(crate) fn note_base(&mut self, edge: usize, from: usize, message: &[u8]) {
        let Some(link) = &mut self.edges[edge].link else {
            return;
        };
        match message {
            [OPEN, rest @ ..] => {
                let key = rest.first_chunk().map(|key| u64::from_le_bytes(*key));
                let is_this = |name: &String| self.plan.is_single || Some(key_of(name)) == key;
                let document = self.names.iter().position(is_this);
                link.begun[from].push(document.unwrap_or(usize::MAX));
            }
            // The document's number, and what is said.
            [BASE, number @ 0..=250, says @ 0..=1, ..] => {
                let Some(&document) = link.begun[from].get(usize::from(*number)) else {
                    return;
                };
                if *says == WANTED {
                    link.wanted[from].insert(document);
                    return;
                }
                let offers = &self.replicas[link.ends[from]].store;
                let name = self.names.get(document);
                let cut = name.and_then(|name| offers.get(name)).map(Doc::cut);
                link.offered[from].insert(document, cut.unwrap_or_default());
            }
            _ => {}
        }
    }

    /// One side has no history of what the other needs.
    pub(crate) fn lacks_history(
        &mut self,
        edge: usize,
        end: usize,
        event: &Event,
    ) -> Result<(), String> {
        let Some(link) = &mut self.edges[edge].link else {
            return Ok(());
        };
        let (replica, is_suspect) = (link.ends[end], link.is_suspect);
        match event {
            Event::Replaced {
                document,
                has_history,
            } => {
                let document = self.number(document)?;
                let how = if *has_history { "with" } else { "without" };
                self.note(format_args!(
                    "replica {replica} has document {document} anew, {how} its history"
                ));
                if let Some(link) = &mut self.edges[edge].link {
                    link.offered
                        .iter_mut()
                        .for_each(|offered| drop(offered.remove(&document)));
                }
                return self.changed(replica, document);
            }
            _ if is_suspect => {}
            _ if !self.may_be_stuck(edge) => {
                return Err(format!(
                    "replica {replica} lacks history, which edge {edge} has: {event:?}"
                ));
            }
            Event::Behind { document, .. } => {
                self.is_behind(edge, end, self.number(document)?)?;
                match self.is_calm || self.random.happens(5_000) {
                    true => self.accept(edge, end, document),
                    false => self.wait_for_history(edge, replica),
                }
            }
            _ => self.wait_for_history(edge, replica),
        }
        Ok(())
    }

    /// Who is told to be behind a document's cut lacked some of what lies before that when they met, or asked for a base.
    fn is_behind(&self, edge: usize, end: usize, document: usize) -> Result<(), String> {
        let Some(link) = &self.edges[edge].link else {
            return Ok(());
        };
        let had = &link.began[end][document];
        match link.offered[1 - end].get(&document) {
            Some(_) if link.wanted[end].contains(&document) => Ok(()),
            // It has come by its history while the offer was about to be sent.
            Some(cut) if cut.iter().next().is_none() => Ok(()),
            Some(cut) if !had.includes(cut) => Ok(()),
            cut => Err(format!(
                "replica {} is told that it is behind document {document}: it had {had:?}, the cut is {cut:?}",
                link.ends[end]
            )),
        }
    }

    fn accept(&mut self, edge: usize, end: usize, name: &str) {
        if let Some(link) = &mut self.edges[edge].link {
            link.sessions[end].accept([name]);
            let replica = link.ends[end];
            self.note(format_args!("replica {replica} does without the history"));
        }
    }

    fn wait_for_history(&mut self, edge: usize, replica: usize) {
        self.note(format_args!(
            "replica {replica} waits for history from elsewhere"
        ));
        if let Some(link) = &mut self.edges[edge].link {
            link.is_partial = true;
        }
    }
}
