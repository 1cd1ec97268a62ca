//! What Syncline promises of any bytes at all: they are taken, or refused with a typed error and change nothing.

use std::time::{Duration, Instant};

use syncline::{Doc, Error, Kind, VersionVector};

use crate::encodings::peer;
use crate::heap;
use crate::witness::Reading;

/// What refused input may cost, beside eight times its length.
const REFUSAL_BYTES: usize = 1 << 20;

/// When bytes were refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refused {
    /// They were not.
    No,
    /// While they were read.
    Reading,
    /// For what they say: they had been read by then.
    Saying,
}

/// What can be wrong with bytes that is only found when all they hold is kept.
const FOUND_LATE: [&str; 2] = [
    "position out of range",
    "two values that one operation wrote",
];

/// What bytes cost, and whether they were refused.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// Whether nothing of them was used.
    pub refused: Refused,
    /// The most bytes of heap held at once.
    pub peak: usize,
    /// The time until the answer.
    pub time: Duration,
}

/// What a document shows and knows, to be compared quickly.
#[derive(Clone, Debug, PartialEq)]
pub struct Known(VersionVector, String);

impl Known {
    /// Of a document.
    pub fn of(doc: &Doc) -> Known {
        Known(doc.version_vector(), doc.to_json().to_string())
    }
}

fn measured<T>(work: impl FnOnce() -> Result<T, Error>) -> (Result<T, Error>, Cost) {
    let started = Instant::now();
    let (result, peak) = heap::peak(work);
    let refused = match &result {
        Ok(_) => Refused::No,
        Err(Error::Decode(error)) if !FOUND_LATE.contains(&error.what) => Refused::Reading,
        Err(_) => Refused::Saying,
    };
    let cost = Cost {
        refused,
        peak,
        time: started.elapsed(),
    };
    (result, cost)
}

/// Loads bytes; tells what that cost.
pub fn try_load(bytes: &[u8]) -> (Option<Doc>, Cost) {
    let (loaded, cost) = measured(|| Doc::load(bytes));
    match loaded {
        Ok(doc) => {
            sound(&doc);
            (Some(doc), cost)
        }
        Err(error) => {
            named(&error, bytes);
            (None, cost)
        }
    }
}

/// Looks into bytes; tells what that cost.
pub fn try_inspect(bytes: &[u8]) -> Cost {
    let started = Instant::now();
    let (_, peak) = heap::peak(|| syncline::inspect(bytes));
    Cost {
        refused: Refused::No,
        peak,
        time: started.elapsed(),
    }
}

/// Merges bytes into a document that was as `known` says; tells whether they were taken, and what that cost.
pub fn try_merge(doc: &mut Doc, known: &Known, bytes: &[u8]) -> (bool, Cost) {
    let (merged, cost) = measured(|| doc.merge(bytes));
    sound(doc);
    if let Err(error) = &merged {
        named(error, bytes);
        assert!(
            Known::of(doc) == *known,
            "a refused merge changed the document: {error}"
        );
    }
    (merged.is_ok(), cost)
}

/// Merges bytes; checks the promise; tells whether they were taken.
pub fn merge(doc: &mut Doc, bytes: &[u8]) -> bool {
    let (saved, before) = (doc.save(), Reading::of(doc));
    let (merged, peak) = heap::peak(|| doc.merge(bytes));
    sound(doc);
    match merged {
        Ok(change) => {
            before.changed(&change, doc);
            true
        }
        Err(error) => {
            refused(&error, bytes, peak);
            assert!(
                doc.save() == saved,
                "a refused merge changed what is saved: {error}"
            );
            before.expect(doc, "a refused merge");
            false
        }
    }
}

/// Loads bytes; checks the promise; gives the document, if there is one.
pub fn load(bytes: &[u8]) -> Option<Doc> {
    let (loaded, peak) = heap::peak(|| Doc::load(bytes));
    match loaded {
        Ok(doc) => {
            sound(&doc);
            Some(doc)
        }
        Err(error) => {
            refused(&error, bytes, peak);
            None
        }
    }
}

/// A snapshot may be without its history, or show what that does not come to. Then nothing that needs the history can be had,
/// and what is written is kept beside it.
fn is_kept(doc: &mut Doc) {
    doc.set_peer(peer(u64::MAX));
    write(doc);
    let copy = Doc::load(&doc.save())
        .unwrap_or_else(|error| panic!("what was kept does not load: {error}"));
    sound(&copy);
    Reading::of(doc).expect(&copy, "loading what was kept");
}

/// A document that took something in goes on working: it is read, saved, loaded, sent, received and written.
pub fn works(doc: &mut Doc) {
    if doc.read_history().is_err() || !doc.cut().is_empty() {
        return is_kept(doc);
    }
    let reading = Reading::of(doc);
    let saved = doc.save();
    let copy =
        Doc::load(&saved).unwrap_or_else(|error| panic!("what was saved does not load: {error}"));
    sound(&copy);
    reading.expect(&copy, "loading");
    let again = copy.save();
    // What waited may be refused by what has come since: then it is let go.
    let waited = syncline::inspect(&saved)
        .frames
        .iter()
        .any(|frame| !frame.frames.is_empty());
    assert!(
        again == saved || (waited && again.len() < saved.len()),
        "saved again, a loaded document is other bytes"
    );
    let mut other = Doc::with_peer(peer(u64::MAX));
    let delta = doc.delta_since(&VersionVector::new());
    other
        .merge(&delta)
        .unwrap_or_else(|error| panic!("what was sent is refused: {error}"));
    sound(&other);
    reading.expect(&other, "receiving everything");
    doc.set_peer(peer(u64::MAX));
    let before = doc.version_vector();
    write(doc);
    let delta = doc.delta_since(&before);
    other
        .merge(&delta)
        .unwrap_or_else(|error| panic!("what was written is refused: {error}"));
    sound(&other);
    Reading::of(doc).expect(&other, "receiving what was written");
}

/// Writes to every root there is, and to new ones.
fn write(doc: &mut Doc) {
    let kinds = [Kind::Text, Kind::List, Kind::Map, Kind::Counter]
        .map(|kind| (format!("new {kind}"), kind));
    let there: Vec<_> = doc
        .roots()
        .map(|(name, kind)| (name.to_owned(), kind))
        .collect();
    for (name, kind) in there.iter().chain(&kinds) {
        let written = doc.transact(|tx| match kind {
            Kind::Text => tx.text(name).insert(0, "still here"),
            Kind::List => tx.list(name).push(1),
            Kind::Map => tx.map(name).set("title", "still here"),
            _ => tx.counter(name).add(1),
        });
        sound(doc);
        match written {
            Ok(change) => assert_eq!(
                change.applied() % 9,
                1,
                "one operation, or ten characters: {change:?}"
            ),
            Err(Error::Limit { .. }) => {}
            // Two who were apart may have made roots of one name.
            Err(Error::WrongKind { .. })
                if there
                    .iter()
                    .any(|other| other.0 == *name && other.1 != *kind) => {}
            Err(error) => panic!("writing to the {kind} {name:?}: {error}"),
        }
    }
}

/// Checks every internal invariant.
pub fn sound(doc: &Doc) {
    doc.check().unwrap_or_else(|what| panic!("check: {what}"));
}

fn refused(error: &Error, bytes: &[u8], peak: usize) {
    let bound = 8 * bytes.len() + REFUSAL_BYTES;
    assert!(
        peak <= bound,
        "refusing {} bytes took {peak} on the heap: {error}",
        bytes.len()
    );
    named(error, bytes);
}

fn named(error: &Error, bytes: &[u8]) {
    if let Error::Decode(error) = error {
        assert!(
            error.offset <= bytes.len(),
            "{error:?} of {} bytes",
            bytes.len()
        );
    }
    assert!(!error.to_string().is_empty());
}
