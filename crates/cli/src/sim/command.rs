//! The command itself.

use std::io::{self, Write};

use super::seeds::Seeds;
use super::{many, one};
use crate::exit::Outcome;

/// Makes one history, or many.
pub(crate) fn run(seeds: &Seeds, out: &mut dyn Write) -> io::Result<Outcome> {
    match &seeds.seeds {
        Some(some) => many::run(seeds, some.clone(), out),
        None => one::run(seeds, out),
    }
}
