//! Which command was asked for.

use std::io::{self, IsTerminal, Write};
use std::path::Path;

use super::arguments::Command;
use super::opened::Stop;
use super::{blobs, changes, edit, jobs, keep, queue, read, serve, status, sync};
use crate::exit::Outcome;
use crate::failure::{Failure, Place};
use crate::plain::Plain;

/// Runs a command on a store.
pub(crate) fn run(command: &Command, out: &mut dyn Write) -> io::Result<Outcome> {
    // What others named as they liked is not to do anything to a terminal.
    match io::stdout().is_terminal() {
        true => run_on(command, &mut Plain::new(out)),
        false => run_on(command, out),
    }
}

fn run_on(command: &Command, out: &mut dyn Write) -> io::Result<Outcome> {
    let (at, ended) = match command {
        Command::Init(at) => (at, edit::init(at, out)),
        Command::New(document) => (&document.at, edit::new(document, out)),
        Command::Edit(asked) => (&asked.document.at, edit::edit(asked, out)),
        Command::Show(asked) => (&asked.at, read::show(asked, out)),
        Command::Log(document) => (&document.at, read::log(document, out)),
        Command::Blame(asked) => (&asked.document.at, read::blame(asked, out)),
        Command::Diff(asked) => (&asked.document.at, changes::diff(asked, out)),
        Command::Conflicts(document) => (&document.at, read::conflicts(document, out)),
        Command::Resolve(asked) => (&asked.document.at, edit::resolve(asked, out)),
        Command::Put(asked) => (&asked.at, blobs::put(asked, out)),
        Command::Get(asked) => (&asked.at, blobs::get(asked, out)),
        Command::Verify(at) => (at, keep::verify(at, out)),
        Command::Repair(asked) => (&asked.at, keep::repair(asked, out)),
        Command::Compact(at) => (at, jobs::compact(at, out)),
        Command::Collect(asked) => (&asked.at, jobs::collect(asked, out)),
        Command::Jobs(at) => (at, jobs::jobs(at, out)),
        Command::Export(asked) => (&asked.at, keep::export(asked, out)),
        Command::Import(asked) => (&asked.at, keep::import(asked, out)),
        Command::Serve(asked) => (&asked.at, serve::serve(asked, out)),
        Command::Queue(at) => (at, queue::queue(at, out)),
        Command::Status(asked) => (&asked.at, status::status(asked, out)),
        Command::Retry(asked) => (&asked.at, queue::retry(asked, out)),
        Command::Redeliver(asked) => (&asked.at, queue::redeliver(asked, out)),
        Command::Sync(asked) => (&asked.at, sync::sync(asked, out)),
    };
    match ended {
        Ok(outcome) => Ok(outcome),
        Err(Stop::Output(error)) => Err(error),
        Err(Stop::Failed(failure)) => failed(&at.store, &failure, out),
        Err(Stop::FailedWith(file, failure)) => failed(&file, &failure, out),
    }
}

fn failed(file: &Path, failure: &Failure, out: &mut dyn Write) -> io::Result<Outcome> {
    // What was told comes before what went wrong.
    out.flush()?;
    failure.report(&Place::file(file));
    Ok(Outcome::Failed)
}
