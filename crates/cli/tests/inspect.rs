//! `syncline inspect`: what is inside an encoding.
//!
//! - Of a sound file every byte belongs to one section, and the command ends well.
//! - Of a damaged one it tells what was readable, then where it breaks, and exits with 2.
//! - One file that cannot be read keeps nobody from the others.

mod support;

use std::path::PathBuf;

use serde_json::Value as Json;
use support::{Folder, number, syncline, workspace};

fn vector(name: &str) -> String {
    let path: PathBuf = workspace().join("tests/vectors").join(name);
    path.to_str().expect("UTF-8 paths").to_owned()
}

/// Bytes that the sections of a frame, and of the frames in it, cover.
fn covered(frame: &Json) -> u64 {
    let list = |key: &str| frame[key].as_array().expect("a list").clone();
    let sections: u64 = list("sections")
        .iter()
        .map(|section| number(section, "bytes"))
        .sum();
    sections + list("frames").iter().map(covered).sum::<u64>()
}

#[test]
fn every_byte_of_a_sound_file_belongs_to_a_section() {
    let folder = workspace().join("tests/vectors");
    let mut files: Vec<String> = std::fs::read_dir(folder)
        .expect("the vectors")
        .map(|entry| {
            entry
                .expect("an entry")
                .path()
                .to_str()
                .expect("UTF-8 paths")
                .to_owned()
        })
        .filter(|path| path.ends_with(".bin"))
        .collect();
    files.sort();
    let mut arguments = vec!["inspect".to_owned(), "--json".to_owned()];
    arguments.extend(files.iter().cloned());
    let ran = syncline(&arguments);
    assert_eq!(ran.code, 0, "{ran:#?}");
    let lines = ran.json_lines();
    assert_eq!(lines.len(), files.len());
    for line in &lines {
        let frames = line["frames"].as_array().expect("frames");
        assert_eq!(line["error"], Json::Null);
        assert_eq!(
            frames.iter().map(covered).sum::<u64>(),
            number(line, "bytes"),
            "{line}"
        );
        assert!(
            frames.iter().all(|frame| frame["checksum_matches"] == true),
            "{line}"
        );
    }
}

#[test]
fn people_are_told_of_parts_and_peers() {
    let ran = syncline(&["inspect", &vector("columns.bin")]);
    ran.assert_tells(&[
        "delta (format 2)",
        "checksum matches",
        "operations 900",
        "entry: 300",
        "column Key, packing lz4",
    ]);
    let ran = syncline(&["inspect", &vector("snapshot-waiting.bin")]);
    ran.assert_tells(&["snapshot (format 3)", "    delta (format 2)", "marks 1"]);
}

#[test]
fn a_damaged_file_is_told_as_far_as_it_reads() {
    let folder = Folder::new("inspect_damaged");
    let whole = std::fs::read(vector("kinds-none.bin")).expect("a vector");
    let cut = folder.write_raw("cut", &whole[..whole.len() - 9]);
    let ran = syncline(&["inspect", "--json", &cut]);
    ran.assert_failed(2, &["cut", "early"]);
    let line = &ran.json_lines()[0];
    let frame = &line["frames"][0];
    assert_eq!(frame["checksum_matches"], Json::Null);
    assert!(number(frame, "operations") > 40, "{frame}");
    assert!(number(&line["error"], "offset") > 400, "{line}");

    let mut flipped = whole.clone();
    flipped[1] ^= 4;
    let mut in_text = whole.clone();
    let at = whole
        .windows(6)
        .position(|bytes| bytes == b"nested")
        .expect("the text");
    in_text[at] ^= 1;
    let in_text = folder.write_raw("text", &in_text);
    let ran = syncline(&["inspect", "--json", &in_text]);
    ran.assert_failed(2, &["checksum does not match"]);
    let frame = &ran.json_lines()[0]["frames"][0];
    assert_eq!(frame["checksum_matches"], false);
    assert_eq!(number(frame, "operations"), 69);

    let flipped = folder.write_raw("flipped", &flipped);
    let missing = folder.path("missing");
    let empty = folder.write_raw("empty", b"");
    let good = vector("typed.bin");
    let ran = syncline(&["inspect", &missing, &flipped, &empty, &good]);
    ran.assert_failed(
        2,
        &[
            "missing: cannot read it",
            "flipped",
            "empty: input is empty",
        ],
    );
    assert!(ran.out.contains("typed.bin: 39 bytes"), "{ran:#?}");
}

#[test]
fn bytes_after_a_sound_frame_are_told_apart() {
    let folder = Folder::new("inspect_more");
    let mut bytes = std::fs::read(vector("typed.bin")).expect("a vector");
    bytes.extend(std::fs::read(vector("keystroke-on.bin")).expect("a vector"));
    bytes.extend(b"~garbage");
    let ran = syncline(&["inspect", "--json", &folder.write_raw("more", &bytes)]);
    ran.assert_failed(2, &["at byte 60"]);
    let line = &ran.json_lines()[0];
    let names: Vec<&Json> = line["frames"]
        .as_array()
        .expect("frames")
        .iter()
        .map(|frame| &frame["name"])
        .collect();
    assert_eq!(names, ["delta", "keystroke"]);
    assert_eq!(number(&line["error"], "offset"), 60);
}
