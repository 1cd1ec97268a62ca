//! Paths of many containers at once.

use super::Doc;
use super::paths::Paths;
use super::record::Record;
use crate::error::Error;
use crate::id::Peer;

/// Lists in a list, none of whose elements join into one span, with a map in each.
fn many(count: usize) -> Result<Doc, Error> {
    let mut doc = Doc::with_peer(Peer::new(1).expect("not zero"));
    for nth in 0..count {
        doc.transact(|tx| {
            let mut inner = tx.list("all").insert_list(nth / 2)?;
            inner.by_ref().push_map()?.set("a", 1)?;
            tx.counter("between").add(1)
        })?;
    }
    Ok(doc)
}

#[test]
fn a_change_of_many_containers_walks_each_list_twice_at_most() -> Result<(), Error> {
    let doc = many(200)?;
    let mut record = Record::default();
    for (container, _) in doc.log.containers.iter() {
        record.counted(container, 1);
    }
    let walks = doc.tell_paths(&mut record, &Default::default());
    assert_eq!(record.containers.len(), 402);
    // Twice through the long list, and once through each of the 200 in it.
    assert_eq!(walks, 202);
    for change in &record.containers {
        assert_eq!(doc.path_of(change.container).as_ref(), Some(&change.path));
    }
    Ok(())
}

#[test]
fn what_nothing_shows_has_no_path() -> Result<(), Error> {
    let mut doc = many(8)?;
    let before = doc.log.containers.len();
    doc.transact(|tx| tx.list("all").delete(2..5))?;
    let mut paths = Paths::new(&doc);
    let found = doc.log.containers.iter();
    let found = found.filter_map(|(container, _)| paths.of(container));
    // Three lists and the maps in them are gone.
    assert_eq!(found.count(), before - 6);
    Ok(())
}
