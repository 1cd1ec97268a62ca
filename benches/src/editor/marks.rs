//! Marked text: 10,000 marks on 100,000 characters, read as spans.

use std::hint::black_box;
use std::time::{Duration, Instant};

use loro::{ExpandType, LoroDoc, LoroValue, StyleConfig};
use syncline::{Doc, Peer};

use crate::engine::Outcome;
use crate::heap;
use crate::random::Random;

const CHARACTERS: usize = 100_000;
const MARKS: usize = 10_000;
/// Characters that a mark covers at most.
const LONGEST: usize = 40;
const READS: usize = 21;

const KEYS: [&str; 4] = ["bold", "italic", "link", "color"];

/// Ranges and keys, drawn from a seed: the same for everybody.
fn marks() -> Vec<(std::ops::Range<usize>, &'static str)> {
    let mut random = Random::new(7);
    let mark = |_| {
        let start = random.below(CHARACTERS - LONGEST);
        let len = 1 + random.below(LONGEST);
        (start..start + len, KEYS[random.below(KEYS.len())])
    };
    (0..MARKS).map(mark).collect()
}

fn text() -> String {
    "All of it is text. "
        .chars()
        .cycle()
        .take(CHARACTERS)
        .collect()
}

/// Our document.
pub(super) fn ours() -> Outcome<Doc> {
    let mut doc = Doc::with_peer(Peer::new(1).ok_or("peer 0")?);
    let told = |error: syncline::Error| error.to_string();
    doc.transact(|tx| tx.text("body").push(&text()))
        .map_err(told)?;
    for (range, key) in marks() {
        doc.transact(|tx| tx.text("body").mark(range, key, true))
            .map_err(told)?;
    }
    Ok(doc)
}

/// Loro's.
pub(super) fn loro() -> Outcome<LoroDoc> {
    let told = |error: loro::LoroError| error.to_string();
    let doc = LoroDoc::new();
    doc.set_peer_id(1).map_err(told)?;
    doc.config_default_text_style(Some(StyleConfig {
        expand: ExpandType::After,
    }));
    let body = doc.get_text("body");
    body.insert(0, &text()).map_err(told)?;
    doc.commit();
    for (range, key) in marks() {
        body.mark(range, key, LoroValue::Bool(true)).map_err(told)?;
        doc.commit();
    }
    Ok(doc)
}

/// The median of reading all our spans, in milliseconds.
pub(super) fn read_ours() -> Outcome<f64> {
    ours().map(|doc| read(|| doc.text("body").spans().len()))
}

/// The median of reading all of loro's.
pub(super) fn read_loro() -> Outcome<f64> {
    loro().map(|doc| read(|| doc.get_text("body").to_delta().len()))
}

fn read(spans: impl Fn() -> usize) -> f64 {
    let mut times: Vec<Duration> = (0..READS)
        .map(|_| {
            let start = Instant::now();
            black_box(spans());
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[READS / 2].as_secs_f64() * 1e3
}

/// What a document holds on the heap, in megabytes. The process must count its heap.
pub(super) fn held<D>(make: impl FnOnce() -> Outcome<D>) -> Outcome<f64> {
    let before = heap::live()?;
    let doc = make()?;
    let held = heap::live()?.wrapping_sub(before);
    drop(doc);
    #[allow(clippy::cast_precision_loss)]
    Ok(held as f64 / 1e6)
}
