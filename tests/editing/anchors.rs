//! Anchors, on replicas that edit at random and exchange what they have.
//!
//! - An anchor whose character shows stands beside it: `blame` tells which operation inserted each character.
//! - A replica that was asked all the time, and one that was just loaded, tell the same of every anchor.
//! - Cursors that were told of every change stand where their anchors do.

use proptest::prelude::*;
use support::engine::peer;
use support::programs;
use syncline::{Anchor, Blame, Change, Cursors, Doc, Error, OpId, Side};

#[derive(Clone, Debug)]
enum Act {
    Insert(usize, String),
    Delete(usize, usize),
    Anchor(usize, Side),
    Pull(usize),
}

fn act() -> impl Strategy<Value = Act> {
    let side = prop_oneof![Just(Side::Before), Just(Side::After)];
    prop_oneof![
        5 => (0..1000usize, "[a-z\u{1f600}]{1,4}").prop_map(|(at, text)| Act::Insert(at, text)),
        4 => (0..1000usize, 1..5usize).prop_map(|(at, len)| Act::Delete(at, len)),
        4 => (0..1000usize, side).prop_map(|(at, side)| Act::Anchor(at, side)),
        3 => (0..3usize).prop_map(Act::Pull),
    ]
}

struct Replica {
    doc: Doc,
    cursors: Cursors,
}

impl Replica {
    fn new(id: u64) -> Replica {
        let mut doc = Doc::with_peer(peer(id));
        // A root that all know from the start.
        doc.merge(&begun()).expect("it reads");
        Replica {
            doc,
            cursors: Cursors::new(),
        }
    }

    fn changed(&mut self, change: &Change) {
        self.cursors
            .follow(&mut self.doc, change)
            .expect("they are known");
        self.compare();
    }

    fn compare(&mut self) {
        self.doc.check().expect("it is sound");
        let mut fresh = Doc::load(&self.doc.save()).expect("what it saved");
        // Asked of the other, this one takes in nothing by it.
        let ids = ids(&mut fresh);
        for (anchor, &position) in self.cursors.anchors().iter().zip(self.cursors.positions()) {
            assert_eq!(
                self.doc.resolve(anchor),
                Ok(position),
                "where cursors stand"
            );
            assert_eq!(fresh.resolve(anchor), Ok(position), "a fresh replica");
            if let Some(at) = stands_at(anchor, &ids) {
                assert_eq!(position, at, "{anchor:?} among {ids:?}");
            }
        }
    }
}

fn begun() -> Vec<u8> {
    let mut doc = Doc::with_peer(peer(99));
    doc.transact(|tx| tx.text("body").push("start"))
        .expect("it fits");
    doc.delta_since(&Default::default())
}

/// The operation that inserted each character.
fn ids(doc: &mut Doc) -> Vec<OpId> {
    let Blame::Text(written) = doc.blame("body").expect("a text") else {
        panic!("a text");
    };
    let mut ids = Vec::new();
    for stretch in written {
        let first = stretch.id.expect("its history is here");
        let count = u32::try_from(stretch.len).expect("short");
        ids.extend((first.seq..first.seq + count).map(|seq| OpId { seq, ..first }));
    }
    ids
}

/// Where an anchor stands whose character shows, going by the bytes that name it.
fn stands_at(anchor: &Anchor, ids: &[OpId]) -> Option<usize> {
    let bytes = anchor.to_bytes();
    let after = usize::from(anchor.side() == Side::After);
    if bytes[0] & 2 != 0 {
        return Some(if after == 1 { 0 } else { ids.len() });
    }
    let named = ids.iter().position(|id| {
        let holds = id.peer.get().to_le_bytes() == bytes[1..9];
        holds && (id.seq < 128 && bytes[9..] == [u8::try_from(id.seq).unwrap_or(0)])
    });
    named.map(|at| at + after)
}

proptest! {
    #![proptest_config(programs::config(128, 20_000))]

    #[test]
    fn anchors_stay_with_what_they_hold_to(acts in proptest::collection::vec((0..3usize, act()), 1..50)) {
        let mut replicas = [1, 2, 3].map(Replica::new);
        for (on, act) in acts {
            if let Act::Pull(from) = act {
                let since = replicas[on].doc.version_vector();
                let delta = replicas[from].doc.delta_since(&since);
                let change = replicas[on].doc.merge(&delta).expect("it reads");
                replicas[on].changed(&change);
                continue;
            }
            let replica = &mut replicas[on];
            let len = replica.doc.text("body").len();
            let change = match act {
                Act::Insert(at, text) => replica.doc.transact(|tx| tx.text("body").insert(at % (len + 1), &text)),
                Act::Delete(at, count) if len > 0 => {
                    let from = at % len;
                    replica.doc.transact(|tx| tx.text("body").delete(from..(from + count).min(len)))
                }
                Act::Anchor(at, side) => {
                    replica.cursors.add(&mut replica.doc, "body", at % (len + 1), side).expect("it is within");
                    let anchor = replica.cursors.anchors().last().expect("it was added");
                    let bytes = anchor.to_bytes();
                    prop_assert!(bytes.len() <= 16);
                    prop_assert_eq!(Anchor::from_bytes(&bytes), Ok(*anchor));
                    continue;
                }
                _ => continue,
            };
            replica.changed(&change.expect("it is within"));
        }
    }
}

#[test]
fn an_anchor_to_what_was_typed_since_is_found() {
    let mut doc = Doc::with_peer(peer(1));
    let typed = |doc: &mut Doc, at, text: &str| {
        let change = doc.transact(|tx| tx.text("body").insert(at, text));
        change.expect("it is within");
    };
    typed(&mut doc, 0, "ab");
    let old = doc.anchor("body", 2, Side::After).expect("it is within");
    typed(&mut doc, 1, "x");
    let mut other = Doc::load(&doc.save()).expect("what it saved");
    let new = other.anchor("body", 2, Side::After).expect("it is within");
    // Of what came since this one was asked: the first operation, and then one behind it.
    assert_eq!(doc.resolve(&new), Ok(2));
    typed(&mut doc, 0, "y");
    assert_eq!(doc.resolve(&new), Ok(3));
    assert_eq!(doc.resolve(&old), Ok(4));
}

#[test]
fn an_anchor_follows_a_moved_element() {
    let mut doc = Doc::with_peer(peer(1));
    doc.transact(|tx| tx.list("todo").insert_all(0, (0..5).map(Into::into)))
        .expect("it fits");
    let anchor = doc.anchor("todo", 1, Side::Before).expect("it is within");
    doc.transact(|tx| tx.list("todo").move_to(1, 3))
        .expect("it is within");
    assert_eq!(doc.resolve(&anchor), Ok(3));
    assert_eq!(doc.path_of_anchor(&anchor), Ok(Some("todo".to_owned())));
}

#[test]
fn what_holds_to_nothing_here_is_named() {
    let mut doc = Doc::with_peer(peer(1));
    doc.transact(|tx| tx.text("body").push("Hello"))
        .expect("it fits");
    let mut other = Doc::with_peer(peer(2));
    other
        .transact(|tx| tx.map("meta").set("title", "Notes"))
        .expect("it fits");
    for position in [0, 2, 5] {
        for side in [Side::Before, Side::After] {
            let anchor = doc.anchor("body", position, side).expect("it is within");
            assert_eq!(doc.resolve(&anchor), Ok(position));
            assert_eq!(other.resolve(&anchor), Err(Error::UnknownAnchor));
        }
    }
    let far = doc.anchor("body", 6, Side::After);
    assert!(matches!(
        far,
        Err(Error::OutOfRange {
            position: 6,
            len: 5,
            unit: "chars",
            ..
        })
    ));
    let absent = doc.anchor("notes", 0, Side::After);
    assert!(matches!(absent, Err(Error::NoSuchPath { .. })));
    let map = other.anchor("meta", 0, Side::After);
    assert!(matches!(map, Err(Error::WrongKind { .. })));
    for bytes in [
        &[][..],
        &[0],
        &[9; 10],
        &[2, 0, 0],
        &[0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
    ] {
        let read = Anchor::from_bytes(bytes);
        assert!(matches!(read, Err(Error::Decode(_))), "{bytes:?}: {read:?}");
    }
}

/// The operation of a peer with this number, as an anchor that somebody made up.
fn anchor_to(peer: u64, seq: u8) -> Anchor {
    let bytes = [&[0][..], &peer.to_le_bytes(), &[seq]].concat();
    Anchor::from_bytes(&bytes).expect("it is of the form")
}

#[test]
fn an_anchor_to_what_inserted_nothing_is_unknown() {
    let mut doc = Doc::with_peer(peer(1));
    doc.transact(|tx| {
        for item in [1, 2, 3] {
            tx.list("list").push(item)?;
        }
        tx.list("list").move_to(0, 2)?;
        tx.list("list").set(0, 7)?;
        tx.list("list").delete(0..1)?;
        tx.map("map").set("key", 1)
    })
    .expect("it fits");
    let saved = doc.save();
    // Before the list's history was replayed, after it was, and with something that came since.
    for since in 0..3 {
        for seq in 3..7 {
            let found = doc.resolve(&anchor_to(1, seq));
            assert_eq!(found, Err(Error::UnknownAnchor), "{seq}");
        }
        if since == 0 {
            doc = Doc::load(&saved).expect("it was saved");
            doc.set_peer(peer(2));
        }
        assert_eq!(doc.resolve(&anchor_to(1, 0)), Ok(1));
        doc.transact(|tx| tx.list("list").insert(2, 9))
            .expect("it fits");
    }
}

#[test]
fn anchors_to_text_from_before_a_cut_need_the_history() {
    let mut doc = Doc::with_peer(peer(1));
    doc.transact(|tx| tx.text("body").push("Hello"))
        .expect("it fits");
    let anchor = doc.anchor("body", 2, Side::After).expect("it is within");
    let shallow = doc.save_with(&syncline::SaveOptions::new().shallow());
    let mut opened = Doc::load(&shallow).expect("what it saved");
    assert!(matches!(
        opened.resolve(&anchor),
        Err(Error::NeedsBase { .. })
    ));
    let again = opened.anchor("body", 2, Side::After);
    assert!(matches!(again, Err(Error::NeedsBase { .. })));
    opened
        .transact(|tx| tx.text("body").push(" world"))
        .expect("it fits");
    let new = opened.anchor("body", 7, Side::After).expect("it is new");
    assert_eq!(opened.resolve(&new), Ok(7));
}
