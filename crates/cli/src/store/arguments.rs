//! What can be asked of a store.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::help::{
    BLAME_HELP, COLLECT_HELP, COMPACT_HELP, CONFLICTS_HELP, DIFF_HELP, EDIT_HELP, GET_HELP,
    IMPORT_HELP, JOBS_HELP, LOG_HELP, PUT_HELP, QUEUE_HELP, REDELIVER_HELP, REPAIR_HELP,
    RESOLVE_HELP, RESOLVE_USAGE, RETRY_HELP, SERVE_HELP, SHOW_HELP, STATUS_HELP, SYNC_HELP,
    VERIFY_HELP,
};
use super::relays::{Deliveries, Retry, Serve, Status, Sync, With};

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
    Edit(In<Edit>),
    /// Show a document, or list all of them
    #[command(after_help = SHOW_HELP)]
    Show(Of<Show>),
    /// List a document's transactions: who, when, why
    #[command(after_help = LOG_HELP)]
    Log(Document),
    /// Tell who wrote what a text, list or map shows
    #[command(after_help = BLAME_HELP)]
    Blame(In<Blame>),
    /// Tell what differs between two versions of a document
    #[command(after_help = DIFF_HELP)]
    Diff(In<Diff>),
    /// List map entries that several people set at once
    #[command(after_help = CONFLICTS_HELP)]
    Conflicts(Document),
    /// End a conflict, by one of the values or another
    #[command(after_help = RESOLVE_HELP, override_usage = RESOLVE_USAGE)]
    Resolve(In<Resolve>),
    /// Put a file as a blob beside the documents; prints its name
    #[command(after_help = PUT_HELP)]
    Put(Of<Put>),
    /// Get a blob, or a range of it, or list all of them
    #[command(after_help = GET_HELP)]
    Get(Of<Get>),
    /// Read everything, and hold it against its checksums and itself
    #[command(after_help = VERIFY_HELP)]
    Verify(At),
    /// Set damage aside, and fetch what was lost from another copy
    #[command(after_help = REPAIR_HELP)]
    Repair(Of<Repair>),
    /// Bring journals into snapshots, and give the room back
    #[command(after_help = COMPACT_HELP)]
    Compact(At),
    /// Let go of blobs that nothing refers to, and give the room back
    #[command(after_help = COLLECT_HELP)]
    Collect(Of<Collect>),
    /// Tell what there is to do in the background
    #[command(after_help = JOBS_HELP)]
    Jobs(At),
    /// Write a whole store as one file, which is a store itself
    #[command(after_help = "Example: syncline export notes.store backup.store")]
    Export(Of<Other>),
    /// Take in every document of another store, merging what is in both
    #[command(after_help = IMPORT_HELP)]
    Import(Of<Other>),
    /// Be a relay: let others keep their stores in step with this one
    #[command(after_help = SERVE_HELP)]
    Serve(Of<Serve>),
    /// List what no relay has said that it stored
    #[command(after_help = QUEUE_HELP)]
    Queue(At),
    /// Tell how far relays are with the documents of a store
    #[command(after_help = STATUS_HELP)]
    Status(Of<Status>),
    /// Try deliveries again that failed for good, or set them aside
    #[command(after_help = RETRY_HELP)]
    Retry(Of<Retry>),
    /// Forget what a relay has confirmed, and deliver it again
    #[command(after_help = REDELIVER_HELP)]
    Redeliver(Of<Deliveries>),
    /// Exchange with a relay what either side lacks
    #[command(after_help = SYNC_HELP)]
    Sync(Of<Sync>),
}

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

/// A store, and what is asked of it.
#[derive(Args)]
pub(crate) struct Of<T: Args> {
    #[command(flatten)]
    pub(crate) at: At,
    #[command(flatten)]
    pub(crate) asked: T,
}

/// A document, and what is asked of it.
#[derive(Args)]
pub(crate) struct In<T: Args> {
    #[command(flatten)]
    pub(crate) document: Document,
    #[command(flatten)]
    pub(crate) asked: T,
}

/// An edit of a document.
#[derive(Args)]
pub(crate) struct Edit {
    /// Edits as JSON arrays
    #[arg(value_name = "EDIT")]
    pub(crate) edits: Vec<String>,
    /// Write this at the end of the text `body`
    #[arg(long, value_name = "TEXT")]
    pub(crate) append: Option<String>,
    #[command(flatten)]
    pub(crate) said: Said,
}

/// What is said of an edit.
#[derive(Args)]
pub(crate) struct Said {
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

/// Which conflict to end, and how.
#[derive(Args)]
pub(crate) struct Resolve {
    /// The path of the key, as `conflicts` names it
    pub(crate) path: String,
    #[command(flatten)]
    pub(crate) to: To,
    #[command(flatten)]
    pub(crate) said: Said,
}

/// The value that ends a conflict.
#[derive(Args)]
#[group(required = true, multiple = false)]
pub(crate) struct To {
    /// The value of this number in the list, from 1
    #[arg(long, value_name = "NUMBER")]
    pub(crate) keep: Option<usize>,
    /// Another value, as JSON
    #[arg(long, value_name = "JSON")]
    pub(crate) value: Option<String>,
}

/// What to show.
#[derive(Args)]
pub(crate) struct Show {
    /// The name of the document; without it all are listed
    pub(crate) document: Option<String>,
    /// The version after this operation
    #[arg(long = "at", value_name = "OPERATION", requires = "document")]
    pub(crate) version: Option<String>,
}

/// Whose authors to tell.
#[derive(Args)]
pub(crate) struct Blame {
    /// The path of a text, list or map
    pub(crate) path: String,
}

/// Which versions to compare.
#[derive(Args)]
pub(crate) struct Diff {
    /// The version after this operation
    pub(crate) from: String,
    /// And that after this one; the newest unless said
    pub(crate) to: Option<String>,
}

/// What to repair from.
#[derive(Args)]
pub(crate) struct Repair {
    /// Another copy of the store, or the URL of a relay
    #[arg(long, value_name = "STORE")]
    pub(crate) from: Option<String>,
    #[command(flatten)]
    pub(crate) with: With,
    /// Repair a copy, which is written here
    #[arg(long, value_name = "STORE")]
    pub(crate) to: Option<PathBuf>,
}

/// Another file.
#[derive(Args)]
pub(crate) struct Other {
    /// The other file
    pub(crate) other: PathBuf,
}

/// What to put.
#[derive(Args)]
pub(crate) struct Put {
    /// The file; - for standard input
    pub(crate) file: PathBuf,
    /// Keep it by this name, referred to or not
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
}

/// What to get.
#[derive(Args)]
pub(crate) struct Get {
    /// The blob, or what it is kept by; without it all are listed
    pub(crate) blob: Option<String>,
    /// Write it to this new file, not to standard output
    #[arg(long, value_name = "FILE", requires = "blob")]
    pub(crate) output: Option<PathBuf>,
    /// Only these bytes: 0..1000, 1000.. or ..1000
    #[arg(long, value_name = "RANGE", requires = "blob")]
    pub(crate) range: Option<String>,
}

/// What to collect.
#[derive(Args)]
pub(crate) struct Collect {
    /// Let go at once, not with the next collection
    #[arg(long)]
    pub(crate) now: bool,
}
