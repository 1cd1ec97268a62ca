//! Snapshots without history that no replica writes.

use std::collections::BTreeMap;

use super::Doc;
use super::path::Found;
use crate::codec::{Level, write_shallow};
use crate::error::Error;
use crate::id::{LvSpan, Peer};
use crate::limits::Limits;
use crate::oplog::{
    Cell, ContainerIx, Effect, Ground, GroundEnd, Kind, MOVED_DEPTH, Name, OpenChain,
};
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

/// What is moved where, and whether it is gone where it stood.
type Lie = fn(&Doc) -> Vec<(ContainerIx, ContainerIx, bool)>;

/// Whether a lie could be so, and what comes of the snapshot that tells it.
struct Lied {
    can_be: bool,
    loaded: Result<Doc, Error>,
}

/// A document of the maps `a` and `b` in the root map `m`, and some with numbers, and what a snapshot tells of it after a lie: entries of maps, each by
/// which a container stands.
fn moved(lie: Lie) -> Lied {
    let mut doc = Doc::with_peer(Peer::new(1).expect("not zero"));
    let written = doc.transact(|tx| {
        tx.map("m").map("a")?.set("x", 1)?;
        tx.map("m").map("b")?.set("x", 1)?;
        (0..=MOVED_DEPTH).try_for_each(|at| tx.map("m").map(&at.to_string())?.set("x", 1))
    });
    written.expect("it fits");
    let key = doc.log.keys.intern("in");
    let mut entries = Vec::new();
    for (container, to, is_moved) in lie(&doc) {
        let (lv, joined) = doc.begin(1).expect("room");
        let cell = Cell::Moved(container);
        let entry = doc.log.push_entry(lv, to, Some(key), cell, joined);
        doc.state
            .overwrite(&doc.log.entries, (to, key), Some(entry));
        // Where it stood it is gone, unless it is told twice.
        if is_moved && let Some(slot) = doc.log.first_slot(container) {
            doc.state.overwrite(&doc.log.entries, slot, None);
        }
        entries.push(entry);
    }
    let can_be = doc.log.stand_from_the_start(&entries);
    doc.open.start = doc.log.end();
    let bytes = write_shallow(
        &doc.log,
        &doc.state,
        &mut Chains::default(),
        std::iter::empty(),
        Level::None,
    );
    let loaded = Doc::load(&bytes);
    Lied { can_be, loaded }
}

/// The containers `m`, `a` and `b`.
fn three(doc: &Doc) -> [ContainerIx; 3] {
    let [m, a, b] = ["m", "m/a", "m/b"].map(|path| match doc.find(path) {
        Some(Found::Container(container)) => container,
        _ => panic!("{path} is there"),
    });
    [m, a, b]
}

/// So many of the maps with numbers, each moved into the one before.
fn chain(doc: &Doc, len: u32) -> Vec<(ContainerIx, ContainerIx, bool)> {
    let map = |at: u32| match doc.find(&format!("m/{at}")) {
        Some(Found::Container(container)) => container,
        _ => panic!("{at} is there"),
    };
    (1..len).map(|at| (map(at), map(at - 1), true)).collect()
}

#[test]
fn lies_about_where_containers_stand_are_refused() {
    // The first stands in the root map, the last one in 128 containers.
    let deep = moved(|doc| chain(doc, MOVED_DEPTH));
    let deep = deep.loaded.expect("nothing is wrong with it");
    deep.check().expect("sound");
    let honest = moved(|doc| {
        let [_, a, b] = three(doc);
        vec![(a, b, true)]
    });
    let honest = honest.loaded.expect("nothing is wrong with it");
    honest.check().expect("sound");
    assert_eq!(honest.get("m/b/in/x"), Some(1.into()));
    let lies: [(&str, Lie); 3] = [
        ("too deep", |doc| chain(doc, MOVED_DEPTH + 1)),
        ("in two places", |doc| {
            let [_, a, b] = three(doc);
            vec![(a, b, false)]
        }),
        ("a root", |doc| {
            let [m, a, _] = three(doc);
            vec![(m, a, true)]
        }),
    ];
    for (what, lie) in lies {
        let loaded = moved(lie).loaded.map(|doc| doc.to_json());
        assert!(
            matches!(loaded, Err(Error::Decode(_))),
            "{what}: {loaded:?}"
        );
    }
    // What stands within itself no snapshot of ours tells: there is no way to it from a root.
    let circles: [Lie; 2] = [
        |doc| {
            let [_, a, b] = three(doc);
            vec![(a, b, true), (b, a, true)]
        },
        |doc| {
            let [_, a, _] = three(doc);
            vec![(a, a, true)]
        },
    ];
    for told in circles.map(moved) {
        assert!(!told.can_be);
        let hidden = told.loaded.expect("it does not show them");
        hidden.check().expect("sound");
    }
}

/// A search for where it stands would not have come to an end.
#[test]
fn a_container_that_was_moved_to_two_places_is_refused() {
    let told = moved(|doc| {
        let [m, a, b] = three(doc);
        vec![(a, b, true), (a, m, false)]
    });
    assert!(!told.can_be);
    let loaded = told.loaded.map(|doc| doc.to_json());
    assert!(matches!(loaded, Err(Error::Decode(_))), "{loaded:?}");
}
