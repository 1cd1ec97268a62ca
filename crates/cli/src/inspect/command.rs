//! The command itself: one file from its bytes to what is told of it.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use super::report;
use crate::exit::Outcome;
use crate::failure::{Failure, Place};

/// The arguments.
#[derive(Args)]
pub(crate) struct Encodings {
    /// Files that hold what `save` or `delta_since` gave
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Print one line of JSON for every file
    #[arg(long)]
    json: bool,
}

/// Tells of every file, also after one that is damaged.
pub(crate) fn run(arguments: &Encodings, out: &mut dyn Write) -> io::Result<Outcome> {
    let mut outcome = Outcome::Done;
    for path in &arguments.files {
        outcome.add(one(path, arguments.json, out)?);
        out.flush()?;
    }
    Ok(outcome)
}

fn one(path: &Path, json: bool, out: &mut dyn Write) -> io::Result<Outcome> {
    let place = Place::file(path);
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) => {
            let next = "check the name and your right to read it; the other files are still told";
            Failure::new(format!("cannot read it: {error}"), next).report(&place);
            return Ok(Outcome::Failed);
        }
    };
    let inspection = syncline::inspect(&bytes);
    if json {
        report::write_json(&place, &inspection, out)?;
    } else {
        report::write_text(&place, &inspection, out)?;
    }
    let Some(error) = inspection.first_error() else {
        return Ok(Outcome::Done);
    };
    // What was readable comes before what was not.
    out.flush()?;
    let next =
        "fetch it again from another replica or a copy; nothing after the damage can be used";
    Failure::new(error.to_string(), next).report(&place);
    Ok(Outcome::Failed)
}
