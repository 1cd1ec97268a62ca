//! Bytes that nobody wrote.
//!
//! - Truncated, flipped, overwritten, spliced and random bytes are an error, for `merge` and for
//!   `load`; the document is as it was, and goes on working; nothing panics.
//! - What is refused names an offset inside the bytes.
//!
//! Checksums are left wrong here, as accidents leave them.

use proptest::prelude::*;
use support::engine::{self, peer};
use support::scenario::Step;
use support::{plan, programs};
use syncline::{Doc, Error, Level, OpId, Transaction, VersionVector, value};

fn write(doc: &mut Doc, work: impl FnOnce(&mut Transaction<'_>) -> Result<(), Error>) {
    doc.transact(work).expect("it fits");
}

/// A document with something of everything in it: concurrency, conflicts, deletions, nesting.
fn full() -> Doc {
    let [mut doc, mut other] = [1, 2].map(|id| Doc::with_peer(peer(id)));
    for (doc, word) in [(&mut doc, "Hello wörld 🙂"), (&mut other, "and others")] {
        write(doc, |tx| {
            tx.text("body").push(word)?;
            tx.list("todo")
                .push(value!({"done": false, "tags": ["a", 1.5, null]}))?;
            tx.map("meta").set("title", word)?;
            tx.map("meta").text("notes")?.push(word)?;
            tx.map("meta").set("raw", vec![0u8, 1, 255])?;
            tx.counter("votes").add(-3)
        });
        write(doc, |tx| {
            tx.text("body").delete(1..4)?;
            tx.list("todo").set(0, "replaced")?;
            tx.map("meta").remove("raw")
        });
    }
    doc.merge(&other.delta_since(&VersionVector::new()))
        .expect("a delta");
    write(&mut doc, |tx| tx.text("body").insert(3, "again"));
    write(&mut doc, |tx| {
        tx.map("meta").map("inner")?.set("x", 1)?;
        tx.move_to("meta/notes", "meta/inner/notes")
    });
    doc
}

/// What `full` is given as a delta by somebody who knows it, and wrote on.
fn more() -> Vec<u8> {
    let mut other = Doc::load(&full().save()).expect("what it saved");
    other.set_peer(peer(9));
    let before = other.version_vector();
    write(&mut other, |tx| {
        tx.text("body").push(" more")?;
        tx.list("todo").insert(0, 7)?;
        tx.map("meta").set("title", "New")
    });
    other.delta_since(&before)
}

/// Bytes that `merge` takes, and bytes that `load` takes.
fn encodings() -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let mut full = full();
    let mut keystroke = Doc::with_peer(peer(6));
    write(&mut keystroke, |tx| tx.text("body").push("x"));
    let mut waiting = Doc::with_peer(peer(4));
    waiting.merge(&more()).expect("it waits");
    let all = VersionVector::new();
    let deltas = vec![
        Doc::with_peer(peer(1)).delta_since(&all),
        keystroke.delta_since(&all),
        full.delta_since(&all),
        more(),
    ];
    let saved = [&Doc::with_peer(peer(1)), &keystroke, &full, &waiting].map(Doc::save);
    (deltas, saved.to_vec())
}

/// What is compared after each refusal: all but what waits.
type Whole = (serde_json::Value, VersionVector, Vec<OpId>, Vec<u8>);

fn whole(doc: &mut Doc) -> Whole {
    (
        doc.to_json(),
        doc.version_vector(),
        doc.frontier().iter().collect(),
        doc.delta_since_with(&VersionVector::new(), Level::None),
    )
}

/// Bytes that are not an encoding: refused by `load` and by `merge`, which change nothing.
struct Victims(Vec<(Doc, Whole, Vec<u8>)>);

impl Victims {
    fn new() -> Victims {
        let docs = [Doc::with_peer(peer(5)), full()];
        Victims(
            docs.into_iter()
                .map(|doc| {
                    let mut victim = Doc::load(&doc.save()).expect("saved");
                    victim.read_history().expect("saved");
                    let whole = whole(&mut victim);
                    (victim, whole, doc.save())
                })
                .collect(),
        )
    }

    fn refuse(&mut self, bytes: &[u8], what: &str) {
        refused(Doc::load(bytes), bytes, what);
        for (doc, before, _) in &mut self.0 {
            refused(doc.merge(bytes), bytes, what);
            assert!(whole(doc) == *before, "{what} changed the document");
        }
    }
}

impl Drop for Victims {
    /// After all that, they are saved as before, and still work.
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        for (doc, _, saved) in &mut self.0 {
            assert!(doc.save() == *saved, "something changed what is saved");
            doc.check().expect("the invariants");
            doc.set_peer(peer(77));
            write(doc, |tx| tx.text("body").push("still here"));
            assert!(doc.text("body").to_string().ends_with("still here"));
        }
    }
}

/// Whether bytes are whole encodings, one behind another.
fn is_file(bytes: &[u8], encodings: &[Vec<u8>]) -> bool {
    let rest = |one: &Vec<u8>| bytes.strip_prefix(&one[..]);
    bytes.is_empty()
        || encodings
            .iter()
            .filter_map(rest)
            .any(|rest| is_file(rest, encodings))
}

fn refused<T>(result: Result<T, Error>, bytes: &[u8], what: &str) {
    match result {
        Ok(_) => panic!("{what} is taken: {bytes:?}"),
        Err(Error::Decode(error) | Error::Torn { error, .. }) => {
            assert!(
                error.offset <= bytes.len(),
                "{what}: {error:?} of {} bytes",
                bytes.len()
            );
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

fn all_encodings() -> Vec<Vec<u8>> {
    let (deltas, saved) = encodings();
    deltas.into_iter().chain(saved).collect()
}

#[test]
fn encodings_are_taken_as_they_are() {
    let (deltas, saved) = encodings();
    for bytes in deltas {
        for mut doc in [Doc::with_peer(peer(5)), full()] {
            doc.merge(&bytes).expect("a delta");
            doc.check().expect("the invariants");
        }
    }
    for bytes in saved {
        Doc::load(&bytes)
            .expect("what was saved")
            .check()
            .expect("the invariants");
    }
}

#[test]
fn truncated() {
    let mut victims = Victims::new();
    for bytes in all_encodings() {
        for len in 0..bytes.len() {
            victims.refuse(&bytes[..len], &format!("cut at {len}"));
        }
    }
}

#[test]
fn flipped() {
    let mut victims = Victims::new();
    for mut bytes in all_encodings() {
        for bit in 0..bytes.len() * 8 {
            bytes[bit / 8] ^= 1 << (bit % 8);
            victims.refuse(&bytes, &format!("bit {bit} flipped"));
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
    }
}

#[test]
fn longer_than_it_says() {
    let mut victims = Victims::new();
    for bytes in all_encodings() {
        // Whole frames would be pieces appended to it.
        for more in [&[0][..], &[255; 9], &bytes[..bytes.len() - 1]] {
            victims.refuse(&[&bytes, more].concat(), "something behind the end");
        }
    }
}

#[test]
fn lengths_that_lie() {
    let mut victims = Victims::new();
    for bytes in all_encodings() {
        for at in 0..bytes.len() {
            for lie in [&[0xff; 4][..], &[0xff; 9], &[0x80; 10], &[0; 4]] {
                let mut bytes = bytes.clone();
                let end = (at + lie.len()).min(bytes.len());
                if bytes[at..end] != lie[..end - at] {
                    bytes[at..end].copy_from_slice(&lie[..end - at]);
                    victims.refuse(&bytes, &format!("{lie:?} at {at}"));
                }
            }
        }
    }
}

#[test]
fn a_delta_and_a_document_hold_the_same_for_merge_and_for_load() {
    let (deltas, saved) = encodings();
    for bytes in deltas.iter().chain(&saved) {
        // Either may be taken for the other, but then for all that it holds.
        let mut doc = Doc::with_peer(peer(5));
        match (doc.merge(bytes), Doc::load(bytes)) {
            (Ok(_), Ok(loaded)) => assert_eq!(doc.to_json(), loaded.to_json()),
            (Err(_), Ok(_)) => assert_eq!(doc.operations(), 0),
            (Ok(_), Err(_)) => {}
            (Err(error), Err(_)) => panic!("refused by both: {error}"),
        }
    }
}

proptest! {
    #![proptest_config(programs::config(512, 200_000))]

    #[test]
    fn random_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        Victims::new().refuse(&bytes, "random bytes");
    }

    /// The beginning of an encoding, then anything: pieces of others, runs, noise.
    #[test]
    fn spliced(
        which in 0..8usize, other in 0..8usize, at in 0..2000usize, from in 0..2000usize,
        count in 0..40usize, noise in proptest::collection::vec(any::<u8>(), 0..6)
    ) {
        let encodings = all_encodings();
        let (one, other) = (&encodings[which], &encodings[other]);
        let at = at % (one.len() + 1);
        let from = from % (other.len() + 1);
        let piece = &other[from..(from + count).min(other.len())];
        let cut = &one[(at + piece.len()).min(one.len())..];
        let bytes = [&one[..at], piece, &noise, cut].concat();
        if !is_file(&bytes, &encodings) {
            Victims::new().refuse(&bytes, "a splice");
        }
    }

    /// Honest encodings of random documents, one byte changed.
    #[test]
    fn changed_in_one_byte((_, choices) in programs::program(20), at in 0..100_000usize, xor in 1..=255u8) {
        let mut doc = Doc::with_peer(peer(1));
        for step in plan::scenario(1, &choices).steps {
            if let Step::Do(_, edits, None) = step {
                engine::transact(&mut doc, &edits).expect("it fits");
            }
        }
        for mut bytes in [doc.save(), doc.delta_since(&VersionVector::new())] {
            let at = at % bytes.len();
            bytes[at] ^= xor;
            Victims::new().refuse(&bytes, &format!("{xor} over byte {at}"));
        }
    }
}
