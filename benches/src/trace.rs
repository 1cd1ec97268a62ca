//! Editing histories: reading them from the traces folder, or generating them where it is absent.
//!
//! Positions and lengths count Unicode scalar values. A transaction starts from the merge of its parents; its patches
//! apply one after another.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::GzDecoder;
use jumprope::JumpRopeBuf;
use serde::Deserialize;

use crate::engine::Outcome;
use crate::generate;

/// One edit: delete so many characters at a place, then insert there.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "(usize, usize, String)")]
pub struct Patch {
    /// Where, in Unicode scalars.
    pub at: usize,
    /// How many scalars are deleted.
    pub deleted: usize,
    /// What is inserted after that.
    pub inserted: String,
}

impl From<(usize, usize, String)> for Patch {
    fn from((at, deleted, inserted): (usize, usize, String)) -> Self {
        Self {
            at,
            deleted,
            inserted,
        }
    }
}

/// One transaction of a history.
#[derive(Clone, Debug, Deserialize)]
pub struct Txn {
    /// The transactions this one starts from; none in a sequential history.
    #[serde(default)]
    pub parents: Vec<usize>,
    /// Who wrote it, from 0.
    #[serde(default)]
    pub agent: usize,
    /// Its edits.
    pub patches: Vec<Patch>,
}

impl Txn {
    /// Characters inserted and deleted, each an operation.
    #[must_use]
    pub fn operations(&self) -> usize {
        let of = |patch: &Patch| patch.deleted + patch.inserted.chars().count();
        self.patches.iter().map(of).sum()
    }

    /// The patches moved to the end of a text of that length where they lie outside it; `None` if all lie within. An
    /// engine with another order of concurrent insertions may delete other characters than the history did, so that its
    /// text becomes shorter.
    #[must_use]
    pub fn within(&self, mut len: usize) -> Option<Vec<Patch>> {
        let mut moved = false;
        let mut kept = Vec::with_capacity(self.patches.len());
        for patch in &self.patches {
            let at = patch.at.min(len);
            let deleted = patch.deleted.min(len - at);
            moved |= (at, deleted) != (patch.at, patch.deleted);
            len = len - deleted + patch.inserted.chars().count();
            kept.push(Patch {
                at,
                deleted,
                inserted: patch.inserted.clone(),
            });
        }
        moved.then_some(kept)
    }
}

/// A history.
#[derive(Clone, Debug)]
pub struct Trace {
    /// The file's name without endings.
    pub name: String,
    /// In an order in which parents come first.
    pub txns: Vec<Txn>,
    /// The text in the end, where it is known.
    pub end: Option<String>,
    /// Made here because the folder was absent.
    pub generated: bool,
}

impl Trace {
    /// One writer; each transaction follows the one before.
    #[must_use]
    pub fn is_sequential(&self) -> bool {
        self.txns.iter().all(|txn| txn.parents.is_empty())
    }

    /// Who wrote the last transaction.
    #[must_use]
    pub fn last_agent(&self) -> usize {
        self.txns.last().map_or(0, |txn| txn.agent)
    }

    /// Where the last edit ended.
    #[must_use]
    pub fn last_cursor(&self) -> usize {
        let last = self.txns.iter().rev().find_map(|txn| txn.patches.last());
        last.map_or(0, |patch| patch.at + patch.inserted.chars().count())
    }
}

/// Which history a row replays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum History {
    /// A LaTeX paper, keystroke by keystroke.
    AutomergePaper,
    /// A Rust source file.
    Rustcode,
    /// A Svelte component.
    Sveltecomponent,
    /// Two people with a second between them.
    Friendsforever,
    /// Three agents, artificial latency.
    Clownschool,
    /// Many agents on long branches.
    GitMakefile,
}

impl History {
    /// Every history, in the order of the tables.
    pub const ALL: [Self; 6] = [
        Self::AutomergePaper,
        Self::Rustcode,
        Self::Sveltecomponent,
        Self::Friendsforever,
        Self::Clownschool,
        Self::GitMakefile,
    ];

    /// One writer.
    #[must_use]
    pub fn is_sequential(self) -> bool {
        matches!(
            self,
            Self::AutomergePaper | Self::Rustcode | Self::Sveltecomponent
        )
    }

    /// The name of its file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AutomergePaper => "automerge-paper",
            Self::Rustcode => "rustcode",
            Self::Sveltecomponent => "sveltecomponent",
            Self::Friendsforever => "friendsforever",
            Self::Clownschool => "clownschool",
            Self::GitMakefile => "git-makefile",
        }
    }

    /// How many transactions a quick run keeps.
    pub(crate) fn quick_txns(self) -> usize {
        if self == Self::GitMakefile { 60 } else { 1_000 }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stored {
    end_content: String,
    txns: Vec<Txn>,
}

/// The traces folder, if it is there: the one given, else `SYNCLINE_TRACES`, else the usual places.
#[must_use]
pub fn folder(given: Option<&Path>) -> Option<PathBuf> {
    let candidates = match (given, std::env::var_os("SYNCLINE_TRACES")) {
        (Some(path), _) => vec![path.to_path_buf()],
        (None, Some(path)) => vec![PathBuf::from(path)],
        (None, None) => vec![
            PathBuf::from("../../shared/traces"),
            PathBuf::from("../shared/traces"),
        ],
    };
    candidates.into_iter().find(|path| path.is_dir())
}

/// Reads a history from the folder, or generates one like it. A quick run keeps its beginning.
///
/// # Errors
/// A file of the folder that cannot be read.
pub fn obtain(history: History, folder: Option<&Path>, quick: bool) -> Outcome<Trace> {
    let mut trace = match folder {
        Some(folder) => read(
            &folder.join(format!("{}.json.gz", history.name())),
            history.name(),
        )?,
        None => generate::history(history, quick),
    };
    if quick && trace.txns.len() > history.quick_txns() {
        trace.txns.truncate(history.quick_txns());
        trace.end = trace.is_sequential().then(|| typed_into_a_rope(&trace));
    }
    Ok(trace)
}

fn read(path: &Path, name: &str) -> Outcome<Trace> {
    let explain = |what: &dyn std::fmt::Display| format!("{}: {what}", path.display());
    let file = File::open(path).map_err(|error| explain(&error))?;
    let mut json = Vec::new();
    GzDecoder::new(BufReader::new(file))
        .read_to_end(&mut json)
        .map_err(|error| explain(&error))?;
    let stored: Stored = serde_json::from_slice(&json).map_err(|error| explain(&error))?;
    Ok(Trace {
        name: name.to_owned(),
        txns: stored.txns,
        end: Some(stored.end_content),
        generated: false,
    })
}

/// The text that a sequential history ends in.
#[must_use]
pub fn typed_into_a_rope(trace: &Trace) -> String {
    let mut rope = JumpRopeBuf::new();
    for patch in trace.txns.iter().flat_map(|txn| &txn.patches) {
        if patch.deleted > 0 {
            rope.remove(patch.at..patch.at + patch.deleted);
        }
        if !patch.inserted.is_empty() {
            rope.insert(patch.at, &patch.inserted);
        }
    }
    rope.to_string()
}
