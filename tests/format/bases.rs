//! Reading test vectors, and what they build on.

use std::fs;

use serde_json::Value as Json;
use syncline::Doc;

use crate::files::folder;

pub(crate) fn bytes_of(name: &str) -> Vec<u8> {
    fs::read(folder().join(name).with_extension("bin")).expect("a vector")
}

pub(crate) fn said_of(name: &str) -> Json {
    let text = fs::read_to_string(folder().join(name).with_extension("json")).expect("a vector");
    serde_json::from_str(&text).expect("JSON")
}

/// The document that vectors read to, one after another from the first base on.
pub(crate) fn base_of(said: &Json) -> Doc {
    match said["base"].as_str() {
        None => Doc::new(),
        Some(base) => {
            let mut doc = base_of(&said_of(base));
            doc.merge(&bytes_of(base)).expect("a base");
            doc
        }
    }
}
