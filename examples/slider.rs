//! A slider over the history of a text: `cargo run --example slider [FILE [ROOT [FRAMES]]]`.
//!
//! FILE is what `Doc::save` gave; without one, two people write a few lines first. The slider goes through what the
//! person who wrote most saw, one frame after another, and then back to the beginning. The document is asked for the first
//! frame; from there on for what differs, as an editor would.

use std::error::Error;

use syncline::{Doc, Frontier, OpId, Peer, TextEdit};

const WIDTH: usize = 60;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut doc = match arguments.next() {
        Some(file) => Doc::load(&std::fs::read(file)?)?,
        None => written_here()?,
    };
    let root = arguments.next().unwrap_or_else(|| "body".to_owned());
    let frames: u32 = arguments.next().map_or(Ok(12), |frames| frames.parse())?;

    let most = doc.version_vector().iter().max_by_key(|&(_, count)| count);
    let (peer, count) = most.ok_or("nobody has written anything")?;
    let version = |frame: u32| -> Frontier {
        let last = u64::from(count - 1) * u64::from(frame) / u64::from(frames.max(1));
        let seq = u32::try_from(last).unwrap_or(u32::MAX);
        [OpId { peer, seq }].into_iter().collect()
    };

    let mut screen = doc.at(&version(0))?.text(&root).to_string();
    show(0, frames, &screen, "");
    let onward = 1..=frames;
    let back = (0..frames)
        .rev()
        .step_by(usize::try_from(frames)?.div_ceil(3));
    let mut shown = 0;
    for frame in onward.chain(back) {
        let change = doc.diff(&version(shown), &version(frame))?;
        let told = apply(&mut screen, &change.text(&root));
        show(frame, frames, &screen, &told);
        shown = frame;
    }
    // What was followed step by step is what stands there.
    assert_eq!(screen, doc.at(&version(shown))?.text(&root).to_string());

    println!("\nWho wrote what is there now:");
    if let syncline::Blame::Text(written) = doc.blame(&root)? {
        let text = doc.text(&root);
        let mut at = 0;
        for by in written {
            let part = text.slice(at..at + by.len)?;
            let name = by
                .id
                .map_or_else(|| "?".to_owned(), |id| id.peer.to_string());
            println!("  {name:>3}: {}", line(&part));
            at += by.len;
        }
    }
    Ok(())
}

/// Makes a text what the edits say, and tells how much came and went.
fn apply(text: &mut String, edits: &[TextEdit]) -> String {
    let (mut came, mut went) = (0, 0);
    let mut old = text.chars();
    let mut new = String::new();
    for edit in edits {
        match edit {
            TextEdit::Retain(len) => new.extend(old.by_ref().take(*len)),
            TextEdit::Insert(inserted) => {
                came += inserted.chars().count();
                new.push_str(inserted);
            }
            TextEdit::Delete(len) => went += old.by_ref().take(*len).count(),
        }
    }
    new.extend(old);
    *text = new;
    format!("+{came} -{went}")
}

fn show(frame: u32, frames: u32, text: &str, told: &str) {
    let bar: String = (0..=frames)
        .map(|at| if at == frame { '●' } else { '─' })
        .collect();
    println!("{bar} {told:>10}  {}", line(text));
}

/// The end of a text, on one line.
fn line(text: &str) -> String {
    let count = text.chars().count();
    let end: String = text.chars().skip(count.saturating_sub(WIDTH)).collect();
    end.replace('\n', "⏎")
}

/// A small history: a first draft, second thoughts, and somebody who joins in.
fn written_here() -> Result<Doc, syncline::Error> {
    let [ada, grace] = [1, 2].map(|id| Peer::new(id).expect("not zero"));
    let mut doc = Doc::with_peer(ada);
    let type_on = |doc: &mut Doc, text: &str| -> Result<(), syncline::Error> {
        text.split_inclusive(' ')
            .try_for_each(|word| doc.transact(|tx| tx.text("body").push(word)).map(drop))
    };
    type_on(
        &mut doc,
        "The engine weaves algebraic patterns just as the loom weaves leaves.",
    )?;
    doc.transact(|tx| tx.text("body").replace(61..67, "flowers and leaves"))?;
    let mut other = doc.fork();
    other.set_peer(grace);
    type_on(
        &mut other,
        " It can do whatever we know how to order it to perform.",
    )?;
    doc.transact(|tx| tx.text("body").insert(4, "Analytical "))?;
    doc.merge(&other.delta_since(&doc.version_vector()))?;
    doc.transact(|tx| tx.text("body").delete(0..4))?;
    Ok(doc)
}
