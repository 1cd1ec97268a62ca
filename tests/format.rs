//! The format, as `docs/format.md` tells it and files under `tests/vectors/` show it.
//!
//! - Every vector reads to what stands beside it; where it says so, writing again gives the same bytes.
//! - Together they show every packing, kind of stretch and kind of frame.
//! - A second reader, written from the document alone, reads the same operations from them.
//!
//! `cargo test --test format -- --ignored` writes vectors that are new. Those that are there are never written again.

#[path = "format/vectors.rs"]
mod vectors;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value as Json, json};
use syncline::{Doc, InspectedFrame, Inspection, VersionVector, inspect};
use vectors::{LEVELS, vectors};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors")
}

fn names() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder())
        .expect("the vectors")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|end| end == "bin"))
        .map(|path| {
            path.file_stem()
                .expect("a name")
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    assert!(names.len() > 20, "vectors are missing: {names:?}");
    names
}

fn bytes_of(name: &str) -> Vec<u8> {
    fs::read(folder().join(name).with_extension("bin")).expect("a vector")
}

fn said_of(name: &str) -> Json {
    let text = fs::read_to_string(folder().join(name).with_extension("json")).expect("a vector");
    serde_json::from_str(&text).expect("JSON")
}

/// The document that vectors read to, one after another from the first base on.
fn base_of(said: &Json) -> Doc {
    match said["base"].as_str() {
        None => Doc::new(),
        Some(base) => {
            let mut doc = base_of(&said_of(base));
            doc.merge(&bytes_of(base)).expect("a base");
            doc
        }
    }
}

/// What a document says of itself.
fn told(doc: &Doc) -> Json {
    let version: serde_json::Map<_, _> = doc
        .version_vector()
        .iter()
        .map(|(peer, count)| (peer.to_string(), count.into()))
        .collect();
    let frontier: Vec<String> = doc.frontier().iter().map(|id| id.to_string()).collect();
    json!({
        "document": doc.to_json(),
        "operations": doc.operations(),
        "version": version,
        "frontier": frontier,
    })
}

/// The document, written again as the vector was.
fn written_again(doc: &mut Doc, since: &VersionVector, how: &str) -> Vec<u8> {
    match LEVELS.iter().find(|level| level.0 == how) {
        Some(&(_, level)) => doc.delta_since_with(since, level),
        None => doc.save(),
    }
}

/// Whether the tests' chains are those of the format: with small nodes they have shorter blocks, and other values.
const CHAINS: bool = !cfg!(feature = "small-nodes");

#[test]
fn vectors_read_to_what_stands_beside_them() {
    for name in names() {
        let (bytes, said) = (bytes_of(&name), said_of(&name));
        let inspection = inspect(&bytes);
        assert_eq!(inspection.first_error(), None, "{name}");
        let marks = inspection.frames.iter().any(|frame| frame.marks > 0);
        if marks && !CHAINS {
            continue;
        }
        let mut doc = if CHAINS { base_of(&said) } else { Doc::new() };
        let before = doc.version_vector();
        doc.merge(&bytes)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        doc.check()
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        for (key, value) in told(&doc).as_object().expect("an object") {
            assert_eq!(&said[key], value, "{name}: {key}");
        }
        if let Some(how) = said["writes"].as_str() {
            assert_eq!(
                written_again(&mut doc, &before, how),
                bytes,
                "{name}: written again"
            );
        }
    }
}

fn packings(inspection: &Inspection) -> BTreeSet<&'static str> {
    let outer = inspection.frames.iter();
    let inner = inspection.frames.iter().flat_map(|frame| &frame.frames);
    outer
        .chain(inner)
        .flat_map(|frame| &frame.sections)
        .filter_map(|section| section.packing)
        .collect()
}

#[test]
fn vectors_show_everything() {
    let mut shown: BTreeSet<String> = BTreeSet::new();
    let mut written_again = 0;
    for name in names() {
        let inspection = inspect(&bytes_of(&name));
        shown.extend(packings(&inspection).into_iter().map(str::to_owned));
        written_again += usize::from(said_of(&name)["writes"].is_string());
        for frame in &inspection.frames {
            shown.insert(frame.name.to_owned());
            shown.extend(frame.stretches.iter().map(|stretch| stretch.0.to_owned()));
            shown.extend(frame.own_codes.iter().map(|field| format!("own {field}")));
            let columns = frame
                .sections
                .iter()
                .filter(|section| section.name.starts_with("column "));
            shown.extend(columns.map(|section| section.name.clone()));
            if frame.name == "delta" && frame.marks > 0 && frame.goes_on_from.is_none() {
                shown.insert("marks".into());
            }
            if frame.name == "delta" && frame.goes_on_from.is_some() {
                shown.insert("goes on".into());
            }
        }
    }
    for what in [
        "keystroke",
        "delta",
        "snapshot",
        "marks",
        "goes on",
        "none",
        "lz4",
        "prefix",
        "lz4+prefix",
        "brotli",
        "insert",
        "delete",
        "delete back",
        "set",
        "entry",
        "own InsertPos",
        "column Int",
    ] {
        assert!(shown.contains(what), "no vector shows {what}: {shown:?}");
    }
    assert!(written_again > 15, "{written_again}");
}

/// Python, if there is one that the second reader runs in.
fn python() -> Option<String> {
    let python = std::env::var("SYNCLINE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let new_enough = "import sys; sys.exit(sys.version_info < (3, 11))";
    let ran = Command::new(&python).args(["-c", new_enough]).status();
    ran.is_ok_and(|status| status.success()).then_some(python)
}

/// What the second reader says of every vector, by name; `None` where it cannot run here.
fn read_by_the_other() -> Option<BTreeMap<String, Json>> {
    let Some(python) = python() else {
        println!("left out: no Python 3.11 (SYNCLINE_PYTHON names one)");
        return None;
    };
    let script = folder().join("../format/check.py");
    let ran = Command::new(python)
        .arg("-B")
        .args([script, folder()])
        .output()
        .expect("it ran before");
    let said = String::from_utf8_lossy(&ran.stderr);
    if ran.status.code() == Some(3) {
        println!("left out: {said}");
        return None;
    }
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

#[test]
fn a_second_reader_reads_the_same() {
    let Some(read) = read_by_the_other() else {
        return;
    };
    assert!(read.keys().eq(&names()), "vectors are missing");
    let mut marks = 0;
    for (name, line) in &read {
        let inspection = inspect(&bytes_of(name));
        let inner = inspection.frames.iter().flat_map(|frame| &frame.frames);
        let outer = inspection.frames.iter();
        let frames = outer.chain(inner).filter(|frame| frame.name != "snapshot");
        let told: Vec<Json> = frames.map(frame_told).collect();
        assert_eq!(line["frames"], Json::from(told), "{name}");
        marks += line["marks_checked"].as_u64().unwrap_or(0);
    }
    assert!(marks > 10, "marks were not checked: {marks}");
    let replayed = read.values().filter(|line| line["replayed"] == true);
    assert!(replayed.count() > 20, "too few vectors were replayed");
}

#[test]
fn damage_is_told_and_never_a_panic() {
    for name in names() {
        let bytes = bytes_of(&name);
        // Every end, and every byte in the way it breaks most; of long ones a part.
        let step = bytes.len() / 400 + 1;
        for at in (0..bytes.len()).step_by(step) {
            let cut = inspect(&bytes[..at]);
            assert!(cut.first_error().is_some(), "{name} cut at {at}");
            for change in [0x01, 0x80, 0xff] {
                let mut flipped = bytes.clone();
                flipped[at] ^= change;
                let error = inspect(&flipped).first_error();
                let error = error.unwrap_or_else(|| panic!("{name}: byte {at} ^ {change}"));
                assert!(
                    error.offset <= bytes.len(),
                    "{name}: byte {at} ^ {change}: {error}"
                );
            }
        }
    }
}

#[test]
#[ignore = "writes vectors that are not there yet"]
fn write_new_vectors() {
    for vector in vectors() {
        let path = folder().join(vector.name).with_extension("bin");
        if path.exists() {
            continue;
        }
        let said = json!({ "base": vector.base });
        let mut doc = base_of(&said);
        let before = doc.version_vector();
        doc.merge(&vector.bytes).expect(vector.name);
        assert_eq!(
            written_again(&mut doc, &before, vector.written),
            vector.bytes,
            "{}",
            vector.name
        );
        // What others' compressors make of the same bytes is theirs to change.
        let packings = packings(&inspect(&vector.bytes));
        let stable = packings
            .iter()
            .all(|packing| ["none", "prefix"].contains(packing));
        let mut said = told(&doc);
        said["about"] = vector.about.into();
        said["base"] = said_base(vector.base);
        said["writes"] = if stable {
            vector.written.into()
        } else {
            Json::Null
        };
        fs::write(&path, &vector.bytes).expect("it can be written");
        let text = serde_json::to_string_pretty(&said).expect("JSON") + "\n";
        fs::write(path.with_extension("json"), text).expect("it can be written");
    }
}

fn said_base(base: Option<&str>) -> Json {
    base.map_or(Json::Null, Json::from)
}
