//! Splits and segments survive saving: whole, shallow, and in files of frames.

use support::assert_matches;
use support::engine::peer;
use support::forks::{COPIED, both, copies, copy, meet, original, pull, same, split, write};
use syncline::{Doc, Error, Level, SaveOptions, VersionVector, inspect, value};

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
    assert_matches!(refused, Err(Error::NeedsBase { .. }));
    split(&mut other, &[(peer(COPIED), 8)]);
    let theirs = other.delta_since(&VersionVector::new());
    let refused = shallow.merge(&theirs);
    assert_matches!(refused, Err(Error::NeedsBase { .. }));
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
