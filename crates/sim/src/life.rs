//! Replicas crash and restart, leave and come back; the network parts and heals.

use crate::replica::State;
use crate::world::{Due, World};

impl World<'_> {
    /// A replica loses what it did not save, and perhaps the end of what it saved last.
    pub(crate) fn crash(&mut self, replica: usize) {
        if self.replicas[replica].state == State::Down {
            return;
        }
        self.fault(format_args!("replica {replica} crashes"));
        self.cut_all(replica, true);
        self.replicas[replica].crash(self.plan.is_single, &self.names);
        let mut torn = Vec::new();
        for (&document, file) in &mut self.replicas[replica].files {
            if self.random.happens(self.plan.rates.tear) && file.tear(&mut self.random) {
                torn.push(document);
            }
        }
        for document in torn {
            self.fault(format_args!(
                "its file of document {document} has a torn end"
            ));
        }
        self.soon(3, Due::Restart { replica });
    }

    /// A replica comes back with what it saved.
    pub(crate) fn restart(&mut self, replica: usize) -> Result<(), String> {
        if self.replicas[replica].state != State::Down {
            return Ok(());
        }
        let is_old = self.is_handed_an_old_file();
        if is_old {
            for file in self.replicas[replica].files.values_mut() {
                file.roll_back();
            }
        }
        let has_same_peer = is_old && (self.config.forks || self.config.planted.is_some());
        let lost = self.replicas[replica].restart(&self.names, has_same_peer)?;
        self.again += lost * (self.edges_of[replica].len() as u64).saturating_sub(1);
        self.outcome.crashes += 1;
        let files: Vec<usize> = self.replicas[replica].files.keys().copied().collect();
        let as_whom = if has_same_peer {
            "under the peer ids that it had"
        } else {
            "as new peers"
        };
        self.note(format_args!(
            "replica {replica} restarts {as_whom} with documents {files:?}"
        ));
        if has_same_peer && !self.is_calm {
            // Who heard first of what it had written would go on from there.
            self.replicas[replica].state = State::Away;
            self.soon(4, Due::Return { replica });
        }
        self.meet_all(replica);
        if self.plan.writes(replica) {
            self.write_later(replica);
        }
        Ok(())
    }

    /// A replica goes offline, sometimes for long, and writes on.
    pub(crate) fn leave(&mut self, replica: usize) {
        if self.replicas[replica].state != State::Here {
            return;
        }
        self.fault(format_args!("replica {replica} goes offline"));
        self.replicas[replica].state = State::Away;
        self.cut_all(replica, false);
        match self.random.happens(3_000) {
            true => self.after([1, self.plan.absence], Due::Return { replica }),
            false => self.soon(4, Due::Return { replica }),
        }
    }

    pub(crate) fn come_back(&mut self, replica: usize) {
        if self.replicas[replica].state == State::Away {
            self.replicas[replica].state = State::Here;
            self.note(format_args!("replica {replica} comes back"));
            self.meet_all(replica);
        }
    }

    /// The network falls into two parts.
    pub(crate) fn part(&mut self) {
        if self.sides.is_some() {
            return;
        }
        let sides: Vec<bool> = (0..self.replicas.len())
            .map(|_| self.random.happens(5_000))
            .collect();
        let there = sides.iter().enumerate().filter(|(_, side)| **side);
        let there: Vec<usize> = there.map(|(replica, _)| replica).collect();
        self.fault(format_args!(
            "replicas {there:?} are parted from the others"
        ));
        for edge in 0..self.edges.len() {
            let [one, other] = self.plan.edges[edge];
            if sides[one] != sides[other] {
                self.cut(edge);
            }
        }
        self.sides = Some(sides);
        self.soon(4, Due::Heal);
    }

    pub(crate) fn heal(&mut self) {
        if self.sides.take().is_some() {
            self.note(format_args!("all can be reached again"));
            for replica in 0..self.replicas.len() {
                self.meet_all(replica);
            }
        }
    }
}
