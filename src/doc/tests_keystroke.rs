//! A keystroke's short way does, and says, what the long way does.

use super::{Change, Doc};
use crate::codec::{read_delta, read_frame};
use crate::column::Reader;
use crate::error::Error;
use crate::id::{Peer, VersionVector};
use crate::limits::Limits;

fn replica(id: u64) -> Doc {
    Doc::with_peer(Peer::new(id).expect("not zero"))
}

fn typed(doc: &mut Doc, at: usize, text: &str) -> Vec<u8> {
    let before = doc.version_vector();
    doc.transact(|tx| tx.text("body").insert(at, text))
        .expect("it fits");
    doc.delta_since(&before)
}

fn deleted(doc: &mut Doc, at: usize) -> Vec<u8> {
    let before = doc.version_vector();
    doc.transact(|tx| tx.text("body").delete(at..at + 1))
        .expect("it fits");
    doc.delta_since(&before)
}

/// Merges a delta the short way, if it goes that way.
fn shortly(doc: &mut Doc, delta: &[u8]) -> Result<Option<Change>, Error> {
    let frame = read_frame(&mut Reader::new(delta, 0)).expect("a frame");
    let batch = read_delta(&frame, &Limits::default(), &doc.log, &mut doc.chains)?;
    doc.merge_keystroke(&batch)
}

/// Merges a delta the long way.
fn at_length(doc: &mut Doc, delta: &[u8]) -> Change {
    let frame = read_frame(&mut Reader::new(delta, 0)).expect("a frame");
    let batch = read_delta(&frame, &Limits::default(), &doc.log, &mut doc.chains);
    doc.merge_delta(&frame, batch.expect("a delta"))
        .expect("merges")
}

fn merged_shortly(doc: &mut Doc, delta: &[u8]) -> Result<bool, Error> {
    Ok(shortly(doc, delta)?.is_some())
}

/// Everything that a merge could change.
fn whole(doc: &Doc) -> (String, VersionVector, Vec<u8>) {
    doc.check().expect("the invariants");
    (
        doc.text("body").to_string(),
        doc.version_vector(),
        doc.save(),
    )
}

/// Two people type at once; both hold `ab`, and a reader that has merged one keystroke of each.
fn two_and_a_reader() -> (Doc, Doc, Doc) {
    let (mut ada, mut grace, mut reader) = (replica(1), replica(2), replica(3));
    let start = typed(&mut ada, 0, "ab");
    grace.merge(&start).expect("merges");
    reader.merge(&start).expect("merges");
    for delta in [typed(&mut ada, 1, "A"), typed(&mut grace, 1, "G")] {
        reader.merge(&delta).expect("merges");
    }
    (ada, grace, reader)
}

#[test]
fn what_follows_everything_and_what_does_not_go_the_short_way() {
    let (mut ada, mut grace, mut reader) = two_and_a_reader();
    for delta in [
        typed(&mut ada, 2, "é"),
        typed(&mut grace, 2, "!"),
        deleted(&mut ada, 0),
        deleted(&mut grace, 3),
    ] {
        assert_eq!(merged_shortly(&mut reader, &delta), Ok(true));
        reader.check().expect("the invariants");
    }
    assert_eq!(reader.text("body").to_string(), "AéG!");
    ada.merge(&grace.delta_since(&VersionVector::new()))
        .expect("merges");
    let (first, next) = (typed(&mut reader, 0, "x"), typed(&mut reader, 1, "y"));
    assert_eq!(merged_shortly(&mut ada, &first), Ok(false), "a new peer");
    ada.merge(&first).expect("merges");
    assert_eq!(merged_shortly(&mut ada, &next), Ok(true));
    assert_eq!(ada.text("body").to_string(), "xyAéG!");
}

#[test]
fn a_character_deleted_twice_is_no_change() {
    let (mut ada, mut grace, mut reader) = two_and_a_reader();
    let (once, again) = (deleted(&mut ada, 0), deleted(&mut grace, 0));
    assert!(!reader.merge(&once).expect("merges").is_empty());
    let change = reader.merge(&again).expect("merges");
    assert!(change.is_empty());
    assert_eq!(change.applied(), 1);
    assert_eq!(reader.text("body").to_string(), "AGb");
}

#[test]
fn what_is_known_or_misses_something_goes_the_long_way() {
    let (mut ada, _, mut reader) = two_and_a_reader();
    let (first, second) = (typed(&mut ada, 0, "1"), typed(&mut ada, 1, "2"));
    assert_eq!(merged_shortly(&mut reader, &second), Ok(false));
    assert_eq!(reader.merge(&second).expect("waits").waiting().len(), 1);
    assert_eq!(reader.merge(&first).expect("merges").applied(), 2);
    let before = whole(&reader);
    assert_eq!(merged_shortly(&mut reader, &second), Ok(false));
    assert_eq!(reader.merge(&second).expect("known").applied(), 0);
    assert!(whole(&reader) == before);
}

#[test]
fn a_keystroke_on_another_history_is_a_fork() {
    let (mut ada, _, mut reader) = two_and_a_reader();
    let mut copy = Doc::load(&ada.save()).expect("what it saved");
    copy.set_peer(Peer::new(1).expect("not zero"));
    reader.merge(&typed(&mut ada, 0, "1")).expect("merges");
    typed(&mut copy, 0, "2");
    let delta = typed(&mut copy, 1, "3");
    let before = whole(&reader);
    assert!(matches!(
        merged_shortly(&mut reader, &delta),
        Err(Error::Forked { peer, .. }) if peer.get() == 1
    ));
    assert!(whole(&reader) == before);
}

/// A keystroke beyond the end of what its author saw, which nobody can make.
fn beyond_the_end(doc: &mut Doc, pos: u32) -> Vec<u8> {
    let before = doc.version_vector();
    let at = doc.author().expect("it wrote");
    let text = doc.root("body", crate::oplog::Kind::Text).expect("a text");
    let lv = doc.log.push_newest(1, at);
    let sequence = doc.log.sequence_mut(text).expect("a text");
    sequence.push_text(lv, pos, "x", 1, false, false);
    doc.delta_since(&before)
}

#[test]
fn a_keystroke_beyond_the_end_is_refused() {
    // Of two people, and after they have met.
    for meet in [false, true] {
        let (mut ada, grace, mut reader) = two_and_a_reader();
        let mut len = 3;
        if meet {
            ada.merge(&{ grace }.delta_since(&VersionVector::new()))
                .expect("merges");
            len = 4;
        }
        let mut good = Doc::load(&ada.save()).expect("what it saved");
        good.set_peer(Peer::new(9).expect("not zero"));
        let before = whole(&reader);
        let delta = beyond_the_end(&mut ada, len + 1);
        assert_eq!(merged_shortly(&mut reader, &delta), Ok(false));
        assert!(matches!(reader.merge(&delta), Err(Error::Invalid { .. })));
        assert!(whole(&reader) == before);
        reader
            .merge(&typed(&mut good, len as usize, "x"))
            .expect("merges");
        assert!(reader.text("body").to_string().ends_with('x'));
    }
}

#[test]
fn a_keystroke_that_does_not_fit_is_refused() {
    let (mut ada, mut grace, mut reader) = two_and_a_reader();
    reader.set_limits(Limits {
        content_bytes: 5,
        ..Limits::default()
    });
    reader.merge(&typed(&mut ada, 0, "1")).expect("merges");
    let before = whole(&reader);
    for delta in [typed(&mut ada, 0, "2"), typed(&mut grace, 0, "2")] {
        assert_eq!(merged_shortly(&mut reader, &delta), Ok(false));
        assert!(matches!(
            reader.merge(&delta),
            Err(Error::Limit {
                what: "content_bytes",
                ..
            })
        ));
        assert!(whole(&reader) == before);
    }
    let delta = deleted(&mut grace, 0);
    assert_eq!(reader.merge(&delta).expect("waits").applied(), 0);
}

/// A repeatable sequence of numbers.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(self.0 >> 33).expect("31 bits") % bound
    }
}

#[test]
fn both_ways_lead_to_the_same() {
    let mut short = 0;
    for seed in 0..60 {
        let mut dice = Dice(seed);
        let mut writers: Vec<Doc> = (1..4).map(replica).collect();
        let (mut reader, mut slow) = (replica(8), replica(9));
        for _ in 0..120 {
            let who = dice.below(3);
            if dice.below(6) == 0 {
                let from = (who + 1 + dice.below(2)) % 3;
                let known = writers[who].version_vector();
                let delta = writers[from].delta_since(&known);
                writers[who].merge(&delta).expect("merges");
            }
            let writer = &mut writers[who];
            let len = writer.text("body").len();
            let delta = if len > 0 && dice.below(4) == 0 {
                deleted(writer, dice.below(len))
            } else {
                let text = ["a", "é", "🙂", "ab"][dice.below(4)];
                // Often at the end, as one types.
                let at = [dice.below(len + 1), len][dice.below(2)];
                typed(writer, at, text)
            };
            let expected = at_length(&mut slow, &delta);
            let change = match shortly(&mut reader, &delta).expect("no fork") {
                Some(change) => {
                    short += 1;
                    change
                }
                None => reader.merge(&delta).expect("merges"),
            };
            assert_eq!(
                format!("{change:?}"),
                format!("{expected:?}"),
                "seed {seed}"
            );
            reader.check().expect("the invariants");
        }
        assert!(whole(&reader) == whole(&slow), "seed {seed}");
    }
    assert!(short > 4_000, "the short way was taken {short} times only");
}
