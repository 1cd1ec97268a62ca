//! The commands on stores.
//!
//! - What one command writes the next one shows; each has JSON for programs.
//! - What cannot be done is said on standard error, with the next step, and exits with 2; damage exits with 1.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod support;

use std::fs;

use serde_json::json;
use support::{Folder, Ran, number, syncline};

/// Runs a command on a store.
fn run(folder: &Folder, command: &str, rest: &[&str]) -> Ran {
    let store = folder.path("notes.store");
    let mut arguments = vec![command, &store];
    arguments.extend(rest);
    syncline(&arguments)
}

/// A store of one document, with two edits by two people.
fn notes(test: &str) -> Folder {
    let folder = Folder::new(test);
    run(&folder, "init", &[]).assert_tells(&["an empty store"]);
    run(&folder, "new", &["shopping"]).assert_tells(&["shopping"]);
    let first = [
        "shopping",
        "--append",
        "milk ",
        "--author",
        "Ann",
        "--message",
        "the start",
    ];
    run(&folder, "edit", &first).assert_tells(&["on disk", "record 1"]);
    let second = [
        "shopping",
        r#"["text", "body", "insert", 0, "Buy "]"#,
        r#"["map", "meta", "set", "title", "Food"]"#,
        "--author",
        "Ben",
    ];
    run(&folder, "edit", &second).assert_tells(&["record 2"]);
    folder
}

#[test]
fn what_was_edited_is_shown() {
    let folder = notes("store_shows");
    run(&folder, "show", &[]).assert_tells(&["shopping"]);
    run(&folder, "show", &["shopping"]).assert_tells(&["Buy milk", "Food"]);
    let shown = run(&folder, "show", &["shopping", "--json"]).json_lines();
    assert_eq!(
        shown,
        [json!({ "body": "Buy milk ", "meta": { "title": "Food" } })]
    );
    let log = run(&folder, "log", &["shopping", "--json"]).json_lines();
    assert_eq!(log.len(), 2);
    assert_eq!(
        (&log[0]["author"], &log[0]["message"]),
        (&json!("Ann"), &json!("the start"))
    );
    assert!(log[0]["time"].as_i64().unwrap() > 1_700_000_000_000);
    run(&folder, "log", &["shopping"]).assert_tells(&["by Ann", " UTC: the start", "by Ben"]);

    // A version of the past, and what came since.
    let first = log[0]["id"].as_str().unwrap();
    let shown = run(&folder, "show", &["shopping", "--at", first, "--json"]).json_lines();
    assert_eq!(shown[0]["body"], "milk ");
    let diff = run(&folder, "diff", &["shopping", first, "--json"]).json_lines();
    let text = diff.iter().find(|line| line["path"] == "body").unwrap();
    assert_eq!(text["edits"], json!([["insert", "Buy "]]));
    let map = diff.iter().find(|line| line["path"] == "meta").unwrap();
    assert_eq!(map["edits"], json!([["title", "Food"]]));
    run(&folder, "diff", &["shopping", first]).assert_tells(&["body (text)"]);

    let blame = run(&folder, "blame", &["shopping", "body", "--json"]).json_lines();
    let told: Vec<_> = blame
        .iter()
        .map(|line| (&line["author"], &line["of"]))
        .collect();
    assert_eq!(
        told,
        [
            (&json!("Ben"), &json!("Buy ")),
            (&json!("Ann"), &json!("milk "))
        ]
    );
    run(&folder, "blame", &["shopping", "meta"]).assert_tells(&["Ben: \"title\""]);
}

#[test]
fn an_edit_under_a_key_is_made_once() {
    let folder = notes("store_once");
    let edit = ["shopping", "--append", "tea", "--once", "form-17", "--json"];
    let first = run(&folder, "edit", &edit).json_lines();
    assert_eq!(
        (number(&first[0], "operations"), &first[0]["once"]),
        (3, &json!(false))
    );
    let again = run(&folder, "edit", &edit).json_lines();
    assert_eq!(
        (number(&again[0], "operations"), &again[0]["once"]),
        (0, &json!(true))
    );
    run(&folder, "show", &["shopping"]).assert_tells(&["Buy milk tea\""]);
}

#[test]
fn two_copies_merge_and_their_conflicts_are_listed() {
    let folder = notes("store_merges");
    let copy = folder.path("copy.store");
    run(&folder, "export", &[&copy]).assert_tells(&["copy.store"]);
    run(&folder, "export", &[&copy])
        .assert_failed(2, &["copy.store: there is a file already", "another name"]);
    let set = |title: &str| format!(r#"["map", "meta", "set", "title", "{title}"]"#);
    run(&folder, "edit", &["shopping", &set("Here")]).assert_tells(&["record 3"]);
    syncline(&["edit", &copy, "shopping", &set("There")]).assert_tells(&["record 3"]);
    let taken = run(&folder, "import", &[&copy, "--json"]).json_lines();
    let expected = [
        json!({ "document": "shopping", "operations": 1 }),
        json!({ "blobs": 0, "failed": 0 }),
    ];
    assert_eq!(taken, expected);
    run(&folder, "import", &[&copy]).assert_tells(&["nothing new"]);
    let conflicts = run(&folder, "conflicts", &["shopping", "--json"]).json_lines();
    assert_eq!(conflicts[0]["path"], "meta/title");
    assert_eq!(conflicts[0]["values"].as_array().unwrap().len(), 2);
    run(&folder, "conflicts", &["shopping"]).assert_tells(&["Here", "There"]);

    // One of the two ends it, and the other goes.
    let shown = conflicts[0]["values"][1].as_str().unwrap();
    let path = ["shopping", "meta/title"];
    let resolve = |rest: &[&str]| run(&folder, "resolve", &[&path[..], rest].concat());
    resolve(&["--keep", "3"]).assert_failed(2, &["no value 3: there are 2"]);
    resolve(&["--value", "Food"]).assert_failed(2, &["expected value"]);
    assert_eq!(resolve(&[]).code, 2);
    resolve(&["--keep", "2", "--author", "Ann"]).assert_tells(&["record 5"]);
    run(&folder, "show", &["shopping"]).assert_tells(&[shown]);
    run(&folder, "conflicts", &["shopping"]).assert_tells(&[]);
    resolve(&["--keep", "1"]).assert_failed(2, &["meta/title"]);
}

#[test]
fn a_conflict_ends_with_another_value() {
    let folder = notes("store_resolves");
    let copy = folder.path("copy.store");
    run(&folder, "export", &[&copy]).assert_tells(&["copy.store"]);
    let set = |title: &str| format!(r#"["map", "meta", "set", "title", "{title}"]"#);
    run(&folder, "edit", &["shopping", &set("Here")]).assert_tells(&["record 3"]);
    syncline(&["edit", &copy, "shopping", &set("There")]).assert_tells(&["record 3"]);
    run(&folder, "import", &[&copy]).assert_tells(&["shopping: 1 operation"]);
    let value = r#"{"en": "Food"}"#;
    let resolve = ["shopping", "meta/title", "--value", value, "--json"];
    assert_eq!(
        run(&folder, "resolve", &resolve).json_lines()[0]["once"],
        false
    );
    let shown = run(&folder, "show", &["shopping", "--json"]).json_lines();
    assert_eq!(shown[0]["meta"]["title"], json!({ "en": "Food" }));
    run(&folder, "log", &["shopping", "--json"]).json_lines();
}

#[test]
fn blobs_are_put_and_got_and_collected() {
    let folder = notes("store_blobs");
    let content: Vec<u8> = (0..700_000_u32)
        .flat_map(|n| n.wrapping_mul(n).to_le_bytes())
        .collect();
    let file = folder.write_raw("photo", &content);
    let put = run(&folder, "put", &[&file, "--json"]).json_lines();
    let blob = put[0]["blob"].as_str().unwrap();
    assert_eq!(
        (number(&put[0], "bytes"), &put[0]["name"]),
        (2_800_000, &json!(null))
    );
    let same = run(&folder, "put", &[&file, "--name", "photo"]);
    assert_eq!(same.out, format!("{blob}\n"));
    let listed = run(&folder, "get", &["--json"]).json_lines();
    let expected = json!({ "blob": blob, "bytes": 2_800_000, "names": ["photo"] });
    assert_eq!(listed, [expected]);

    // By its name, and by what it is kept by; all of it, and some.
    let out = folder.path("out");
    run(&folder, "get", &[blob, "--output", &out]).assert_tells(&["2800000 bytes"]);
    assert!(fs::read(&out).unwrap() == content);
    run(&folder, "get", &[blob, "--output", &out]).assert_failed(2, &["File exists"]);
    for (range, expected) in [
        ("1000..3000", 1000..3000),
        ("2799990..", 2_799_990..2_800_000),
        ("..7", 0..7),
    ] {
        fs::remove_file(&out).unwrap();
        let got = ["photo", "--range", range, "--output", &out, "--json"];
        let got = run(&folder, "get", &got).json_lines();
        assert_eq!(number(&got[0], "bytes"), expected.len() as u64);
        assert!(fs::read(&out).unwrap() == content[expected]);
    }
    for wrong in ["7..2", "0..2800001", "x..", "7"] {
        run(&folder, "get", &[blob, "--range", wrong]).assert_failed(2, &["no range"]);
    }
    run(&folder, "get", &["nobody"]).assert_failed(2, &["no blob \"nobody\""]);
    run(&folder, "get", &[blob, "--json"]).assert_failed(2, &["--output"]);
    run(&folder, "put", &[&folder.path("none")]).assert_failed(2, &["cannot read"]);
    run(&folder, "put", &[&folder.path("")]).assert_failed(2, &["cannot read"]);

    // Small ones to standard output; and what a document refers to is kept.
    let text = folder.write_raw("text", b"some words");
    let words = run(&folder, "put", &[&text]).out;
    let words = words.trim();
    assert_eq!(run(&folder, "get", &[words]).out, "some words");
    assert_eq!(run(&folder, "get", &[words, "--range", "5.."]).out, "words");
    let lost = run(&folder, "put", &[&folder.write_raw("lost", b"lost")]).out;
    run(&folder, "edit", &["shopping", "--append", words]).assert_tells(&["on disk"]);
    run(&folder, "collect", &[]).assert_tells(&["0 blobs", "nothing refers to 1 more"]);
    run(&folder, "jobs", &[])
        .assert_tells(&["collection: waiting, blobs that nothing is known to refer to: 1"]);
    let collected = run(&folder, "collect", &["--json"]).json_lines();
    assert_eq!(
        (
            number(&collected[0], "blobs"),
            number(&collected[0], "bytes")
        ),
        (1, 4)
    );
    run(&folder, "get", &[lost.trim()]).assert_failed(2, &["there is no blob"]);
    assert_eq!(run(&folder, "get", &[words]).out, "some words");
    let last = run(&folder, "put", &[&folder.write_raw("last", b"last")]);
    assert_eq!(last.code, 0);
    run(&folder, "collect", &["--now"]).assert_tells(&["1 blob let go of"]);
    run(&folder, "verify", &[]).assert_tells(&["nothing is damaged"]);
}

#[test]
fn the_manual_and_completions_tell_of_every_command() {
    let page = syncline(&["man"]);
    page.assert_tells(&[".TH syncline 1", "syncline\\-put(1)"]);
    let put = syncline(&["man", "put"]);
    put.assert_tells(&["syncline\\-put", "Keep it by this name"]);
    assert_eq!(syncline(&["man", "nothing"]).code, 2);
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        syncline(&["completions", shell]).assert_tells(&["compact", "collect"]);
    }
    assert_eq!(syncline(&["completions", "none"]).code, 2);
}

#[test]
fn a_store_is_compacted_and_verified() {
    let folder = notes("store_compacts");
    run(&folder, "jobs", &[]).assert_tells(&["compaction: waiting, documents that have grown: 1"]);
    let compacted = run(&folder, "compact", &["--json"]).json_lines();
    assert_eq!(
        (
            number(&compacted[0], "compacted"),
            number(&compacted[0], "failed")
        ),
        (1, 0)
    );
    let jobs = run(&folder, "jobs", &["--json"]).json_lines();
    let expected = [
        json!({ "job": "compaction", "state": "idle", "documents": 0 }),
        json!({ "job": "collection", "state": "idle", "blobs": 0 }),
    ];
    assert_eq!(jobs, expected);
    run(&folder, "verify", &[]).assert_tells(&["1 document, 0 blobs: nothing is damaged"]);
    run(&folder, "repair", &[]).assert_tells(&["nothing is damaged"]);
    run(&folder, "show", &["shopping"]).assert_tells(&["Buy milk"]);
}

#[test]
fn damage_is_told_and_mended() {
    let folder = notes("store_mends");
    let copy = folder.path("copy.store");
    run(&folder, "export", &[&copy]).assert_tells(&["copy.store"]);
    // The text of the first record stands there as it is.
    let path = folder.path("notes.store");
    let mut bytes = fs::read(&path).unwrap();
    let at = bytes
        .windows(5)
        .position(|bytes| bytes == b"milk ")
        .unwrap();
    bytes[at] = b'M';
    fs::write(&path, &bytes).unwrap();

    let verified = run(&folder, "verify", &["--json"]);
    assert_eq!(verified.code, 1, "{verified:?}");
    let lines = verified.json_lines();
    assert_eq!(lines[0]["document"], "shopping");
    assert_eq!(number(&lines[1], "damaged"), 1);
    run(&folder, "show", &["shopping"]).assert_failed(2, &["record 1 of the document", "repair"]);
    let told = run(&folder, "verify", &[]);
    assert!(
        told.code == 1 && told.out.contains("next: `syncline verify` tells"),
        "{told:?}"
    );
    assert_eq!(run(&folder, "compact", &[]).code, 1);
    let repaired = run(&folder, "repair", &["--from", &copy, "--json"]);
    assert_eq!(repaired.code, 0, "{repaired:?}");
    let line = &repaired.json_lines()[0];
    assert_eq!(line["document"], "shopping");
    assert_eq!(
        line["set_aside"][0]["place"],
        "record 1 of the document \"shopping\""
    );
    assert!(number(line, "fetched") >= 5);
    assert_eq!(line["waits"], false);
    run(&folder, "show", &["shopping"]).assert_tells(&["Buy milk"]);
    run(&folder, "verify", &[]).assert_tells(&["nothing is damaged"]);
}

#[test]
fn a_sealed_store_needs_its_key() {
    let folder = Folder::new("store_sealed");
    let key = folder.write_raw("key", &[7; 32]);
    let hex = folder.write_raw("hex", format!("{}\n", "07".repeat(32)).as_bytes());
    let wrong = folder.write_raw("wrong", &[8; 32]);
    run(&folder, "init", &["--key-file", &key]).assert_tells(&["an empty store"]);
    run(&folder, "new", &["diary", "--key-file", &hex]).assert_tells(&["diary"]);
    run(&folder, "show", &["--key-file", &key]).assert_tells(&["diary"]);
    run(&folder, "show", &[]).assert_failed(2, &["it is sealed", "--key-file"]);
    run(&folder, "show", &["--key-file", &wrong]).assert_failed(2, &["not the one"]);
    let none = folder.write_raw("none", b"07");
    run(&folder, "show", &["--key-file", &none]).assert_failed(2, &["holds no key"]);
    if cfg!(unix) {
        let endless = ["--key-file", "/dev/zero"];
        run(&folder, "show", &endless).assert_failed(2, &["holds no key"]);
    }

    // What is not sealed is brought into one that is, and not the other way.
    let open = Folder::new("store_not_sealed");
    run(&open, "init", &[]).assert_tells(&["an empty store"]);
    run(&open, "edit", &["notes", "--append", "tea"]).assert_failed(2, &["no document"]);
    run(&open, "new", &["notes"]).assert_tells(&["notes"]);
    run(&open, "edit", &["notes", "--append", "tea"]).assert_tells(&["on disk"]);
    let from = open.path("notes.store");
    run(&folder, "import", &[&from, "--key-file", &key]).assert_tells(&["notes: 3 operations"]);
    run(&folder, "show", &["notes", "--key-file", &key]).assert_tells(&["tea"]);
    let sealed = folder.path("notes.store");
    run(&open, "import", &[&sealed, "--key-file", &key]).assert_failed(2, &["it is not sealed"]);
    run(&open, "import", &[&sealed]).assert_failed(2, &["it is sealed"]);
}

#[test]
fn repair_tells_what_waits_for_what_is_lost() {
    let folder = Folder::new("store_waits");
    run(&folder, "init", &[]).assert_tells(&["an empty store"]);
    run(&folder, "new", &["shopping"]).assert_tells(&["shopping"]);
    for text in ["milk", "tea", "bread"] {
        run(&folder, "edit", &["shopping", "--append", text]).assert_tells(&["on disk"]);
    }
    let path = folder.path("notes.store");
    let mut bytes = std::fs::read(&path).unwrap();
    let at = bytes.windows(3).position(|window| window == b"tea");
    bytes[at.unwrap()] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let told = run(&folder, "repair", &[]);
    assert_eq!(told.code, 1, "{told:?}");
    assert!(told.out.contains("what came after it waits"), "{told:?}");
    run(&folder, "show", &["shopping"]).assert_tells(&["\"milk\""]);
}

#[test]
fn repair_tells_what_the_copy_does_not_have_either() {
    let folder = Folder::new("store_old_copy");
    run(&folder, "init", &[]).assert_tells(&["an empty store"]);
    run(&folder, "new", &["shopping"]).assert_tells(&["shopping"]);
    run(&folder, "edit", &["shopping", "--append", "milk"]).assert_tells(&["on disk"]);
    let copy = folder.path("copy.store");
    run(&folder, "export", &[&copy]).assert_tells(&["copy.store"]);
    run(&folder, "edit", &["shopping", "--append", "tea"]).assert_tells(&["on disk"]);
    let path = folder.path("notes.store");
    let mut bytes = fs::read(&path).unwrap();
    let at = bytes.windows(3).position(|window| window == b"tea");
    bytes[at.unwrap()] ^= 1;
    fs::write(&path, bytes).unwrap();
    let told = run(&folder, "repair", &["--from", &copy]);
    assert_eq!(told.code, 1, "{told:?}");
    assert!(
        told.out.contains("not all that is lost came back"),
        "{told:?}"
    );
}

/// Closing it would let go of the locks that SQLite has on it.
#[test]
fn a_store_is_not_put_into_itself() {
    let folder = notes("store_in_itself");
    for name in ["notes.store", "./notes.store", "notes.store-lock"] {
        let file = folder.path(name);
        run(&folder, "put", &[&file]).assert_failed(2, &["of the store itself"]);
    }
    run(&folder, "show", &["shopping"]).assert_tells(&["Buy milk"]);
}

#[test]
fn what_cannot_be_done_is_said() {
    let folder = Folder::new("store_fails");
    run(&folder, "show", &[]).assert_failed(2, &["no store is there", "syncline init"]);
    run(&folder, "init", &[]).assert_tells(&["an empty store"]);
    run(&folder, "init", &[]).assert_failed(2, &["there is a file already"]);
    run(&folder, "show", &["notes"]).assert_failed(2, &["no document \"notes\""]);
    run(&folder, "new", &["notes"]).assert_tells(&["notes"]);
    run(&folder, "new", &["notes"]).assert_failed(2, &["already"]);
    for command in ["import", "repair"] {
        let none = folder.path("none.store");
        let rest = if command == "import" {
            vec![&*none]
        } else {
            vec!["--from", &none]
        };
        run(&folder, command, &rest).assert_failed(2, &["none.store: no store is there"]);
    }
    run(&folder, "edit", &["notes"]).assert_failed(2, &["nothing to edit"]);
    run(&folder, "edit", &["notes", "[1]"]).assert_failed(2, &["does not begin"]);
    let past = r#"["text", "body", "insert", 9, "x"]"#;
    run(&folder, "edit", &["notes", past]).assert_failed(2, &["position 9"]);
    run(&folder, "show", &["notes", "--at", "x"]).assert_failed(2, &["names no operation"]);
    run(&folder, "show", &["notes", "--at", "5@7"]).assert_failed(2, &["5@7"]);
    run(&folder, "blame", &["notes", "body"]).assert_failed(2, &["body"]);
    let other = folder.write_raw("text", b"some text");
    syncline(&["show", &other]).assert_failed(2, &["not a store"]);
    assert_eq!(fs::read(&other).unwrap(), b"some text");
}
