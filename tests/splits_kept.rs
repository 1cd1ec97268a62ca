//! Splits in what is saved and sent.
//!
//! - Splits and segments survive saving: whole, shallow, in pieces, and in files of frames.
//! - Deltas between who has split and who has not: split first, or refused, and nothing is lost.
//! - Segments that are not what splits make of a history are refused, and change nothing.

use support::engine::peer;
use support::forks::{COPIED, copy, meet, original, pull, same, settle, split, write};
use syncline::{Doc, Error, Level, Limits, OpId, SaveOptions, VersionVector, inspect, value};

/// Two copies that differ from operation 8 on; the first one's is the longer history.
fn copies() -> (Doc, Doc) {
    let mut one = original();
    let mut other = copy(&one);
    for (doc, word) in [(&mut one, "1one"), (&mut other, "2")] {
        write(doc, |tx| {
            tx.text("body").insert(0, word)?;
            tx.list("todo").push(value!({ "by": word }))
        });
    }
    (one, other)
}

/// A document that holds both histories, and what somebody wrote after that.
fn both() -> Doc {
    let (mut one, mut other) = copies();
    meet(&mut one, &mut other);
    one.set_peer(peer(50));
    write(&mut one, |tx| tx.list("todo").map(1)?.set("read", true));
    one
}

fn cut_at(doc: &Doc, seq: u32) -> Vec<(syncline::Peer, u32)> {
    let count = doc.version_vector().get(peer(COPIED));
    assert!(seq <= count, "beyond what there is");
    vec![(peer(COPIED), seq)]
}

#[test]
fn a_saved_document_keeps_its_splits() {
    let mut doc = both();
    split(&mut doc, &[(peer(COPIED), 400), (peer(3), 5)]);
    for level in [Level::None, Level::Fast, Level::Compact] {
        let saved = doc.save_with(&SaveOptions::new().level(level));
        assert_eq!(inspect(&saved).first_error(), None);
        let mut again = Doc::load(&saved).expect("what it saved");
        assert!(again.splits().eq(doc.splits()) && again.forks().eq(doc.forks()));
        assert_eq!(again.to_json(), doc.to_json());
        // Before its history is read, and after.
        for _ in 0..2 {
            assert_eq!(again.save_with(&SaveOptions::new().level(level)), saved);
            again.check().expect("the invariants");
            again.verify().expect("what it shows");
            again.read_history().expect("its history");
        }
        again.set_peer(peer(COPIED));
        write(&mut again, |tx| tx.text("body").push("!"));
        assert_ne!(again.peer(), Some(peer(COPIED)));
    }
    let empty = {
        let mut doc = Doc::new();
        split(&mut doc, &[(peer(3), 5)]);
        Doc::load(&doc.save()).expect("what it saved")
    };
    assert_eq!(empty.splits().collect::<Vec<_>>(), [(peer(3), 5)]);
}

#[test]
fn a_shallow_document_keeps_its_splits() {
    let mut doc = both();
    split(&mut doc, &[(peer(3), 5)]);
    let shallow = doc.save_with(&SaveOptions::new().shallow());
    assert_eq!(inspect(&shallow).first_error(), None);
    let mut shallow = Doc::load(&shallow).expect("what it saved");
    assert!(shallow.splits().eq(doc.splits()) && shallow.forks().eq(doc.forks()));
    for doc in [&mut doc, &mut shallow] {
        split(doc, &[(peer(4), 6)]);
    }
    let noted = Doc::load(&shallow.save()).expect("what it saved");
    assert!(noted.splits().eq(doc.splits()));
    shallow.set_peer(peer(51));
    write(&mut shallow, |tx| tx.text("body").push(" from the cut on"));
    doc.merge(&shallow.delta_since(&doc.version_vector()))
        .expect("it follows all");
    assert_eq!(shallow.to_json(), doc.to_json());
    let saved = shallow.save();
    let again = Doc::load(&saved).expect("what it saved");
    assert!(again.splits().eq(doc.splits()));
    assert_eq!(again.save(), saved);
    shallow.verify().expect("what it shows");
    let newer = doc.save_with(&SaveOptions::new().shallow_since(doc.version_vector()));
    assert!(
        Doc::load(&newer)
            .expect("a newer cut")
            .splits()
            .eq(doc.splits())
    );
}

/// Copies of a shallow document go on under the id of one who wrote before the cut.
#[test]
fn a_fork_after_the_cut_of_a_shallow_document() {
    let mut doc = both();
    doc.set_peer(peer(COPIED + 1));
    write(&mut doc, |tx| tx.text("body").push(&"long ".repeat(20)));
    let shallow = doc.save_with(&SaveOptions::new().shallow());
    let count = doc.version_vector().get(peer(COPIED + 1));
    let mut docs = [shallow.clone(), shallow, doc.save()].map(|bytes| {
        let mut doc = Doc::load(&bytes).expect("what it saved");
        doc.set_peer(peer(COPIED + 1));
        doc
    });
    for (doc, word) in docs.iter_mut().zip(["1", "2", "3"]) {
        write(doc, |tx| {
            tx.text("body").insert(0, word)?;
            tx.list("todo").push(value!({ "by": word }))
        });
        write(doc, |tx| tx.text("body").insert(1, " by "));
    }
    let at = [(peer(COPIED + 1), count)];
    for doc in &mut docs {
        split(doc, &at);
    }
    let [one, other, whole] = &mut docs;
    pull(one, other).expect("both");
    pull(other, one).expect("both");
    pull(whole, one).expect("all three");
    pull(one, whole).expect("all three");
    pull(other, whole).expect("all three");
    for shallow in [&*one, &*other] {
        assert_eq!(shallow.to_json(), whole.to_json());
        assert_eq!(shallow.version_vector(), whole.version_vector());
        assert!(shallow.forks().eq(whole.forks()));
        shallow.verify().expect("what it shows");
        let again = Doc::load(&shallow.save()).expect("what it saved");
        assert_eq!(again.to_json(), whole.to_json());
        assert!(again.forks().eq(whole.forks()));
    }
    whole.verify().expect("what its history comes to");
}

#[test]
fn a_fork_before_the_cut_needs_the_history() {
    let (mut one, mut other) = copies();
    let shallow = one.save_with(&SaveOptions::new().shallow());
    let mut shallow = Doc::load(&shallow).expect("what it saved");
    write(&mut shallow, |tx| tx.text("body").push("!"));
    let saved = shallow.save();
    let refused = shallow.split_peer(peer(COPIED), 8);
    assert!(
        matches!(refused, Err(Error::NeedsBase { .. })),
        "{refused:?}"
    );
    split(&mut other, &[(peer(COPIED), 8)]);
    let theirs = other.delta_since(&VersionVector::new());
    let refused = shallow.merge(&theirs);
    assert!(
        matches!(refused, Err(Error::NeedsBase { .. })),
        "{refused:?}"
    );
    assert_eq!(shallow.save(), saved);
    meet(&mut one, &mut other);
}

/// A segment goes on from what lies in a history that has not been read, and directly follows somebody else.
#[test]
fn a_segment_after_a_history_that_is_not_read() {
    let mut one = original();
    let mut other = copy(&one);
    let mut anna = Doc::with_peer(peer(21));
    pull(&mut anna, &mut one).expect("one history");
    write(&mut anna, |tx| tx.text("body").push(" (Anna)"));
    pull(&mut one, &mut anna).expect("one history");
    pull(&mut other, &mut anna).expect("one history");
    split(&mut one, &[(peer(COPIED), 8)]);
    write(&mut other, |tx| tx.text("body").push("!"));
    split(&mut other, &[(peer(COPIED), 8)]);
    let mut opened = Doc::load(&one.save()).expect("what it saved");
    pull(&mut opened, &mut other).expect("both have split");
    same(&opened, &other);
}

/// A file that was saved, and had appended to it what came since, before and after a split.
#[test]
fn files_of_frames() {
    let (mut one, mut other) = copies();
    let mut file = one.save();
    let mut point = one.save_point();
    let mut append = |doc: &mut Doc| {
        file.extend(doc.save_since(&point));
        point = doc.save_point();
        let mut again = Doc::load(&file).expect("what it saved");
        assert!(again.splits().eq(doc.splits()) && again.forks().eq(doc.forks()));
        again.read_history().expect("its history");
        assert_eq!(again.save(), doc.save());
        same(&again, doc);
        assert!(doc.save_since(&point).is_empty(), "nothing came since");
    };
    append(&mut one);
    split(&mut one, &[(peer(3), 5)]);
    append(&mut one);
    write(&mut one, |tx| tx.text("body").push(" more"));
    append(&mut one);
    let at = cut_at(&other, 8);
    split(&mut one, &at);
    append(&mut one);
    split(&mut other, &at);
    pull(&mut one, &mut other).expect("both histories");
    append(&mut one);
    one.set_peer(peer(60));
    write(&mut one, |tx| tx.list("todo").map(2)?.set("read", true));
    append(&mut one);
    let mut newcomer = Doc::new();
    newcomer.merge(&file).expect("a file");
    same(&newcomer, &one);
}

#[test]
fn pieces_of_a_split_document() {
    let mut doc = both();
    write(&mut doc, |tx| {
        tx.text("body").push(&"more text ".repeat(30))
    });
    let mut whole = Doc::new();
    let mut pieces = doc.pieces_since(&VersionVector::new()).bytes_most(60);
    let mut count = 0;
    while let Some(piece) = pieces.next(&mut doc).expect("its history") {
        whole.merge(&piece).expect("a piece");
        whole.check().expect("the invariants");
        count += 1;
    }
    assert!(count > 5, "{count}");
    same(&whole, &doc);
}

/// Pieces that were begun before a split end, and what is left is asked for anew.
#[test]
fn pieces_across_a_split() {
    let (mut one, _) = copies();
    write(&mut one, |tx| {
        tx.text("body").push(&"more text ".repeat(30))
    });
    let mut whole = Doc::new();
    let mut pieces = one.pieces_since(&VersionVector::new()).bytes_most(60);
    let first = pieces
        .next(&mut one)
        .expect("its history")
        .expect("a piece");
    whole.merge(&first).expect("a piece");
    split(&mut one, &[(peer(COPIED), 8), (peer(COPIED), 40)]);
    while let Some(piece) = pieces.next(&mut one).expect("its history") {
        whole.merge(&piece).expect("a piece");
    }
    let mut pieces = one.pieces_since(&whole.version_vector()).bytes_most(60);
    while let Some(piece) = pieces.next(&mut one).expect("its history") {
        whole.merge(&piece).expect("a piece");
    }
    same(&whole, &one);
}

/// A delta from who has split makes its receiver split; one from who has not is refused where it speaks of what was split.
#[test]
fn deltas_to_and_from_who_has_not_split() {
    let (mut one, mut other) = copies();
    let all = VersionVector::new();
    let mut anna = Doc::with_peer(peer(21));
    pull(&mut anna, &mut one).expect("one history");
    write(&mut anna, |tx| tx.text("body").push(" (Anna)"));
    let delta = one.delta_since(&all);
    let refused = other.merge(&delta);
    assert!(
        matches!(refused, Err(Error::Forked { seq: 8, .. })),
        "{refused:?}"
    );
    split(&mut one, &[(peer(COPIED), 8)]);
    one.set_peer(peer(22));
    write(&mut one, |tx| tx.map("meta").remove("title"));
    // The one is told by the other's delta.
    pull(&mut other, &mut one).expect("both histories");
    assert!(other.splits().eq(one.splits()));
    // What the third has is all known, but under names that are not used any more.
    let before = other.save();
    for since in [VersionVector::new(), other.version_vector()] {
        let refused = other.merge(&anna.delta_since(&since));
        assert!(matches!(refused, Err(Error::Forked { peer: found, .. }) if found == peer(COPIED)));
    }
    assert_eq!(other.save(), before);
    // A saved document tells everything, and is renamed as it is merged.
    other.merge(&anna.save()).expect("a document");
    assert!(other.text("body").to_string().ends_with(" (Anna)"));
    pull(&mut anna, &mut other).expect("she splits");
    pull(&mut one, &mut anna).expect("all");
    let mut docs = [one, other, anna];
    settle(&mut docs);
}

/// One character at a time, by who has not heard of the split.
#[test]
fn keystrokes_of_a_split_peer_are_refused() {
    let mut one = original();
    let mut other = copy(&one);
    let mut strokes = Vec::new();
    for letter in ["a", "b", "c"] {
        let known = other.version_vector();
        write(&mut other, |tx| tx.text("log").push(letter));
        strokes.push(other.delta_since(&known));
    }
    split(&mut one, &[(peer(COPIED), 9)]);
    one.merge(&strokes[0]).expect("before the split");
    let before = one.save();
    for stroke in &strokes[1..] {
        let refused = one.merge(stroke);
        assert!(
            matches!(refused, Err(Error::Forked { seq: 9, .. })),
            "{refused:?}"
        );
    }
    assert_eq!(one.save(), before);
    meet(&mut one, &mut other);
    assert_eq!(one.text("log").to_string(), "abc");
}

/// What follows only a segment, when that is not known yet.
#[test]
fn what_follows_a_segment_waits_for_it() {
    let mut doc = both();
    let fork = doc.forks().next().expect("two");
    let mut known = doc.version_vector();
    let count = known.get(peer(50));
    known.set(peer(50), 0);
    assert!(count > 0);
    let last = doc.delta_since(&known);
    known.set(fork.peer, 1);
    let more = doc.delta_since(&known);
    let mut one = copies().0;
    let change = one.merge(&last).expect("it waits");
    assert_eq!(change.waiting().len(), 1);
    assert_eq!(change.applied(), 0);
    one.check().expect("the invariants");
    one.merge(&more).expect("it waits or not");
    pull(&mut one, &mut doc).expect("all of it");
    same(&one, &doc);
}

#[test]
fn the_number_of_splits_is_limited() {
    let mut doc = original();
    let mut limits = Limits::default();
    limits.splits = 3;
    doc.set_limits(limits.clone());
    split(&mut doc, &[1, 2, 3].map(|seq| (peer(COPIED), seq)));
    let before = doc.save();
    let refused = doc.split_peer(peer(COPIED), 4);
    assert!(matches!(
        refused,
        Err(Error::Limit {
            what: "splits",
            limit: 3,
            found: 4
        })
    ));
    let mut other = copies().1;
    split(&mut other, &[(peer(COPIED), 8)]);
    let refused = doc.merge(&other.delta_since(&VersionVector::new()));
    assert!(
        matches!(refused, Err(Error::Limit { what: "splits", .. })),
        "{refused:?}"
    );
    assert_eq!(doc.save(), before);
    let refused = doc.split_peer(peer(COPIED), u32::MAX);
    assert!(
        matches!(
            refused,
            Err(Error::Limit {
                what: "operations",
                ..
            })
        ),
        "{refused:?}"
    );
    limits.splits = 2;
    let refused = Doc::load_with_limits(&before, limits);
    assert!(
        matches!(refused, Err(Error::Limit { what: "splits", .. })),
        "{refused:?}"
    );
}

/// Where in a delta of both histories its segments stand: their count, then each.
fn segments_at(bytes: &[u8]) -> usize {
    let frame = &inspect(bytes).frames[0];
    let splits = frame
        .sections
        .iter()
        .find(|section| section.name == "splits");
    splits.expect("it tells of segments").offset
}

/// Puts the checksum right again.
fn checked(mut bytes: Vec<u8>) -> Vec<u8> {
    let len = 2 + bytes[1..].iter().take_while(|byte| **byte > 127).count();
    let (header, rest) = bytes.split_at_mut(len);
    let (sum, body) = rest.split_at_mut(4);
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(header);
    hasher.update(body);
    sum.copy_from_slice(&hasher.finalize().to_le_bytes());
    bytes
}

#[test]
fn segments_that_cannot_be_are_refused() {
    let mut doc = both();
    let bytes = doc.delta_since(&VersionVector::new());
    let at = segments_at(&bytes);
    assert_eq!(bytes[at], 2, "two segments");
    let same = |doc: &Doc| (doc.to_json(), doc.version_vector(), doc.save());
    let targets: [fn() -> Doc; 4] = [Doc::new, original, || copies().0, || copies().1];
    let (mut waited, mut refused) = (0, 0);
    for target in targets {
        // Peer, before and length of each; how many splits.
        for change in 0..8 {
            for value in 0..12 {
                let mut lie = bytes.clone();
                if std::mem::replace(&mut lie[at + change], value) == value {
                    continue;
                }
                let mut target = target();
                let before = same(&target);
                match target.merge(&checked(lie)) {
                    // It says that something comes before that is not there.
                    Ok(told) => {
                        assert!(!told.waiting().is_empty(), "byte {change} as {value}");
                        assert!(target.forks().count() < 2, "byte {change} as {value}");
                        waited += 1;
                    }
                    Err(_) => {
                        assert!(same(&target) == before, "byte {change} as {value}");
                        refused += 1;
                    }
                }
                target.check().expect("the invariants");
                target.verify().expect("what its history comes to");
            }
        }
    }
    assert!(refused > 20 * waited, "{refused} refused, {waited} wait");
}

/// A peer that says it is a segment, but whose id is not what its first operation makes of it.
#[test]
fn a_segment_of_another_name_is_refused() {
    let mut doc = both();
    let bytes = doc.delta_since(&VersionVector::new());
    let fork = doc.forks().next().expect("two");
    let id = fork.peer.get().to_le_bytes();
    let at = bytes
        .windows(8)
        .position(|bytes| bytes == id)
        .expect("it stands there");
    for bit in 0..64 {
        let mut lie = bytes.clone();
        lie[at + bit / 8] ^= 1 << (bit % 8);
        let lie = checked(lie);
        for mut target in [Doc::new(), copies().0] {
            let refused = target.merge(&lie);
            let named = matches!(refused, Err(Error::Forked { peer: found, seq: 8 }) if found == peer(COPIED));
            assert!(named, "{refused:?}");
            assert_eq!(target.splits().count(), 0);
        }
        let mut saved = doc.save();
        let ids = saved
            .windows(8)
            .position(|bytes| bytes == id)
            .expect("it stands there");
        saved[ids + bit / 8] ^= 1 << (bit % 8);
        let saved = checked(saved);
        let mut opened = Doc::load(&saved).expect("it shows something");
        assert!(opened.read_history().is_err() && opened.verify().is_err());
        assert!(Doc::new().merge(&saved).is_err());
    }
}

/// Somebody who knew what a segment would be called has written under that id before.
#[test]
fn a_segment_whose_id_is_taken_is_refused() {
    let doc = both();
    let fork = doc.forks().next().expect("two");
    let mut taken = Doc::with_peer(fork.peer);
    write(&mut taken, |tx| tx.text("body").push("mine"));
    let (one, other) = copies();
    for mut doc in [one, other] {
        doc.merge(&taken.delta_since(&VersionVector::new()))
            .expect("a peer like any");
        let before = doc.save();
        for theirs in [both().delta_since(&VersionVector::new()), both().save()] {
            let refused = doc.merge(&theirs);
            assert!(matches!(refused, Err(Error::Forked { .. })), "{refused:?}");
        }
        assert_eq!(doc.save(), before);
    }
}

/// A delta that is refused for what comes after its splits leaves no split behind.
#[test]
fn a_refused_delta_splits_nothing() {
    let mut doc = both();
    doc.set_peer(peer(50));
    write(&mut doc, |tx| tx.map("meta").set("long", "x".repeat(100)));
    let delta = doc.delta_since(&VersionVector::new());
    let mut limits = Limits::default();
    limits.value_bytes = 50;
    for mut target in [Doc::new(), copies().0, copies().1] {
        target.set_limits(limits.clone());
        let (before, own) = (target.save(), target.peer());
        let refused = target.merge(&delta);
        assert!(matches!(refused, Err(Error::Limit { .. })), "{refused:?}");
        assert_eq!((target.save(), target.peer()), (before, own));
        assert_eq!(target.splits().count(), 0);
        target.check().expect("the invariants");
    }
}

#[test]
fn chain_values_are_told_where_they_are_known() {
    let mut doc = both();
    let id = |peer, seq| OpId { peer, seq };
    let value = doc.chain_value(id(peer(COPIED), 7)).expect("its history");
    assert!(value.is_some());
    assert_eq!(doc.chain_value(id(peer(COPIED), 8)), Ok(None));
    assert_eq!(doc.chain_value(id(peer(999), 0)), Ok(None));
    let mut again = Doc::load(&doc.save()).expect("what it saved");
    assert_eq!(again.chain_value(id(peer(COPIED), 7)), Ok(value));
    let shallow = doc.save_with(&SaveOptions::new().shallow());
    let mut shallow = Doc::load(&shallow).expect("what it saved");
    assert_eq!(shallow.chain_value(id(peer(COPIED), 3)), Ok(None));
    assert_eq!(shallow.chain_value(id(peer(COPIED), 7)), Ok(value));
}
