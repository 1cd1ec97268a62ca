//! SQLite is given no memory: at each allocation in turn, once and from then on. What is asked of the store then is told in
//! `support`.
//!
//! Every 23rd allocation; with `SYNCLINE_LONG=1` every one.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod support;

use std::sync::{Mutex, PoisonError};

use support::{Trouble, at_each_point};
use syncline_store::{Entry, Error, Options, Store};
use syncline_store_faults::{
    Event, fail_memory, heal_memory, install, install_memory, record, recorded, skip_syncs,
};

/// What fails does so for the whole process.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// A commit that waits for no disk tells SQLite so, and may fail at anything it does then.
#[test]
fn what_fails_without_waiting_has_no_later_commit_wait_for_nothing() {
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    install_memory();
    install();
    skip_syncs(true);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("numbers");
    let mut store = Store::create(&path, &Options::new()).unwrap();
    let mut numbers = store.create_document("numbers").unwrap();
    let mut push = |store: &mut Store, waits: bool| {
        let push = |tx: &mut syncline::Transaction<'_>| tx.text("body").push("1");
        numbers.doc_mut().transact(push).unwrap();
        match waits {
            true => store.commit(&mut numbers, &Entry::new()),
            false => store.commit_soon(&mut [&mut numbers], &Entry::new()),
        }
    };
    let mut failed = 0;
    for lasts in [false, true] {
        for left in 0.. {
            fail_memory(left, lasts);
            let soon = push(&mut store, false);
            let has_failed = heal_memory();
            failed += u32::from(soon.is_err());
            record();
            push(&mut store, true).unwrap();
            let events = recorded();
            let of_log = |file: &String| file.ends_with("-wal");
            let written = events
                .iter()
                .rposition(|event| matches!(event, Event::Write { file, .. } if of_log(file)));
            let synced = events
                .iter()
                .rposition(|event| matches!(event, Event::Sync { file } if of_log(file)));
            assert!(
                written.is_some() && synced > written,
                "after {left}: {lasts}"
            );
            if !has_failed {
                break;
            }
        }
    }
    assert!(failed > 0);
}

#[test]
fn every_allocation_may_fail() {
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    install_memory();
    install();
    skip_syncs(true);
    let step = match std::env::var_os("SYNCLINE_LONG") {
        Some(_) => 1,
        None => 23,
    };
    let trouble = Trouble {
        name: "no memory",
        begin: &fail_memory,
        heal: heal_memory,
        is_named: &|error| matches!(error, Error::Io { .. }),
        commits: 4,
        picture: b"a picture",
    };
    let fired = at_each_point(&trouble, step);
    println!("{fired} allocations failed");
    assert!(fired > 60, "{fired}");
}
