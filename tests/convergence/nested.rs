//! Random moves of maps into each other by replicas that are apart for long: of single ones, so that most moves meet others, and of
//! chains, so that what they put together is too deep.
//!
//! - What a replica shows is what the model shows for the operations that the replica knows; also after it is loaded.
//! - In the end all agree, and each one's history comes to what it shows.

use proptest::prelude::*;
use serde_json::{Value as Json, json};
use support::engine;
use support::model::{Known, Model};
use support::programs;
use support::reading::{Kind, Reading, Roots};
use support::scenario::{Act, Edit, Part};
use syncline::Doc;

const CHAINS: [&str; 7] = ["a", "b", "c", "d", "e", "f", "g"];
/// Maps of a chain.
const CHAIN: usize = 28;
/// What a writer is held to.
const NESTING: usize = 64;

#[derive(Clone, Debug)]
enum Choice {
    /// On a replica, one of the chains goes to one of the maps, both by their remainder.
    Move(usize, usize, usize),
    /// Takes one's own last move back.
    Restore(usize),
    Pull(usize, usize),
    Reload(usize),
}

fn choice() -> impl Strategy<Value = Choice> {
    let any = || 0..10_000usize;
    prop_oneof![
        12 => (any(), any(), any()).prop_map(|(on, from, to)| Choice::Move(on, from, to)),
        2 => any().prop_map(Choice::Restore),
        5 => (any(), any()).prop_map(|(to, from)| Choice::Pull(to, from)),
        1 => any().prop_map(Choice::Reload),
    ]
}

/// A map that is shown: the way to it, and how many levels of containers are in it.
struct Place {
    parts: Vec<Part>,
    levels: usize,
}

/// Every map within the root, with the levels below it.
fn places(reading: &Reading, parts: &[Part], found: &mut Vec<Place>) -> usize {
    let Reading::Map(entries) = reading else {
        return 0;
    };
    let at = found.len();
    let parts = parts.to_vec();
    found.push(Place {
        parts: parts.clone(),
        levels: 0,
    });
    let mut levels = 0;
    for (key, inner) in entries {
        if inner.kind().is_some() {
            let way: Vec<_> = parts
                .iter()
                .cloned()
                .chain([Part::Key(key.clone())])
                .collect();
            levels = levels.max(1 + places(inner, &way, found));
        }
    }
    found[at].levels = levels;
    levels
}

struct Replica {
    id: u64,
    doc: Doc,
    known: Known,
    /// Its own moves that are not taken back, by number.
    moves: Vec<u32>,
}

struct Apart {
    model: Model,
    replicas: Vec<Replica>,
    /// Maps of a chain.
    chain: usize,
    /// How many keys were moved to: each is another one, so that nothing is overwritten.
    keys: usize,
}

impl Apart {
    /// Replicas that know so many chains of so many maps.
    fn new(replicas: usize, count: usize, chain: usize) -> Apart {
        let mut model = Model::default();
        let mut first = (Doc::with_peer(engine::peer(1)), Known::default());
        let whole = |name: &str| {
            (1..chain).fold(json!({ "name": name }), |inner, _| json!({ "in": inner }))
        };
        let sets = CHAINS
            .iter()
            .take(count)
            .map(|name| edit(&[], Act::Set((*name).to_owned(), whole(name))));
        let sets: Vec<_> = sets.collect();
        model.transact(1, &mut first.1, &sets).expect("fresh maps");
        engine::transact(&mut first.0, &sets).expect("fresh maps");
        let replicas = (1..).take(replicas).map(|id| {
            let mut doc = Doc::load(&first.0.save()).expect("what it saved");
            doc.set_peer(engine::peer(id));
            Replica {
                id,
                doc,
                known: first.1.clone(),
                moves: Vec::new(),
            }
        });
        Apart {
            replicas: replicas.collect(),
            model,
            chain,
            keys: 0,
        }
    }

    fn shown(&self, on: usize) -> Roots {
        self.model.document(&self.replicas[on].known)
    }

    fn choose(&mut self, choice: &Choice) {
        let count = self.replicas.len();
        match *choice {
            Choice::Move(on, from, to) => self.put(on % count, from, to),
            Choice::Restore(on) => {
                let on = on % count;
                let (id, last) = (self.replicas[on].id, self.replicas[on].moves.pop());
                if let Some(seq) = last {
                    self.write(on, Edit::restore(id, seq, 1));
                }
            }
            Choice::Pull(to, from) => self.pull(to % count, from % count),
            Choice::Reload(on) => {
                let replica = &mut self.replicas[on % count];
                replica.doc = Doc::load(&replica.doc.save()).expect("what it saved");
                replica.doc.set_peer(engine::peer(replica.id));
            }
        }
    }

    fn put(&mut self, on: usize, from: usize, to: usize) {
        let mut found = Vec::new();
        let shown = self.shown(on);
        let root = shown.get(&("m".to_owned(), Kind::Map)).expect("the root");
        places(root, &[], &mut found);
        // Whole chains are what is moved: their heads have what is in them as one.
        let heads: Vec<_> = found
            .iter()
            .filter(|place| place.levels + 1 >= self.chain && !place.parts.is_empty())
            .collect();
        let from = heads[from % heads.len()];
        let is_free = |place: &&Place| {
            !place.parts.starts_with(&from.parts) && place.parts.len() + 1 + from.levels <= NESTING
        };
        let free: Vec<_> = found.iter().filter(is_free).collect();
        let Some(to) = free.get(to % free.len().max(1)) else {
            return;
        };
        self.keys += 1;
        let act = Act::MoveTo(
            "m".to_owned(),
            to.parts.clone(),
            Part::Key(format!("to {}", self.keys)),
        );
        let seq = self
            .model
            .versions(&self.replicas[on].known)
            .get(&self.replicas[on].id)
            .copied();
        self.replicas[on].moves.push(seq.unwrap_or(0));
        self.write(on, edit(&from.parts.clone(), act));
    }

    fn write(&mut self, on: usize, edit: Edit) {
        let replica = &mut self.replicas[on];
        let edits = [edit];
        self.model
            .transact(replica.id, &mut replica.known, &edits)
            .expect("it is free");
        let written = engine::transact(&mut replica.doc, &edits);
        written.unwrap_or_else(|error| panic!("{edits:?}: {error}"));
        self.compare(on);
    }

    fn pull(&mut self, to: usize, from: usize) {
        let has = self.replicas[to].doc.version_vector();
        let delta = self.replicas[from].doc.delta_since(&has);
        let known = self.replicas[from].known.clone();
        let replica = &mut self.replicas[to];
        replica
            .doc
            .merge(&delta)
            .expect("what honest replicas wrote");
        replica.known.extend(&known);
        self.compare(to);
    }

    /// All come to know what any does.
    fn meet(&mut self) -> Result<(), TestCaseError> {
        for other in 1..self.replicas.len() {
            self.pull(0, other);
        }
        for other in 1..self.replicas.len() {
            self.pull(other, 0);
        }
        let first = self.replicas[0].doc.to_json();
        for replica in &mut self.replicas {
            prop_assert_eq!(replica.doc.to_json(), first.clone());
            replica
                .doc
                .verify()
                .expect("its history comes to what it shows");
            let loaded = Doc::load(&replica.doc.save()).expect("what it saved");
            prop_assert_eq!(loaded.to_json(), first.clone());
        }
        Ok(())
    }

    fn compare(&self, on: usize) {
        let doc = &self.replicas[on].doc;
        doc.check().expect("sound");
        let json = |roots: &Roots| roots.values().map(Reading::json).collect::<Vec<Json>>();
        assert_eq!(json(&engine::roots(doc)), json(&self.shown(on)));
    }
}

fn edit(parts: &[Part], act: Act) -> Edit {
    Edit {
        kind: Kind::Map,
        root: "m".to_owned(),
        parts: parts.to_vec(),
        act,
    }
}

proptest! {
    #![proptest_config(programs::config(12, 5_000))]

    #[test]
    fn chains_that_are_put_into_chains_stand_alike_everywhere(
        replicas in 3..=6usize,
        choices in proptest::collection::vec(choice(), 1..32),
    ) {
        let mut apart = Apart::new(replicas, CHAINS.len(), CHAIN);
        choices.iter().for_each(|choice| apart.choose(choice));
        apart.meet()?;
    }
}

proptest! {
    #![proptest_config(programs::config(96, 50_000))]

    #[test]
    fn maps_that_are_put_into_maps_stand_alike_everywhere(
        replicas in 2..=4usize,
        count in 2..=4usize,
        choices in proptest::collection::vec(choice(), 1..32),
    ) {
        let mut apart = Apart::new(replicas, count, 1);
        choices.iter().for_each(|choice| apart.choose(choice));
        apart.meet()?;
    }
}
