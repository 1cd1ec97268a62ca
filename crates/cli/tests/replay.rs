//! `replay` on traces written here.
//!
//! - Sequential and concurrent, plain and compressed, one or many a file: all fields of `--json` are there.
//! - `--check` exits 1 on a difference and names file, line and first position.
//! - What cannot be read or run exits 2 with its place and a next step, and the others still run. Never a panic.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod support;

use serde_json::{Value as Json, json};
use support::{Folder, syncline, zipped};

const FIELDS: [&str; 30] = [
    "file",
    "line",
    "kind",
    "transactions",
    "operations",
    "peers",
    "final_chars",
    "text_blake3",
    "converged",
    "matches_end_content",
    "first_difference",
    "local_ms",
    "typed_heap_bytes",
    "merge_ms",
    "save_ms",
    "save_bytes",
    "load_ms",
    "save_bytes_fast",
    "first_edit_ms",
    "full_delta_bytes",
    "history_bytes_fast",
    "history_bytes_compact",
    "save_bytes_compact",
    "shallow_bytes_fast",
    "shallow_bytes_compact",
    "delta_bytes_behind",
    "keystroke_delta_bytes",
    "stream_ms",
    "heap_bytes",
    "peak_heap_bytes",
];

fn sequential() -> Json {
    json!({"startContent": "ab", "endContent": "aX🙂b!", "txns": [
        {"time": "then", "patches": [[1, 0, "Xy"]]},
        {"patches": [[2, 1, "🙂"], [4, 0, "!"]]},
        {"patches": []},
    ]})
}

/// Two agents type at one place, both twice, then one goes on after the merge of both.
fn concurrent(end: &str) -> Json {
    json!({"kind": "concurrent", "endContent": end, "numAgents": 2, "txns": [
        {"parents": [], "numChildren": 2, "agent": 0, "patches": [[0, 0, "()"]]},
        {"parents": [0], "numChildren": 1, "agent": 1, "patches": [[1, 0, "y"]]},
        {"parents": [0], "numChildren": 1, "agent": 0, "patches": [[1, 0, "b"]]},
        {"parents": [2], "numChildren": 1, "agent": 0, "patches": [[1, 0, "a"]]},
        {"parents": [1], "numChildren": 1, "agent": 1, "patches": [[1, 0, "x"]]},
        {"parents": [3, 4], "numChildren": 0, "agent": 1, "patches": [[1, 2, "Ω"]]},
    ]})
}

#[test]
fn json_has_every_figure_of_a_sequential_trace() {
    let folder = Folder::new("replay_sequential");
    let ran = syncline(&[
        "replay",
        "--check",
        "--json",
        &folder.write("one.json", sequential().to_string()),
    ]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let lines = ran.json_lines();
    assert_eq!(lines.len(), 1);
    let line = lines[0].as_object().unwrap();
    assert_eq!(line.keys().collect::<Vec<_>>().len(), FIELDS.len());
    for field in FIELDS {
        assert!(line.contains_key(field), "{field}");
    }
    assert_eq!(line["file"], folder.path("one.json"));
    assert_eq!(
        (&line["line"], &line["kind"]),
        (&Json::Null, &json!("sequential"))
    );
    assert_eq!(
        (&line["transactions"], &line["peers"]),
        (&json!(3), &json!(1))
    );
    assert_eq!(
        line["operations"], 7,
        "2 to start from, 2 inserted, 1 deleted, 2 inserted"
    );
    assert_eq!(
        (&line["final_chars"], &line["stream_ms"]),
        (&json!(5), &Json::Null)
    );
    assert_eq!(
        line["text_blake3"],
        blake3::hash("aX🙂b!".as_bytes()).to_hex().to_string()
    );
    assert_eq!(
        (&line["converged"], &line["matches_end_content"]),
        (&json!(true), &json!(true))
    );
    for figure in [
        "local_ms",
        "merge_ms",
        "save_ms",
        "load_ms",
        "first_edit_ms",
    ] {
        assert!(
            line[figure].as_f64().is_some_and(|ms| ms >= 0.0),
            "{figure}"
        );
    }
    for figure in [
        "save_bytes",
        "save_bytes_fast",
        "full_delta_bytes",
        "history_bytes_fast",
        "history_bytes_compact",
        "keystroke_delta_bytes",
        "typed_heap_bytes",
        "heap_bytes",
    ] {
        assert!(
            line[figure].as_u64().is_some_and(|bytes| bytes > 0),
            "{figure}"
        );
    }
    assert!(line["peak_heap_bytes"].as_u64() >= line["heap_bytes"].as_u64());
    assert!(line["keystroke_delta_bytes"].as_u64() < line["full_delta_bytes"].as_u64());
    assert_eq!(line["save_bytes_fast"], line["save_bytes"]);
    assert_eq!(line["history_bytes_fast"], line["full_delta_bytes"]);
    let behind = line["delta_bytes_behind"].as_object().unwrap();
    assert_eq!(behind.len(), 4);
    assert!(behind["1"].as_u64() < line["full_delta_bytes"].as_u64());
    for more in ["100", "1000", "10000"] {
        assert_eq!(behind[more], Json::Null, "the trace is shorter");
    }
}

#[test]
fn a_concurrent_trace_is_typed_as_its_agents_did() {
    let folder = Folder::new("replay_concurrent");
    let lines = format!("{}\n\n{}\n", concurrent("(Ωxy)"), concurrent("(Ωxy)"));
    let path = folder.write("two.jsonl.gz", lines);
    let ran = syncline(&["replay", "--check", "--json", &path]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let lines = ran.json_lines();
    assert_eq!(
        lines
            .iter()
            .map(|line| line["line"].as_u64())
            .collect::<Vec<_>>(),
        [Some(1), Some(3)]
    );
    for line in lines {
        assert_eq!(
            (&line["kind"], &line["peers"]),
            (&json!("concurrent"), &json!(2))
        );
        assert_eq!(
            (&line["converged"], &line["matches_end_content"]),
            (&json!(true), &json!(true))
        );
        assert_eq!(
            line["text_blake3"],
            blake3::hash("(Ωxy)".as_bytes()).to_hex().to_string()
        );
        assert!(line["stream_ms"].as_f64().is_some() && line["typed_heap_bytes"].is_null());
    }
}

#[test]
fn check_names_the_first_position_that_differs() {
    let folder = Folder::new("replay_differs");
    let path = folder.write(
        "two.jsonl",
        format!("{}\n{}\n", concurrent("(Ωxy)"), concurrent("(Ωyx)")),
    );
    let ran = syncline(&["replay", "--check", &path]);
    ran.assert_failed(
        1,
        &[&format!("{path}:2: "), "at position 2", "(Ωyx)", "(Ωxy)"],
    );
    assert!(ran.out.contains("1 of 2 histories end"), "{ran:?}");
    assert!(!ran.err.contains(&format!("{path}:1")));
    let ran = syncline(&["replay", "--check", "--json", &path]);
    assert_eq!(ran.code, 1);
    let lines = ran.json_lines();
    assert_eq!(
        (
            &lines[1]["matches_end_content"],
            &lines[1]["first_difference"]
        ),
        (&json!(false), &json!(2))
    );
    assert_eq!(
        syncline(&["replay", "--json", &path]).code,
        0,
        "nothing was to be checked"
    );
}

#[test]
fn without_the_end_there_is_nothing_to_check() {
    let folder = Folder::new("replay_no_end");
    let path = folder.write("open.json", r#"{"txns": [{"patches": [[0, 0, "x"]]}]}"#);
    syncline(&["replay", "--check", &path]).assert_failed(2, &[&path, "endContent"]);
    let ran = syncline(&["replay", "--json", &path]);
    assert_eq!(
        (ran.code, &ran.json_lines()[0]["matches_end_content"]),
        (0, &Json::Null)
    );
    assert!(
        syncline(&["replay", &path])
            .out
            .contains("does not tell the text")
    );
}

#[test]
fn people_can_read_it() {
    let folder = Folder::new("replay_text");
    let ran = syncline(&[
        "replay",
        &folder.write("one.json", concurrent("(Ωxy)").to_string()),
    ]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(
        ran.out.contains("concurrent") && ran.out.contains("all replicas agree"),
        "{}",
        ran.out
    );
    assert!(
        ran.out
            .lines()
            .all(|line| line.chars().count() <= 80 || line.contains("one.json")),
        "{}",
        ran.out
    );
}

#[test]
fn the_others_still_run_when_a_file_cannot_be_read() {
    let folder = Folder::new("replay_unreadable");
    let good = folder.write("good.json", sequential().to_string());
    let missing = folder.path("missing.json");
    let directory = folder.path("");
    let whole = zipped(sequential().to_string().as_bytes());
    let cut = folder.write_raw("cut.json.gz", &whole[..whole.len() / 2]);
    let plain = folder.write_raw("plain.json.gz", sequential().to_string().as_bytes());
    let unnamed = folder.write("trace.txt", sequential().to_string());
    let empty = folder.write("empty.jsonl", "\n \n");
    let ran = syncline(&[
        "replay", "--json", &missing, &directory, &cut, &plain, &unnamed, &empty, &good,
    ]);
    ran.assert_failed(
        2,
        &[
            &missing,
            &cut,
            &plain,
            &unnamed,
            &empty,
            "cut short",
            "ending",
            "no history",
        ],
    );
    assert_eq!(ran.json_lines().len(), 1, "the good one ran");
}

#[test]
fn nonsense_is_named_with_its_line_and_never_panics() {
    let folder = Folder::new("replay_nonsense");
    let one = |txns: &str, agents: &str| {
        format!(r#"{{"kind":"concurrent","endContent":"","numAgents":{agents},"txns":[{txns}]}}"#)
    };
    let cases = [
        ("{\"txns\": [".to_owned(), "EOF"),
        ("[]".to_owned(), "not an editing trace"),
        ("{}".to_owned(), "no \"txns\""),
        ("\u{0}\u{0}".to_owned(), "not an editing trace"),
        ("[".repeat(100_000), "not an editing trace"),
        (
            r#"{"kind":"scenario","replicas":1,"steps":[]}"#.to_owned(),
            "scenario",
        ),
        (
            r#"{"txns":[{"patches":[[1,0,"x"]]}],"endContent":""}"#.to_owned(),
            "transaction 0",
        ),
        (
            r#"{"txns":[{"patches":[[0,1,""]]}],"endContent":""}"#.to_owned(),
            "transaction 0",
        ),
        (
            r#"{"txns":[{"patches":[[9007199254740993,1,""]]}],"endContent":""}"#.to_owned(),
            "transaction 0",
        ),
        (
            r#"{"txns":[{"patches":[[18446744073709551615,1,""]]}]}"#.to_owned(),
            "no position",
        ),
        (
            r#"{"txns":[{"patches":[[99999999999999999999,1,""]]}]}"#.to_owned(),
            "not an editing trace",
        ),
        (r#"{"txns":[{"patches":[[-1,0,"x"]]}]}"#.to_owned(), "-1"),
        (
            one(r#"{"parents":[],"agent":2,"patches":[]}"#, "2"),
            "agent 2 is out of range",
        ),
        (
            one(r#"{"parents":[0],"agent":0,"patches":[]}"#, "2"),
            "parent 0",
        ),
        (
            one(
                r#"{"parents":[18446744073709551615],"agent":0,"patches":[]}"#,
                "2",
            ),
            "parent 18446744073709551615",
        ),
        (
            one(
                r#"{"parents":[1],"agent":0,"patches":[]},{"parents":[0],"agent":0,"patches":[]}"#,
                "2",
            ),
            "parent 1 does not come before",
        ),
        (
            one(
                r#"{"parents":[],"agent":0,"patches":[]},{"parents":[],"agent":0,"patches":[]}"#,
                "1",
            ),
            "transaction 1",
        ),
        (one("", "0"), "\"numAgents\" is 0"),
        (one("", "18446744073709551615"), "\"numAgents\""),
    ];
    let lines: Vec<&str> = cases
        .iter()
        .map(|(line, _)| line.as_str())
        .chain([""])
        .collect();
    let path = folder.write(
        "bad.jsonl",
        format!("{}{}\n", lines.join("\n"), sequential()),
    );
    let ran = syncline(&["replay", "--check", "--json", &path]);
    ran.assert_failed(2, &[]);
    ran.assert_good_after(&path, &cases);
}
