//! `serve` and `sync`: stores that meet at a relay, each its own process.
//!
//! - What either store lacks it has after `sync`, and the relay has it on its disk when that returns.
//! - What cannot be done is said, with the next step.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

#[path = "../support/mod.rs"]
mod support;

mod kills;

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::{Value as Json, json};
use support::{Folder, command, number, syncline};

/// A relay in a process of its own, which ends with this.
struct Relay {
    child: Child,
    /// Whoever writes to a pipe that nobody holds ends.
    _lines: BufReader<ChildStdout>,
    url: String,
}

impl Relay {
    /// On a port that is free.
    fn serve(store: &str, more: &[&str]) -> Relay {
        Relay::listen(store, "127.0.0.1:0", more)
    }

    fn listen(store: &str, at: &str, more: &[&str]) -> Relay {
        let arguments = [&["serve", store, "--listen", at, "--json"], more].concat();
        Relay::begin(command(&arguments))
    }

    fn begin(mut command: Command) -> Relay {
        let mut child = command.spawn().unwrap();
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

/// A folder with an empty store for a relay, and one of a document.
fn sides(name: &str) -> (Folder, String, String) {
    let folder = Folder::new(name);
    let middle = store(&folder, "relay.store", "");
    let one = store(&folder, "one.store", "shopping");
    (folder, middle, one)
}

#[test]
fn stores_meet_at_a_relay() {
    let (folder, middle, one) = sides("network_meets");
    let two = store(&folder, "two.store", "ideas");
    let relay = Relay::serve(&middle, &[]);
    let synced = syncline(&["sync", &one, &relay.url, "--json"]).json_lines();
    let expected = json!({
        "relay": relay.url,
        "received": 0,
        "sent": 7,
        "lost": 0,
        "refused": {},
        "blobs_received": 0,
        "blobs_stored": 0,
        "blobs_failed": {},
        "leaves_blobs": false,
    });
    assert_eq!(synced, [expected]);
    syncline(&["show", &middle, "shopping"]).assert_tells(&["written"]);
    syncline(&["sync", &two, &relay.url]).assert_tells(&["7 operations received, 7 sent"]);
    syncline(&["show", &two, "shopping"]).assert_tells(&["written"]);
    syncline(&["sync", &one, &relay.url]).assert_tells(&["7 operations received, 0 sent"]);
    syncline(&["sync", &one, &relay.url]).assert_tells(&["0 operations received, 0 sent"]);
    syncline(&["show", &one]).assert_tells(&["ideas", "shopping"]);
    // The relay's store is open to write.
    syncline(&["edit", &middle, "ideas", "--append", "x"]).assert_failed(2, &["has it open"]);
    // A file travels with the document that speaks of it.
    let file = folder.write_raw("picture", b"a picture");
    let put = syncline(&["put", &one, &file, "--json"]).json_lines();
    let blob = put[0]["blob"].as_str().unwrap();
    syncline(&["edit", &one, "shopping", "--append", blob]).assert_tells(&["on disk"]);
    syncline(&["sync", &one, &relay.url]).assert_tells(&["0 blobs received, 1 stored there"]);
    syncline(&["sync", &two, &relay.url]).assert_tells(&["1 blobs received"]);
    syncline(&["get", &two, blob]).assert_tells(&["a picture"]);
    // What is written then waits for the next time.
    syncline(&["queue", &one]).assert_tells(&["all is stored on a relay"]);
    syncline(&["edit", &one, "shopping", "--append", "abc"]).assert_tells(&["on disk"]);
    let queue = syncline(&["queue", &one, "--json"]).json_lines();
    let expected = json!({
        "document": "shopping",
        "operations": 3,
        "relay": relay.url,
        "state": "waiting",
        "tries": 0,
        "error": null,
    });
    assert_eq!(queue, [expected]);
    let url = relay.url.clone();
    drop(relay);
    syncline(&["sync", &one, &url]).assert_failed(2, &["connection", "the network"]);
    syncline(&["edit", &middle, "ideas", "--append", "x"]).assert_tells(&["on disk"]);
}

#[test]
fn blobs_that_stay_are_told() {
    let (folder, middle, one) = sides("network_left_blobs");
    let file = folder.write_raw("picture", b"a picture");
    let put = syncline(&["put", &one, &file, "--json"]).json_lines();
    let blob = put[0]["blob"].as_str().unwrap();
    syncline(&["edit", &one, "shopping", "--append", blob]).assert_tells(&["on disk"]);
    let relay = Relay::serve(&middle, &["--without", "blobs"]);
    let synced = syncline(&["sync", &one, &relay.url]);
    assert_eq!(synced.code, 1, "{synced:#?}");
    assert!(synced.out.contains("blobs were left out"), "{synced:#?}");
    // Whoever asked for that is told, and it is no failure.
    let without = ["sync", &one, &relay.url, "--without", "blobs"];
    syncline(&without).assert_tells(&["blobs were left out"]);
}

/// A relay whose files may have so many blocks of 512 bytes: what is written beyond fails, as on a disk that is full.
#[cfg(unix)]
fn cramped(store: &str, blocks: u32) -> Relay {
    let mut command = Command::new("sh");
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    command.args(["-c", &script, env!("CARGO_BIN_EXE_syncline")]);
    command.args(["serve", store, "--listen", "127.0.0.1:0", "--json"]);
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    command.stderr(Stdio::null());
    Relay::begin(command)
}

#[test]
#[cfg(unix)]
fn a_relay_whose_disk_is_full_says_so_and_goes_on_when_there_is_room() {
    let (folder, middle, one) = sides("network_full");
    let two = store(&folder, "two.store", "ideas");
    let mut relay = cramped(&middle, 700);
    syncline(&["sync", &one, &relay.url]).assert_tells(&["7 sent"]);
    // More than it has room for.
    let mut state = 1u64;
    let mut letter = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        char::from(b'!' + (state >> 58) as u8)
    };
    for _ in 0..6 {
        let text: String = (0..100_000).map(|_| letter()).collect();
        let text = format!("x{text}");
        syncline(&["edit", &one, "shopping", "--append", &text]).assert_tells(&["on disk"]);
    }
    let synced = syncline(&["sync", &one, &relay.url]);
    synced.assert_failed(2, &["the store: ", "it is tried again"]);
    // It is still there, tells everybody, and whatever it said that it stored is.
    let other = syncline(&["sync", &two, &relay.url]);
    other.assert_failed(2, &["the store: "]);
    assert!(relay.child.try_wait().unwrap().is_none());
    drop(relay);
    syncline(&["verify", &middle]).assert_tells(&["nothing is damaged"]);
    syncline(&["show", &middle, "shopping"]).assert_tells(&["written"]);
    syncline(&["queue", &one]).assert_tells(&["shopping: 600006 operations"]);
    let relay = Relay::serve(&middle, &[]);
    for store in [&one, &two] {
        syncline(&["sync", store, &relay.url]).assert_tells(&["stored there"]);
    }
    syncline(&["queue", &one]).assert_tells(&["all is stored on a relay"]);
    let [here, there] = [&one, &middle].map(|store| syncline(&["show", store, "shopping"]).out);
    assert!(here == there && here.len() > 600_000);
}

#[test]
fn a_token_lets_in() {
    let (folder, middle, one) = sides("network_tokens");
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
    // It is tried some times more, and then kept until somebody sees to it.
    for _ in 0..4 {
        let sync = syncline(&["sync", &one, &relay.url, "--token-file", &good]);
        assert_eq!(sync.code, 1, "{}", sync.out);
    }
    let queue = syncline(&["queue", &one, "--json"]).json_lines();
    let queued = queue.iter().find(|told| told["relay"] == relay.url);
    let queued = queued.unwrap();
    assert_eq!(queued["state"], "failed");
    assert_eq!(number(queued, "tries"), 5);
    syncline(&["status", &one]).assert_tells(&["0 wait, 1 failed", "read it"]);
    syncline(&["retry", &one, "--set-aside"]).assert_tells(&["1 deliveries set aside"]);
    let sync = syncline(&["sync", &one, &relay.url, "--token-file", &good]);
    assert!(
        sync.code == 1 && sync.out.contains("set aside"),
        "{}",
        sync.out
    );
    syncline(&["queue", &one]).assert_tells(&["set aside, tried 5 times"]);
    let retried = syncline(&["retry", &one, "shopping", "--json"]).json_lines();
    assert_eq!(retried, [json!({ "retried": 1 })]);
    let none = syncline(&["retry", &one, "nothing"]);
    none.assert_failed(2, &["nothing", "syncline show"]);
}

#[test]
fn a_relay_tells_who_comes_and_goes() {
    let (folder, middle, one) = sides("network_logs");
    let tokens = folder.write_raw("tokens", b"0123456789abcdef Ann\n");
    let token = folder.write_raw("token", b"0123456789abcdef");
    let mut relay = Relay::serve(&middle, &["--tokens", &tokens, "--log", "json"]);
    let mut lines = BufReader::new(relay.child.stderr.take().unwrap()).lines();
    let mut next = || -> Json { serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap() };
    syncline(&["sync", &one, &relay.url]).assert_failed(2, &["does not let"]);
    let refused = next();
    assert_eq!(
        (&refused["event"], &refused["level"]),
        (&json!("refused"), &json!("WARN"))
    );
    assert_eq!(number(&refused, "status"), 401);
    syncline(&["sync", &one, &relay.url, "--token-file", &token]).assert_tells(&["7 sent"]);
    for event in ["connected", "gone"] {
        let told = next();
        assert_eq!(
            (&told["event"], &told["who"]),
            (&json!(event), &json!("Ann"))
        );
        assert!(number(&told, "time") > 0);
    }
}

#[test]
fn what_would_move_is_told_and_nothing_is_written() {
    let folder = Folder::new("network_dry_run");
    let middle = store(&folder, "relay.store", "ideas");
    let one = store(&folder, "one.store", "shopping");
    let relay = Relay::serve(&middle, &[]);
    let dry = || syncline(&["sync", &one, &relay.url, "--dry-run", "--json"]).json_lines();
    let told = dry();
    assert_eq!(told.len(), 3, "{told:?}");
    assert_eq!(told[0]["document"], "ideas");
    assert_eq!(number(&told[0]["receive"], "operations"), 7);
    assert_eq!(number(&told[1]["send"], "operations"), 7);
    let (received, sent) = (&told[2]["receive"], &told[2]["send"]);
    assert!(
        number(received, "bytes") > 7 && number(sent, "bytes") > 7,
        "{told:?}"
    );
    assert_eq!(dry(), told);
    let shown = syncline(&["show", &middle, "shopping"]);
    shown.assert_failed(2, &["shopping"]);
    syncline(&["show", &one, "ideas"]).assert_failed(2, &["ideas"]);
    syncline(&["queue", &one]).assert_tells(&["shopping: 7 operations"]);
    syncline(&["sync", &one, &relay.url, "--dry-run"]).assert_tells(&[
        "shopping: 0 operations to receive",
        "7 to send",
        "nothing was written",
    ]);
    syncline(&["sync", &one, &relay.url]).assert_tells(&["7 operations received, 7 sent"]);
    syncline(&["sync", &one, &relay.url, "--dry-run"]).assert_tells(&["0 documents: 0 operations"]);
}

#[test]
fn status_tells_how_far_relays_are() {
    let (_folder, middle, one) = sides("network_status");
    let status = || syncline(&["status", &one, "--json"]).json_lines().remove(0);
    assert_eq!(
        (number(&status(), "documents"), number(&status(), "nowhere")),
        (1, 1)
    );
    let relay = Relay::serve(&middle, &[]);
    syncline(&["sync", &one, &relay.url]).assert_tells(&["7 sent"]);
    let expected = |stored, waiting, operations| {
        json!([{
            "relay": relay.url,
            "stored": stored,
            "waiting": waiting,
            "operations": operations,
            "failed": 0,
            "set_aside": 0,
        }])
    };
    assert_eq!(status()["relays"], expected(1, 0, 0));
    // A screen that is kept open shows what is written meanwhile.
    let mut child = command(&["status", &one, "--watch", "--json"])
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = || -> Json { serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap() };
    assert_eq!(next()["relays"], expected(1, 0, 0));
    syncline(&["edit", &one, "shopping", "--append", "abc"]).assert_tells(&["on disk"]);
    assert_eq!(next()["relays"], expected(0, 1, 3));
    syncline(&["redeliver", &one]).assert_tells(&["1 deliveries to be delivered again"]);
    assert_eq!(next()["relays"], expected(0, 1, 10));
    // Nor does it hold up a sync, which has the store open to write.
    syncline(&["sync", &one, &relay.url]).assert_tells(&["3 sent"]);
    assert_eq!(next()["relays"], expected(1, 0, 0));
    child.kill().unwrap();
    child.wait().unwrap();
}

#[cfg(feature = "tls")]
#[test]
fn a_relay_with_a_certificate_is_believed() {
    let (folder, middle, one) = sides("network_tls");
    let certificates = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../net/tests/relay/certificates"
    );
    let [ca, cert, key] =
        ["ca.pem", "relay.pem", "relay.key"].map(|name| format!("{certificates}/{name}"));
    let relay = Relay::serve(&middle, &["--cert", &cert, "--key", &key]);
    assert!(relay.url.starts_with("wss://"), "{}", relay.url);
    let sync = |more: &[&str]| syncline(&[&["sync", &one, &relay.url], more].concat());
    sync(&[]).assert_failed(2, &["certificate", "authority"]);
    sync(&["--ca", &key]).assert_failed(2, &["certificate"]);
    sync(&["--ca", &folder.path("none")]).assert_failed(2, &["none"]);
    sync(&["--ca", &ca]).assert_tells(&["7 sent"]);
    sync(&["--ca", &ca, "--dry-run"]).assert_tells(&["0 documents"]);
    damage(&one, b"written");
    let from = ["repair", &one, "--from", &relay.url, "--ca", &ca];
    syncline(&from).assert_tells(&["fetched 7 operations"]);
    let serve = |cert: &str, key: &str| syncline(&["serve", &one, "--cert", cert, "--key", key]);
    serve(&ca, &key).assert_failed(2, &["certificate"]);
    serve(&key, &key).assert_failed(2, &["certificate"]);
}

#[cfg(not(feature = "tls"))]
#[test]
fn without_tls_an_address_that_asks_for_it_is_refused() {
    let folder = Folder::new("network_no_tls");
    let one = store(&folder, "one.store", "");
    let synced = syncline(&["sync", &one, "wss://localhost/"]);
    synced.assert_failed(2, &["built without TLS"]);
}

#[test]
fn status_counts_conflicts() {
    let (folder, middle, one) = sides("network_conflicts");
    let two = store(&folder, "two.store", "");
    let relay = Relay::serve(&middle, &[]);
    let sync = |store: &str| syncline(&["sync", store, &relay.url]).assert_tells(&["received"]);
    sync(&one);
    sync(&two);
    for (store, title) in [(&one, "Plan A"), (&two, "Plan B")] {
        let edit = json!(["map", "meta", "set", "title", title]).to_string();
        syncline(&["edit", store, "shopping", &edit]).assert_tells(&["on disk"]);
        sync(store);
    }
    sync(&one);
    let told = syncline(&["status", &one, "--json"]).json_lines().remove(0);
    assert_eq!(
        (number(&told, "conflicts"), number(&told, "to_review")),
        (1, 0)
    );
    syncline(&["status", &one]).assert_tells(&["shopping: 1 conflicts, 0 of them"]);
    syncline(&["resolve", &one, "shopping", "meta/title", "--keep", "2"])
        .assert_tells(&["on disk"]);
    let told = syncline(&["status", &one, "--json"]).json_lines().remove(0);
    assert_eq!(number(&told, "conflicts"), 0);
}

#[test]
fn what_was_lost_is_fetched_from_a_relay() {
    let (folder, middle, one) = sides("network_repair");
    syncline(&["new", &one, "ideas"]).assert_tells(&["ideas"]);
    syncline(&["edit", &one, "ideas", "--append", "a boat"]).assert_tells(&["on disk"]);
    syncline(&["edit", &one, "shopping", "--append", ": much"]).assert_tells(&["on disk"]);
    let relay = Relay::serve(&middle, &[]);
    syncline(&["sync", &one, &relay.url]).assert_tells(&["sent"]);
    syncline(&["repair", &one, "--from", &relay.url]).assert_tells(&["nothing is damaged"]);
    // A letter of the first record of the document is another one.
    damage(&one, b"written");
    syncline(&["show", &one, "shopping"]).assert_failed(2, &["shopping"]);
    let none = syncline(&["repair", &one, "--from", "ws://127.0.0.1:9/"]);
    none.assert_failed(2, &["connection"]);
    let repaired = syncline(&["repair", &one, "--from", &relay.url]);
    repaired.assert_tells(&["shopping", "set aside", "fetched 13 operations"]);
    syncline(&["show", &one, "shopping"]).assert_tells(&["written: much"]);
    let left = std::fs::read_dir(folder.path("")).unwrap();
    let is_left = |name: String| name.contains("fetched");
    let names = left.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert!(!names.into_iter().any(is_left));
}

#[test]
fn blobs_that_were_lost_are_fetched_from_a_relay() {
    let (folder, middle, one) = sides("network_repair_blobs");
    let bytes = b"bytes of a picture, which stand in the store as they are";
    let picture = folder.write_raw("picture", bytes);
    let other = folder.write_raw("other", b"another one");
    let put = |store: &str, file: &str| -> String {
        let told = syncline(&["put", store, file, "--json"]).json_lines();
        told[0]["blob"].as_str().unwrap().to_owned()
    };
    let blob = put(&one, &picture);
    syncline(&["edit", &one, "shopping", "--append", &blob]).assert_tells(&["on disk"]);
    let relay = Relay::serve(&middle, &[]);
    syncline(&["sync", &one, &relay.url]).assert_tells(&["1 stored there"]);
    // One is damaged here; another never came, since somebody who had it gave it to the relay later.
    let two = store(&folder, "two.store", "ideas");
    syncline(&["sync", &two, &relay.url]).assert_tells(&["1 blobs received"]);
    let late = put(&two, &other);
    syncline(&["edit", &two, "ideas", "--append", &late]).assert_tells(&["on disk"]);
    syncline(&["sync", &two, &relay.url]).assert_tells(&["2 stored there"]);
    syncline(&["sync", &one, &relay.url, "--without", "blobs"]).assert_tells(&["received"]);
    syncline(&["get", &one, &late]).assert_failed(2, &["no blob"]);
    damage(&one, b"of a picture");
    syncline(&["get", &one, &blob]).assert_failed(2, &["blob"]);
    let repaired = syncline(&["repair", &one, "--from", &relay.url, "--json"]).json_lines();
    let told = |blob: &str, bytes: usize| json!({ "blob": blob, "bytes": bytes, "lost": bytes, "fetched": bytes });
    assert_eq!(repaired, [told(&blob, bytes.len()), told(&late, 11)]);
    syncline(&["get", &one, &blob]).assert_tells(&["bytes of a picture, which"]);
    syncline(&["get", &one, &late]).assert_tells(&["another one"]);
    syncline(&["verify", &one]).assert_tells(&["nothing is damaged"]);
    syncline(&["repair", &one, "--from", &relay.url]).assert_tells(&["nothing is damaged"]);
}

/// Changes the first place where a file holds that.
fn damage(file: &str, what: &[u8]) {
    let mut bytes = std::fs::read(file).unwrap();
    let found = bytes.windows(what.len()).position(|some| some == what);
    bytes[found.unwrap()] ^= 1;
    std::fs::write(file, bytes).unwrap();
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
    let refused = serve(&["--limit", "changed=1"]);
    assert!(refused.code == 2 && refused.err.contains("changed is none of: frame-bytes"));
    syncline(&["sync", &one, "http://localhost/"]).assert_failed(2, &["no address of a relay"]);
    let none = folder.path("none.store");
    syncline(&["sync", &none, "ws://localhost/"]).assert_failed(2, &["no store is there"]);
}
