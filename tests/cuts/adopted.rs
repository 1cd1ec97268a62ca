//! Documents without their history that come by it again.
//!
//! - What somebody saved who has the history is merged, whatever it holds beside the cut; nothing of either side is lost.
//! - A file of such a document loads, with all that was appended before and after.
//! - What does not hold the cut, or is another history, is refused and changes nothing.

use support::change::check;
use support::engine::{peer, roots};
use support::small::{agree, all, cut, doc, made, send, shallow, type_at, write};
use syncline::{Doc, Error, Peer, SaveOptions, VersionVector};

/// Anna's and Ben's document, of which Carl's is without the history; and what Ben wrote beside that cut.
fn beside_a_cut() -> [Doc; 3] {
    let [mut anna, mut ben] = [1, 2].map(doc);
    type_at(&mut anna, 0, "Anna");
    write(&mut anna, |tx| {
        tx.list("todo").push("first")?;
        tx.map("meta").set("by", "Anna")?;
        tx.counter("count").add(3)
    });
    send(&mut anna, &mut ben);
    type_at(&mut anna, 4, " and");
    let carl = cut(&anna, 3);
    type_at(&mut ben, 0, "Ben ");
    write(&mut ben, |tx| {
        tx.list("todo").insert(0, "of Ben")?;
        tx.map("meta").set("by", "Ben")?;
        tx.counter("count").add(4)
    });
    [anna, ben, carl]
}

#[test]
fn who_has_the_history_brings_it() {
    let [mut anna, mut ben, mut carl] = beside_a_cut();
    type_at(&mut carl, 0, "Carl: ");
    write(&mut carl, |tx| tx.list("todo").push("of Carl"));
    let refused = carl.merge(&all(&mut ben));
    assert!(
        matches!(refused, Err(Error::NeedsBase { .. })),
        "{refused:?}"
    );
    send(&mut ben, &mut anna);
    let change = carl.merge(&anna.save()).expect("it has the history");
    assert_eq!(change.applied(), 4 + 3);
    assert_eq!(carl.peer(), Some(peer(3)));
    assert_eq!(carl.cut().iter().count(), 0);
    // He has all of it, and goes on.
    send(&mut carl, &mut anna);
    agree(&mut carl, &mut anna);
    type_at(&mut carl, 0, "more ");
    send(&mut carl, &mut anna);
    send(&mut anna, &mut ben);
    agree(&mut carl, &mut ben);
    carl.verify().expect("whole");
    assert_eq!(carl.list("todo").len(), 3);
}

/// An editor that applies what the change says shows what the document does.
#[test]
fn the_change_tells_what_shows_otherwise() {
    let [mut anna, mut ben, mut carl] = beside_a_cut();
    type_at(&mut carl, 8, "!");
    send(&mut ben, &mut anna);
    let before = roots(&carl);
    let change = carl.merge(&anna.save()).expect("it has the history");
    check(&change, &before, &roots(&carl));
    assert_eq!(carl.list("todo").len(), 2);
}

#[test]
fn a_file_of_what_came_by_its_history_loads() {
    let [mut anna, mut ben, mut carl] = beside_a_cut();
    let mut file = carl.save();
    let mut point = carl.save_point();
    let mut append = |carl: &mut Doc| {
        file.extend(carl.save_since(&point));
        point = carl.save_point();
        let mut again = Doc::load(&file).expect("a file");
        agree(&mut again, carl);
        again.verify().expect("sound");
        assert_eq!(again.cut(), carl.cut());
    };
    type_at(&mut carl, 0, "Carl: ");
    append(&mut carl);
    send(&mut ben, &mut anna);
    carl.merge(&anna.save()).expect("it has the history");
    append(&mut carl);
    type_at(&mut carl, 0, "more ");
    append(&mut carl);
    type_at(&mut ben, 0, "beside, ");
    send(&mut ben, &mut carl);
    append(&mut carl);
}

/// What waits goes on waiting, or has come.
#[test]
fn what_waits_is_kept() {
    let [mut anna, mut ben, mut carl] = beside_a_cut();
    let mut dora = cut(&anna, 4);
    let first = made(&mut dora, |dora| type_at(dora, 0, "Dora "));
    let second = made(&mut dora, |dora| type_at(dora, 0, "and "));
    assert_eq!(carl.merge(&second).expect("it waits").waiting().len(), 1);
    send(&mut ben, &mut anna);
    let change = carl.merge(&anna.save()).expect("it has the history");
    assert_eq!(change.waiting().len(), 1);
    carl.merge(&first).expect("what was missing");
    anna.merge(&first).expect("a delta");
    anna.merge(&second).expect("a delta");
    agree(&mut carl, &mut anna);
}

#[test]
fn what_does_not_hold_the_cut_changes_nothing() {
    let [anna, mut ben, mut carl] = beside_a_cut();
    type_at(&mut carl, 0, "Carl: ");
    let before = carl.save();
    // Ben lacks what Anna wrote last.
    let refused = carl.merge(&ben.save());
    let lacks = Err(Error::NeedsBase {
        id: syncline::OpId {
            peer: peer(1),
            seq: 7,
        },
    });
    assert_eq!(refused.map(|change| change.applied()), lacks);
    // Without the history nobody is believed, whatever it shows.
    send(&mut { anna }, &mut ben);
    assert!(carl.merge(&shallow(&ben)).is_err());
    assert_eq!(carl.save(), before);
    let mut other = doc(1);
    write(&mut other, |tx| {
        tx.text("body")
            .push("another history of hers, as long as that")
    });
    let refused = carl.merge(&other.save());
    assert!(
        matches!(refused, Err(Error::Forked { .. } | Error::NeedsBase { .. })),
        "{refused:?}"
    );
    assert_eq!(carl.save(), before);
    carl.merge(&ben.save()).expect("it has the history");
}

/// What stands behind it in a file takes a document's place only if it holds it.
#[test]
fn a_cut_of_another_history_takes_no_place() {
    let [mut anna, mut twin] = [1, 1].map(doc);
    type_at(&mut anna, 0, "one");
    type_at(&mut twin, 0, "two");
    let mut ben = doc(2);
    send(&mut twin, &mut ben);
    type_at(&mut ben, 0, "Ben");
    let file = [anna.save(), shallow(&ben)].concat();
    let loaded = Doc::load(&file);
    assert!(
        matches!(loaded, Err(Error::Forked { seq: 2, .. })),
        "{loaded:?}"
    );
    let file = [twin.save(), shallow(&ben)].concat();
    agree(&mut Doc::load(&file).expect("it holds that"), &mut ben);
}

/// A peer that somebody split after the cut has the same names then.
#[test]
fn splits_are_kept() {
    let [mut anna, mut ben, mut carl] = beside_a_cut();
    type_at(&mut carl, 0, "Carl: ");
    send(&mut carl, &mut anna);
    type_at(&mut carl, 0, "more");
    let three = Peer::new(3).expect("not zero");
    anna.split_peer(three, 2).expect("he wrote that");
    send(&mut ben, &mut anna);
    carl.merge(&anna.save()).expect("it has the history");
    assert_eq!(carl.splits().collect::<Vec<_>>(), [(three, 2)]);
    let delta = carl.delta_since(&VersionVector::new());
    anna.merge(&delta).expect("a delta");
    agree(&mut carl, &mut anna);
    let since = SaveOptions::new().shallow_since(carl.version_vector());
    Doc::load(&carl.save_with(&since)).expect("what was saved");
}
