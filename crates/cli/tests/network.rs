//! `serve` and `sync`: stores that meet at a relay, each its own process.
//!
//! - What either store lacks it has after `sync`, and the relay has it on its disk when that returns.
//! - What cannot be done is said, with the next step.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod support;

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout};

use serde_json::{Value as Json, json};
use support::{Folder, command, syncline};

/// A relay in a process of its own, which ends with this.
struct Relay {
    child: Child,
    /// Whoever writes to a pipe that nobody holds ends.
    _lines: BufReader<ChildStdout>,
    url: String,
}

impl Relay {
    fn serve(store: &str, more: &[&str]) -> Relay {
        let arguments = [&["serve", store, "--listen", "127.0.0.1:0", "--json"], more].concat();
        let mut child = command(&arguments).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut first = String::new();
        lines.read_line(&mut first).unwrap();
        let told: Json = serde_json::from_str(&first).unwrap();
        let url = told["relay"].as_str().unwrap().to_owned();
        Relay {
            child,
            _lines: lines,
            url,
        }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A store of one document.
fn store(folder: &Folder, name: &str, document: &str) -> String {
    let path = folder.path(name);
    syncline(&["init", &path]).assert_tells(&["an empty store"]);
    if !document.is_empty() {
        syncline(&["new", &path, document]).assert_tells(&[document]);
        syncline(&["edit", &path, document, "--append", "written"]).assert_tells(&["on disk"]);
    }
    path
}

#[test]
fn stores_meet_at_a_relay() {
    let folder = Folder::new("network_meets");
    let middle = store(&folder, "relay.store", "");
    let one = store(&folder, "one.store", "shopping");
    let two = store(&folder, "two.store", "ideas");
    let relay = Relay::serve(&middle, &[]);
    let synced = syncline(&["sync", &one, &relay.url, "--json"]).json_lines();
    let expected = json!({ "relay": relay.url, "received": 0, "sent": 7, "refused": {} });
    assert_eq!(synced, [expected]);
    syncline(&["show", &middle, "shopping"]).assert_tells(&["written"]);
    syncline(&["sync", &two, &relay.url]).assert_tells(&["7 operations received, 7 sent"]);
    syncline(&["show", &two, "shopping"]).assert_tells(&["written"]);
    syncline(&["sync", &one, &relay.url]).assert_tells(&["7 operations received, 0 sent"]);
    syncline(&["sync", &one, &relay.url]).assert_tells(&["0 operations received, 0 sent"]);
    syncline(&["show", &one]).assert_tells(&["ideas", "shopping"]);
    // The relay's store is open to write.
    syncline(&["edit", &middle, "ideas", "--append", "x"]).assert_failed(2, &["has it open"]);
    // What is written then waits for the next time.
    syncline(&["queue", &one]).assert_tells(&["all is stored on a relay"]);
    syncline(&["edit", &one, "shopping", "--append", "abc"]).assert_tells(&["on disk"]);
    let queue = syncline(&["queue", &one, "--json"]).json_lines();
    let expected = json!({ "document": "shopping", "operations": 3, "relay": null, "error": null });
    assert_eq!(queue, [expected]);
    let url = relay.url.clone();
    drop(relay);
    syncline(&["sync", &one, &url]).assert_failed(2, &["connection", "the network"]);
    syncline(&["edit", &middle, "ideas", "--append", "x"]).assert_tells(&["on disk"]);
}

#[test]
fn a_token_lets_in() {
    let folder = Folder::new("network_tokens");
    let middle = store(&folder, "relay.store", "");
    let one = store(&folder, "one.store", "shopping");
    let tokens = folder.write_raw("tokens", b"# ours\n0123456789abcdef Ann\n");
    let [good, wrong] = [
        ("good", "0123456789abcdef\n"),
        ("wrong", "0123456789abcdee"),
    ]
    .map(|(name, token)| folder.write_raw(name, token.as_bytes()));
    let relay = Relay::serve(&middle, &["--tokens", &tokens]);
    let sync = |more: &[&str]| syncline(&[&["sync", &one, &relay.url], more].concat());
    sync(&[]).assert_failed(2, &["does not let", "ask who runs"]);
    sync(&["--token-file", &wrong]).assert_failed(2, &["does not let"]);
    sync(&["--token-file", &good]).assert_tells(&["7 sent"]);
    drop(relay);
    // From here on she may only read; it is noted why what she writes stays here.
    let tokens = folder.write_raw("tokens", b"0123456789abcdef Ann read:\n");
    let relay = Relay::serve(&middle, &["--tokens", &tokens]);
    syncline(&["edit", &one, "shopping", "--append", "!"]).assert_tells(&["on disk"]);
    let sync = syncline(&["sync", &one, &relay.url, "--token-file", &good]);
    assert_eq!(sync.code, 1);
    assert!(
        sync.out.contains("shopping was left out") && sync.out.contains(" 0 sent"),
        "{}",
        sync.out
    );
    syncline(&["queue", &one]).assert_tells(&["shopping: 1 operations", &relay.url, "read it"]);
}

#[test]
fn what_cannot_be_done_is_said() {
    let folder = Folder::new("network_fails");
    let one = store(&folder, "one.store", "");
    let short = folder.write_raw("short", b"secret Ann\n");
    let serve = |more: &[&str]| syncline(&[&["serve", &one], more].concat());
    serve(&["--listen", "0.0.0.0:0"]).assert_failed(2, &["without tokens", "--tokens"]);
    serve(&["--tokens", &short]).assert_failed(2, &["line 1"]);
    serve(&["--tokens", &folder.path("none")]).assert_failed(2, &["none"]);
    assert_eq!(serve(&["--listen", "here"]).code, 2);
    syncline(&["sync", &one, "http://localhost/"]).assert_failed(2, &["no address of a relay"]);
    let none = folder.path("none.store");
    syncline(&["sync", &none, "ws://localhost/"]).assert_failed(2, &["no store is there"]);
}
