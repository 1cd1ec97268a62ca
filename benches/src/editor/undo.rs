//! Undo of one writer's steps, while two others write.

use std::time::{Duration, Instant};

use loro::{ExportMode, LoroDoc, UndoManager as LoroUndo};
use syncline::{Error, UndoManager};

use super::positions::{document, median, typed, typed_loro};
use crate::engine::{Outcome, said};
use crate::random::Random;
use crate::trace::Trace;

/// Steps that are made and undone.
const STEPS: usize = 101;
/// Characters of a step, and that a step deletes of the text.
const LONG: usize = 20;

/// The median of an undo, in microseconds.
///
/// # Errors
/// The engine's.
pub(super) fn ours(trace: &Trace) -> Outcome<f64> {
    measure_ours(trace).map_err(|error| error.to_string())
}

fn measure_ours(trace: &Trace) -> Result<f64, Error> {
    let mut doc = typed(trace)?;
    let mut others = Vec::new();
    for id in 2..4 {
        let mut other = document(id)?;
        other.merge(&doc.delta_since(&other.version_vector()))?;
        others.push(other);
    }
    let mut random = Random::new(13);
    let mut undo: UndoManager = UndoManager::new().with_gap_ms(0);
    let mut times = Vec::new();
    for step in 0..STEPS {
        let at = random.below(doc.text("text").len() - LONG);
        undo.transact(&mut doc, step as u64, |tx| {
            tx.text("text").replace(at..at + LONG, &"x".repeat(LONG))
        })?;
        for other in &mut others {
            let at = random.below(other.text("text").len());
            let before = other.version_vector();
            other.transact(|tx| tx.text("text").insert(at, "y"))?;
            doc.merge(&other.delta_since(&before))?;
        }
        let start = Instant::now();
        undo.undo(&mut doc)?;
        times.push(start.elapsed());
    }
    Ok(median(times))
}

/// The same in loro.
///
/// # Errors
/// The engine's.
pub(super) fn loro(trace: &Trace) -> Outcome<f64> {
    let doc = typed_loro(trace)?;
    let snapshot = said(doc.export(ExportMode::Snapshot))?;
    let mut others = Vec::new();
    for id in 2..4 {
        let other = LoroDoc::new();
        said(other.set_peer_id(id))?;
        said(other.import(&snapshot))?;
        others.push(other);
    }
    let text = doc.get_text("text");
    let mut random = Random::new(13);
    let mut undo = LoroUndo::new(&doc);
    undo.set_merge_interval(0);
    let mut times: Vec<Duration> = Vec::new();
    for _ in 0..STEPS {
        let at = random.below(text.len_unicode() - LONG);
        said(text.delete(at, LONG))?;
        said(text.insert(at, &"x".repeat(LONG)))?;
        doc.commit();
        for other in &others {
            let text = other.get_text("text");
            let before = other.oplog_vv();
            said(text.insert(random.below(text.len_unicode()), "y"))?;
            other.commit();
            said(doc.import(&said(other.export(ExportMode::updates(&before)))?))?;
        }
        let start = Instant::now();
        said(undo.undo())?;
        times.push(start.elapsed());
    }
    Ok(median(times))
}
