//! Starting a process for every matter and subject, and gathering what they report.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::measure::Figures;
use super::rows::{self, Matter, SizeRow, Subject};
use crate::child::{self, Ended};
use crate::encoding::Encoding;
use crate::engine::{Outcome, said};
use crate::options::Options;
use crate::run::Scratch;
use crate::trace;
use crate::work::Context;

/// Kept figures carry it in their names: another number where what is counted has changed.
const KEPT: u32 = 1;

/// What the tables are made of.
#[derive(Clone, Debug)]
pub struct Sizes {
    /// The rows with their figures.
    pub lines: Vec<SizeLine>,
    /// Why a subject has no figures, and in which matters.
    pub failed: BTreeMap<(Subject, String), Vec<&'static str>>,
    /// Small inputs: no verdict.
    pub quick: bool,
    /// The traces were generated.
    pub generated: bool,
}

/// A row and its figures.
#[derive(Clone, Debug)]
pub struct SizeLine {
    /// The row.
    pub row: SizeRow,
    /// Bytes.
    pub bytes: BTreeMap<Encoding, u64>,
    /// Those of an engine that ends in another text than the history says.
    pub of_other_text: Vec<Encoding>,
}

/// Counts all that the options ask for, and says on standard error how far it is.
///
/// # Errors
/// A process that cannot be started, or a folder that cannot be written.
pub fn run(options: &Options) -> Outcome<Sizes> {
    let folder = Scratch::new(options.prepared.as_deref())?;
    let traces = trace::folder(options.traces.as_deref());
    let context = Context {
        traces,
        quick: options.quick,
        prepared: Some(folder.path()),
    };
    let wanted = rows::all()
        .into_iter()
        .filter(|row| options.wants(&row.name) && (!options.quick || row.matter.is_quick()));
    let lines = wanted.map(|row| SizeLine {
        row,
        bytes: BTreeMap::new(),
        of_other_text: Vec::new(),
    });
    let mut sizes = Sizes {
        lines: lines.collect(),
        failed: BTreeMap::new(),
        quick: options.quick,
        generated: context.traces.is_none(),
    };
    for matter in Matter::all() {
        if !sizes.lines.iter().any(|line| line.row.matter == matter) {
            continue;
        }
        for subject in Subject::ALL {
            let chosen = subject
                .peer()
                .is_none_or(|peer| options.peers.contains(&peer));
            if chosen && matter.concerns(subject) {
                let figures = figures(matter, subject, options.limit * 2, &context)?;
                sizes.take(matter, subject, figures);
            }
        }
    }
    Ok(sizes)
}

impl Sizes {
    fn take(&mut self, matter: Matter, subject: Subject, figures: Outcome<Figures>) {
        let figures = match figures {
            Ok(figures) => figures,
            Err(why) => {
                let matters = self.failed.entry((subject, why)).or_default();
                return matters.push(matter.name());
            }
        };
        for line in self
            .lines
            .iter_mut()
            .filter(|line| line.row.matter == matter)
        {
            for (encoding, bytes) in figures.bytes.get(&line.row.name).into_iter().flatten() {
                line.bytes.insert(*encoding, *bytes);
                if figures.other_text {
                    line.of_other_text.push(*encoding);
                }
            }
        }
    }
}

/// From the folder, or from a process; the inner error is what keeps the subject from making the matter.
fn figures(
    matter: Matter,
    subject: Subject,
    limit: u64,
    context: &Context,
) -> Outcome<Outcome<Figures>> {
    let keeps = !matches!(subject, Subject::Ours | Subject::Text);
    let file = context.prepared.as_ref().filter(|_| keeps).map(|folder| {
        let generated = if context.traces.is_none() {
            ".generated"
        } else {
            ""
        };
        let quick = if context.quick { ".quick" } else { "" };
        let (matter, subject) = (matter.name(), subject.name());
        folder.join(format!(
            "{matter}.{subject}{generated}{quick}.sizes-{KEPT}.json"
        ))
    });
    if let Some(kept) = file.as_deref().and_then(kept) {
        return Ok(Ok(kept));
    }
    eprintln!("{} · {}", matter.name(), subject.name());
    let arguments = ["__sizes", matter.name(), subject.name()];
    let figures: Outcome<Figures> = match child::spawn(&arguments, limit, context)? {
        Ended::Reported(figures) => figures,
        Ended::Failed(why) => Err(why),
        Ended::Over(seconds) => Err(format!("making it takes over {seconds} s")),
    };
    if let (Some(file), Ok(figures)) = (file, &figures) {
        said(fs::write(file, said(serde_json::to_vec(figures))?))?;
    }
    Ok(figures)
}

fn kept(file: &Path) -> Option<Figures> {
    serde_json::from_slice(&fs::read(file).ok()?).ok()
}
