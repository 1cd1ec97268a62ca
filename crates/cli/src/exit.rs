//! How a command ends: its exit code, and what happens when nobody reads the output any more.

use std::io::{self, BufWriter, ErrorKind, Write};
use std::process::ExitCode;

/// How a command went; the worst of several is the largest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    /// All was run, and nothing that was to be checked differs.
    #[default]
    Done,
    /// A check found a difference.
    Differs,
    /// Something could not be read or run.
    Failed,
}

impl Outcome {
    /// Remembers the worse of the two.
    pub(crate) fn add(&mut self, other: Outcome) {
        *self = (*self).max(other);
    }

    fn code(self) -> ExitCode {
        match self {
            Outcome::Done => ExitCode::SUCCESS,
            Outcome::Differs => ExitCode::from(1),
            Outcome::Failed => ExitCode::from(2),
        }
    }
}

/// Runs a command that writes to standard output.
///
/// A reader that left early (`| head`) is no failure of ours: the command then ends silently.
pub(crate) fn after_writing(
    command: impl FnOnce(&mut dyn Write) -> io::Result<Outcome>,
) -> ExitCode {
    let mut out = BufWriter::new(io::stdout().lock());
    match command(&mut out).and_then(|outcome| out.flush().map(|()| outcome)) {
        Ok(outcome) => outcome.code(),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!(
                "syncline: cannot write the output: {error}. Free some space or choose another place for it."
            );
            ExitCode::from(2)
        }
    }
}
