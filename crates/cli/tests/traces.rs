//! `replay` and `play` on real and generated histories, where they are there.
//!
//! - All of them end as the files say, on every replica.
//!
//! They are looked for in `SYNCLINE_TRACES`, else in `../shared/traces` beside the workspace. The large ones are
//! run where `SYNCLINE_LONG` is 1.

mod support;

use std::path::PathBuf;

use support::{syncline, workspace};

fn check(command: &str, file: &str, histories: usize) {
    let folder = match std::env::var_os("SYNCLINE_TRACES") {
        Some(folder) => PathBuf::from(folder),
        None => workspace().join("../shared/traces"),
    };
    let path = folder.join(file);
    if !path.exists() {
        println!(
            "not checked, {} is not there: set SYNCLINE_TRACES to the folder of the traces",
            path.display()
        );
        return;
    }
    let ran = syncline(&[command, "--check", path.to_str().expect("UTF-8 paths")]);
    assert_eq!(ran.code, 0, "{ran:#?}");
    assert!(
        ran.out.contains(&format!("{histories} of {histories} ")),
        "{ran:#?}"
    );
}

fn check_long(file: &str) {
    if std::env::var("SYNCLINE_LONG").as_deref() == Ok("1") {
        check("replay", file, 1);
    } else {
        println!("{file} is checked with SYNCLINE_LONG=1");
    }
}

#[test]
fn generated_concurrent_histories() {
    check("replay", "concurrent-random.jsonl.gz", 300);
}

#[test]
fn scenarios() {
    check("play", "scenarios.jsonl.gz", 200);
}

#[test]
fn sveltecomponent() {
    check("replay", "sveltecomponent.json.gz", 1);
}

#[test]
fn friendsforever() {
    check_long("friendsforever.json.gz");
}

#[test]
fn clownschool() {
    check_long("clownschool.json.gz");
}

#[test]
fn rustcode() {
    check_long("rustcode.json.gz");
}

#[test]
fn automerge_paper() {
    check_long("automerge-paper.json.gz");
}

#[test]
fn git_makefile() {
    check_long("git-makefile.json.gz");
}
