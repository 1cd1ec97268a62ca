//! Snapshots without history that no replica writes.

use std::collections::BTreeMap;

use super::Doc;
use crate::codec::{Level, write_shallow};
use crate::error::Error;
use crate::id::{LvSpan, Peer};
use crate::limits::Limits;
use crate::oplog::{Cell, Effect, Ground, GroundEnd, Kind, Name, OpenChain};
use crate::summary::Chains;

/// What a snapshot tells of one peer, and of a list in which it wrote.
#[derive(Clone)]
struct Told<'c> {
    count: u32,
    lamport: u32,
    /// `seq`, Lamport, value.
    items: Vec<(u32, u32, Cell<'c>)>,
    ends: bool,
    goes_on: bool,
    pos: u32,
}

impl Told<'_> {
    fn bytes(&self) -> Vec<u8> {
        let mut doc = Doc::default();
        let (log, state) = (&mut doc.log, &mut doc.state);
        let author = log.peers.intern(Peer::new(1).expect("not zero"));
        log.peers.set_ground(author, self.count);
        let name = log.keys.intern("todo");
        let kind = Kind::List;
        let list = log.container(Name::Root { name, kind });
        log.containers.set_used(list, true);
        state.grow(log);
        let start = log.end();
        let mut cells = Vec::new();
        for (seq, lamport, cell) in &self.items {
            log.push_ground(author, *seq, *lamport);
            cell.write(&mut cells);
        }
        let span = LvSpan::new(start, log.end());
        log.push_values(span, list, 0, &cells, false, false);
        state.grow(log);
        if let Some(shown) = state.list_mut(list) {
            shown.insert(0, start, span.len());
        }
        let open = OpenChain {
            before: [2; 32],
            block: Vec::new(),
            container: None,
            effect: Effect::Insert,
            pos: self.pos,
        };
        let head = GroundEnd {
            author,
            seq: self.count - 1,
            chain: [1; 32],
            open: self.goes_on.then_some(open),
        };
        log.set_ground(Ground {
            heads: self.ends.then_some(head).into_iter().collect(),
            makers: BTreeMap::new(),
            lamport: self.lamport,
            ..Ground::default()
        });
        let chains = &mut Chains::default();
        write_shallow(log, state, chains, std::iter::empty(), Level::None)
    }
}

fn honest() -> Told<'static> {
    Told {
        count: 3,
        lamport: 3,
        items: vec![(0, 1, Cell::Int(1)), (2, 3, Cell::Str("twelve bytes"))],
        ends: true,
        goes_on: true,
        pos: 0,
    }
}

#[test]
fn lies_about_what_is_shown_are_refused() {
    let doc = Doc::load(&honest().bytes()).expect("nothing is wrong with it");
    doc.check().expect("sound");
    assert_eq!(doc.list("todo").len(), 2);
    type Lie = fn(&mut Told<'_>);
    let lies: [(&str, Lie); 11] = [
        ("an operation that is not there", |told| told.items[1].0 = 3),
        ("no Lamport", |told| told.items[0].1 = 0),
        ("a Lamport beyond all", |told| told.items[1].1 = 4),
        ("an operation twice", |told| told.items[1] = told.items[0]),
        ("a value that is none", |told| {
            told.items[0].2 = Cell::Removed
        }),
        ("a value of a map", |told| {
            told.items[0].2 = Cell::Child {
                kind: Kind::Text,
                generation: 0,
            };
        }),
        ("a Lamport beyond operations", |told| told.lamport = 4),
        ("operations beyond all", |told| told.count = 1 << 30),
        ("a place beyond all", |told| told.pos = 1 << 30),
        ("no end", |told| told.ends = false),
        ("an end without its chain", |told| told.goes_on = false),
    ];
    for (what, lie) in lies {
        let mut told = honest();
        lie(&mut told);
        let loaded = Doc::load(&told.bytes()).map(|doc| doc.to_json());
        assert!(
            matches!(loaded, Err(Error::Decode(_))),
            "{what}: {loaded:?}"
        );
    }
}

#[test]
fn values_beyond_what_may_be_inflated_are_refused() {
    let bytes = honest().bytes();
    for (most, fits) in [(11, false), (1000, true)] {
        let limits = Limits {
            inflated_bytes: most,
            ..Limits::default()
        };
        assert_eq!(
            Doc::load_with_limits(&bytes, limits).is_ok(),
            fits,
            "{most}"
        );
    }
}
