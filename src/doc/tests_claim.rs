//! Snapshots that show something else than their history comes to.

use super::Doc;
use super::load::only_frame;
use crate::codec::{Blind, Body, Level, read_snapshot, write_snapshot};
use crate::error::Error;
use crate::id::Peer;
use crate::state::order;
use crate::value;

fn wrote(write: impl FnOnce(&mut crate::Transaction<'_>) -> Result<(), Error>) -> Doc {
    let mut doc = Doc::with_peer(Peer::new(7).expect("not zero"));
    doc.transact(write).expect("it fits");
    doc
}

/// A snapshot with the history of one document and the state of another, which has as many of everything.
fn lying(history: &Doc, state: &Doc) -> Vec<u8> {
    let order = order(&history.log).expect("it replays");
    let mut chains = history.chains.clone();
    let waiting = std::iter::empty();
    write_snapshot(
        &history.log,
        &state.state,
        order,
        &mut chains,
        waiting,
        Level::Fast,
    )
}

/// It opens as it says, does not get its history, is as before, and is rebuilt where it is merged.
fn is_found_out(history: &Doc, state: &Doc, shown: &serde_json::Value) {
    let bytes = lying(history, state);
    let mut doc = Doc::load(&bytes).expect("a snapshot");
    assert_eq!(&doc.to_json(), shown, "as it says");
    assert!(matches!(doc.read_history(), Err(Error::Decode(_))));
    assert!(matches!(doc.verify(), Err(Error::Decode(_))));
    let more = wrote(|tx| tx.counter("other").add(1)).save();
    assert!(matches!(doc.merge(&more), Err(Error::Decode(_))));
    assert_eq!(&doc.to_json(), shown, "as before");
    // What is written into it all the same is kept.
    doc.transact(|tx| tx.text("own").insert(0, "kept"))
        .expect("it fits");
    let kept = Doc::load(&doc.save()).expect("a file");
    assert_eq!(kept.to_json(), doc.to_json());
    let mut rebuilt = Doc::new();
    rebuilt.merge(&bytes).expect("its history is whole");
    assert_eq!(rebuilt.to_json(), history.to_json());
}

#[test]
fn another_sum() {
    let [one, two] = [1, 2].map(|by| wrote(|tx| tx.counter("votes").add(by)));
    is_found_out(&one, &two, &value!({"votes": 2}).to_json());
}

#[test]
fn another_winner() {
    let write = |tx: &mut crate::Transaction<'_>, last: [i64; 2]| {
        last.into_iter()
            .try_for_each(|value| tx.map("meta").set("title", value))
    };
    let doc = wrote(|tx| write(tx, [1, 2]));
    let mut early = wrote(|tx| tx.map("meta").set("title", 1));
    // A log that goes on without its state.
    early.log = doc.log.clone();
    is_found_out(&doc, &early, &value!({"meta": {"title": 1}}).to_json());
}

#[test]
fn other_elements() {
    let both = |tx: &mut crate::Transaction<'_>| {
        tx.list("todo").push("one")?;
        tx.list("todo").push("two")
    };
    let doc = wrote(both);
    let one = wrote(|tx| tx.list("todo").push("one"));
    is_found_out(&doc, &one, &value!({"todo": ["one"]}).to_json());
}

#[test]
fn another_chain() {
    let honest = wrote(|tx| tx.text("body").insert(0, "same length"));
    assert_eq!(honest.verify(), Ok(()));
    let mut bytes = honest.save_with(&crate::SaveOptions::new().level(Level::None));
    let at = bytes.windows(4).position(|part| part == b"same");
    let at = at.expect("text stands as it is");
    bytes[at..at + 4].copy_from_slice(b"Same");
    let frame = crate::codec::frame(crate::codec::FORMAT_SNAPSHOT, &bytes[body_of(&bytes)..]);
    let doc = Doc::load(&frame).expect("a snapshot");
    assert_eq!(doc.text("body").to_string(), "Same length");
    assert!(matches!(doc.verify(), Err(Error::Decode(_))));
}

/// Where the body of a short frame starts.
fn body_of(frame: &[u8]) -> usize {
    let mut reader = crate::column::Reader::new(&frame[1..], 1);
    reader.unsigned().expect("a length");
    reader.offset() + 4
}

#[test]
fn less_text() {
    let [long, short] = ["four", "two"].map(|text| wrote(|tx| tx.text("body").insert(0, text)));
    let mut doc = Doc::load(&lying(&long, &short)).expect("a snapshot");
    assert_eq!(doc.text("body").to_string(), "two");
    assert!(matches!(doc.read_history(), Err(Error::Decode(_))));
    assert!(Doc::new().merge(&lying(&long, &short)).is_err());
}

/// A lie about any part of what is shown, in the snapshot of a document that shows some of everything.
#[test]
fn every_part_of_a_claim_counts() {
    let mut doc = wrote(|tx| {
        tx.list("todo").push("one")?;
        tx.list("todo").push("two")?;
        tx.map("meta").set("title", "Notes")?;
        tx.counter("votes").add(1)
    });
    let mut other = Doc::with_peer(Peer::new(8).expect("not zero"));
    other
        .transact(|tx| tx.map("meta").set("title", "Diary"))
        .expect("it fits");
    doc.merge(&other.save()).expect("no conflict");
    let bytes = doc.save();
    let is_believed = |lie: &dyn Fn(&mut Blind<'_>)| {
        let frame = only_frame(&bytes).expect("a frame");
        let snapshot = read_snapshot(&frame, doc.limits()).expect("a snapshot");
        let (whole, mut blind) = Doc::with_history(snapshot, doc.limits().clone()).expect("sound");
        lie(&mut blind);
        whole.is_shown_by(&blind)
    };
    assert!(is_believed(&|_| {}));
    assert!(!is_believed(&|blind| blind.sketch.ends.lamport += 1));
    assert!(!is_believed(&|blind| drop(blind.sketch.ends.heads.pop())));
    assert!(!is_believed(&|blind| blind.sketch.counts[0] -= 1));
    for item in 0..4 {
        assert!(!is_believed(&|blind| blind.sketch.items[item].lamport += 1));
        assert!(!is_believed(&|blind| blind.sketch.items[item].seq += 1));
    }
    assert!(!is_believed(&|blind| blind.sketch.items.swap(0, 1)));
    for body in 0..3 {
        assert!(!is_believed(
            &|blind| match &mut blind.sketch.bodies[body] {
                Body::Counter(sum) => *sum += 1,
                Body::List(_, to) => *to -= 1,
                Body::Map(keys) => drop(keys.pop()),
                other => panic!("{other:?}"),
            }
        ));
        assert!(!is_believed(&|blind| {
            blind.sketch.bodies[body] = Body::Away;
        }));
    }
}
