//! Containers that several people move into each other, each within the limit, and that come to stand deeper than that.
//!
//! - Whatever was moved and made apart merges, in whatever order, and is the same everywhere.
//! - Nothing that was moved stands in more than 128 containers: a move that would put it there is passed over by all, and done
//!   once there is room.
//! - Who is at the limit goes no deeper; what is deep can be written to, saved, loaded, cut and looked back on.

use serde_json::Value as Json;
use support::small::{agree, cut, doc, loaded, send, write};
use syncline::{Doc, Error, Limits, MapMut, OpId, Peer, Transaction, Value};

/// Containers in a chain: two of them are within the limit of 64 by one writer, three are not.
const CHAIN: usize = 30;

/// Maps within each other, and a name in the innermost.
fn chain(name: &str) -> Value {
    chain_of(CHAIN, name)
}

fn chain_of(len: usize, name: &str) -> Value {
    let end = Value::Map([("name".to_owned(), name.into())].into());
    (1..len).fold(end, |inner, _| {
        Value::Map([("in".to_owned(), inner)].into())
    })
}

/// The path of a chain's innermost map, given that of the outermost.
fn end(of: &str) -> String {
    end_of(CHAIN, of)
}

fn end_of(len: usize, of: &str) -> String {
    format!("{of}{}", "/in".repeat(len - 1))
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

#[test]
fn what_is_made_in_what_was_moved_up_merges_from_a_copy_that_knows_not_where_it_was() {
    let mut one = chains(&["a"]);
    let second = format!("{}/more", end("m/a"));
    write(&mut one, |tx| at(tx, &end("m/a"))?.set("more", chain("x")));
    // In 60 containers when it was made, in one now.
    write(&mut one, |tx| tx.move_to(&end(&second), "m/up"));
    write(&mut one, |tx| tx.map("m").remove("a"));
    let mut two = others(&mut one, 1).remove(0);
    // Who knows where it was goes no deeper in it.
    let deeper = one.transact(|tx| tx.map("m").map("up")?.set("more", chain("y")));
    assert!(
        matches!(
            deeper,
            Err(Error::Limit {
                what: "nesting",
                ..
            })
        ),
        "{deeper:?}"
    );
    for (mut copy, key) in [(loaded(&one.save(), 7), "p"), (cut(&one, 8), "q")] {
        write(&mut copy, |tx| tx.map("m").map("up")?.set(key, chain("y")));
        send(&mut copy, &mut one);
    }
    meet(&mut one, &mut two);
    assert_eq!(depth(&two.to_json()), 2 + 1 + CHAIN);
}

/// Of chains so long, the first stands at `m/0` in the root map, behind a single map at `m/s`. Each of as many people puts one
/// of these, from the single map on, into the end of the next. Gives how many are left in the root map.
fn left_of(lens: &[usize]) -> usize {
    let mut base = doc(1);
    write(&mut base, |tx| {
        tx.map("m").set("s", chain_of(1, "s"))?;
        let mut all = lens.iter().enumerate();
        all.try_for_each(|(at, &len)| tx.map("m").set(&at.to_string(), chain_of(len, "c")))
    });
    let writers = u64::try_from(lens.len()).unwrap();
    let mut docs = others(&mut base, writers);
    for (at, doc) in docs.iter_mut().enumerate() {
        let from = match at {
            0 => "m/s".to_owned(),
            at => format!("m/{}", at - 1),
        };
        let to = format!("{}/moved", end_of(lens[at], &format!("m/{at}")));
        write(doc, |tx| tx.move_to(&from, &to));
    }
    for doc in &mut docs {
        send(doc, &mut base);
    }
    base.check().unwrap();
    base.map("m").len()
}

#[test]
fn at_most_128_containers_are_around_what_was_moved() {
    // The root map and 63 + 1 + 63 are 128.
    assert_eq!(left_of(&[63, 1, 63]), 1);
    assert_eq!(left_of(&[63, 1, 62, 1]), 1);
    assert_eq!(left_of(&[63, 1, 62, 2]), 2);
}

/// Whatever a program allows itself: others would pass its move over.
#[test]
fn nobody_moves_anything_into_more_than_128() {
    let mut limits = Limits::default();
    limits.nesting = 1000;
    let mut one = Doc::with_limits(limits);
    one.set_peer(Peer::new(1).unwrap());
    write(&mut one, |tx| {
        tx.map("m").set("deep", chain_of(127, "d"))?;
        tx.map("m").set("last", chain_of(1, "l"))?;
        tx.map("m").set("two", chain_of(2, "t"))
    });
    // In the root map and 127 others; what is within it was moved itself.
    let to = format!("{}/moved", end_of(127, "m/deep"));
    write(&mut one, |tx| tx.move_to("m/two/in", "m/last/in"));
    let refused = one.transact(|tx| tx.move_to("m/last", &to));
    assert!(
        matches!(
            refused,
            Err(Error::Limit {
                what: "nesting",
                limit: 128,
                found: 129
            })
        ),
        "{refused:?}"
    );
    write(&mut one, |tx| tx.move_to("m/last/in", "m/two/in"));
    write(&mut one, |tx| tx.move_to("m/last", &to));
    assert_eq!(one.get(&format!("{to}/name")), Some("l".into()));
    one.check().unwrap();
}

#[test]
fn what_was_moved_and_taken_back_no_longer_counts() {
    // What stood 60 deep is moved up and back again: it is there as what nobody moved is.
    let mut base = doc(1);
    write(&mut base, |tx| {
        tx.map("m").set("s", chain_of(60, "s"))?;
        tx.map("m").set("0", chain_of(4, "c"))?;
        tx.map("m").set("1", chain_of(60, "c"))?;
        tx.map("m").set("2", chain_of(4, "c"))?;
        tx.map("m").set("3", chain_of(2, "c"))
    });
    let change = base.transact(|tx| tx.move_to(&end_of(60, "m/s"), "m/up"));
    let id = OpId {
        peer: Peer::new(1).unwrap(),
        seq: base.operations() - change.unwrap().applied(),
    };
    write(&mut base, |tx| tx.restore(id, 1).map(drop));
    let mut docs = others(&mut base, 4);
    for (doc, (from, to, len)) in docs.iter_mut().zip([
        ("m/s", "m/0", 4),
        ("m/0", "m/1", 60),
        ("m/1", "m/2", 4),
        ("m/2", "m/3", 2),
    ]) {
        let to = format!("{}/moved", end_of(len, to));
        write(doc, |tx| tx.move_to(from, &to));
    }
    for doc in &mut docs {
        send(doc, &mut base);
    }
    base.check().unwrap();
    // Its head stands 71 deep, and what is innermost 130: had that still counted as moved, the last move would not be done.
    assert_eq!(base.map("m").len(), 1);
}
