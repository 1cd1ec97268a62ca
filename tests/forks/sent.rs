//! Splits in what is sent: between who has split and who has not. A delta has its receiver split first, or is refused, and
//! nothing is lost.

use support::assert_matches;
use support::engine::peer;
use support::forks::{
    COPIED, both, copies, copy, meet, original, pull, same, settle, split, write,
};
use syncline::{Doc, Error, VersionVector};

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
    assert_matches!(refused, Err(Error::Forked { seq: 8, .. }));
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
        assert_matches!(refused, Err(Error::Forked { seq: 9, .. }));
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

/// Where somebody is split whose operations a document does not have, its own names stay as they are. What it passed on before
/// tells nothing of that.
#[test]
fn a_piece_tells_of_splits_that_were_heard_of_since() {
    let mut anna = Doc::with_peer(peer(21));
    write(&mut anna, |tx| tx.text("body").push("Anna's"));
    let piece_of = |doc: &mut Doc| {
        let mut pieces = doc.pieces_since(&VersionVector::new());
        pieces.next(doc).expect("its history").expect("a piece")
    };
    let before = piece_of(&mut anna);
    assert_eq!(piece_of(&mut anna), before);
    let one = both();
    split(&mut anna, &one.splits().collect::<Vec<_>>());
    assert!(anna.splits().eq(one.splits()));
    let after = piece_of(&mut anna);
    assert_eq!(
        after,
        piece_of(&mut Doc::load(&anna.save()).expect("it was saved"))
    );
}
