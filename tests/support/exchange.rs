//! Replicas that play a scenario's steps among themselves, without the model.

use std::collections::BTreeMap;

use syncline::Doc;

use super::engine;
use super::scenario::{Scenario, Step};

pub struct Exchange {
    pub docs: Vec<Doc>,
    /// What was sent and did not arrive yet: for whom, and the delta.
    packages: BTreeMap<u64, (usize, Vec<u8>)>,
}

impl Exchange {
    pub fn new(scenario: &Scenario) -> Exchange {
        let ids = (1..).take(scenario.replicas);
        Exchange {
            docs: ids.map(|id| Doc::with_peer(engine::peer(id))).collect(),
            packages: BTreeMap::new(),
        }
    }

    /// Plays one step, gives the replica that wrote, if one did. Failed transactions and reloads are left out.
    pub fn play(&mut self, step: &Step) -> Option<usize> {
        match step {
            Step::Do(on, edits, None) => {
                engine::transact(&mut self.docs[*on], edits).expect("as the model");
                return Some(*on);
            }
            Step::Pull(to, from) => self.pull(*to, *from),
            Step::Sync(one, other) => {
                self.pull(*one, *other);
                self.pull(*other, *one);
            }
            Step::Send(parcel) => {
                let delta = self.lacked(parcel.lacks(), parcel.from);
                self.packages.insert(parcel.id, (parcel.to, delta));
            }
            Step::Deliver(id) => {
                let (to, delta) = &self.packages[id];
                self.docs[*to].merge(delta).expect("a delta");
            }
            Step::Do(..) | Step::Reload(_) => {}
        }
        None
    }

    /// Brings everything to everybody, also what waited for others.
    pub fn settle(&mut self) {
        for _ in 0..2 {
            for to in 0..self.docs.len() {
                for from in 0..self.docs.len() {
                    self.pull(to, from);
                }
            }
        }
    }

    fn pull(&mut self, to: usize, from: usize) {
        let delta = self.lacked(to, from);
        self.docs[to].merge(&delta).expect("a delta");
    }

    /// What `from` has and `by` lacks.
    fn lacked(&mut self, by: usize, from: usize) -> Vec<u8> {
        let has = self.docs[by].version_vector();
        self.docs[from].delta_since(&has)
    }
}
