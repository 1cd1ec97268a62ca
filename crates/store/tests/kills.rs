//! Real processes, killed at random points.
//!
//! A child puts blobs, and commits numbers that refer to the newest of them, each under its own key; it compacts and collects in
//! between, and says each number when it is committed. It is killed, and the next one begins with the first that was not said.
//!
//! - What was said to be committed is there; nothing is there twice; what was not said may be there, whole.
//! - The blob that is referred to is there, whole.
//! - The lock goes with the process: the next one opens at once.
//!
//! 12 kills; with `SYNCLINE_LONG=1` a thousand, 50 to a store: all of it is read after each. Half of them with [`Durability::Fast`]: the end of a process takes nothing.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use support::{Place, body, bytes};
use syncline_store::{
    BlobId, Collection, Compaction, Durability, Entry, Job, Options, Store, Verification,
};

const STORE: &str = "SYNCLINE_STORE_OF_CHILD";
const FIRST: &str = "SYNCLINE_FIRST_OF_CHILD";
/// Kills after which a new store is begun.
const KILLS: u32 = 50;

const FAST: &str = "SYNCLINE_FAST_OF_CHILD";

/// Not a test by itself: what a child runs, until it is killed.
#[test]
#[ignore = "is run by the test below, as a process of its own"]
fn child() {
    let Some(path) = std::env::var_os(STORE) else {
        return;
    };
    let durability = match std::env::var_os(FAST) {
        Some(_) => Durability::Fast,
        None => Durability::Full,
    };
    let options = Options::new().durability(durability);
    let mut store = match Store::open(&path, &options) {
        Ok(store) => store,
        Err(_) => Store::create(&path, &options).unwrap(),
    };
    let mut numbers = match store.has_document("numbers").unwrap() {
        true => store.document("numbers").unwrap(),
        false => store.create_document("numbers").unwrap(),
    };
    let first: u32 = std::env::var(FIRST).unwrap().parse().unwrap();
    let mut job: Box<dyn Job> = Box::new(Compaction::new(&store).unwrap());
    let mut jobs = 0;
    let mut out = std::io::stdout();
    for number in first.. {
        let entry = Entry::new().key(number.to_string());
        let picture = store.put_blob(&*bytes(number.into(), 70_000)).unwrap();
        let push = |tx: &mut syncline::Transaction<'_>| {
            tx.map("meta").set("picture", picture.to_string())?;
            tx.text("body").push(&format!("{number} "))
        };
        store.write(&mut numbers, &entry, push).unwrap();
        out.write_all(format!("said {number}\n").as_bytes())
            .unwrap();
        out.flush().unwrap();
        if !job.go_on(&mut store).unwrap() {
            jobs += 1;
            job = match jobs % 2 {
                0 => Box::new(Compaction::new(&store).unwrap()),
                _ => Box::new(Collection::new(&mut store).unwrap().at_once()),
            };
        }
    }
}

/// Lets a child commit from a number on, kills it after it said `count` more; gives the first number that it did not say.
fn killed(path: &Path, first: u32, count: u32, spin: u32, is_fast: bool) -> u32 {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "child", "--ignored", "--nocapture"]);
    command.env(STORE, path).env(FIRST, first.to_string());
    if is_fast {
        command.env(FAST, "1");
    }
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = first;
    let mut hear = |line: std::io::Result<String>| {
        let line = line.unwrap();
        // The first follows what the test harness says on the same line.
        if let Some((_, number)) = line.split_once("said ") {
            assert_eq!(number.parse(), Ok(next));
            next += 1;
        }
        next - first >= count
    };
    let has_said = lines.any(&mut hear);
    assert!(has_said, "the child ended by itself");
    for at in 0..spin {
        std::hint::black_box(at);
    }
    child.kill().unwrap();
    // What it had said before it was killed counts too.
    for line in lines {
        hear(line);
    }
    child.wait().unwrap();
    next
}

#[test]
fn nothing_committed_is_lost_or_there_twice() {
    let kills = match std::env::var_os("SYNCLINE_LONG") {
        Some(_) => 1000,
        None => 12,
    };
    let mut place = Place::new();
    let (mut next, mut all) = (0, 0);
    let mut state = 0x2545_f491_u32;
    let mut random = |below: u32| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state % below
    };
    for kill in 0..kills {
        if kill % KILLS == 0 {
            (place, next) = (Place::new(), 0);
        }
        let (count, spin) = (1 + random(30), random(400_000));
        let before = next;
        next = killed(&place.path, next, count, spin, kill % 2 == 1);
        all += next - before;

        let store = place.open();
        let numbers = store.document("numbers").unwrap();
        let picture = numbers.doc().get("meta/picture").unwrap();
        let picture: BlobId = picture.as_str().unwrap().parse().unwrap();
        let mut content = Vec::new();
        store
            .open_blob(&picture)
            .unwrap()
            .read_to_end(&mut content)
            .unwrap();
        assert_eq!(BlobId::of(&content), picture, "kill {kill}");
        let found = body(&numbers);
        let found: Vec<u32> = found
            .split_whitespace()
            .map(|n| n.parse().unwrap())
            .collect();
        let there = u32::try_from(found.len()).unwrap();
        assert!(found.iter().copied().eq(0..there), "kill {kill}: {found:?}");
        // It may have been killed after a commit, before it could say so.
        assert!(
            (next..=next + 1).contains(&there),
            "kill {kill}: {there} of {next}"
        );
        let mut verification = Verification::new(&store).unwrap();
        while verification.work().unwrap() {}
        assert!(verification.failures().is_empty(), "kill {kill}");
    }
    assert!(all >= kills);
}
