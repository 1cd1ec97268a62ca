//! The command itself: one scenario from its bytes to what is told of it.

use std::io::{self, Write};

use super::report::Report;
use super::{parse, stage};
use crate::exit::Outcome;
use crate::failure::Place;
use crate::files::{Files, Told};

/// Plays every scenario of every file.
pub(crate) fn run(arguments: &Files, out: &mut dyn Write) -> io::Result<Outcome> {
    arguments.each(out, |place, document, out| {
        one(arguments, place, document, out)
    })
}

fn one(arguments: &Files, place: &Place, document: &[u8], out: &mut dyn Write) -> Told {
    let scenario = parse::parse(document)?;
    let played = stage::play(&scenario)?;
    Ok(tell(arguments, &Report::of(place, &scenario, &played), out))
}

fn tell(arguments: &Files, report: &Report<'_>, out: &mut dyn Write) -> io::Result<Outcome> {
    if arguments.json {
        report.write_json(out)?;
    } else if !arguments.check {
        report.write_text(out)?;
    }
    Ok(if arguments.check {
        report.check()
    } else {
        Outcome::Done
    })
}
