//! What commands on a whole store share in telling: failures, how far they are, and how they end.

use std::collections::BTreeSet;
use std::io::Write;

use serde_json::json;
use syncline_store::{Error, Failure};

use super::arguments::At;
use super::opened::next;
use crate::exit::Outcome;
use crate::progress::Progress;

pub(super) fn tell_failures(
    at: &At,
    failures: &[Failure],
    out: &mut dyn Write,
) -> std::io::Result<()> {
    tell_errors(at, of_failures(failures), out)
}

/// So many of something.
pub(super) fn some(count: u64, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    }
}

/// The documents and errors of failures.
pub(super) fn of_failures(failures: &[Failure]) -> impl Iterator<Item = (Option<&str>, &Error)> {
    let failures = failures.iter();
    failures.map(|failure| (failure.document.as_deref(), &failure.error))
}

/// Tells what went wrong beside the rest, each with the document that it is of; then what to do next, each step once.
pub(super) fn tell_errors<'e>(
    at: &At,
    errors: impl Iterator<Item = (Option<&'e str>, &'e Error)>,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    tell_errors_and(at, errors, next, out)
}

/// As [`tell_errors`], with other steps.
pub(super) fn tell_errors_and<'e>(
    at: &At,
    errors: impl Iterator<Item = (Option<&'e str>, &'e Error)>,
    next: fn(&Error) -> &'static str,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    let mut steps = BTreeSet::new();
    for (document, error) in errors {
        steps.insert(next(error));
        let error = error.to_string();
        match at.json {
            true => writeln!(out, "{}", json!({ "document": document, "error": error }))?,
            false => writeln!(out, "{error}")?,
        }
    }
    for step in steps.iter().filter(|_| !at.json) {
        writeln!(out, "  next: {step}")?;
    }
    Ok(())
}

pub(super) fn bar(at: &At, what: &str, steps: u64) -> Progress {
    let steps = usize::try_from(steps).unwrap_or(usize::MAX);
    Progress::begin(&at.store.display().to_string(), what, steps)
}

pub(super) fn outcome(is_well: bool) -> Outcome {
    match is_well {
        true => Outcome::Done,
        false => Outcome::Differs,
    }
}
