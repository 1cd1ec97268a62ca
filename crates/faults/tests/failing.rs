//! Operations on files fail: each in turn, once and from then on, with the device's error, a full disk, and half a write.
//!
//! - The error has a name, and is not taken for damage.
//! - What had been committed stays; what failed can be committed again when the disk is well, and is there once.
//! - The store opens again, and is whole.
//!
//! Every fourth operation; with `SYNCLINE_LONG=1` every one.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use syncline_store::{
    BlobId, Collection, Compaction, Document, Entry, Error, Job, Options, Store, Verification,
};
use syncline_store_faults::{Fault, fail, heal, install, skip_syncs};

const COMMITS: u32 = 6;

const PICTURE: [u8; 3000] = [7; 3000];

/// Whether a failure was seen, and the disk made well.
static HEALED: AtomicBool = AtomicBool::new(false);

/// A failure that is one of the disk's.
fn is_named(error: &Error, fault: Fault) -> bool {
    match error {
        Error::Full { .. } => fault == Fault::Full,
        Error::Io { .. } => true,
        _ => false,
    }
}

/// Does something; if it fails, the disk is made well, and it is done again.
fn insist<T>(fault: Fault, mut act: impl FnMut() -> Result<T, Error>) -> T {
    match act() {
        Ok(done) => done,
        Err(error) => {
            assert!(is_named(&error, fault), "{error}");
            HEALED.store(heal(), Ordering::Relaxed);
            act().unwrap()
        }
    }
}

fn commit(store: &mut Store, numbers: &mut Document, number: u32, fault: Fault) {
    let push = |tx: &mut syncline::Transaction<'_>| tx.text("body").push(&format!("{number} "));
    numbers.doc_mut().transact(push).unwrap();
    insist(fault, || store.commit(numbers, &Entry::new()));
}

/// Commits and compacts on a disk that fails.
fn workload(path: &Path, fault: Fault) {
    let mut store = insist(fault, || Store::open(path, &Options::new()));
    let mut numbers = insist(fault, || store.document("numbers"));
    for number in 0..COMMITS {
        commit(&mut store, &mut numbers, number, fault);
        if number == COMMITS / 2 {
            insist(fault, || Compaction::new(&store)?.run(&mut store));
            let picture = insist(fault, || store.put_blob(&PICTURE[..]));
            insist(fault, || store.name_blob("picture", &picture));
            insist(fault, || Collection::new(&mut store)?.run(&mut store));
        }
    }
    assert!(!numbers.is_changed());
}

#[test]
fn every_operation_may_fail() {
    install();
    skip_syncs(true);
    let step = match std::env::var_os("SYNCLINE_LONG") {
        Some(_) => 1,
        None => 4,
    };
    let mut fired = 0;
    for fault in [Fault::Device, Fault::Full, Fault::Short] {
        for lasts in [false, true] {
            for left in (0..).step_by(step) {
                let folder = tempfile::tempdir().unwrap();
                let path = folder.path().join("numbers");
                let mut store = Store::create(&path, &Options::new()).unwrap();
                store.create_document("numbers").unwrap();
                drop(store);
                fail(left, fault, lasts);
                let worked = std::panic::catch_unwind(|| workload(&path, fault));
                let has_fired = heal() || HEALED.swap(false, Ordering::Relaxed);
                assert!(
                    worked.is_ok(),
                    "{fault:?} after {left} operations, lasting: {lasts}"
                );

                let store = Store::open(&path, &Options::new()).unwrap();
                let numbers = store.document("numbers").unwrap();
                let body = numbers.doc().text("body").to_string();
                let expected: String = (0..COMMITS).map(|number| format!("{number} ")).collect();
                assert_eq!(
                    body, expected,
                    "{fault:?} after {left} operations, lasting: {lasts}"
                );
                let picture = store.named_blob("picture").unwrap();
                assert_eq!(picture, BlobId::of(&PICTURE), "{fault:?} after {left}");
                let mut verification = Verification::new(&store).unwrap();
                while verification.work().unwrap() {}
                assert!(verification.failures().is_empty(), "{fault:?} after {left}");
                if !has_fired {
                    break;
                }
                fired += 1;
            }
        }
    }
    assert!(fired > 100, "{fired}");
}
