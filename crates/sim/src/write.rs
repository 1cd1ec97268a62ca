//! Replicas write, and what fails meanwhile.

use syncline::{Error, Peer};

use crate::config::Planted;
use crate::edit::{Edit, Told, keystroke};
use crate::places::{MOVE_MAX, move_one, rule};
use crate::replica::State;
use crate::world::{Due, World};

impl World<'_> {
    pub(crate) fn peer_of(&self, replica: usize, document: usize) -> Peer {
        let name = &self.names[document];
        let document = (!self.plan.is_one_peer).then_some(document);
        let own = &self.replicas[replica];
        let doc = own.store.get(name);
        // Who was split writes under a fresh name.
        let is_split =
            |peer: Peer| doc.is_some_and(|doc| doc.splits().any(|(split, _)| split == peer));
        let peers = (0..).map(|turn| own.peer(self.config.seed, replica, document, turn));
        let mut peers = peers.skip_while(|&peer| is_split(peer));
        peers
            .next()
            .unwrap_or_else(|| own.peer(self.config.seed, replica, document, 0))
    }

    /// A replica makes a transaction; then it may be that something fails.
    pub(crate) fn write(&mut self, replica: usize, restarts: u32) -> Result<(), String> {
        let own = &self.replicas[replica];
        if own.state == State::Down || own.restarts != restarts || self.left == 0 {
            return Ok(());
        }
        let document = self.random.index(self.names.len());
        self.transact(replica, document)?;
        let known = self.replicas[replica].shown[document].clone();
        self.changed(replica, document)?;
        if self.random.happens(self.plan.shows) {
            self.show(replica);
        }
        self.pump(replica)?;
        if !self.is_calm {
            if self.random.happens(self.plan.rates.letter) {
                // What was just written alone, or all.
                let known = if self.random.happens(6_000) {
                    known
                } else {
                    Default::default()
                };
                self.send_letter(replica, document, &known);
            }
            self.fail(replica)?;
        }
        if self.left == 0 {
            self.after([0, 1_000], Due::Calm);
        }
        self.write_later(replica);
        Ok(())
    }

    fn transact(&mut self, replica: usize, document: usize) -> Result<(), String> {
        let peer = self.peer_of(replica, document);
        let doc = self.replicas[replica]
            .store
            .write(&self.names[document], peer);
        let had = doc.operations();
        let (random, left) = (&mut self.random, self.left);
        let mut told = Told::new(self.history.is_on());
        let types = random.happens(self.plan.typing);
        let (moves, rules) = (self.plan.moves, self.plan.rules);
        let crowd = self.plan.crowd;
        let edits = if types {
            1
        } else {
            random.of(&[1, 1, 1, 2, 4])
        };
        let fails = random.happens(500);
        let before = fails.then(|| doc.to_json());
        let done = doc.transact(|tx| {
            for _ in 0..edits {
                let written = (tx.doc().operations() - had) as usize;
                if types {
                    keystroke(tx, random, &mut told)?;
                } else if written + MOVE_MAX <= left && random.happens(moves) {
                    move_one(tx, random, &mut told)?;
                } else if written < left && random.happens(rules) {
                    rule(tx, random, &mut told)?;
                } else if written < left {
                    let mut edit = Edit {
                        crowd,
                        most: left - written,
                        random,
                        told: &mut told,
                    };
                    edit.make(tx)?;
                }
            }
            match fails {
                true => Err(Error::aborted("on purpose")),
                false => Ok(()),
            }
        });
        match done {
            Ok(_) => {}
            Err(Error::Aborted(_)) if before == Some(doc.to_json()) && doc.operations() == had => {
                self.note(format_args!("replica {replica} gives up a transaction"));
                return Ok(());
            }
            Err(error) => return Err(format!("replica {replica} cannot write: {error}")),
        }
        let count = doc.operations() - had;
        self.left = self.left.saturating_sub(count as usize);
        self.outcome.operations += u64::from(count);
        *self.written[document].entry(peer).or_default() += count;
        (self.watch)(count as usize);
        self.note(format_args!(
            "replica {replica} writes document {document} as {peer}: {}",
            told.what
        ));
        Ok(())
    }

    /// Lets something fail, if its time has come.
    fn fail(&mut self, replica: usize) -> Result<(), String> {
        let rates = self.plan.rates.clone();
        let others = self.replicas.len();
        if self.random.happens(rates.save) {
            self.save(replica);
        }
        if self.random.happens(rates.cut) {
            let edge = self.random.index(self.edges.len());
            if self.edges.get(edge).is_some_and(|edge| edge.link.is_some()) {
                self.fault(format_args!("the link of edge {edge} breaks"));
                self.cut(edge);
            }
        }
        if self.random.happens(rates.close) {
            let edge = self.random.index(self.edges.len());
            self.close(edge, replica)?;
        }
        if self.random.happens(rates.crash) {
            let replica = self.random.index(others);
            self.crash(replica);
        }
        if self.random.happens(rates.leave) {
            let replica = self.random.index(others);
            self.leave(replica);
        }
        if self.random.happens(rates.part) {
            self.part();
        }
        Ok(())
    }

    /// Saves some of the documents.
    fn save(&mut self, replica: usize) {
        let anew = self.random.happens(2_000);
        let mut has_dropped = false;
        let drops = self.plan.drops_history && replica > 0 && self.random.happens(5_000);
        for document in 0..self.names.len() {
            if self.random.happens(7_000) {
                let name = &self.names[document];
                let kept = self.kept(document);
                let is_shallow = drops && kept.iter().next().is_some();
                has_dropped |= is_shallow;
                let own = &mut self.replicas[replica];
                let saved = match is_shallow {
                    true => own.save_without_history(document, name, kept),
                    false => own.save(document, name, anew),
                };
                let how = if is_shallow { ", without history" } else { "" };
                if let Some(len) = saved {
                    self.note(format_args!(
                        "replica {replica} saves document {document}{how}: {len} bytes"
                    ));
                }
            }
        }
        if has_dropped && self.random.happens(5_000) {
            self.crash(replica);
        }
    }

    /// Whether a replica that restarts is handed an older file.
    pub(crate) fn is_handed_an_old_file(&mut self) -> bool {
        match self.config.planted {
            Some(Planted::OldFile) => true,
            _ => self.config.forks && self.random.happens(8_000),
        }
    }
}
