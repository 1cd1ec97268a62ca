//! SQLite is given no memory: at each allocation in turn, once and from then on. What is asked of the store then is told in
//! `support`.
//!
//! Every 23rd allocation; with `SYNCLINE_LONG=1` every one.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod support;

use support::{Trouble, at_each_point};
use syncline_store::Error;
use syncline_store_faults::{fail_memory, heal_memory, install, install_memory, skip_syncs};

#[test]
fn every_allocation_may_fail() {
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
