//! Replicas that are copied, write, meet and are loaded again, at random: all end alike, and nobody's work is lost.

use proptest::collection::vec;
use proptest::prelude::*;
use support::engine::{self, peer};
use support::forks::{meet, same, settle};
use support::scenario::{Edit, Step};
use support::{plan, programs};
use syncline::{Doc, SaveOptions};

/// One step of a random program.
#[derive(Clone, Debug)]
enum Turn {
    /// A transaction, after a mark that no other has.
    Write(usize, Vec<Edit>),
    /// Somebody copies a replica, and goes on under its id, or under one of his own.
    Copy(usize, bool),
    Meet(usize, usize),
    Reload(usize),
}

fn turns() -> impl Strategy<Value = Vec<Turn>> {
    let edits = programs::program(10).prop_map(|(_, choices)| {
        let steps = plan::scenario(1, &choices).steps;
        let done = steps.into_iter().filter_map(|step| match step {
            Step::Do(_, edits, None) => Some(edits),
            _ => None,
        });
        done.flatten().collect::<Vec<_>>()
    });
    let any = 0..1000usize;
    let turn = prop_oneof![
        8 => (any.clone(), edits).prop_map(|(on, edits)| Turn::Write(on, edits)),
        2 => (any.clone(), prop::bool::weighted(0.7)).prop_map(|(of, same)| Turn::Copy(of, same)),
        3 => (any.clone(), any.clone()).prop_map(|(one, other)| Turn::Meet(one, other)),
        1 => any.prop_map(Turn::Reload),
    ];
    vec(turn, 4..24)
}

/// Replicas that are copied, write and meet.
struct Replicas {
    docs: Vec<Doc>,
    /// How many operations were made, and transactions.
    made: u32,
    marks: u32,
    ids: u64,
}

impl Replicas {
    fn play(&mut self, turn: &Turn) {
        let count = self.docs.len();
        match turn {
            Turn::Write(on, edits) => self.write(on % count, edits),
            Turn::Copy(of, same) if count < 5 => {
                let of = &self.docs[of % count];
                let mut copy = Doc::load(&of.save()).expect("what it saved");
                self.ids += 1;
                let own = of.peer().filter(|_| *same);
                copy.set_peer(own.unwrap_or(peer(self.ids)));
                self.docs.push(copy);
            }
            Turn::Meet(one, other) => {
                let (one, other) = (one % count, other % count);
                if let Ok([one, other]) = self.docs.get_disjoint_mut([one, other]) {
                    meet(one, other);
                }
            }
            Turn::Reload(on) => {
                let doc = &mut self.docs[on % count];
                let own = doc.peer();
                *doc = Doc::load(&doc.save()).expect("what it saved");
                own.into_iter().for_each(|own| doc.set_peer(own));
            }
            Turn::Copy(..) => {}
        }
    }

    fn write(&mut self, on: usize, edits: &[Edit]) {
        let doc = &mut self.docs[on];
        if doc.peer().is_none() {
            // So that a failure can be repeated.
            self.ids += 1;
            doc.set_peer(peer(self.ids));
        }
        self.marks += 1;
        let mark = char::from_u32(0x4e00 + self.marks)
            .expect("a letter")
            .to_string();
        let made = doc
            .transact(|tx| tx.text("marks").push(&mark))
            .expect("it fits");
        self.made += made.applied();
        for edit in edits {
            // Drafted on an empty document: what does not fit this one is left out.
            if let Ok(change) = engine::transact(doc, std::slice::from_ref(edit)) {
                self.made += change.applied();
            }
        }
    }
}

proptest! {
    #![proptest_config(programs::config(48, 5_000))]

    #[test]
    fn copies_that_meet_anyhow_end_alike(turns in turns()) {
        let mut replicas = Replicas {
            docs: vec![Doc::with_peer(peer(1)), Doc::with_peer(peer(2))],
            made: 0,
            marks: 0,
            ids: 10,
        };
        for turn in &turns {
            replicas.play(turn);
        }
        settle(&mut replicas.docs);
        for doc in &replicas.docs {
            same(doc, &replicas.docs[0]);
            assert_eq!(doc.operations(), replicas.made, "operations are lost, or known twice");
            assert_eq!(engine::conflicts(doc), engine::conflicts(&replicas.docs[0]));
            let shallow = doc.save_with(&SaveOptions::new().shallow());
            let shallow = Doc::load(&shallow).expect("what it saved");
            assert_eq!(shallow.to_json(), doc.to_json());
            assert!(shallow.splits().eq(doc.splits()));
        }
    }
}
