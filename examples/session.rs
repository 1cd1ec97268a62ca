//! Two people keep a folder of notes in step: `cargo run --example session`.
//!
//! A session does no input or output: what it gives would travel over a WebSocket, here it is handed over.

use std::error::Error;

use syncline::sync::{Documents, Event, Options, Session, Workspace};

/// One end: its documents, and its session.
struct End {
    name: &'static str,
    notes: Workspace,
    session: Session,
}

impl End {
    /// Says all it has to say; how many bytes that was.
    fn tell(&mut self, other: &mut End) -> Result<usize, Box<dyn Error>> {
        let mut bytes = 0;
        while let Some(message) = self.session.next_message(&mut self.notes)? {
            bytes += message.len();
            other.session.receive(&mut other.notes, &message)?;
        }
        while let Some(event) = other.session.next_event() {
            match event {
                Event::Changed { document, change } => {
                    println!(
                        "  {}: {document} changed: {:?}",
                        other.name,
                        change.text("body")
                    );
                }
                Event::Settled => println!("  {}: has all there is", other.name),
                _ => {}
            }
        }
        Ok(bytes)
    }
}

/// Until neither has more to say.
fn exchange(one: &mut End, other: &mut End) -> Result<(), Box<dyn Error>> {
    loop {
        let there = one.tell(other)?;
        let here = other.tell(one)?;
        if there + here == 0 {
            return Ok(());
        }
        println!("  {there} bytes there, {here} bytes back");
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut laptop = Workspace::new();
    laptop
        .open("shopping")
        .transact(|tx| tx.text("body").push("milk"))?;
    let mut phone = Workspace::new();
    phone
        .open("ideas")
        .transact(|tx| tx.text("body").push("a boat"))?;

    let nonce = 0x0123_4567_89ab_cdef; // to be drawn at random
    let session = Session::ask(&mut laptop, nonce, Options::default())?;
    let mut laptop = End {
        name: "laptop",
        notes: laptop,
        session,
    };
    let mut phone = End {
        name: "phone",
        notes: phone,
        session: Session::answer(Options::default()),
    };

    println!("They meet:");
    exchange(&mut laptop, &mut phone)?;

    println!("The phone's owner types:");
    for letter in [",", " ", "e", "g", "g", "s"] {
        let note = phone.notes.open("shopping");
        note.transact(|tx| tx.text("body").push(letter))?;
        let bytes = phone.tell(&mut laptop)?;
        println!("  {bytes} bytes for {letter:?}");
    }

    let same = Documents::summary(&mut laptop.notes)?
        .iter()
        .eq(Documents::summary(&mut phone.notes)?.iter());
    println!("The same on both: {same}");
    for name in laptop.notes.names() {
        let note = laptop
            .notes
            .get(name)
            .map(|note| note.text("body").to_string());
        println!("  {name}: {}", note.unwrap_or_default());
    }
    Ok(())
}
