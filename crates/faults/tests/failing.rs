//! Operations on files fail: each in turn, once and from then on, with the device's error, a full disk, and half a write. What is
//! asked of the store then is told in `support`.
//!
//! Every fourth operation; with `SYNCLINE_LONG=1` every one.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod support;

use std::fs;
use std::sync::{Mutex, PoisonError};

use support::{Trouble, at_each_point};
use syncline_store::{Error, Options, Store};
use syncline_store_faults::{Fault, fail, heal, install, skip_syncs};

/// What fails does so for the whole process.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// A failure that is one of the disk's.
fn is_named(error: &Error, fault: Fault) -> bool {
    match error {
        Error::Full { .. } => fault == Fault::Full,
        Error::Io { .. } => true,
        _ => false,
    }
}

/// What is to be whole or not there takes no room on a disk that is full.
#[test]
fn what_cannot_be_made_leaves_nothing() {
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    install();
    let folder = tempfile::tempdir().unwrap();
    let [path, copy] = ["numbers", "copy"].map(|name| folder.path().join(name));
    let mut store = Store::create(&path, &Options::new()).unwrap();
    store.create_document("numbers").unwrap();
    let makes: [&dyn Fn() -> Result<(), Error>; 2] = [&|| store.export(&copy), &|| {
        Store::create(&copy, &Options::new()).map(drop)
    }];
    for make in makes {
        for left in (0..).step_by(5) {
            fail(left, Fault::Full, true);
            let made = make();
            let has_failed = heal();
            let found = fs::read_dir(folder.path()).unwrap();
            let names = found.map(|file| file.unwrap().file_name().into_string().unwrap());
            let parts: Vec<String> = names.filter(|name| name.contains(".part")).collect();
            assert_eq!(parts, [""; 0], "{left}");
            match has_failed {
                true => assert!(matches!(made, Err(Error::Full { .. } | Error::Io { .. }))),
                false => {
                    made.unwrap();
                    break;
                }
            }
            // It was made, and could not be opened any more: then it is whole.
            if copy.exists() {
                drop(Store::open(&copy, &Options::new()).unwrap());
                fs::remove_file(&copy).unwrap();
            }
        }
        fs::remove_file(&copy).unwrap();
    }
}

#[test]
fn every_operation_may_fail() {
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);

    install();
    skip_syncs(true);
    let step = match std::env::var_os("SYNCLINE_LONG") {
        Some(_) => 1,
        None => 4,
    };
    let mut fired = 0;
    for fault in [Fault::Device, Fault::Full, Fault::Short] {
        let trouble = Trouble {
            name: &format!("{fault:?}"),
            begin: &|left, lasts| fail(left.into(), fault, lasts),
            heal,
            is_named: &|error| is_named(error, fault),
            commits: 6,
            picture: &[7; 3000],
        };
        fired += at_each_point(&trouble, step);
    }
    println!("{fired} operations failed");
    assert!(fired > 100, "{fired}");
}
