//! The files of test vectors.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};
use support::engine;
use support::marked::show_spans;
use syncline::Doc;

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors")
}

pub(crate) fn names() -> Vec<String> {
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

/// What a document says of itself.
pub(crate) fn told(doc: &Doc) -> Json {
    let version: serde_json::Map<_, _> = doc
        .version_vector()
        .iter()
        .map(|(peer, count)| (peer.to_string(), count.into()))
        .collect();
    let frontier: Vec<String> = doc.frontier().iter().map(|id| id.to_string()).collect();
    let mut told = json!({
        "document": doc.to_json(),
        "operations": doc.operations(),
        "version": version,
        "frontier": frontier,
    });
    let spans = show_spans(&engine::marked(doc));
    if !spans.is_empty() {
        told["spans"] = spans.into();
    }
    told
}
