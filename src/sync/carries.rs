//! What a message is for, as whoever carries it can tell from its first byte.

use super::message::{BRIEF, DELTA, KIND, OPEN, PIECE, PRESENCE, START};

/// What a message of a [`Session`](super::Session) brings, so that who carries it can bound how much comes of each.
///
/// It is read from the kind alone: whether the message makes sense is found when it is received.
///
/// ```
/// use syncline::sync::{Carries, Options, Session};
/// use syncline::Doc;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut doc = Doc::new();
/// doc.transact(|tx| tx.text("body").push("milk"))?;
/// let mut session = Session::ask(&mut doc, 7, Options::default())?;
/// let hello = session.next_message(&mut doc)?.expect("the first message");
/// assert_eq!(Carries::of(&hello), Carries::Other);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Carries {
    /// Operations, or what people show of themselves.
    Change,
    /// The sides begin with a document of many.
    Begin,
    /// It says what will come of a document, and where the receiver may not have it, the name.
    Start,
    /// What differs, how far either side is, or nothing that is known.
    Other,
}

impl Carries {
    /// What a message brings.
    pub fn of(message: &[u8]) -> Carries {
        match message.first() {
            Some(&first) if first & KIND == BRIEF => Carries::Change,
            Some(&(DELTA | PIECE | PRESENCE)) => Carries::Change,
            Some(&OPEN) => Carries::Begin,
            Some(&START) => Carries::Start,
            _ => Carries::Other,
        }
    }
}
