//! Two people write in one document, and each undoes only what was theirs.
//!
//! `cargo run --example undo`

use syncline::{Anchor, Doc, Error, Peer, Side, UndoManager};

fn main() -> Result<(), Error> {
    print!("{}", told()?);
    Ok(())
}

/// What Ada sees after each step.
fn told() -> Result<String, Error> {
    let mut lines = String::new();
    let mut tell = |what: &str, doc: &Doc| {
        let text = doc.text("plan").to_string();
        lines.push_str(&format!("{what:<28}{text:?}\n"));
    };
    let peer = |id| Peer::new(id).expect("not zero");
    let (mut ada, mut grace) = (Doc::with_peer(peer(1)), Doc::with_peer(peer(2)));
    let mut undo: UndoManager<Anchor> = UndoManager::new();

    undo.transact(&mut ada, 0, |tx| {
        tx.text("plan").push("Meet on Tuesday at noon.")
    })?;
    sync(&mut ada, &mut grace)?;
    tell("Ada writes", &ada);

    // Two edits within half a second are one step. It keeps where the cursor was.
    let cursor = ada.anchor("plan", 15, Side::After)?;
    let change = ada.transact(|tx| tx.text("plan").delete(8..15))?;
    undo.record_at(&ada, &change, 10_000, cursor);
    undo.transact(&mut ada, 10_200, |tx| tx.text("plan").insert(8, "Friday"))?;
    tell("Ada changes the day", &ada);

    grace.transact(|tx| tx.text("plan").replace(18..22, "one"))?;
    sync(&mut ada, &mut grace)?;
    tell("Grace changed the hour", &ada);

    let undone = undo.undo(&mut ada)?.expect("there is a step");
    tell("Ada undoes", &ada);
    let cursor = undone.cursor.expect("kept with the step");
    assert_eq!(ada.resolve(&cursor)?, 15);

    undo.redo(&mut ada)?;
    sync(&mut ada, &mut grace)?;
    tell("and redoes", &ada);
    assert_eq!(ada.to_json(), grace.to_json());
    Ok(lines)
}

fn sync(one: &mut Doc, two: &mut Doc) -> Result<(), Error> {
    two.merge(&one.delta_since(&two.version_vector()))?;
    one.merge(&two.delta_since(&one.version_vector()))?;
    Ok(())
}

#[test]
fn each_undoes_what_was_theirs() {
    let expected = r#"Ada writes                  "Meet on Tuesday at noon."
Ada changes the day         "Meet on Friday at noon."
Grace changed the hour      "Meet on Friday at one."
Ada undoes                  "Meet on Tuesday at one."
and redoes                  "Meet on Friday at one."
"#;
    assert_eq!(told().expect("it can be"), expected);
}
