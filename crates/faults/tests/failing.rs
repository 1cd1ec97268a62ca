//! Operations on files fail: each in turn, once and from then on, with the device's error, a full disk, and half a write. What is
//! asked of the store then is told in `support`.
//!
//! Every fourth operation; with `SYNCLINE_LONG=1` every one.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod support;

use support::{Trouble, at_each_point};
use syncline_store::Error;
use syncline_store_faults::{Fault, fail, heal, install, skip_syncs};

/// A failure that is one of the disk's.
fn is_named(error: &Error, fault: Fault) -> bool {
    match error {
        Error::Full { .. } => fault == Fault::Full,
        Error::Io { .. } => true,
        _ => false,
    }
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
