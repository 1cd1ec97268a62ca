//! Deltas that no replica writes: refused whole, and the document is as it was.

use super::{Doc, SaveOptions};
use crate::codec::{FORMAT_DELTA, FORMAT_KEYSTROKE, frame};
use crate::column::put_unsigned;
use crate::error::Error;
use crate::id::{Lv, Peer, VersionVector};
use crate::oplog::{Cell, Kind, Name, Segment, segment_id};

fn peer(id: u64) -> Peer {
    Peer::new(id).expect("not zero")
}

/// Enters an operation into the log that was never checked: an insertion at `pos` that follows nothing.
fn push_unchecked(doc: &mut Doc, author: u64, pos: u32) {
    let author = doc.log.peers.intern(peer(author));
    let name = doc.log.keys.intern("body");
    let text = doc.log.container(Name::Root {
        name,
        kind: Kind::Text,
    });
    let lv: Lv = doc.log.end();
    doc.log.push_span(&[], 1, author, 0);
    doc.log.route(lv, text);
    if let Some(sequence) = doc.log.sequence_mut(text) {
        sequence.push_text(lv, pos, "x", 1, false, false);
    }
}

#[test]
fn a_position_that_its_author_cannot_have_seen_is_refused() {
    let mut liar = Doc::with_peer(peer(1));
    push_unchecked(&mut liar, 1, 5);
    let delta = liar.delta_since(&VersionVector::new());
    let mut doc = Doc::with_peer(peer(2));
    doc.transact(|tx| tx.text("body").insert(0, "twelve chars"))
        .expect("writes");
    let before = doc.save();
    assert!(matches!(doc.merge(&delta), Err(Error::Invalid { .. })));
    assert_eq!(doc.save(), before);
    doc.check().expect("sound");
}

#[test]
fn a_refused_delta_of_which_a_part_would_wait_is_not_held_back() {
    let mut other = Doc::with_peer(peer(3));
    for text in ["a", "b"] {
        other
            .transact(|tx| tx.list("l").push(text))
            .expect("writes");
    }
    let mut liar = Doc::load(&other.save()).expect("loads");
    liar.read_history().expect("reads");
    push_unchecked(&mut liar, 1, 5);
    // The second operation of peer 3 has to wait for the first; that of peer 1 cannot be.
    let known = [(peer(3), 1)].into_iter().collect();
    let delta = liar.delta_since(&known);
    let mut doc = Doc::with_peer(peer(2));
    let before = doc.save();
    assert!(matches!(doc.merge(&delta), Err(Error::Invalid { .. })));
    assert_eq!(doc.save(), before);
}

#[test]
fn a_table_of_containers_nested_without_end_is_refused() {
    let mut names = Vec::new();
    put_unsigned(&mut names, 1); // keys
    names.extend_from_slice(b"\0\x01k");
    let containers = 200_000u64;
    put_unsigned(&mut names, containers);
    names.extend_from_slice(&[Kind::Map.code(), 0]);
    for parent in 0..containers - 1 {
        names.push(16 | Kind::Map.code());
        put_unsigned(&mut names, parent);
        names.extend_from_slice(&[0, 0]);
    }
    let mut body = vec![16, 0, 0]; // names, no peers, a block as it is
    put_unsigned(&mut body, names.len() as u64);
    body.extend_from_slice(&names);
    body.push(0); // no runs
    let frame = frame(FORMAT_DELTA, &body);
    let refused = Doc::new().merge(&frame).expect_err("nested too deep");
    assert!(refused.to_string().contains("nested"), "{refused}");
}

#[test]
fn a_keystroke_beyond_all_positions_is_refused() {
    let mut doc = Doc::with_peer(peer(2));
    doc.transact(|tx| tx.text("body").insert(0, "typed"))
        .expect("writes");
    let mark = doc.chains.mark(&doc.log, Lv(4));
    // An insertion of two, then a deletion of two, as far up as a number leads.
    let (insert, delete): (u8, u8) = (0, 1);
    for (kind, rest) in [(insert, &b"ab"[..]), (delete, &[0][..])] {
        let mut body = peer(2).get().to_le_bytes().to_vec();
        put_unsigned(&mut body, 5);
        body.extend_from_slice(&mark);
        body.push(kind);
        put_unsigned(&mut body, 2 * u64::from(u32::MAX - 6));
        body.extend_from_slice(rest);
        let keystroke = frame(FORMAT_KEYSTROKE, &body);
        let before = doc.save();
        let refused = doc.merge(&keystroke);
        assert!(matches!(refused, Err(Error::Decode(_))), "{refused:?}");
        assert_eq!(doc.save(), before);
        doc.check().expect("sound");
    }
}

/// Enters an operation that follows `parents` and adds to a counter.
fn push_count(doc: &mut Doc, author: u64, parents: &[Lv], seq: u32) {
    let author = doc.log.peers.intern(peer(author));
    let name = doc.log.keys.intern("votes");
    let counter = doc.log.container(Name::Root {
        name,
        kind: Kind::Counter,
    });
    let lv = doc.log.end();
    doc.log.push_span(parents, 1, author, seq);
    doc.log.push_entry(lv, counter, None, Cell::Int(1), false);
}

/// A version vector names what is known only where each peer's operations follow each other.
#[test]
fn an_operation_that_does_not_follow_its_peers_own_before_is_refused() {
    let mut liar = Doc::with_peer(peer(3));
    liar.transact(|tx| tx.text("body").insert(0, "four"))
        .expect("writes");
    let last = Lv(3);
    push_count(&mut liar, 1, &[last], 0);
    let known = liar.version_vector();
    let first = liar.delta_since(&VersionVector::new());
    for parents in [&[][..], &[Lv(1)], &[last]] {
        let mut liar = Doc::new();
        liar.merge(&first).expect("sound so far");
        push_count(&mut liar, 1, parents, 1);
        let delta = liar.delta_since(&known);
        let mut doc = Doc::with_peer(peer(2));
        doc.merge(&first).expect("sound so far");
        let before = doc.save();
        let merged = doc.merge(&delta);
        assert!(
            matches!(merged, Err(Error::Invalid { id, .. }) if id.peer == peer(1) && id.seq == 1),
            "{parents:?}: {merged:?}"
        );
        assert_eq!(doc.save(), before);
        doc.check().expect("sound");
    }
}

#[test]
fn a_sum_that_so_few_operations_do_not_come_to_is_refused() {
    let mut doc = Doc::with_peer(peer(1));
    doc.transact(|tx| tx.counter("votes").add(i64::MIN))
        .expect("writes");
    let shallow = SaveOptions::new().shallow();
    let mut least = Doc::load(&doc.save_with(&shallow)).expect("one operation comes to that");
    least
        .transact(|tx| tx.counter("votes").add(i64::MIN))
        .expect("writes");
    let counter = doc.root("votes", Kind::Counter).expect("it is there");
    for more in [-1, i128::MIN - i128::from(i64::MIN)] {
        doc.state.add_to(counter, more);
        for bytes in [doc.save(), doc.save_with(&shallow)] {
            let loaded = Doc::load(&bytes).map(|doc| doc.to_json());
            assert!(matches!(loaded, Err(Error::Decode(_))), "{loaded:?}");
        }
        doc.state.add_to(counter, -more);
    }
}

/// A document of peer 3, and an operation that follows `parents`, of the segment that begins with it.
fn segment_after(parents: &[Lv], id: Peer) -> Doc {
    let mut liar = Doc::with_peer(peer(3));
    liar.transact(|tx| tx.text("body").insert(0, "four"))
        .expect("writes");
    let (of, start) = (peer(3), 4);
    let before = liar.log.peers.intern(of);
    liar.log.peers.splits.add(of, start);
    let segment = Segment { of, start, before };
    liar.log.peers.intern_segment(id, segment);
    push_count(&mut liar, id.get(), parents, 0);
    liar
}

#[test]
fn a_segment_that_does_not_follow_the_one_before_is_refused() {
    for parents in [&[][..], &[Lv(1)], &[Lv(3)]] {
        let mut unnamed = segment_after(parents, peer(77));
        let chain = unnamed.chains.value(&unnamed.log, Lv(4));
        let id = segment_id(peer(3), 4, &chain);
        let delta = segment_after(parents, id).delta_since(&VersionVector::new());
        let mut doc = Doc::with_peer(peer(2));
        let before = doc.save();
        let merged = doc.merge(&delta);
        if parents == [Lv(3)] {
            merged.expect("a segment like any");
            doc.check().expect("sound");
            continue;
        }
        assert!(
            matches!(merged, Err(Error::Invalid { id: found, .. }) if found.peer == id),
            "{parents:?}: {merged:?}"
        );
        assert_eq!(doc.save(), before);
    }
}

#[test]
fn a_peer_that_ends_twice_is_refused() {
    let mut liar = Doc::with_peer(peer(1));
    push_count(&mut liar, 1, &[], 0);
    push_count(&mut liar, 1, &[], 1);
    for bytes in [liar.save(), liar.save_with(&SaveOptions::new().shallow())] {
        let loaded = Doc::load(&bytes).map(|doc| doc.frontier());
        assert!(matches!(loaded, Err(Error::Decode(_))), "{loaded:?}");
    }
}
