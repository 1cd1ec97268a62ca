//! `play` on scenarios written here, on the examples, and on those in the documentation.
//!
//! - Every step and edit of the language does what `docs/scenarios.md` says; its own examples run under `--check`.
//! - A difference exits 1 and shows path, expected and found; what cannot be read or run exits 2 with its place.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod support;

use std::fs;

use serde_json::{Value as Json, json};
use support::{Folder, Ran, syncline, workspace};

/// Plays one scenario under `--check --json`.
fn played(test: &str, scenario: &Json) -> Ran {
    let folder = Folder::new(test);
    syncline(&[
        "play",
        "--check",
        "--json",
        &folder.write("scenario.json", scenario.to_string()),
    ])
}

fn scenario(replicas: u32, steps: Json, expect: Json) -> Json {
    json!({"kind": "scenario", "replicas": replicas, "steps": steps, "expect": expect})
}

#[track_caller]
fn assert_as_expected(ran: &Ran) {
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{ran:#?}");
    assert!(
        ran.json_lines()
            .iter()
            .all(|line| line["matches_expect"] == true),
        "{ran:#?}"
    );
}

#[test]
fn the_examples_end_as_they_say() {
    let folder = workspace().join("examples/scenarios");
    let mut files: Vec<String> = fs::read_dir(folder)
        .expect("the examples are there")
        .map(|entry| entry.unwrap().path().to_str().unwrap().to_owned())
        .collect();
    files.sort();
    assert!(files.len() >= 6, "{files:?}");
    let mut arguments = vec!["play".to_owned(), "--check".to_owned(), "--json".to_owned()];
    arguments.extend(files);
    let ran = syncline(&arguments);
    assert_as_expected(&ran);
    assert!(ran.json_lines().len() >= 18);
}

#[test]
fn containers_move_from_key_to_key() {
    let steps = json!([
        {"on": 0, "do": [["map", "m/a", "set", "n", 1], ["map", "m/b", "set", "n", 2]]},
        {"sync": [0, 1]},
        {"on": 0, "do": [["map", "m/a", "move_to", "m/b/a"]]},
        {"on": 1, "do": [["map", "m/b", "move_to", "m/a/b"]]},
        {"on": 1, "do": [["map", "m/a", "move_to", "m/a/b/a"]], "fails": "CannotMove"},
        {"sync": [0, 1]},
    ]);
    let expect = json!({"json": {"m": {"b": {"n": 2, "a": {"n": 1}}}}, "conflicts": {}});
    assert_as_expected(&played("moves", &scenario(2, steps, expect)));
}

#[test]
fn the_documentation_is_right() {
    let page =
        fs::read_to_string(workspace().join("docs/scenarios.md")).expect("the page is there");
    let blocks: Vec<&str> = page
        .split("```json\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect();
    assert!(blocks.len() >= 4, "{} examples", blocks.len());
    let folder = Folder::new("play_documentation");
    for (number, block) in blocks.iter().enumerate() {
        assert_as_expected(&syncline(&[
            "play",
            "--check",
            "--json",
            &folder.write(&format!("{number}.json"), block),
        ]));
    }
}

/// The library's property tests print a failing case in this language and keep it there.
#[test]
fn the_kept_cases_of_the_library_play() {
    let path = workspace().join("tests/convergence/cases.jsonl");
    let ran = syncline(&["play", "--check", path.to_str().expect("UTF-8 paths")]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{ran:#?}");
}

#[test]
fn json_tells_the_end() {
    let steps = json!([
        {"on": 0, "do": [["map", "m", "set", "k", 1], ["text", "t", "insert", 0, ""], ["map", "m/deep", "set", "x", 1]]},
        {"sync": [0, 1]},
        {"on": 0, "do": [["map", "m/deep", "set", "x", 2]]},
        {"on": 1, "do": [["map", "m/deep", "set", "x", 3]]},
    ]);
    let ran = played(
        "play_json",
        &json!({"kind": "scenario", "replicas": 2, "steps": steps}),
    );
    assert_eq!(
        ran.code, 0,
        "nothing is expected, and they converge: {ran:#?}"
    );
    let line = &ran.json_lines()[0];
    assert_eq!(
        (&line["line"], &line["converged"], &line["matches_expect"]),
        (&Json::Null, &json!(true), &Json::Null)
    );
    assert_eq!(line["json"], json!({"m": {"deep": {"x": 3}, "k": 1}}));
    assert_eq!(line["conflicts"], json!({"m/deep/x": [3, 2]}));
    assert!(line.get("forked").is_none());
}

#[test]
fn conflicts_are_found_at_any_depth() {
    let made = json!([
        ["list", "m/l", "push_map"],
        ["list", "m/l/0/deeper", "insert", 0, [[{}]]]
    ]);
    let set = |on: u32| json!({"on": on, "do": [["map", "m/l/0/deeper/0/0", "set", "a/b", on]]});
    let steps = json!([{"on": 0, "do": made}, {"sync": [0, 1]}, set(0), set(1)]);
    let expect = json!({"conflicts": {"m/l/0/deeper/0/0/a~1b": [1, 0]}});
    assert_as_expected(&played("play_depth", &scenario(2, steps, expect)));
}

#[test]
fn a_difference_shows_path_expected_and_found() {
    let steps =
        json!([{"on": 0, "do": [["map", "m", "set", "k", 1], ["list", "l", "insert", 0, [1, 2]]]}]);
    let expect = json!({"json": {"m": {"k": 1}, "l": [1, 3]}, "conflicts": {"m/k": [1, 2]}});
    let ran = played("play_differs", &scenario(2, steps.clone(), expect));
    ran.assert_failed(
        1,
        &[
            "scenario.json",
            "json: l/1",
            "expected 3",
            "found    2",
            "conflicts: m/k",
            "nothing",
        ],
    );
    assert_eq!(ran.json_lines()[0]["matches_expect"], false);

    let step = json!({"on": 1, "expect": {"json": {"m": {}}}});
    let steps = json!([steps[0], {"pull": [1, 0]}, step]);
    played("play_differs_step", &scenario(2, steps, json!({})))
        .assert_failed(1, &["step 2, replica 1, json: l"]);
}

#[test]
fn a_failure_that_is_foreseen_must_happen_and_change_nothing() {
    let too_far = json!([
        ["text", "t", "insert", 0, "abc"],
        ["text", "t", "delete", 2, 2]
    ]);
    let steps = json!([{"on": 0, "do": too_far, "fails": "OutOfRange"}]);
    assert_as_expected(&played(
        "play_fails",
        &scenario(1, steps, json!({"json": {}})),
    ));

    let steps = json!([{"on": 0, "do": too_far, "fails": "WrongKind"}]);
    played("play_fails_else", &scenario(1, steps, json!({})))
        .assert_failed(1, &["WrongKind", "OutOfRange"]);

    let steps = json!([{"on": 0, "do": [["counter", "c", "add", 1]], "fails": "OutOfRange"}]);
    played("play_succeeds", &scenario(1, steps, json!({})))
        .assert_failed(1, &["step 0", "it succeeds"]);

    let steps = json!([{"on": 0, "do": too_far}]);
    played("play_unforeseen", &scenario(1, steps, json!({})))
        .assert_failed(2, &["step 0: edit 1", "OutOfRange"]);
}

#[test]
fn waiting_and_forks_are_checked_too() {
    let waits = |expected: bool| {
        let steps = json!([
            {"on": 0, "do": [["counter", "c", "add", 1]]},
            {"pull": [2, 0]},
            {"on": 0, "do": [["counter", "c", "add", 1]]},
            {"send": [0, 1], "id": 9, "since": 2},
            {"deliver": 9, "waits": expected},
        ]);
        played("play_waits", &scenario(3, steps, json!({"json": {"c": 2}})))
    };
    assert_as_expected(&waits(true));
    waits(false).assert_failed(1, &["step 4, deliver", "it waits for others"]);

    let steps = json!([
        {"fork": [0, 1]},
        {"reload": 1, "note": "which keeps the peer it shares"},
        {"on": 0, "do": [["text", "t", "insert", 0, "a"]]},
        {"on": 1, "do": [["text", "t", "insert", 0, "bb"]]},
    ]);
    let expect = json!({"converged": false, "forked": [[1, 0]]});
    assert_as_expected(&played("play_forked", &scenario(2, steps.clone(), expect)));
    played("play_not_forked", &scenario(2, steps, json!({})))
        .assert_failed(1, &["they stay apart", "forked", "(0, 1)"]);
}

#[test]
fn nonsense_is_named_with_its_line_and_never_panics() {
    let folder = Folder::new("play_nonsense");
    let steps = |steps: &str| format!(r#"{{"kind":"scenario","replicas":2,"steps":[{steps}]}}"#);
    let edit = |edit: &str| steps(&format!(r#"{{"on":0,"do":[{edit}]}}"#));
    let cases = [
        ("{".to_owned(), "EOF"),
        ("[".repeat(100_000), "not a scenario"),
        (
            r#"{"kind":"concurrent","txns":[]}"#.to_owned(),
            "not \"scenario\"",
        ),
        (
            r#"{"kind":"scenario","replicas":1e30,"steps":[]}"#.to_owned(),
            "from 1 to 1000",
        ),
        (
            r#"{"kind":"scenario","replicas":99999999999,"steps":[]}"#.to_owned(),
            "from 1 to 1000",
        ),
        (steps(r#"{"sync":[0,2]}"#), "no replica 2"),
        (
            steps(r#"{"pull":[0,18446744073709551615]}"#),
            "no replica 18446744073709551615",
        ),
        (steps(r#"{"deliver":1}"#), "sent under 1"),
        (steps(r#"{"leap":1}"#), "not one of the steps"),
        (edit(r#"["list","l","move",0]"#), "a list takes"),
        (
            edit(r#"["text","t","insert",18446744073709551615,"x"]"#),
            "step 0",
        ),
        (
            edit(r#"["text","t","delete",18446744073709551615,9]"#),
            "no position",
        ),
        (edit(r#"["list","l","delete",0,9]"#), "step 0"),
        (edit(r#"["list","l","set",0,1]"#), "step 0"),
        (edit(r#"["map","l/0","set","k",1]"#), "step 0"),
        (
            edit(r#"["map","l/99999999999999999999","set","k",1]"#),
            "too large an index",
        ),
        (edit(r#"["map","m/~","set","k",1]"#), "followed by neither"),
        (
            edit(r#"["counter","c","add",9223372036854775808]"#),
            "64 bits",
        ),
        (
            edit(&format!(
                r#"["map","{}","set","k",1]"#,
                vec!["m"; 1_000].join("/")
            )),
            "step 0",
        ),
        (
            edit(&format!(r#"["map","m","set","{}",1]"#, "k".repeat(5_000))),
            "step 0",
        ),
    ];
    let lines: Vec<&str> = cases
        .iter()
        .map(|(line, _)| line.as_str())
        .chain([""])
        .collect();
    let good = steps(r#"{"on":0,"do":[["counter","c","add",1]]}"#);
    let path = folder.write("bad.jsonl", format!("{}{good}\n", lines.join("\n")));
    let ran = syncline(&[
        "play",
        "--check",
        "--json",
        &path,
        &folder.path("missing.jsonl"),
    ]);
    ran.assert_failed(2, &["missing.jsonl"]);
    ran.assert_good_after(&path, &cases);
}
