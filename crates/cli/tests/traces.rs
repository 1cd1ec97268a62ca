//! `replay` and `play` on real and generated histories, where they are there.
//!
//! - All of them end as the files say, on every replica.
//!
//! They are looked for in `SYNCLINE_TRACES`, else in `../shared/traces` beside the workspace. The one with
//! hundreds of replicas is run where `SYNCLINE_LONG` is 1.

mod support;

use support::{syncline, workspace};

fn check(command: &str, file: &str, histories: usize) {
    let folder = match std::env::var_os("SYNCLINE_TRACES") {
        Some(folder) => workspace().join(folder),
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

#[test]
fn generated_concurrent_histories() {
    check("replay", "concurrent-random.jsonl.gz", 300);
}

/// Those that the library's own tests keep.
#[test]
fn kept_histories() {
    let path = workspace().join("tests/convergence/histories.jsonl");
    let ran = syncline(&["replay", "--check", path.to_str().expect("UTF-8 paths")]);
    assert_eq!(ran.code, 0, "{ran:#?}");
    assert!(ran.out.contains("3 of 3 "), "{ran:#?}");
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
    check("replay", "friendsforever.json.gz", 1);
}

#[test]
fn clownschool() {
    check("replay", "clownschool.json.gz", 1);
}

#[test]
fn rustcode() {
    check("replay", "rustcode.json.gz", 1);
}

#[test]
fn automerge_paper() {
    check("replay", "automerge-paper.json.gz", 1);
}

#[test]
fn git_makefile() {
    if std::env::var("SYNCLINE_LONG").as_deref() == Ok("1") {
        check("replay", "git-makefile.json.gz", 1);
    } else {
        println!("git-makefile, with 375 replicas, is checked with SYNCLINE_LONG=1");
    }
}
