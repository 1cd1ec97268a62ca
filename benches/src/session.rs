//! `session`: what it takes to keep two replicas in step, beside what was aimed at.
//!
//! - One document, nothing new since the last session.
//! - A workspace in which a few documents changed on either side since the last session.
//! - A large history sent to an empty replica: what each side allocates beyond its document.

use std::time::Instant;

use syncline::sync::{Documents, Event, Options as Asks, Resume, Session, Workspace};
use syncline::{Doc, Peer, VersionVector};

use crate::engine::{Outcome, said};
use crate::heap;
use crate::markdown;
use crate::options::Options;
use crate::random::Random;

/// What one session took.
#[derive(Clone, Copy, Debug, Default)]
struct Taken {
    bytes: usize,
    /// Until the asker had all that the other side had.
    trips: u32,
    ms: f64,
    /// The most that making one message, taking one in, allocated beyond what stayed.
    making: usize,
    taking: usize,
}

/// Documents of the workspace, and how many of them change.
const DOCUMENTS: u64 = 100_000;
const CHANGED: u64 = 10;

/// Scalars of the large history; about 26 bits in 32 remain when they are packed.
const LARGE: usize = 128 << 20;

/// Measures each row.
///
/// # Errors
/// A session that ends with an error, or documents that differ after it.
pub fn run(options: &Options) -> Outcome<String> {
    let documents = if options.quick { 1_000 } else { DOCUMENTS };
    let large = if options.quick { 1 << 20 } else { LARGE };
    heap::count();
    let nothing = one_document()?;
    let (few, shipped) = workspace(documents)?;
    let sent = sending(large)?;
    let mebibytes = |bytes: usize| format!("{:.2} MiB", bytes as f64 / f64::from(1 << 20));
    let row = |what: String, taken: String, most: &str| vec![what, taken, most.to_owned()];
    let rows = vec![
        row("what".into(), "ours".into(), "at most"),
        row(
            "resume after a cut, nothing new".into(),
            format!("{} B, {} trip", nothing.bytes, nothing.trips),
            "64 B, 1",
        ),
        row(
            format!("{documents} documents, {CHANGED} changed, known pair"),
            format!(
                "{} B beyond the operations, {} trip, {:.1} ms",
                few.bytes - shipped,
                few.trips,
                few.ms
            ),
            "2,000 B, 1, 20 ms",
        ),
        row(
            format!("{:.0} MB sent: making a message", sent.bytes as f64 / 1e6),
            mebibytes(sent.making),
            "4 MiB",
        ),
        row("taking one in".into(), mebibytes(sent.taking), "4 MiB"),
    ];
    if let Some(file) = &options.markdown {
        markdown::write_part(file, "session", &markdown::table(&rows))?;
    }
    Ok(markdown::aligned(&rows))
}

fn writer(number: u64) -> Outcome<Doc> {
    let mut random = Random::new(number);
    let peer = Peer::new(random.number() | 1).ok_or("peer 0")?;
    Ok(Doc::with_peer(peer))
}

fn one_document() -> Outcome<Taken> {
    let mut here = writer(1)?;
    said(here.transact(|tx| tx.text("body").push("some text")))?;
    let mut there = writer(2)?;
    let (_, resume) = session(&mut here, &mut there, None)?;
    let (taken, _) = session(&mut here, &mut there, resume)?;
    Ok(taken)
}

/// What the session took, and how many bytes of it were the operations.
fn workspace(documents: u64) -> Outcome<(Taken, usize)> {
    let (mut here, mut there) = (Workspace::new(), Workspace::new());
    for number in 0..documents {
        let mut doc = writer(number)?;
        said(doc.transact(|tx| tx.text("body").push("some text in it")))?;
        let mut copy = writer(documents + number)?;
        said(copy.merge(&doc.delta_since(&VersionVector::new())))?;
        here.insert(&format!("notes/{number}"), doc);
        there.insert(&format!("notes/{number}"), copy);
    }
    let (_, resume) = session(&mut here, &mut there, None)?;
    let mut shipped = 0;
    for number in 0..CHANGED {
        let name = format!("notes/{}", number * (documents / CHANGED));
        let side = if number % 2 == 0 {
            &mut here
        } else {
            &mut there
        };
        let doc = side.open(&name);
        let known = doc.version_vector();
        said(doc.transact(|tx| tx.text("body").insert(5, "new words ")))?;
        shipped += doc.delta_since(&known).len();
    }
    said(Documents::summary(&mut here).map(drop))?;
    said(Documents::summary(&mut there).map(drop))?;
    let (taken, _) = session(&mut here, &mut there, resume)?;
    let same = here.names().all(|name| {
        let docs = (here.get(name), there.get(name));
        matches!(docs, (Some(here), Some(there)) if here.to_json() == there.to_json())
    });
    if same {
        Ok((taken, shipped))
    } else {
        Err("documents differ after the session".to_owned())
    }
}

fn sending(scalars: usize) -> Outcome<Taken> {
    let mut random = Random::new(3);
    let mut here = writer(1)?;
    for _ in 0..scalars >> 20 {
        let letters = (0..1 << 20).map(|_| char::from(b' ' + (random.number() % 95) as u8));
        let text: String = letters.collect();
        said(here.transact(|tx| tx.text("body").push(&text)))?;
    }
    let mut there = writer(2)?;
    let (taken, _) = session(&mut here, &mut there, None)?;
    match here.operations() == there.operations() {
        true => Ok(taken),
        false => Err("operations are missing after the session".to_owned()),
    }
}

/// A session until neither side has more to say: each says all it has, then the other answers.
fn session(
    here: &mut dyn Documents,
    there: &mut dyn Documents,
    resume: Option<Resume>,
) -> Outcome<(Taken, Option<Resume>)> {
    let mut taken = Taken::default();
    let begun = Instant::now();
    let mut asks = Asks::default();
    asks.resume = resume;
    let mut asker = said(Session::ask(here, 7, asks))?;
    let mut answerer = Session::answer(Asks::default());
    let mut turns = 0;
    loop {
        let to_there = pass((&mut asker, here), (&mut answerer, there), &mut taken)?;
        let to_here = pass((&mut answerer, there), (&mut asker, here), &mut taken)?;
        turns += 1;
        let events = std::iter::from_fn(|| asker.next_event());
        let changes = events.filter(|event| matches!(event, Event::Changed { .. }));
        if changes.count() > 0 || turns == 1 {
            taken.trips = turns;
        }
        while answerer.next_event().is_some() {}
        if !to_there && !to_here {
            break;
        }
    }
    taken.ms = begun.elapsed().as_secs_f64() * 1e3;
    Ok((taken, asker.resume()))
}

type Side<'s> = (&'s mut Session, &'s mut dyn Documents);

/// Passes on all that one side has to say; whether that was anything.
fn pass(from: Side<'_>, to: Side<'_>, taken: &mut Taken) -> Outcome<bool> {
    let mut any = false;
    loop {
        let before = heap::from_here()?;
        let Some(message) = said(from.0.next_message(from.1))? else {
            return Ok(any);
        };
        any = true;
        taken.making = taken.making.max(heap::peak()?.saturating_sub(before));
        taken.bytes += message.len();
        heap::from_here()?;
        said(to.0.receive(to.1, &message))?;
        let peak = heap::peak()?;
        taken.taking = taken.taking.max(peak.saturating_sub(heap::live()?));
    }
}
