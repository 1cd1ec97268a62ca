//! Containers that several people move into each other, each within the limit, and that come to stand deeper than that.
//!
//! - Whatever was moved and made apart merges, in whatever order, and is the same everywhere.
//! - Nothing that was moved stands in more than 128 containers: a move that would put it there is passed over by all, and done
//!   once there is room.
//! - Who is at the limit goes no deeper; what is deep can be written to, saved, loaded, cut and looked back on.

use serde_json::Value as Json;
use support::small::{agree, cut, doc, loaded, send, write};
use syncline::{Doc, Error, MapMut, OpId, Peer, Transaction, Value};

/// Containers in a chain: two of them are within the limit of 64 by one writer, three are not.
const CHAIN: usize = 30;

/// Maps within each other, and a name in the innermost.
fn chain(name: &str) -> Value {
    let end = Value::Map([("name".to_owned(), name.into())].into());
    (1..CHAIN).fold(end, |inner, _| {
        Value::Map([("in".to_owned(), inner)].into())
    })
}

/// The path of a chain's innermost map, given that of the outermost.
fn end(of: &str) -> String {
    format!("{of}{}", "/in".repeat(CHAIN - 1))
}

/// A document with chains of such names in the root map `m`.
fn chains(names: &[&str]) -> Doc {
    let mut doc = doc(1);
    write(&mut doc, |tx| {
        names
            .iter()
            .try_for_each(|name| tx.map("m").set(name, chain(name)))
    });
    doc
}

fn others(of: &mut Doc, count: u64) -> Vec<Doc> {
    let mut other = |peer| {
        let mut other = doc(peer);
        send(of, &mut other);
        other
    };
    (2..2 + count).map(&mut other).collect()
}

/// The map at a path.
fn at<'t>(tx: &'t mut Transaction<'_>, path: &str) -> Result<MapMut<'t>, Error> {
    let (root, way) = path.split_once('/').unwrap();
    way.split('/')
        .try_fold(tx.map(root), |map, key| map.map(key))
}

fn put(doc: &mut Doc, name: &str, into: &str) {
    let to = format!("{}/{name}", end(&format!("m/{into}")));
    write(doc, |tx| tx.move_to(&format!("m/{name}"), &to));
}

fn meet(one: &mut Doc, two: &mut Doc) {
    send(one, two);
    send(two, one);
    agree(one, two);
    one.verify().expect("its history comes to what it shows");
}

/// How many maps stand in each other.
fn depth(json: &Json) -> usize {
    let entries = json.as_object().map(|entries| entries.values().map(depth));
    entries.map_or(0, |depths| 1 + depths.max().unwrap_or(0))
}

#[test]
fn what_two_put_into_each_other_is_deeper_than_either_may() {
    let mut one = chains(&["a", "b", "c"]);
    let mut two = others(&mut one, 1).remove(0);
    put(&mut one, "a", "b");
    put(&mut two, "c", "a");
    meet(&mut one, &mut two);
    // The document and the root map are two of them.
    assert_eq!(depth(&one.to_json()), 2 + 3 * CHAIN);
    let innermost = end(&format!("{}/c", end(&format!("{}/a", end("m/b")))));
    assert_eq!(one.get(&format!("{innermost}/name")), Some("c".into()));
    // One goes on there, but no deeper, and nothing more goes into it.
    write(&mut one, |tx| at(tx, &innermost)?.set("name", "still c"));
    let deeper = one.transact(|tx| at(tx, &innermost)?.set("more", chain("x")));
    assert!(
        matches!(
            deeper,
            Err(Error::Limit {
                what: "nesting",
                limit: 64,
                ..
            })
        ),
        "{deeper:?}"
    );
    meet(&mut one, &mut two);
    let shown = one.to_json();
    for mut copy in [loaded(&one.save(), 7), cut(&one, 8)] {
        assert_eq!(copy.to_json(), shown);
        copy.check().unwrap();
        // It comes up again, from any copy.
        write(&mut copy, |tx| {
            tx.move_to(&format!("{}/a", end("m/b")), "m/a")
        });
        send(&mut copy, &mut one);
        assert_eq!(copy.to_json(), one.to_json());
    }
    one.check().unwrap();
    two.check().unwrap();
}

#[test]
fn a_container_is_made_in_what_another_one_moves_down() {
    let mut one = chains(&["a", "b"]);
    let mut two = others(&mut one, 1).remove(0);
    put(&mut one, "a", "b");
    write(&mut two, |tx| at(tx, &end("m/a"))?.set("more", chain("x")));
    meet(&mut one, &mut two);
    assert_eq!(depth(&two.to_json()), 2 + 3 * CHAIN);
}

/// Each of these puts a chain into the next one, apart: in all 30 · 6 levels.
fn six_apart() -> (Doc, Vec<Doc>) {
    const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];
    let mut base = chains(&NAMES);
    let mut docs = others(&mut base, 5);
    for (doc, names) in docs.iter_mut().zip(NAMES.windows(2)) {
        put(doc, names[0], names[1]);
    }
    (base, docs)
}

#[test]
fn what_would_be_deeper_than_128_is_passed_over_by_all() {
    let (base, mut docs) = six_apart();
    let known = base.version_vector();
    let deltas: Vec<_> = docs.iter_mut().map(|doc| doc.delta_since(&known)).collect();
    let mut shown = Vec::new();
    for order in 0..120 {
        let (mut left, mut number) = (vec![0, 1, 2, 3, 4], order);
        let mut doc = loaded(&base.save(), 9);
        for size in (1..=5).rev() {
            doc.merge(&deltas[left.remove(number % size)]).unwrap();
            number /= size;
            doc.check().unwrap();
        }
        shown.push(doc.to_json());
        if order == 0 {
            doc.verify().unwrap();
        }
    }
    // In the order of (Lamport, peer): the first four put the head of the first chain 31, 61, 91 and 121 deep; the fifth would put
    // it 151 deep.
    assert_eq!(depth(&shown[0]), 2 + 5 * CHAIN);
    assert!(shown.iter().all(|one| *one == shown[0]));
}

#[test]
fn what_was_passed_over_is_done_once_there_is_room() {
    let (mut base, mut docs) = six_apart();
    for doc in &mut docs {
        send(doc, &mut base);
    }
    assert_eq!(base.map("m").len(), 2, "{}", base.to_json());
    // What put the first into the second is taken back.
    let id = OpId {
        peer: Peer::new(2).unwrap(),
        seq: 0,
    };
    write(&mut base, |tx| tx.restore(id, 1).map(drop));
    assert_eq!(depth(&base.to_json()), 2 + 5 * CHAIN);
    assert_eq!(base.map("m").keys(), ["a", "f"]);
    base.check().unwrap();
    let last = docs.last_mut().unwrap();
    meet(&mut base, last);
}
