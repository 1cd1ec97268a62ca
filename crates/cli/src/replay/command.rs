//! The command itself: one history from its bytes to what is told of it.

use std::io::{self, Write};

use syncline::Doc;

use super::ends::Ends;
use super::measure::{self, Figures};
use super::report::Report;
use super::trace::{Kind, Trace};
use super::{format, plan, typing};
use crate::exit::Outcome;
use crate::failure::{ENGINE_FAULT, Failure, Place};
use crate::files::{Files, Told};

/// Replays every history of every file.
pub(crate) fn run(arguments: &Files, out: &mut dyn Write) -> io::Result<Outcome> {
    arguments.each(out, |place, document, out| {
        one(arguments, place, document, out)
    })
}

fn one(arguments: &Files, place: &Place, document: &[u8], out: &mut dyn Write) -> Told {
    // A check alone is answered without measuring.
    let measures = arguments.json || !arguments.check;
    Replayed::new(document, measures, place).map(|replayed| replayed.tell(arguments, place, out))
}

/// A history that ran to its end.
struct Replayed {
    trace: Trace,
    ends: Ends,
    operations: u32,
    peers: usize,
    figures: Option<Figures>,
}

impl Replayed {
    fn new(document: &[u8], measures: bool, place: &Place) -> Result<Replayed, Failure> {
        let trace = format::parse(document)?;
        match trace.kind {
            Kind::Sequential => Replayed::sequential(trace, measures),
            Kind::Concurrent => Replayed::concurrent(trace, measures, &place.to_string()),
        }
    }

    fn sequential(trace: Trace, measures: bool) -> Result<Replayed, Failure> {
        let (mut doc, _) = typing::sequential(&trace)?;
        let mut ends = Ends::of("the replica that typed", &doc);
        ends.compare_copies(&mut doc)?;
        let mut figures = measures.then(Figures::default);
        if let Some(figures) = &mut figures {
            figures.type_sequential(&trace)?;
            figures.copies(&trace, &mut doc)?;
        }
        Ok(Replayed::of(trace, ends, &doc, figures))
    }

    fn concurrent(trace: Trace, measures: bool, name: &str) -> Result<Replayed, Failure> {
        let plan = plan::plan(&trace)?;
        let typed = typing::concurrent(&trace, &plan, name)?;
        let mut reader = measure::streamed(&typed.deltas).map_err(|error| {
            Failure::new(
                format!("the replica that only reads: {error}"),
                ENGINE_FAULT,
            )
        })?;
        let mut figures = measures.then(Figures::default);
        if let Some(figures) = &mut figures {
            figures.type_concurrent(&trace, &plan, &typed)?;
            figures.stream(&typed.deltas)?;
            figures.copies(&trace, &mut reader)?;
        }
        let mut ends = Ends::of("the replica that only reads", &reader);
        ends.compare_agents(typed.replicas, &mut reader, name)?;
        ends.compare_copies(&mut reader)?;
        Ok(Replayed::of(trace, ends, &reader, figures))
    }

    fn of(trace: Trace, ends: Ends, doc: &Doc, figures: Option<Figures>) -> Replayed {
        let (operations, peers) = (doc.operations(), doc.version_vector().iter().count());
        Replayed {
            trace,
            ends,
            operations,
            peers,
            figures,
        }
    }

    fn tell(&self, arguments: &Files, place: &Place, out: &mut dyn Write) -> io::Result<Outcome> {
        let Replayed {
            trace,
            ends,
            operations,
            peers,
            figures,
        } = self;
        let (operations, peers, figures) = (*operations, *peers, figures.as_ref());
        let report = Report {
            place,
            trace,
            ends,
            operations,
            peers,
            figures,
        };
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
}
