//! What `replay` and `play` share: their arguments, and going through every history of every file.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use crate::exit::Outcome;
use crate::failure::{Failure, Place};
use crate::input::Documents;
use crate::paint::grouped;

/// The arguments.
#[derive(Args)]
pub(crate) struct Files {
    /// Files ending in .json or .jsonl (one history a line), also with .gz
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Compare with what the file expects; exit 1 on any difference
    #[arg(long)]
    pub(crate) check: bool,
    /// Print one line of JSON for every history
    #[arg(long)]
    pub(crate) json: bool,
}

/// How one history went: it ran, and the output could be written or not; or it could not be run.
pub(crate) type Told = Result<io::Result<Outcome>, Failure>;

impl Files {
    /// Runs `one` on every history of every file, also after one that fails.
    pub(crate) fn each(
        &self,
        out: &mut dyn Write,
        one: impl Fn(&Place, &[u8], &mut dyn Write) -> Told,
    ) -> io::Result<Outcome> {
        let mut outcome = Outcome::Done;
        for path in &self.files {
            outcome.add(self.file(path, out, &one)?);
            out.flush()?;
        }
        Ok(outcome)
    }

    fn file(
        &self,
        path: &Path,
        out: &mut dyn Write,
        one: impl Fn(&Place, &[u8], &mut dyn Write) -> Told,
    ) -> io::Result<Outcome> {
        let documents = match Documents::open(path) {
            Ok(documents) => documents,
            Err(failure) => {
                failure.report(&Place::file(path));
                return Ok(Outcome::Failed);
            }
        };
        let mut worst = Outcome::Done;
        let (mut histories, mut good) = (0, 0);
        for (place, document) in documents {
            let outcome = match document.and_then(|bytes| one(&place, &bytes, out)) {
                Ok(told) => told?,
                Err(failure) => {
                    failure.report(&place);
                    Outcome::Failed
                }
            };
            histories += 1;
            good += usize::from(outcome == Outcome::Done);
            worst.add(outcome);
        }
        if histories == 0 {
            Failure::new("it holds no history", "write one JSON document a line")
                .report(&Place::file(path));
            return Ok(Outcome::Failed);
        }
        if self.check && !self.json {
            let noun = if histories == 1 {
                "history ends"
            } else {
                "histories end"
            };
            writeln!(
                out,
                "{}: {} of {} {noun} as expected",
                path.display(),
                grouped(good),
                grouped(histories)
            )?;
        }
        Ok(worst)
    }
}
