//! Splits that are refused, and change nothing: segments that are not what splits make of a history, and too many.

use support::assert_matches;
use support::engine::peer;
use support::forks::{COPIED, both, copies, original, split, write};
use syncline::{Doc, Error, Limits, VersionVector, inspect};

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
    assert_matches!(refused, Err(Error::Limit { what: "splits", .. }));
    assert_eq!(doc.save(), before);
    let refused = doc.split_peer(peer(COPIED), u32::MAX);
    assert_matches!(
        refused,
        Err(Error::Limit {
            what: "operations",
            ..
        })
    );
    limits.splits = 2;
    let refused = Doc::load_with_limits(&before, limits);
    assert_matches!(refused, Err(Error::Limit { what: "splits", .. }));
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
            assert_matches!(refused, Err(Error::Forked { .. }));
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
        assert_matches!(refused, Err(Error::Limit { .. }));
        assert_eq!((target.save(), target.peer()), (before, own));
        assert_eq!(target.splits().count(), 0);
        target.check().expect("the invariants");
    }
}
