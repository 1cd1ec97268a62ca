//! The program has no memory left: a child is aborted at one of its allocations, as Rust does then.
//!
//! - What was said to be committed is there; nothing is there twice; what was not said may be there, whole.
//! - The next process opens the store at once, and goes on.
//!
//! The allocations lie ever further apart, 30 of them; with `SYNCLINE_LONG=1` 2,000, 50 to a store: all of it is read after each.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use syncline_store::{Collection, Compaction, Entry, Job, Options, Store, Verification};
use syncline_store_faults::{Heap, fail_heap};
use tempfile::TempDir;

#[global_allocator]
static HEAP: Heap = Heap;

const STORE: &str = "SYNCLINE_STORE_OF_CHILD";
const LEFT: &str = "SYNCLINE_ALLOCATIONS_OF_CHILD";

/// Numbers that a child commits before it ends by itself.
const NUMBERS: u32 = 40;

/// Tries after which a new store is begun.
const TRIES: u32 = 50;

/// Not a test by itself: what a child runs, until it is aborted.
#[test]
#[ignore = "is run by the test below, as a process of its own"]
fn child() {
    let Some(path) = std::env::var_os(STORE) else {
        return;
    };
    let left = std::env::var(LEFT).unwrap().parse().unwrap();
    let mut out = std::io::stdout();
    fail_heap(left);
    let mut store = Store::open(&path, &Options::new()).unwrap();
    let mut numbers = store.document("numbers").unwrap();
    let first = count(&numbers.doc().text("body").to_string());
    for number in first..first + NUMBERS {
        let push = |tx: &mut syncline::Transaction<'_>| tx.text("body").push(&format!("{number} "));
        let entry = Entry::new().key(number.to_string());
        store.write(&mut numbers, &entry, push).unwrap();
        out.write_all(format!("said {number}\n").as_bytes())
            .unwrap();
        out.flush().unwrap();
        if number % 10 == 5 {
            store.put_blob(&b"a picture"[..]).unwrap();
            Compaction::new(&store).unwrap().run(&mut store).unwrap();
            Collection::new(&mut store)
                .unwrap()
                .run(&mut store)
                .unwrap();
        }
    }
}

/// How many numbers a text holds, which are all from 0 on.
fn count(body: &str) -> u32 {
    let found: Vec<u32> = body
        .split_whitespace()
        .map(|n| n.parse().unwrap())
        .collect();
    let there = u32::try_from(found.len()).unwrap();
    assert!(found.into_iter().eq(0..there), "{body}");
    there
}

/// Lets a child commit until so many allocations were made; gives the number after the last that it said, if it said one, and
/// whether it was aborted.
fn aborted(path: &Path, left: u32) -> (Option<u32>, bool) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "child", "--ignored", "--nocapture"]);
    command.env(STORE, path).env(LEFT, left.to_string());
    let output = command.stderr(Stdio::null()).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let mut numbers = said.lines().filter_map(|line| line.split_once("said "));
    let last = numbers
        .next_back()
        .map(|(_, number)| number.parse::<u32>().unwrap() + 1);
    (last, !output.status.success())
}

#[test]
fn nothing_committed_is_lost_with_the_memory() {
    let tries: u32 = match std::env::var_os("SYNCLINE_LONG") {
        Some(_) => 2000,
        None => 30,
    };
    let (mut folder, mut next) = (new_store(), 0);
    let (mut numbers_said, mut aborts) = (0, 0);
    for at in 0..tries {
        if at % TRIES == TRIES - 1 {
            (folder, next) = (new_store(), 0);
        }
        let path = folder.path().join("numbers");
        let [far, all] = [at, tries].map(u64::from);
        let left = u32::try_from(far * far * 18_000 / all / all).unwrap() + at % 7;
        let (said, was_aborted) = aborted(&path, left);
        aborts += u32::from(was_aborted);
        numbers_said += said.map_or(0, |said| said - next);
        next = said.unwrap_or(next);
        let store = Store::open(&path, &Options::new()).unwrap();
        let numbers = store.document("numbers").unwrap();
        let there = count(&numbers.doc().text("body").to_string());
        // It may have been aborted after a commit, before it could say so.
        assert!(
            (next..=next + 1).contains(&there),
            "{left}: {there} of {next}"
        );
        next = there;
        let mut verification = Verification::new(&store).unwrap();
        while verification.work().unwrap() {}
        assert!(verification.failures().is_empty(), "{left}");
    }
    println!("{aborts} aborts, {numbers_said} numbers");
    assert!(
        aborts > tries / 3 && numbers_said > tries / 3,
        "{aborts} aborts, {numbers_said} numbers"
    );
}

fn new_store() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::create(folder.path().join("numbers"), &Options::new()).unwrap();
    store.create_document("numbers").unwrap();
    folder
}
