//! Anchors: positions that survive edits.

use std::hint::black_box;
use std::time::{Duration, Instant};

use loro::LoroDoc;
use loro::cursor::Side as LoroSide;
use syncline::{Cursors, Doc, Error, Peer, Side};

use super::run::Figures;
use crate::engine::{Outcome, said};
use crate::random::Random;
use crate::trace::Trace;

const ANCHORS: usize = 10_000;
const KEYSTROKES: usize = 201;

/// Ours.
///
/// # Errors
/// The engine's.
pub(super) fn ours(trace: &Trace) -> Outcome<Figures> {
    measure_ours(trace).map_err(|error| error.to_string())
}

fn measure_ours(trace: &Trace) -> Result<Figures, Error> {
    let mut doc = typed(trace)?;
    let len = doc.text("text").len();
    let mut random = Random::new(11);
    let start = Instant::now();
    doc.anchor("text", random.below(len), Side::After)?;
    let first = start.elapsed();
    let places: Vec<usize> = (0..ANCHORS).map(|_| random.below(len)).collect();
    let mut cursors = Cursors::new();
    let start = Instant::now();
    for &place in &places {
        black_box(doc.anchor("text", place, Side::After)?);
    }
    let each = start.elapsed();
    for &place in &places {
        cursors.add(&mut doc, "text", place, Side::After)?;
    }
    let (mut resolved, mut followed) = (Vec::new(), Vec::new());
    for _ in 0..KEYSTROKES {
        let at = random.below(len);
        let change = doc.transact(|tx| tx.text("text").insert(at, "x"))?;
        let anchor = cursors.anchors()[random.below(ANCHORS)];
        let start = Instant::now();
        black_box(doc.resolve(&anchor)?);
        resolved.push(start.elapsed());
        let start = Instant::now();
        cursors.follow(&mut doc, &change)?;
        followed.push(start.elapsed());
    }
    Ok(figures(first, each, resolved, Some(followed)))
}

/// An empty document of a writer.
///
/// # Errors
/// Zero is nobody's id.
pub(super) fn document(writer: u64) -> Result<Doc, Error> {
    let peer = Peer::new(writer).ok_or_else(|| Error::aborted("a peer id is not zero"))?;
    Ok(Doc::with_peer(peer))
}

/// A document in which one writer typed a history.
///
/// # Errors
/// The engine's.
pub(super) fn typed(trace: &Trace) -> Result<Doc, Error> {
    let mut doc = document(1)?;
    for txn in &trace.txns {
        doc.transact(|tx| {
            let mut text = tx.text("text");
            txn.patches.iter().try_for_each(|patch| {
                text.replace(patch.at..patch.at + patch.deleted, &patch.inserted)
            })
        })?;
    }
    Ok(doc)
}

/// Loro's, of which each is asked for: it has no set of them that moves.
///
/// # Errors
/// The engine's.
pub(super) fn loro(trace: &Trace) -> Outcome<Figures> {
    let doc = typed_loro(trace)?;
    let text = doc.get_text("text");
    let len = text.len_unicode();
    let mut random = Random::new(11);
    let cursor = |at| text.get_cursor(at, LoroSide::Left).ok_or("no cursor");
    let start = Instant::now();
    cursor(random.below(len))?;
    let first = start.elapsed();
    let places: Vec<usize> = (0..ANCHORS).map(|_| random.below(len)).collect();
    let start = Instant::now();
    for &place in &places {
        black_box(cursor(place)?);
    }
    let each = start.elapsed();
    let cursors = places
        .into_iter()
        .map(cursor)
        .collect::<Result<Vec<_>, _>>()?;
    let mut resolved = Vec::new();
    for _ in 0..KEYSTROKES {
        said(text.insert(random.below(len), "x"))?;
        doc.commit();
        let cursor = &cursors[random.below(ANCHORS)];
        let start = Instant::now();
        black_box(said(doc.get_cursor_pos(cursor))?);
        resolved.push(start.elapsed());
    }
    Ok(figures(first, each, resolved, None))
}

/// A document of loro in which one writer typed a history.
///
/// # Errors
/// The engine's.
pub(super) fn typed_loro(trace: &Trace) -> Outcome<LoroDoc> {
    let doc = LoroDoc::new();
    said(doc.set_peer_id(1))?;
    let text = doc.get_text("text");
    for txn in &trace.txns {
        for patch in &txn.patches {
            if patch.deleted > 0 {
                said(text.delete(patch.at, patch.deleted))?;
            }
            said(text.insert(patch.at, &patch.inserted))?;
        }
        doc.commit();
    }
    Ok(doc)
}

fn figures(
    first: Duration,
    all: Duration,
    resolved: Vec<Duration>,
    followed: Option<Vec<Duration>>,
) -> Figures {
    #[allow(clippy::cast_precision_loss)]
    let each = micros(all) / ANCHORS as f64;
    let mut figures = Figures::from([
        ("anchor-first", Ok(first.as_secs_f64() * 1e3)),
        ("anchor-each", Ok(each)),
        ("anchor-resolve", Ok(median(resolved))),
    ]);
    if let Some(followed) = followed {
        figures.insert("anchors-follow", Ok(median(followed)));
    }
    figures
}

/// The one in the middle, in microseconds.
pub(super) fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    micros(times[times.len() / 2])
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
