//! What can be asked of a store.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// The commands on stores.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Make a store: a file of documents
    #[command(after_help = "Example: syncline init notes.store")]
    Init(At),
    /// Make an empty document in a store
    #[command(after_help = "Example: syncline new notes.store shopping")]
    New(Document),
    /// Edit a document; when it returns, the edit is on disk
    #[command(after_help = EDIT_HELP)]
    Edit(Edit),
    /// Show a document, or list all of them
    #[command(after_help = SHOW_HELP)]
    Show(Show),
    /// List a document's transactions: who, when, why
    #[command(after_help = LOG_HELP)]
    Log(Document),
    /// Tell who wrote what a text, list or map shows
    #[command(after_help = BLAME_HELP)]
    Blame(Blame),
    /// Tell what differs between two versions of a document
    #[command(after_help = DIFF_HELP)]
    Diff(Diff),
    /// List map entries that several people set at once
    #[command(after_help = CONFLICTS_HELP)]
    Conflicts(Document),
    /// Read everything, and hold it against its checksums and itself
    #[command(after_help = VERIFY_HELP)]
    Verify(At),
    /// Set damage aside, and fetch what was lost from another copy
    #[command(after_help = REPAIR_HELP)]
    Repair(Repair),
    /// Bring journals into snapshots, and give the room back
    #[command(after_help = COMPACT_HELP)]
    Compact(At),
    /// Tell what there is to do in the background
    #[command(after_help = JOBS_HELP)]
    Jobs(At),
    /// Write a whole store as one file, which is a store itself
    #[command(after_help = "Example: syncline export notes.store backup.store")]
    Export(Files),
    /// Take in every document of another store, merging what is in both
    #[command(after_help = IMPORT_HELP)]
    Import(Files),
}

const BLAME_HELP: &str = "\
Example: syncline blame notes.store shopping body

--json gives, per stretch: of (its text, how many elements, or the key), id and
author.";

const CONFLICTS_HELP: &str = "\
Example: syncline conflicts notes.store shopping

--json gives, per entry: path and values, the shown one first.";

const VERIFY_HELP: &str = "\
Example: syncline verify notes.store

Exits with 1 if anything is damaged. --json gives, per damage: document (null
for the file itself) and error; then documents and damaged, how many.";

const COMPACT_HELP: &str = "\
Example: syncline compact notes.store

Exits with 1 if a document was left as it was. --json gives, per such document:
document and error; then documents, compacted, failed, bytes_before and
bytes_after.";

const JOBS_HELP: &str = "\
Example: syncline jobs notes.store

--json gives, per job: job, state (waiting or idle) and documents.";

const IMPORT_HELP: &str = "\
Example: syncline import notes.store backup.store

--json gives, per document that brought something: document and operations.";

const EDIT_HELP: &str = "\
Examples:
  syncline edit notes.store shopping --append 'milk '
  syncline edit notes.store shopping '[\"map\", \"meta\", \"set\", \"title\", \"Food\"]'
  syncline edit notes.store shopping --append 'tea' --author Ann --once form-17

An edit is a JSON array [kind, path, verb, …] as in scenarios
(docs/scenarios.md); all of them are one transaction. --once commits under a
key: done again with that key, nothing is done.

--json gives document, operations, record (the last of its journal) and once
(true if that key had been committed, so that nothing was done).";

const SHOW_HELP: &str = "\
Examples:
  syncline show notes.store
  syncline show notes.store shopping
  syncline show notes.store shopping --at 12@7

--at shows a version of the past: that after an operation, as `log` names it.
--json gives, of a document, what it shows in one line; of a store, a line per
document.";

const LOG_HELP: &str = "\
Example: syncline log notes.store shopping

--json gives, per transaction: id (of its last operation), peer, seq,
operations, author, time (milliseconds since 1970) and message.";

const DIFF_HELP: &str = "\
Examples:
  syncline diff notes.store shopping 12@7
  syncline diff notes.store shopping 12@7 40@9

A version is named by an operation, as `log` names it; the second is the
newest unless said. --json gives, per part that differs: path, kind and edits.";

const REPAIR_HELP: &str = "\
Examples:
  syncline repair notes.store
  syncline repair notes.store --from backup.store

What is damaged is moved to quarantine inside the store, with why; nothing is
deleted. With --from, what that copy has of a damaged document is fetched.
Exits with 1 if something was lost or cannot be read. --json gives, per damaged
document: document, set_aside (place, records, what) and fetched (operations,
or null), or error.";

/// A store.
#[derive(Args)]
pub(crate) struct At {
    /// The file of the store
    #[arg(value_name = "STORE")]
    pub(crate) store: PathBuf,
    /// The key of a sealed store: 32 bytes, or 64 hex digits
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
    /// Print JSON, one value a line
    #[arg(long)]
    pub(crate) json: bool,
}

/// A document in a store.
#[derive(Args)]
pub(crate) struct Document {
    #[command(flatten)]
    pub(crate) at: At,
    /// The name of the document
    pub(crate) document: String,
}

/// An edit of a document.
#[derive(Args)]
pub(crate) struct Edit {
    #[command(flatten)]
    pub(crate) document: Document,
    /// Edits as JSON arrays
    #[arg(value_name = "EDIT")]
    pub(crate) edits: Vec<String>,
    /// Write this at the end of the text `body`
    #[arg(long, value_name = "TEXT")]
    pub(crate) append: Option<String>,
    /// Who edits
    #[arg(long, value_name = "NAME")]
    pub(crate) author: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub(crate) message: Option<String>,
    /// Commit once under this key
    #[arg(long, value_name = "KEY")]
    pub(crate) once: Option<String>,
}

/// What to show.
#[derive(Args)]
pub(crate) struct Show {
    #[command(flatten)]
    pub(crate) at: At,
    /// The name of the document; without it all are listed
    pub(crate) document: Option<String>,
    /// The version after this operation
    #[arg(long = "at", value_name = "OPERATION", requires = "document")]
    pub(crate) version: Option<String>,
}

/// Whose authors to tell.
#[derive(Args)]
pub(crate) struct Blame {
    #[command(flatten)]
    pub(crate) document: Document,
    /// The path of a text, list or map
    pub(crate) path: String,
}

/// Which versions to compare.
#[derive(Args)]
pub(crate) struct Diff {
    #[command(flatten)]
    pub(crate) document: Document,
    /// The version after this operation
    pub(crate) from: String,
    /// And that after this one; the newest unless said
    pub(crate) to: Option<String>,
}

/// What to repair.
#[derive(Args)]
pub(crate) struct Repair {
    #[command(flatten)]
    pub(crate) at: At,
    /// Another copy of the store
    #[arg(long, value_name = "STORE")]
    pub(crate) from: Option<PathBuf>,
}

/// A store, and another file.
#[derive(Args)]
pub(crate) struct Files {
    #[command(flatten)]
    pub(crate) at: At,
    /// The other file
    pub(crate) other: PathBuf,
}
