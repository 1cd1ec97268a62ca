//! What Ada and Grace do: a document in common, then edits that neither hears of from the other.

use syncline::{Doc, Error, Peer, Value};

/// The roots of their document.
pub(crate) const LETTER: &str = "letter";
pub(crate) const TRIP: &str = "trip";
pub(crate) const BRING: &str = "bring";
pub(crate) const VOTES: &str = "votes";
/// The key of [`TRIP`] that both set while apart.
pub(crate) const DAY: &str = "day";

const FIRST_DRAFT: &str = "Dear all, we are going to the lake! The train leaves at nine from the old station. \
                           The path along the shore takes two hours, so wear good shoes and bring something warm.";

/// One of the two, with the laptop's copy of the document and what was done to it while apart.
pub(crate) struct Person {
    pub(crate) name: &'static str,
    pub(crate) doc: Doc,
    pub(crate) did: Vec<&'static str>,
}

/// Ada writes the document and gives Grace a copy.
pub(crate) fn together() -> Result<(Person, Person), Error> {
    let mut ada = Doc::new();
    if let Some(peer) = Peer::new(1) {
        ada.set_peer(peer);
    }
    ada.transact(|tx| {
        tx.text(LETTER).insert(0, FIRST_DRAFT)?;
        let mut trip = tx.map(TRIP);
        trip.set(DAY, "not decided")?;
        trip.set("people", 12)?;
        tx.list(BRING)
            .insert_all(0, ["bread", "cheese", "a football"].map(Value::from))?;
        tx.counter(VOTES).add(3)
    })?;
    let mut grace = Doc::load(&ada.save())?;
    if let Some(peer) = Peer::new(2) {
        grace.set_peer(peer);
    }
    Ok((
        Person {
            name: "Ada",
            doc: ada,
            did: Vec::new(),
        },
        Person {
            name: "Grace",
            doc: grace,
            did: Vec::new(),
        },
    ))
}

/// Both go on writing without a connection.
pub(crate) fn apart(ada: &mut Person, grace: &mut Person) -> Result<(), Error> {
    ada.doc.transact(|tx| {
        let mut letter = tx.text(LETTER);
        replace(&mut letter, "nine", "ten")?;
        letter.push(" I bring the tea.")?;
        tx.map(TRIP).set(DAY, "Saturday")?;
        tx.list(BRING).insert(0, "apples")?;
        tx.counter(VOTES).add(2)
    })?;
    ada.did = vec![
        "moves the train from nine to ten",
        "adds a sentence at the end of the letter",
        "sets the day to Saturday",
        "puts apples first on the list",
        "brings 2 more votes",
    ];
    grace.doc.transact(|tx| {
        let mut letter = tx.text(LETTER);
        replace(&mut letter, "old station", "harbour station")?;
        letter.push(" I have the maps.")?;
        tx.list(BRING).delete(2..3)?;
        tx.list(BRING).push("coffee")?;
        tx.map(TRIP).set(DAY, "Sunday")?;
        tx.counter(VOTES).add(1)
    })?;
    grace.did = vec![
        "changes the station",
        "adds a sentence at the very same place",
        "sets the day to Sunday",
        "drops the football, adds coffee",
        "brings 1 more vote",
    ];
    Ok(())
}

/// Replaces the first `old` of the letter, as somebody does who selects it and types.
fn replace(letter: &mut syncline::TextMut<'_>, old: &str, new: &str) -> Result<(), Error> {
    let text = letter.to_string();
    let Some(start_bytes) = text.find(old) else {
        return Err(Error::Aborted(format!("{old:?} is not in the letter")));
    };
    let start = text[..start_bytes].chars().count();
    letter.replace(start..start + old.chars().count(), new)
}

/// Each sends what the other lacks; returns the bytes that Ada sent and that Grace sent.
pub(crate) fn sync(ada: &mut Person, grace: &mut Person) -> Result<(usize, usize), Error> {
    let to_grace = ada.doc.delta_since(&grace.doc.version_vector());
    let to_ada = grace.doc.delta_since(&ada.doc.version_vector());
    grace.doc.merge(&to_grace)?;
    ada.doc.merge(&to_ada)?;
    Ok((to_grace.len(), to_ada.len()))
}

/// Grace types one more letter, and Ada receives it; returns the bytes sent.
pub(crate) fn one_more_letter(ada: &mut Person, grace: &mut Person) -> Result<usize, Error> {
    grace.doc.transact(|tx| tx.text(LETTER).push("!"))?;
    let delta = grace.doc.delta_since(&ada.doc.version_vector());
    ada.doc.merge(&delta)?;
    Ok(delta.len())
}
