//! A second reader of the format, in Python, written from `docs/format.md` alone.
//!
//! - It reads the same frames, peers, runs, stretches and marks from the vectors as `inspect` tells.
//! - It comes to the same operations, versions and, where nobody wrote at the same time, documents.
//! - Its own hash chains agree with the marks.
//! - So it does with what random programs exchange, step by step, also where a replica was copied and both histories are
//!   kept, and with a recorded history.
//!
//! Without Python 3.11 and its packages `lz4` and `brotli` this passes untried (`-- --nocapture` shows which).

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::files::{folder, names, told};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use serde_json::{Value as Json, json};
use support::exchange::Exchange;
use support::scenario::Scenario;
use support::traces::Trace;
use support::{engine, plan, programs, traces};
use syncline::{Doc, InspectedFrame, Level, VersionVector, inspect, value};

/// Python, if there is one that the second reader runs in. It knows blocks of hash chains as the format has them.
fn python() -> Option<String> {
    if cfg!(feature = "small-nodes") {
        println!("left out: chains of other blocks");
        return None;
    }
    let named = std::env::var("SYNCLINE_PYTHON").ok();
    let python = named.clone().unwrap_or_else(|| "python3".to_owned());
    let complete = "import sys, lz4.block, brotli; sys.exit(sys.version_info < (3, 11))";
    let ran = Command::new(&python)
        .args(["-c", complete])
        .stderr(Stdio::null())
        .status();
    let complete = ran.is_ok_and(|status| status.success());
    assert!(
        complete || named.is_none(),
        "SYNCLINE_PYTHON={python} is no Python 3.11 with lz4 and brotli"
    );
    complete.then_some(python)
}

/// What the second reader says of every vector, by name; `None` where it cannot run here.
fn read_by_the_other(vectors: &Path) -> Option<BTreeMap<String, Json>> {
    let Some(python) = python() else {
        println!("left out: no Python 3.11 with lz4 and brotli (SYNCLINE_PYTHON names one)");
        return None;
    };
    let script = folder().join("../format/check.py");
    let ran = Command::new(python)
        .arg("-B")
        .arg(script)
        .arg(vectors)
        .output()
        .expect("it ran before");
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{said}");
    let lines = String::from_utf8(ran.stdout).expect("text");
    let lines = lines.lines().map(|line| {
        let line: Json = serde_json::from_str(line).expect("JSON");
        (line["vector"].as_str().expect("a name").to_owned(), line)
    });
    Some(lines.collect())
}

/// A frame as the second reader tells it.
fn frame_told(frame: &InspectedFrame) -> Json {
    let peers = frame.peers.iter();
    let peers = peers.map(|peer| (peer.peer.to_string(), json!([peer.seq, peer.operations])));
    let stretches = frame.stretches.iter();
    let stretches = stretches.map(|&(name, count, operations)| (name, json!([count, operations])));
    json!({
        "name": frame.name,
        "runs": frame.runs,
        "operations": frame.operations,
        "marks": frame.marks,
        "stretches": stretches.collect::<BTreeMap<_, _>>(),
        "peers": peers.collect::<BTreeMap<_, _>>(),
    })
}

/// Holds what the second reader says against `inspect`; gives how many marks it checked, and documents it replayed.
fn compare(vectors: &Path, read: &BTreeMap<String, Json>) -> (u64, usize) {
    let mut marks = 0;
    for (name, line) in read {
        let bytes = fs::read(vectors.join(name).with_extension("bin")).expect("it was read before");
        let inspection = inspect(&bytes);
        let inner = inspection.frames.iter().flat_map(|frame| &frame.frames);
        let outer = inspection.frames.iter();
        let frames = outer.chain(inner);
        let told: Vec<Json> = frames.map(frame_told).collect();
        assert_eq!(line["frames"], Json::from(told), "{name}");
        marks += line["marks_checked"].as_u64().unwrap_or(0);
    }
    let replayed = read.values().filter(|line| line["replayed"] == true);
    (marks, replayed.count())
}

#[test]
fn it_reads_the_vectors() {
    let Some(read) = read_by_the_other(&folder()) else {
        return;
    };
    assert!(read.keys().eq(&names()), "vectors are missing");
    let (marks, replayed) = compare(&folder(), &read);
    assert!(marks > 10, "marks were not checked: {marks}");
    assert!(replayed > 20, "too few vectors were replayed: {replayed}");
}

/// Somebody who hears of everything, and keeps it as vectors that build on each other.
struct Listener<'a> {
    folder: &'a Path,
    name: String,
    doc: Doc,
    kept: usize,
}

impl Listener<'_> {
    fn hear(&mut self, from: &mut Doc, level: Level) {
        let delta = from.delta_since_with(&self.doc.version_vector(), level);
        self.doc.merge(&delta).expect("a delta");
        let base = self.kept.checked_sub(1).map(|before| self.named(before));
        let name = self.named(self.kept);
        self.kept += 1;
        self.keep(&name, base, &delta);
    }

    /// Keeps the whole history in every form.
    fn keep_whole(&mut self) {
        for (level, end) in [
            (Level::None, "none"),
            (Level::Fast, "fast"),
            (Level::Compact, "compact"),
        ] {
            let whole = self.doc.delta_since_with(&VersionVector::new(), level);
            self.keep(&format!("{}-{end}", self.name), None, &whole);
        }
        let saved = self.doc.save();
        self.keep(&format!("{}-saved", self.name), None, &saved);
    }

    fn named(&self, nth: usize) -> String {
        format!("{}-{nth:03}", self.name)
    }

    fn keep(&self, name: &str, base: Option<String>, bytes: &[u8]) {
        let mut said = told(&self.doc);
        said["base"] = base.into();
        let path = self.folder.join(name);
        fs::write(path.with_extension("bin"), bytes).expect("it can be written");
        fs::write(path.with_extension("json"), said.to_string()).expect("it can be written");
    }
}

fn fresh_folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the folder can be made");
    folder
}

/// Runs a scenario, and keeps what is exchanged.
fn listen(folder: &Path, name: String, scenario: &Scenario) {
    let mut exchange = Exchange::new(scenario);
    let mut listener = Listener {
        folder,
        name,
        doc: Doc::new(),
        kept: 0,
    };
    let mut level = [Level::Fast, Level::None, Level::Compact]
        .into_iter()
        .cycle();
    for (nth, step) in scenario.steps.iter().enumerate() {
        // Some are heard late: then a delta brings more than one transaction.
        let wrote = exchange.play(step);
        if let Some(on) = wrote.filter(|on| (on + nth) % 3 > 0) {
            listener.hear(&mut exchange.docs[on], level.next().expect("endless"));
        }
    }
    for doc in &mut exchange.docs {
        listener.hear(doc, Level::Fast);
    }
    listener.keep_whole();
    let name = format!("{}-forked", listener.name);
    listen_to_fork(folder, name, &exchange.docs[0]);
}

/// Two copies of a replica go on under its id; keeps what somebody sends who has both histories.
fn listen_to_fork(folder: &Path, name: String, doc: &Doc) {
    let Some(own) = doc.peer() else {
        return;
    };
    let count = doc.version_vector().get(own);
    let [mut one, mut other] = ["1", "2"].map(|mark| {
        let mut copy = Doc::load(&doc.save()).expect("what it saved");
        copy.set_peer(own);
        copy.transact(|tx| {
            tx.text("forked").insert(0, mark)?;
            tx.list("made").push(value!([mark]))
        })
        .expect("it fits");
        let splits = [(own, count), (own, count / 2), (own, count + 2)];
        copy.split_peers(&splits).expect("it has its history");
        copy
    });
    let mut listener = Listener {
        folder,
        name,
        doc: Doc::new(),
        kept: 0,
    };
    listener.hear(&mut one, Level::Fast);
    listener.hear(&mut other, Level::None);
    one.merge(&other.delta_since(&one.version_vector()))
        .expect("both histories");
    one.set_peer(engine::peer(1000));
    for at in [0, 1, 1, 0] {
        one.transact(|tx| tx.list("made").list(at)?.push("both"))
            .expect("it fits");
        listener.hear(&mut one, Level::Fast);
    }
    listener.keep_whole();
}

#[test]
fn it_reads_what_random_programs_exchange() {
    if python().is_none() {
        println!("left out: no Python");
        return;
    }
    let folder = fresh_folder("second_reader");
    let mut runner = TestRunner::deterministic();
    let count = if traces::long() { 400 } else { 24 };
    for nth in 0..count {
        let program = if nth % 3 == 0 {
            programs::typing(60)
                .new_tree(&mut runner)
                .expect("a program")
                .current()
        } else {
            programs::program(60)
                .new_tree(&mut runner)
                .expect("a program")
                .current()
        };
        let scenario = plan::scenario(program.0, &program.1);
        listen(&folder, format!("program-{nth:03}"), &scenario);
    }
    let Some(read) = read_by_the_other(&folder) else {
        return;
    };
    let (marks, replayed) = compare(&folder, &read);
    assert!(
        marks > 4 * count && replayed > 0,
        "{marks} marks, {replayed} replayed"
    );
}

#[test]
fn it_reads_a_recorded_history() {
    let json = traces::read("sveltecomponent.json.gz");
    let (Some(json), Some(_)) = (json, python()) else {
        return;
    };
    let trace = Trace::parse(&json);
    let count = if traces::brief() {
        3000
    } else {
        trace.transactions.len()
    };
    let mut doc = Doc::with_peer(engine::peer(1));
    for transaction in &trace.transactions[..count] {
        doc.transact(|tx| {
            transaction.patches.iter().try_for_each(|patch| {
                let end = patch.at + patch.deleted;
                tx.text("body").replace(patch.at..end, &patch.inserted)
            })
        })
        .expect("it was typed once");
    }
    let folder = fresh_folder("second_reader_trace");
    let mut listener = Listener {
        folder: &folder,
        name: "trace".to_owned(),
        doc: Doc::new(),
        kept: 0,
    };
    listener.hear(&mut doc, Level::None);
    listener.keep_whole();
    let Some(read) = read_by_the_other(&folder) else {
        return;
    };
    let (_, replayed) = compare(&folder, &read);
    assert_eq!(replayed, 5, "nobody else wrote");
}
