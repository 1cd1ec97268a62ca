//! `reconcile`: what it takes two sides to find what differs.
//!
//! - Both sides find exactly what was planted, as strangers and as a known pair.
//! - Bytes and round trips stay within what is promised for the sizes tried here.
//! - What cannot be is refused with a next step.

mod support;

use serde_json::Value as Json;
use support::{number, syncline};

fn lines(entries: &str, differ: &str, tail: bool) -> Vec<Json> {
    let mut arguments = vec![
        "reconcile",
        "--entries",
        entries,
        "--differ",
        differ,
        "--json",
    ];
    if tail {
        arguments.push("--tail");
    }
    let ran = syncline(&arguments);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{ran:#?}");
    ran.json_lines()
}

/// Checks one pair of lines; most bytes and round trips at first contact, and most bytes of a known pair.
#[track_caller]
fn check(entries: &str, differ: &str, tail: bool, first: (u64, u64), known: u64) {
    let lines = lines(entries, differ, tail);
    assert_eq!(lines.len(), 2);
    for (line, pair, (bytes, trips)) in [
        (&lines[0], "first", first),
        (&lines[1], "known", (known, 1)),
    ] {
        assert_eq!(line["pair"], pair);
        assert_eq!(line["exact"], true, "{line}");
        assert_eq!(line["tail"], tail);
        assert_eq!(number(line, "entries").to_string(), entries);
        assert_eq!(number(line, "differ").to_string(), differ);
        assert!(line["ms"].as_f64().is_some_and(|ms| ms > 0.0), "{line}");
        assert!(
            number(line, "bytes_out") + number(line, "bytes_in") <= bytes,
            "{line}"
        );
        assert!(number(line, "round_trips") <= trips, "{line}");
    }
}

#[test]
fn few_bytes_tell_what_differs() {
    check("64", "0", false, (750, 1), 64);
    check("64", "10", false, (800, 1), 200);
    check("1000", "1", false, (950, 1), 96);
    check("1000", "100", false, (7_000, 2), 1_300);
    check("1000", "1000", false, (12_000, 2), 12_000);
    check("10000", "0", false, (950, 1), 64);
    check("10000", "10", false, (1_100, 1), 200);
    check("10000", "1000", false, (65_000, 2), 12_000);
}

#[test]
fn what_is_newest_costs_less() {
    check("10000", "100", true, (3_200, 3), 1_300);
    check("10000", "1000", true, (20_000, 3), 12_000);
}

#[test]
fn people_get_a_table() {
    let ran = syncline(&["reconcile", "--entries", "2000", "--differ", "3"]);
    ran.assert_tells(&[
        "2,000 entries",
        "first contact",
        "known",
        "round trips",
        "yes",
    ]);
    assert!(
        ran.out.lines().all(|line| line.chars().count() <= 80),
        "{ran:#?}"
    );
}

#[test]
fn what_cannot_be_is_refused() {
    let ran = syncline(&["reconcile", "--entries", "10", "--differ", "11"]);
    ran.assert_failed(2, &["11 entries", "10"]);
    assert_eq!(
        syncline(&["reconcile", "--entries", "0", "--differ", "0"]).code,
        2
    );
    assert_eq!(syncline(&["reconcile"]).code, 2);
}
