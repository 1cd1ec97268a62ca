//! SQLite is given no memory: at each allocation in turn, once and from then on.
//!
//! - The error has a name, and is not taken for damage; nothing panics.
//! - What had been committed stays; what failed can be done again when there is memory, and is there once.
//! - The store opens again, and is whole.
//!
//! Every 23rd allocation; with `SYNCLINE_LONG=1` every one.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use syncline_store::{
    BlobId, Collection, Compaction, Entry, Error, Job, Options, Store, Verification,
};
use syncline_store_faults::{fail_memory, heal_memory, install, install_memory, skip_syncs};

const COMMITS: u32 = 4;

/// Whether a failure was seen, and the memory made well.
static HEALED: AtomicBool = AtomicBool::new(false);

/// Does something; if it fails, there is memory again, and it is done again.
fn insist<T>(mut act: impl FnMut() -> Result<T, Error>) -> T {
    match act() {
        Ok(done) => done,
        Err(error) => {
            assert!(matches!(error, Error::Io { .. }), "{error}");
            HEALED.store(heal_memory(), Ordering::Relaxed);
            act().unwrap()
        }
    }
}

/// Opens, commits, puts a blob, compacts and collects with little memory.
fn workload(path: &Path) {
    let mut store = insist(|| Store::open(path, &Options::new()));
    let mut numbers = insist(|| store.document("numbers"));
    for number in 0..COMMITS {
        let push = |tx: &mut syncline::Transaction<'_>| tx.text("body").push(&format!("{number} "));
        numbers.doc_mut().transact(push).unwrap();
        insist(|| store.commit(&mut numbers, &Entry::new()));
        if number == COMMITS / 2 {
            let picture = insist(|| store.put_blob(&b"a picture"[..]));
            insist(|| store.name_blob("picture", &picture));
            insist(|| Compaction::new(&store)?.run(&mut store));
            insist(|| Collection::new(&mut store)?.run(&mut store));
        }
    }
    assert!(!numbers.is_changed());
}

fn check(path: &Path, context: &str) {
    let store = Store::open(path, &Options::new()).unwrap();
    let numbers = store.document("numbers").unwrap();
    let expected: String = (0..COMMITS).map(|number| format!("{number} ")).collect();
    assert_eq!(
        numbers.doc().text("body").to_string(),
        expected,
        "{context}"
    );
    let picture = store.named_blob("picture").unwrap();
    assert_eq!(picture, BlobId::of(b"a picture"), "{context}");
    let mut verification = Verification::new(&store).unwrap();
    while verification.work().unwrap() {}
    let failures = verification.failures();
    assert!(failures.is_empty(), "{context}: {failures:?}");
}

#[test]
fn every_allocation_may_fail() {
    install_memory();
    install();
    skip_syncs(true);
    let step = match std::env::var_os("SYNCLINE_LONG") {
        Some(_) => 1,
        None => 23,
    };
    let mut fired = 0;
    for lasts in [false, true] {
        for left in (0..).step_by(step) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("numbers");
            let mut store = Store::create(&path, &Options::new()).unwrap();
            store.create_document("numbers").unwrap();
            drop(store);
            fail_memory(left, lasts);
            let worked = std::panic::catch_unwind(|| workload(&path));
            let has_fired = heal_memory() || HEALED.swap(false, Ordering::Relaxed);
            let context = format!("after {left} allocations, lasting: {lasts}");
            assert!(worked.is_ok(), "{context}");
            check(&path, &context);
            if !has_fired {
                break;
            }
            fired += 1;
        }
    }
    println!("{fired} allocations failed");
    assert!(fired > 60, "{fired}");
}
