//! `demo`, and the help of every command.
//!
//! - The page fits 80 columns and holds no colour where the output is no terminal.
//! - It shows both sides before, one document after, what was shipped, and who won and why.
//! - Every command has help with an example; misuse exits 2 and says what to do.

mod support;

use support::{Ran, command, syncline};

fn demo() -> Ran {
    let ran = syncline(&["demo"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    ran
}

#[test]
fn fits_eighty_columns_without_colour() {
    let page = demo().out;
    for line in page.lines() {
        assert!(line.chars().count() <= 80, "too wide: {line:?}");
        assert!(
            line.chars().all(|character| !character.is_control()),
            "an escape: {line:?}"
        );
    }
}

#[test]
fn tells_the_story() {
    let page = demo().out;
    let before = page.find("two truths").expect("both sides");
    let after = page.find("both show exactly this").expect("the outcome");
    let (apart, together) = (&page[before..after], &page[after..]);
    assert!(
        apart.contains("day: Saturday") && apart.contains("day: Sunday"),
        "{apart}"
    );
    assert!(
        together.contains("ten from the") && together.contains("harbour"),
        "both edits of the text: {together}"
    );
    assert!(
        together.contains("I bring the tea. I have the"),
        "neither sentence is torn: {together}"
    );
    assert!(
        together.contains("apples, bread, cheese, coffee"),
        "{together}"
    );
    assert!(together.contains("votes   6"), "3 + 2 + 1: {together}");
    assert!(
        together.contains("show Sunday, because") && together.contains("Lamport"),
        "{together}"
    );
}

#[test]
fn what_is_shipped_is_less_than_the_document() {
    let page = demo().out;
    let line = page
        .lines()
        .find(|line| line.contains("Ada sends "))
        .expect("what was shipped");
    let sent: Vec<usize> = line
        .split(' ')
        .filter_map(|word| word.parse().ok())
        .collect();
    let saved = page
        .split("saved, is ")
        .nth(1)
        .and_then(|rest| rest.split(' ').next())
        .expect("the size");
    let saved: usize = saved.parse().expect("a number");
    assert_eq!(sent.len(), 2);
    assert!(
        sent.iter().all(|&bytes| bytes > 0 && bytes < saved),
        "{sent:?} of {saved}"
    );
}

/// Every command, as `--help` lists them.
fn commands() -> Vec<String> {
    let page = syncline(&["--help"]).out;
    let (_, listed) = page.split_once("Commands:\n").expect("a list of commands");
    let lines = listed.lines().take_while(|line| !line.is_empty());
    let names = lines.filter_map(|line| line.split_whitespace().next());
    names
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_help_has_an_example() {
    let commands = commands();
    for known in ["demo", "edit", "get", "man"] {
        assert!(commands.iter().any(|name| name == known), "{commands:?}");
    }
    let pages = commands.iter().map(|name| vec![name.as_str(), "--help"]);
    for arguments in pages.chain([vec!["--help"]]) {
        let ran = syncline(&arguments);
        assert_eq!(ran.code, 0);
        assert!(ran.out.contains("Example"), "{arguments:?}: {}", ran.out);
        for line in ran.out.lines() {
            assert!(line.chars().count() <= 80, "{arguments:?}: {line:?}");
        }
    }
}

#[test]
fn misuse_exits_with_2() {
    for arguments in [
        &["replay"][..],
        &["play"],
        &["replay", "--chek", "a.json"],
        &["demo", "file"],
        &["draw"],
    ] {
        let ran = syncline(arguments);
        assert_eq!(ran.code, 2, "{arguments:?}");
        assert!(ran.err.contains("--help"), "the next step: {}", ran.err);
    }
}

#[test]
fn a_reader_that_left_is_no_failure() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let output = command(&["demo"])
        .stdout(writer)
        .output()
        .expect("the binary runs");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}
