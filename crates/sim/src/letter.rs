//! Deltas that travel by themselves, outside of sessions: lost, repeated, late, in any order.

use syncline::{Error, VersionVector};

use crate::config::Planted;
use crate::replica::State;
use crate::world::{Due, World};

/// A delta on its way.
pub(crate) struct Letter {
    to: usize,
    document: usize,
    delta: Vec<u8>,
}

impl World<'_> {
    /// Sends what is new in a document since a version to somebody.
    pub(crate) fn send_letter(&mut self, from: usize, document: usize, known: &VersionVector) {
        let to = self.random.index(self.replicas.len());
        let Some(doc) = self.replicas[from].store.get_mut(&self.names[document]) else {
            return;
        };
        // Who is behind what there is history of is sent all.
        let delta = match known.includes(&doc.cut()) {
            true => doc.delta_since(known),
            false => doc.save(),
        };
        self.note(format_args!(
            "replica {from} sends replica {to} a delta of document {document}, {} bytes",
            delta.len()
        ));
        let document = match self.config.planted {
            Some(Planted::WrongDocument) => (document + 1) % self.names.len(),
            _ => document,
        };
        for _ in 0..self.random.between(0, 2) {
            let nth = self.outcome.messages;
            self.outcome.messages += 1;
            self.outcome.bytes += delta.len() as u64;
            let delta = delta.clone();
            self.letters.insert(
                nth,
                Letter {
                    to,
                    document,
                    delta,
                },
            );
            self.soon(4, Due::Letter { nth });
        }
    }

    /// A delta has come.
    pub(crate) fn open_letter(&mut self, nth: u64) -> Result<(), String> {
        let Some(letter) = self.letters.remove(&nth) else {
            return Ok(());
        };
        let Letter {
            to,
            document,
            delta,
        } = letter;
        if self.replicas[to].state == State::Down {
            return Ok(());
        }
        let peer = self.peer_of(to, document);
        let doc = self.replicas[to].store.write(&self.names[document], peer);
        match doc.merge(&delta) {
            Ok(change) => {
                self.note(format_args!(
                    "replica {to} takes the delta into document {document}: {} operations, {} waiting",
                    change.applied(),
                    change.waiting().len()
                ));
                self.rejected(to, document, &change)?;
            }
            Err(Error::Forked { peer, seq }) => {
                self.note(format_args!(
                    "replica {to} finds peer {peer} forked at {seq} in document {document}"
                ));
                self.found_fork(to, document, peer)?;
            }
            Err(Error::NeedsBase { .. }) if self.plan.drops_history => {
                self.note(format_args!("replica {to} lacks history for the delta"));
            }
            Err(error) => return Err(format!("replica {to} refuses a delta: {error}")),
        }
        self.changed(to, document)?;
        self.pump(to)
    }
}
