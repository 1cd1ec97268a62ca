//! Deltas that wait, and the history that they may need when their time comes.

use super::{Doc, SaveOptions};
use crate::codec::{Level, write_shallow, write_snapshot};
use crate::error::Error;
use crate::id::{Peer, VersionVector};
use crate::oplog::{Kind, Name};
use crate::state::order;

fn doc(id: u64) -> Doc {
    Doc::with_peer(Peer::new(id).expect("not zero"))
}

fn made(doc: &mut Doc, write: impl FnOnce(&mut Doc)) -> Vec<u8> {
    let known = doc.version_vector();
    write(doc);
    doc.delta_since(&known)
}

fn vote(doc: &mut Doc) {
    doc.transact(|tx| tx.counter("votes").add(1))
        .expect("it fits");
}

/// Types into a text that is in no place that is shown: nobody does who knows that, but it can be.
fn type_hidden(doc: &mut Doc) {
    let is_made = |name: &Name| {
        matches!(
            name,
            Name::Made {
                kind: Kind::Text,
                ..
            }
        )
    };
    let hidden = doc.log.containers.iter().find(|(_, name)| is_made(name));
    let (hidden, _) = hidden.expect("a text in the list");
    let author = doc.author().expect("it was given one");
    let lv = doc.log.push_newest(1, author);
    doc.log.route(lv, hidden);
    if let Some(sequence) = doc.log.sequence_mut(hidden) {
        sequence.push_text(lv, 0, "x", 1, false, false);
    }
}

#[test]
fn the_history_is_read_for_what_waits() -> Result<(), Error> {
    let mut anna = doc(1);
    anna.transact(|tx| tx.list("todo").push_text()?.push("gone"))?;
    anna.transact(|tx| tx.list("todo").delete(0..1))?;
    let saved = anna.save();
    let mut ben = Doc::load(&saved)?;
    ben.read_history()?;
    ben.set_peer(Peer::new(2).expect("not zero"));
    let first = made(&mut ben, vote);
    let second = made(&mut ben, type_hidden);
    let mut open = Doc::load(&saved)?;
    assert_eq!(open.merge(&second)?.waiting().len(), 1);
    let change = open.merge(&first)?;
    assert_eq!((change.applied(), change.rejected().len()), (2, 0));
    let loaded = Doc::load(&[saved, second, first].concat())?;
    assert_eq!(loaded.version_vector(), ben.version_vector());
    Ok(())
}

/// What waits in a snapshot may be there for others that wait in it.
#[test]
fn what_waits_in_a_snapshot_wakes_what_waits_in_it() -> Result<(), Error> {
    let mut anna = doc(1);
    vote(&mut anna);
    let mut ben = Doc::load(&anna.save())?;
    ben.set_peer(Peer::new(2).expect("not zero"));
    let first = made(&mut ben, vote);
    let second = made(&mut ben, vote);
    let waiting = || [&second, &first].into_iter().map(|delta| &delta[..]);
    let chains = &mut anna.chains.clone();
    let (log, state) = (&anna.log, &anna.state);
    let order = order(log).expect("it replays");
    let whole = write_snapshot(log, state, order, chains, waiting(), Level::Fast);
    let shallow = write_shallow(log, state, chains, waiting(), Level::Fast);
    for bytes in [whole, shallow] {
        for mut doc in [Doc::load(&bytes)?, {
            let mut whole = Doc::load(&anna.save())?;
            whole.merge(&bytes)?;
            whole
        }] {
            assert_eq!(doc.operations(), 3);
            let point = doc.save_point();
            assert!(doc.save_since(&point).is_empty());
            assert_eq!(doc.pending.len(), 0, "nothing waits");
        }
    }
    Ok(())
}

/// What waits in a snapshot may contradict it.
#[test]
fn what_waits_in_a_snapshot_and_contradicts_it_is_told() -> Result<(), Error> {
    let [mut anna, mut other] = [1, 1].map(doc);
    vote(&mut anna);
    made(&mut other, |other| {
        other
            .transact(|tx| tx.counter("votes").add(2))
            .expect("it fits");
    });
    let forked = made(&mut other, vote);
    let chains = &mut anna.chains.clone();
    let (log, state) = (&anna.log, &anna.state);
    let order = order(log).expect("it replays");
    let waiting = [&forked[..]].into_iter();
    let bytes = write_snapshot(log, state, order, chains, waiting, Level::Fast);
    let loaded = Doc::load(&bytes)?;
    assert_eq!((loaded.operations(), loaded.rejected().len()), (1, 1));
    let change = doc(3).merge(&bytes)?;
    assert_eq!((change.applied(), change.rejected().len()), (1, 1));
    Ok(())
}

/// The heads of a cut are the same in whatever order they stand.
#[test]
fn heads_stand_in_any_order() -> Result<(), Error> {
    let [mut anna, mut ben] = [1, 2].map(doc);
    vote(&mut anna);
    vote(&mut ben);
    anna.merge(&ben.delta_since(&VersionVector::new()))?;
    let bytes = anna.save_with(&SaveOptions::new().shallow());
    let frame = super::load::only_frame(&bytes)?;
    let mut snapshot = crate::codec::read_snapshot(&frame, anna.limits())?;
    snapshot.sketch.ends.heads.reverse();
    let mut cut = Doc::open(&snapshot.sketch, anna.limits().clone())?;
    let more = made(&mut anna, vote);
    assert_eq!(cut.merge(&more)?.applied(), 1);
    assert_eq!(cut.frontier(), anna.frontier());
    Ok(())
}
