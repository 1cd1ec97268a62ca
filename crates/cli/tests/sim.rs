//! `sim`: histories of replicas on a network that fails.
//!
//! - One history tells what it came to, as lines, as JSON, or with all that happened.
//! - The same seed gives the same; many seeds are counted.
//! - What cannot be is refused.

mod support;

use serde_json::Value as Json;
use support::syncline;

fn line(arguments: &[&str]) -> Json {
    let ran = syncline(arguments);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{ran:#?}");
    let mut lines = ran.json_lines();
    assert_eq!(lines.len(), 1, "{ran:#?}");
    lines.remove(0)
}

#[test]
fn the_same_seed_gives_the_same() {
    let arguments = [
        "sim",
        "--replicas",
        "3",
        "--documents",
        "2",
        "--operations",
        "70",
        "--seed",
        "5",
        "--json",
    ];
    let (mut one, mut other) = (line(&arguments), line(&arguments));
    for end in [&mut one, &mut other] {
        let ms = end.as_object_mut().expect("fields").remove("ms");
        assert!(ms.is_some_and(|ms| ms.as_f64() > Some(0.0)));
    }
    assert_eq!(one, other);
    assert_eq!(one["converged"], true);
    assert_eq!(one["error"], Json::Null);
    assert_eq!(one["hash"].as_str().map(str::len), Some(64));
    for (key, expected) in [("replicas", 3), ("documents", 2), ("operations", 70)] {
        assert_eq!(one[key], expected, "{key}");
    }
    for key in ["bytes", "round_trips", "steps", "sessions", "messages"] {
        assert!(one[key].as_u64() > Some(0), "{key}: {one}");
    }
}

#[test]
fn all_that_happened_is_told() {
    let ran = syncline(&["sim", "--seed", "3", "--history"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{ran:#?}");
    for part in [
        "seed 3:",
        "meet on edge",
        "writes document",
        "hello",
        "all converged",
    ] {
        assert!(ran.out.contains(part), "{part:?}: {}", ran.out);
    }
    let short = syncline(&["sim", "--seed", "3"]);
    let last = |out: &str| out.lines().last().map(str::to_owned);
    assert_eq!(last(&ran.out), last(&short.out));
    assert!(short.out.lines().count() < 10, "{short:#?}");
}

#[test]
fn many_are_counted() {
    let sum = line(&["sim", "--seeds", "0..5", "--json"]);
    assert_eq!(sum["histories"], 5);
    assert_eq!(sum["converged"], true);
    assert_eq!(sum["failed"], Json::Array(Vec::new()));
    assert_eq!(
        sum["hash"],
        line(&["sim", "--seeds", "0..5", "--json"])["hash"]
    );
    let ran = syncline(&["sim", "--seeds", "0..5"]);
    assert!(ran.out.contains("5 histories") && ran.out.contains("a second"));
    assert!(ran.out.contains("all converged"), "{ran:#?}");
}

#[test]
fn what_cannot_be_is_refused() {
    for arguments in [
        &["sim", "--seeds", "7"][..],
        &["sim", "--seeds", "7..7"],
        &["sim", "--seed", "1", "--seeds", "0..2"],
        &["sim", "--replicas", "1"],
        &["sim", "--history", "--json"],
    ] {
        assert_eq!(syncline(arguments).code, 2, "{arguments:?}");
    }
}
