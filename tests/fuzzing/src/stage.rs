//! Plays a program, and checks every step and the end.

use std::collections::BTreeSet;

use syncline::{Change, Doc, Error, VersionVector};

use crate::edit;
use crate::encodings::peer;
use crate::program::{Edit, End, Program, Step};
use crate::promise::{sound, works};
use crate::witness::Reading;

/// Replicas, and the deltas that were made.
pub struct Stage {
    docs: Vec<Doc>,
    deltas: Vec<Vec<u8>>,
}

impl Stage {
    /// Plays a program, checking after every step.
    pub fn play(program: &Program) -> Stage {
        let ids = (1..).take(program.replicas.0);
        let docs = ids.map(|id| Doc::with_peer(peer(id))).collect();
        let mut stage = Stage {
            docs,
            deltas: Vec::new(),
        };
        program.steps.iter().for_each(|step| stage.step(step));
        stage
    }

    fn step(&mut self, step: &Step) {
        let replicas = self.docs.len();
        let replica = |number: u8| usize::from(number) % replicas;
        match step {
            Step::Write { on, edits, end } => write(&mut self.docs[replica(*on)], edits, *end),
            Step::Pull { to, from } => {
                let (to, from) = (replica(*to), replica(*from));
                let delta = self.delta(from, to);
                let change = receive(&mut self.docs[to], &delta);
                assert!(
                    change.waiting().is_empty(),
                    "a pull lacks {:?}",
                    change.waiting()
                );
                let (to, from) = (
                    self.docs[to].version_vector(),
                    self.docs[from].version_vector(),
                );
                assert!(
                    to.includes(&from),
                    "{to:?} does not include {from:?}, pulled just now"
                );
            }
            Step::Send { from, lacking } => {
                let delta = self.delta(replica(*from), replica(*lacking));
                self.deltas.push(delta);
            }
            Step::Deliver { which, to } if !self.deltas.is_empty() => {
                let to = replica(*to);
                let delta = &self.deltas[usize::from(*which) % self.deltas.len()];
                receive(&mut self.docs[to], delta);
            }
            Step::Deliver { .. } => {}
            Step::Reload { on } => {
                let doc = &mut self.docs[replica(*on)];
                let (saved, peer) = (doc.save(), doc.peer());
                let mut loaded = Doc::load(&saved).expect("what was saved");
                Reading::of(doc).expect(&loaded, "loading");
                assert!(
                    loaded.save() == saved,
                    "saved again, a loaded document is other bytes"
                );
                loaded.set_peer(peer.expect("it was given one"));
                sound(&loaded);
                *doc = loaded;
            }
        }
    }

    fn delta(&mut self, from: usize, to: usize) -> Vec<u8> {
        let known = self.docs[to].version_vector();
        self.docs[from].delta_since(&known)
    }

    /// Everyone receives everything: all show the same document, and so does whoever comes to it in another way.
    pub fn converge(mut self) {
        for to in 1..self.docs.len() {
            self.step(&Step::Pull {
                to: 0,
                from: to as u8,
            });
        }
        for to in 1..self.docs.len() {
            self.step(&Step::Pull {
                to: to as u8,
                from: 0,
            });
        }
        let reading = Reading::of(&self.docs[0]);
        let all = self.docs[0].delta_since(&VersionVector::new());
        for doc in &mut self.docs {
            reading.expect(doc, "everyone received everything");
            for delta in self.deltas.iter().chain([&all]) {
                let change = receive(doc, delta);
                assert!(
                    change.applied() == 0 && change.is_empty(),
                    "what was known is applied: {change:?}"
                );
            }
        }
        let mut late = Doc::with_peer(peer(100));
        for delta in self.deltas.iter().rev().chain([&all]) {
            receive(&mut late, delta);
        }
        reading.expect(&late, "everything came, the last first");
        works(&mut late);
    }

    /// Encodings that the replicas would send or keep: what each lacks of another, and each one saved.
    pub fn encodings(&mut self) -> Vec<Vec<u8>> {
        let mut found: BTreeSet<Vec<u8>> = self.docs.iter().map(Doc::save).collect();
        for from in 0..self.docs.len() {
            found.insert(self.docs[from].delta_since(&VersionVector::new()));
            for to in 0..self.docs.len() {
                found.insert(self.delta(from, to));
            }
        }
        found.extend(std::mem::take(&mut self.deltas));
        found.into_iter().collect()
    }

    /// The replicas.
    pub fn into_docs(self) -> Vec<Doc> {
        self.docs
    }
}

fn write(doc: &mut Doc, edits: &[Edit], end: End) {
    let (saved, before) = (doc.save(), Reading::of(doc));
    let written = doc.transact(|tx| {
        for edit in edits {
            match edit::make(tx, edit) {
                Err(error @ Error::WrongKind { .. }) if end == End::Strict => return Err(error),
                Ok(()) | Err(Error::WrongKind { .. }) => {}
                Err(error) => panic!("{edit:?} is refused: {error}"),
            }
        }
        if end == End::Refuse {
            Err(Error::aborted("as asked"))
        } else {
            Ok(())
        }
    });
    sound(doc);
    match written {
        Ok(change) => before.changed(&change, doc),
        Err(error) => {
            assert!(
                doc.save() == saved,
                "a transaction taken back left something: {error}"
            );
            before.expect(doc, "a transaction taken back");
        }
    }
}

fn receive(doc: &mut Doc, delta: &[u8]) -> Change {
    let before = Reading::of(doc);
    let change = doc
        .merge(delta)
        .unwrap_or_else(|error| panic!("a delta is refused: {error}"));
    assert!(
        change.rejected().is_empty(),
        "what waited is refused: {change:?}"
    );
    sound(doc);
    before.changed(&change, doc);
    change
}
