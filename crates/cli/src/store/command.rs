//! Which command was asked for.

use std::io::{self, Write};

use super::arguments::{At, Command};
use super::opened::Stop;
use super::{blobs, changes, edit, jobs, keep, read};
use crate::exit::Outcome;
use crate::failure::Place;

/// Runs a command on a store.
pub(crate) fn run(command: &Command, out: &mut dyn Write) -> io::Result<Outcome> {
    let ended = match command {
        Command::Init(at) => edit::init(at, out),
        Command::New(document) => edit::new(document, out),
        Command::Edit(asked) => edit::edit(asked, out),
        Command::Show(asked) => read::show(asked, out),
        Command::Log(document) => read::log(document, out),
        Command::Blame(asked) => read::blame(asked, out),
        Command::Diff(asked) => changes::diff(asked, out),
        Command::Conflicts(document) => read::conflicts(document, out),
        Command::Resolve(asked) => edit::resolve(asked, out),
        Command::Put(asked) => blobs::put(asked, out),
        Command::Get(asked) => blobs::get(asked, out),
        Command::Verify(at) => keep::verify(at, out),
        Command::Repair(asked) => keep::repair(asked, out),
        Command::Compact(at) => jobs::compact(at, out),
        Command::Collect(asked) => jobs::collect(asked, out),
        Command::Jobs(at) => jobs::jobs(at, out),
        Command::Export(files) => keep::export(files, out),
        Command::Import(files) => keep::import(files, out),
    };
    match ended {
        Ok(outcome) => Ok(outcome),
        Err(Stop::Output(error)) => Err(error),
        Err(Stop::Failed(failure)) => {
            // What was told comes before what went wrong.
            out.flush()?;
            failure.report(&Place::file(&at(command).store));
            Ok(Outcome::Failed)
        }
    }
}

/// The store that a command is about.
fn at(command: &Command) -> &At {
    match command {
        Command::Init(at) | Command::Verify(at) | Command::Compact(at) | Command::Jobs(at) => at,
        Command::New(document) | Command::Log(document) | Command::Conflicts(document) => {
            &document.at
        }
        Command::Edit(asked) => &asked.document.at,
        Command::Show(asked) => &asked.at,
        Command::Blame(asked) => &asked.document.at,
        Command::Diff(asked) => &asked.document.at,
        Command::Resolve(asked) => &asked.document.at,
        Command::Put(asked) => &asked.at,
        Command::Get(asked) => &asked.at,
        Command::Repair(asked) => &asked.at,
        Command::Collect(asked) => &asked.at,
        Command::Export(files) | Command::Import(files) => &files.at,
    }
}
