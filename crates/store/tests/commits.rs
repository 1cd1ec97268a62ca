//! Commits to a real file.
//!
//! - What was committed is there when the store is opened again, and what was not is not.
//! - A delivery is committed once for its key; the same bytes bring nothing twice.
//! - Several documents are committed at once, or none.
//! - A copy that was overtaken is told so, and nothing is lost either way.
//! - One process writes; readers see what it committed.

mod support;

use support::{Place, body, edit, from_afar, push};
use syncline::Doc;
use syncline_store::{Compaction, Durability, Entry, Error, Job, Limits, Options, Store};

#[test]
fn what_was_committed_is_there_again() {
    let place = Place::new();
    let mut store = place.create();
    let mut notes = store.create_document("notes").unwrap();
    assert!(!notes.is_changed());
    for word in ["one ", "two ", "three"] {
        push(&mut store, &mut notes, word);
    }
    edit(&mut notes, " lost");
    assert!(notes.is_changed());
    drop((store, notes));

    let store = place.open();
    let notes = store.document("notes").unwrap();
    assert_eq!(body(&notes), "one two three");
    assert_eq!(notes.seq(), 3);
    notes.doc().verify().unwrap();
}

#[test]
fn writing_goes_on_after_opening() {
    let place = Place::new();
    place.create().create_document("notes").unwrap();
    for time in 0..5 {
        let mut store = place.open();
        let mut notes = store.document("notes").unwrap();
        push(&mut store, &mut notes, &format!("{time} "));
        push(&mut store, &mut notes, "and ");
    }
    let notes = place.open().document("notes").unwrap();
    assert_eq!(body(&notes), "0 and 1 and 2 and 3 and 4 and ");
    assert_eq!(notes.seq(), 10);
}

#[test]
fn a_commit_without_changes_appends_nothing() {
    let place = Place::new();
    let mut store = place.create();
    let mut notes = store.create_document("notes").unwrap();
    store.commit(&mut notes, &Entry::new()).unwrap();
    assert_eq!(notes.seq(), 0);
    push(&mut store, &mut notes, "a");
    store.commit(&mut notes, &Entry::new()).unwrap();
    assert_eq!(notes.seq(), 1);
}

#[test]
fn a_delivery_is_committed_once() {
    let place = Place::new();
    let mut store = place.create();
    let mut notes = store.create_document("notes").unwrap();
    let entry = Entry::new().key("form 17");
    let write = |store: &mut Store, notes: &mut _| {
        store.write(notes, &entry, |tx| tx.text("body").push("once"))
    };
    assert!(write(&mut store, &mut notes).unwrap().is_some());
    assert!(write(&mut store, &mut notes).unwrap().is_none());
    drop((store, notes));

    let mut store = place.open();
    let mut notes = store.document("notes").unwrap();
    assert!(write(&mut store, &mut notes).unwrap().is_none());
    assert_eq!(body(&notes), "once");
    // Of another document it is another delivery.
    let mut other = store.create_document("other").unwrap();
    assert!(write(&mut store, &mut other).unwrap().is_some());

    edit(&mut notes, ", twice");
    let refused = store.commit(&mut notes, &entry);
    assert!(matches!(refused, Err(Error::Delivered { name, .. }) if name == "notes"));
    assert!(notes.is_changed());
    assert_eq!(body(&store.document("notes").unwrap()), "once");
}

#[test]
fn the_same_bytes_bring_nothing_twice() {
    let place = Place::new();
    let mut store = place.create();
    let mut notes = store.create_document("notes").unwrap();
    let mut remote = Doc::new();
    remote
        .transact(|tx| tx.text("body").push("from afar"))
        .unwrap();
    let bytes = remote.delta_since(&notes.doc().version_vector());
    for key in ["one", "two", "one"] {
        let entry = Entry::new().origin("relay").key(key);
        store.receive(&mut notes, &entry, &bytes).unwrap();
    }
    store.receive(&mut notes, &Entry::new(), &bytes).unwrap();
    assert_eq!(notes.seq(), 1);
    assert_eq!(body(&place.read().document("notes").unwrap()), "from afar");
}

#[test]
fn what_waits_is_kept_too() {
    let place = Place::new();
    let mut store = place.create();
    let mut notes = store.create_document("notes").unwrap();
    let [first, second] = from_afar();

    store.receive(&mut notes, &Entry::new(), &second).unwrap();
    assert_eq!(body(&notes), "");
    drop((store, notes));
    let mut store = place.open();
    let mut notes = store.document("notes").unwrap();
    store.receive(&mut notes, &Entry::new(), &first).unwrap();
    assert_eq!(body(&notes), "first, second");
    assert_eq!(body(&store.document("notes").unwrap()), "first, second");
}

#[test]
fn documents_are_committed_together_or_not_at_all() {
    let place = Place::new();
    let mut store = place.create();
    let mut from = store.create_document("from").unwrap();
    let mut to = store.create_document("to").unwrap();
    edit(&mut from, "a");
    edit(&mut to, "b");
    let mut other = store.document("to").unwrap();
    push(&mut store, &mut other, "c");
    let refused = store.commit_all(&mut [&mut from, &mut to], &Entry::new());
    assert!(matches!(refused, Err(Error::Overtaken { name }) if name == "to"));
    assert_eq!(body(&store.document("from").unwrap()), "");

    let changes = store.refresh(&mut to).unwrap();
    assert_eq!(changes.len(), 1);
    store
        .commit_all(&mut [&mut from, &mut to], &Entry::new())
        .unwrap();
    assert_eq!(body(&store.document("from").unwrap()), "a");
    let again = store.document("to").unwrap();
    assert_eq!(body(&again), body(&to));
    assert_eq!(body(&again).len(), 2);
}

#[test]
fn what_is_committed_soon_is_synced_by_another_thread() {
    let place = Place::new();
    let mut store = place.create();
    let syncer = store.syncer().unwrap().unwrap();
    let [mut notes, mut plans] = ["notes", "plans"].map(|name| store.begin_document(name).unwrap());
    for word in ["one ", "two "] {
        edit(&mut notes, word);
        edit(&mut plans, word);
        let soon = store.commit_soon(&mut [&mut notes, &mut plans], &Entry::new());
        soon.unwrap();
        assert!(!notes.is_changed());
    }
    let syncing = std::thread::spawn(move || syncer.sync());
    syncing.join().unwrap().unwrap();
    // The process ends without a word.
    std::mem::forget((store, notes, plans));
    let store = place.read();
    for name in ["notes", "plans"] {
        let document = store.document(name).unwrap();
        assert_eq!((body(&document).as_str(), document.seq()), ("one two ", 2));
    }
    assert!(store.syncer().unwrap().is_none());
}

#[test]
fn what_is_known_of_every_remote_is_listed() {
    let place = Place::new();
    let mut store = place.create();
    let mut notes = store.create_document("notes").unwrap();
    push(&mut store, &mut notes, "one");
    assert_eq!(store.remotes("notes").unwrap(), []);
    let mut known = Vec::new();
    for name in ["relay", "another"] {
        let mut remote = store.remote("notes", name).unwrap();
        remote.acknowledge(&notes.doc().version_vector());
        store.keep_remote("notes", name, &remote).unwrap();
        known.push((name.to_owned(), remote));
    }
    let mut listed = store.remotes("notes").unwrap();
    listed.sort_by(|one, other| other.0.cmp(&one.0));
    assert_eq!(listed, known);
    assert!(matches!(
        store.remotes("plans"),
        Err(Error::NoDocument { .. })
    ));
}

#[test]
fn one_process_writes_and_readers_follow() {
    let place = Place::new();
    let mut store = place.create();
    let Err(Error::Locked { process, .. }) = Store::open(&place.path, &Options::new()) else {
        panic!("two write");
    };
    assert_eq!(process, Some(std::process::id()));

    let mut notes = store.create_document("notes").unwrap();
    push(&mut store, &mut notes, "one");
    let (mut first, second) = (place.read(), place.read());
    let mut seen = first.document("notes").unwrap();
    assert_eq!(body(&seen), "one");
    push(&mut store, &mut notes, ", two");
    push(&mut store, &mut notes, ", three");
    assert_eq!(body(&second.document("notes").unwrap()), "one, two, three");
    assert_eq!(first.refresh(&mut seen).unwrap().len(), 2);
    assert_eq!(body(&seen), "one, two, three");
    assert!(!seen.is_changed());

    edit(&mut seen, "!");
    let refused = first.commit(&mut seen, &Entry::new());
    assert!(matches!(refused, Err(Error::ReadOnly { .. })));
    drop(store);
    drop(place.open());
}

#[test]
fn stores_and_documents_go_to_other_threads() {
    fn is_send<T: Send>() {}
    is_send::<Store>();
    is_send::<syncline_store::Document>();
    is_send::<syncline_store::Compaction>();
    is_send::<syncline_store::Verification>();
}

#[test]
fn what_a_commit_says_is_held_to_a_limit() {
    let place = Place::new();
    let mut store = place.create();
    let mut notes = store.create_document("notes").unwrap();
    edit(&mut notes, "a");
    let entry = Entry::new().author("A".repeat(1025));
    let refused = store.commit(&mut notes, &entry);
    assert!(matches!(
        refused,
        Err(Error::Limit {
            what: "word_bytes",
            limit: 1024,
            found: 1025
        })
    ));
    store.commit(&mut notes, &Entry::new()).unwrap();
    assert_eq!(body(&store.document("notes").unwrap()), "a");
}

#[test]
fn a_document_of_another_store_is_refused() {
    let (here, there) = (Place::new(), Place::new());
    let (mut store, mut other) = (here.create(), there.create());
    let mut notes = store.create_document("notes").unwrap();
    let mut foreign = other.create_document("letters").unwrap();
    edit(&mut foreign, "theirs");
    let refused = store.commit(&mut foreign, &Entry::new());
    assert!(matches!(refused, Err(Error::NoDocument { .. })));
    let refused = store.refresh(&mut foreign);
    assert!(matches!(refused, Err(Error::NoDocument { .. })));
    push(&mut store, &mut notes, "ours");
    assert_eq!(body(&store.document("notes").unwrap()), "ours");
    // Where it belongs it can be committed still.
    other.commit(&mut foreign, &Entry::new()).unwrap();
    assert_eq!(body(&other.document("letters").unwrap()), "theirs");
}

#[cfg(unix)]
#[test]
fn a_link_leads_to_the_same_lock() {
    let place = Place::new();
    let store = place.create();
    let link = place.folder.path().join("link");
    std::os::unix::fs::symlink(&place.path, &link).unwrap();
    let refused = Store::open(&link, &Options::new());
    assert!(matches!(refused, Err(Error::Locked { .. })));
    drop(store);
    let store = Store::open(&link, &Options::new()).unwrap();
    assert_eq!(store.path(), link);
    let refused = Store::open(&place.path, &Options::new());
    assert!(matches!(refused, Err(Error::Locked { .. })));
}

/// It is brought into the file while nothing but commits is done.
#[test]
fn the_log_stays_short() {
    let place = Place::new();
    let options = Options::new().durability(Durability::Fast);
    let mut store = Store::create(&place.path, &options).unwrap();
    let mut notes = store.create_document("notes").unwrap();
    let mut longest = 0;
    for number in 0..24 {
        let content = support::bytes(number, 400_000);
        let set = notes
            .doc_mut()
            .transact(|tx| tx.map("meta").set("picture", content));
        set.unwrap();
        store.commit(&mut notes, &Entry::new()).unwrap();
        let log = std::fs::metadata(place.folder.path().join("notes.syncline-wal"));
        longest = longest.max(log.unwrap().len());
    }
    assert!((4 << 20..6 << 20).contains(&longest), "{longest} bytes");
}

/// What SQLite keeps beside one name of a file is missed beside another.
#[cfg(unix)]
#[test]
fn a_file_of_two_names_is_refused() {
    let place = Place::new();
    let mut store = place.create();
    let mut notes = store.create_document("notes").unwrap();
    push(&mut store, &mut notes, "one");
    let other = place.folder.path().join("other");
    std::fs::hard_link(&place.path, &other).unwrap();
    let write = Store::open(&other, &Options::new());
    let read = Store::open(&other, &Options::new().read_only());
    let copied = Store::rescue(&other, place.folder.path().join("copy"));
    for refused in [write.err(), read.err(), copied.err()] {
        assert!(matches!(refused, Some(Error::Linked { .. })));
    }
    assert!(!place.folder.path().join("other-lock").exists());
    // Who has it open goes on.
    push(&mut store, &mut notes, ", two");
    drop(store);
    let refused = Store::open(&place.path, &Options::new());
    assert!(matches!(refused, Err(Error::Linked { .. })));
    std::fs::remove_file(other).unwrap();
    assert_eq!(body(&place.open().document("notes").unwrap()), "one, two");
}

/// The other tests name their files from the root.
#[test]
fn a_store_stays_the_same_wherever_the_program_goes() {
    let (place, elsewhere) = (Place::new(), Place::new());
    drop(elsewhere.create());
    let before = std::env::current_dir().unwrap();
    std::env::set_current_dir(place.folder.path()).unwrap();
    let mut store = Store::create("notes.syncline", &Options::new()).unwrap();
    let mut notes = store.create_document("notes").unwrap();
    push(&mut store, &mut notes, "here");
    // A file of the same name is there too.
    std::env::set_current_dir(elsewhere.folder.path()).unwrap();
    let mut compaction = Compaction::new(&store).unwrap();
    compaction.run(&mut store).unwrap();
    edit(&mut notes, " and there");
    store.commit_soon(&mut [&mut notes], &Entry::new()).unwrap();
    store.syncer().unwrap().unwrap().sync().unwrap();
    std::env::set_current_dir(before).unwrap();
    assert!(compaction.failures().is_empty());
    assert_eq!(compaction.progress().done, 1);
    drop(store);
    let notes = place.open().document("notes").unwrap();
    assert_eq!(body(&notes), "here and there");
}

/// What is committed can be opened.
#[test]
fn a_document_is_not_committed_past_what_can_be_opened() {
    let place = Place::new();
    let mut limits = Limits::default();
    limits.document_bytes = 4000;
    let options = Options::new().limits(limits).durability(Durability::Fast);
    let mut store = Store::create(&place.path, &options).unwrap();
    let mut notes = store.create_document("notes").unwrap();
    let mut committed = String::new();
    let refused = (0..1000).find_map(|_| {
        edit(&mut notes, "more ");
        let done = store.commit(&mut notes, &Entry::new());
        if done.is_ok() {
            committed = body(&notes);
        }
        done.err()
    });
    let is_named = matches!(
        refused,
        Some(Error::Limit {
            what: "document_bytes",
            ..
        })
    );
    assert!(is_named, "{refused:?}");
    assert!(committed.len() > 50, "{committed}");
    let reader = Store::open(&place.path, &options.clone().read_only()).unwrap();
    assert_eq!(body(&reader.document("notes").unwrap()), committed);
    // A compaction makes room, for the same copy too.
    let mut compaction = Compaction::new(&store).unwrap();
    compaction.run(&mut store).unwrap();
    assert!(compaction.failures().is_empty());
    store.commit(&mut notes, &Entry::new()).unwrap();
    drop(store);
    let store = Store::open(&place.path, &options).unwrap();
    assert_eq!(body(&store.document("notes").unwrap()), committed + "more ");
}
