//! The format, as `docs/format.md` tells it and files under `tests/vectors/` show it.
//!
//! - Every vector reads to what stands beside it; where it says so, writing again gives the same bytes.
//! - Together they show every packing, kind of stretch and kind of frame.
//! - However they are damaged, looking into them says so.
//!
//! `second_reader.rs` holds another reader to them.
//!
//! `cargo test --test format -- --ignored` writes vectors that are new. Those that are there are never written again.

use std::collections::BTreeSet;
use std::fs;

use crate::bases::{base_of, bytes_of, said_of};
use crate::files::{folder, names, told};
use crate::vectors::{LEVELS, vectors};
use serde_json::{Value as Json, json};
use syncline::{Doc, Error, InspectedFrame, Inspection, SaveOptions, VersionVector, inspect};

/// The document, written again as the vector was.
fn written_again(doc: &mut Doc, since: &VersionVector, how: &str) -> Vec<u8> {
    match LEVELS.iter().find(|level| level.0 == how) {
        Some(&(_, level)) => doc.delta_since_with(since, level),
        None if how == "shallow" => doc.save_with(&SaveOptions::new().shallow()),
        None => doc.save(),
    }
}

/// The document that a vector reads to, and what was known before it.
fn read(bytes: &[u8], said: &Json) -> Result<(Doc, VersionVector), Error> {
    if said["loads"] == true {
        return Ok((Doc::load(bytes)?, VersionVector::new()));
    }
    let mut doc = if CHAINS { base_of(said) } else { Doc::new() };
    let before = doc.version_vector();
    doc.merge(bytes)?;
    Ok((doc, before))
}

/// Whether the tests' chains are those of the format: with small nodes they have shorter blocks, and other values.
const CHAINS: bool = !cfg!(feature = "small-nodes");

#[test]
fn vectors_read_to_what_stands_beside_them() {
    for name in names() {
        let (bytes, said) = (bytes_of(&name), said_of(&name));
        let inspection = inspect(&bytes);
        let of_chains =
            |frame: &InspectedFrame| frame.marks > 0 || frame.name.ends_with("snapshot");
        // Ids of peers that were split are hashes of chains too.
        let has_chains = inspection.frames.iter().any(of_chains) || name.starts_with("forked");
        if !CHAINS && has_chains {
            continue;
        }
        assert_eq!(inspection.first_error(), None, "{name}");
        let (mut doc, before) =
            read(&bytes, &said).unwrap_or_else(|error| panic!("{name}: {error}"));
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
    let forms = "keystroke, delta, snapshot, marks, goes on, own InsertPos, column Int";
    let packings = "none, lz4, prefix, lz4+prefix, lz4+strands, brotli";
    let stretches = "insert, delete, delete back, set, entry, move, mark, restore";
    for what in [forms, packings, stretches]
        .iter()
        .flat_map(|all| all.split(", "))
    {
        assert!(shown.contains(what), "no vector shows {what}: {shown:?}");
    }
    assert!(written_again > 15, "{written_again}");
}

#[test]
fn damage_is_told_and_never_a_panic() {
    for name in names() {
        let bytes = bytes_of(&name);
        // Every end, and every byte in the way it breaks most; of long ones a part.
        let step = bytes.len() / 400 + 1;
        for at in (0..bytes.len()).step_by(step) {
            let cut = inspect(&bytes[..at]);
            // A file may end with any of its pieces.
            let ends = cut
                .frames
                .last()
                .is_some_and(|frame| frame.offset + frame.bytes == at);
            if name == "file" && ends && cut.frames.iter().all(|frame| frame.error.is_none()) {
                assert!(at > 0, "{name}");
                continue;
            }
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
fn what_is_reserved_asks_for_a_newer_version() {
    // Format; packing; kind and way of a container; kind and flag of a keystroke.
    let changes: [(&str, usize, u8); 6] = [
        ("typed", 0, 4),
        ("typed", 17, 6),
        ("typed", 27, 0x04),
        ("typed", 27, 0x30),
        ("keystroke-on", 19, 0x65),
        ("keystroke-on", 19, 0xe0),
    ];
    for (name, at, byte) in changes {
        let mut bytes = bytes_of(name);
        bytes[at] = byte;
        let error = inspect(&bytes).first_error().expect("it is unknown");
        assert!(
            error.what.contains("a newer version is needed"),
            "{name} at {at}: {error}"
        );
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
        // Without their history, documents are loaded, not merged.
        let loads = ["shallow", "file"].contains(&vector.written);
        let said = json!({ "base": vector.base, "loads": loads });
        let (mut doc, before) = read(&vector.bytes, &said).expect(vector.name);
        let again = written_again(&mut doc, &before, vector.written);
        let is_file = vector.written == "file";
        assert!(is_file || again == vector.bytes, "{}", vector.name);
        // What others' compressors make of the same bytes is theirs to change.
        let packings = packings(&inspect(&vector.bytes));
        let stable = packings
            .iter()
            .all(|packing| ["none", "prefix"].contains(packing));
        let mut said = told(&doc);
        said["about"] = vector.about.into();
        said["base"] = said_base(vector.base);
        if loads {
            said["loads"] = true.into();
        }
        said["writes"] = if stable && !is_file {
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
