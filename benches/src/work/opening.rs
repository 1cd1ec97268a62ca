//! Opening a document from what its engine saves to open it fast, and what comes right after.

use std::hint::black_box;

use jumprope::JumpRopeBuf;

use super::{Context, Prepared, Ready, timed};
use crate::engine::{Exchange, Outcome};
use crate::heap;
use crate::peers::Peer;
use crate::trace::{History, Patch, Trace, typed_into_a_rope};

/// Who edits what was opened.
const WRITER: u64 = 1_000;

fn ready(other_text: bool, once: impl FnMut() -> Outcome<f64> + 'static) -> Ready {
    Ready {
        other_text,
        ..Ready::new(once)
    }
}

/// The opened document, its text read once.
fn opened<E: Exchange>(saved: &[u8]) -> Outcome<(E, String)> {
    let document = E::open(saved)?;
    let text = document.text();
    Ok((document, text))
}

/// Lets the allocator put in order what was freed on the way here: a program that has just begun has nothing of that, and the
/// first large piece of memory would pay for it.
fn settle() {
    drop(black_box(Vec::<u8>::with_capacity(96 * 1024)));
}

fn compare(text: &str, expected: &str) -> Outcome<()> {
    if text == expected {
        Ok(())
    } else {
        Err("it opens with another text".to_owned())
    }
}

pub(super) fn open<E: Exchange + 'static>(
    context: &Context,
    history: History,
    peer: Peer,
) -> Outcome<Ready> {
    let prepared = Prepared::obtain::<E>(context, history, peer)?;
    Ok(ready(prepared.other_text, move || {
        settle();
        let (took, (_document, text)) = timed(|| opened::<E>(&prepared.snapshot))?;
        compare(&text, &prepared.text)?;
        Ok(took)
    }))
}

/// One letter in the middle of the text.
pub(super) fn edit<E: Exchange + 'static>(
    context: &Context,
    history: History,
    peer: Peer,
) -> Outcome<Ready> {
    let prepared = Prepared::obtain::<E>(context, history, peer)?;
    let len = prepared.text.chars().count();
    let patch = Patch {
        at: len / 2,
        deleted: 0,
        inserted: "x".to_owned(),
    };
    Ok(ready(prepared.other_text, move || {
        let (mut document, _) = opened::<E>(&prepared.snapshot)?;
        if E::FORKS {
            document.write_as(WRITER)?;
        }
        let (took, ()) = timed(|| document.transact(std::slice::from_ref(&patch)))?;
        if document.len() == len + 1 {
            Ok(took)
        } else {
            Err("the edit did not take".to_owned())
        }
    }))
}

pub(super) fn heap<E: Exchange + 'static>(
    context: &Context,
    history: History,
    peer: Peer,
) -> Outcome<Ready> {
    let prepared = Prepared::obtain::<E>(context, history, peer)?;
    Ok(ready(prepared.other_text, move || {
        let before = heap::live()?;
        let (document, text) = opened::<E>(&prepared.snapshot)?;
        compare(&text, &prepared.text)?;
        drop(text);
        let held = heap::live()? - before;
        drop(document);
        Ok(held as f64 / 1e6)
    }))
}

fn end(trace: &Trace) -> String {
    let typed = || typed_into_a_rope(trace);
    trace.end.clone().unwrap_or_else(typed)
}

/// A rope from the text alone.
pub(super) fn rope(trace: Trace) -> Outcome<Ready> {
    let end = end(&trace);
    Ok(ready(false, move || {
        let (took, (_rope, text)) = timed(|| {
            let rope = JumpRopeBuf::from(end.as_str());
            let text = rope.to_string();
            Ok((rope, text))
        })?;
        compare(&text, &end)?;
        Ok(took)
    }))
}

pub(super) fn rope_heap(trace: Trace) -> Outcome<Ready> {
    let end = end(&trace);
    Ok(ready(false, move || {
        let before = heap::live()?;
        let rope = JumpRopeBuf::from(end.as_str());
        let held = heap::live()? - before;
        drop(rope);
        Ok(held as f64 / 1e6)
    }))
}
