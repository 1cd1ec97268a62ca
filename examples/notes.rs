//! Notes that two people keep: texts, lists and maps within one map, and what happens where they disagree.

use serde::Deserialize;
use syncline::{Doc, Error, Peer};

/// A note as the program sees it; in the document it is a map that holds a text and a list.
#[derive(Deserialize, Debug, PartialEq)]
struct Note {
    title: String,
    body: String,
    tags: Vec<String>,
}

fn main() -> Result<(), Error> {
    // Peers of our own choice, so that the output is the same every time. `Doc::new` draws one at random.
    let [mut ada, mut grace] = [1, 2].map(|id| Peer::new(id).map_or_else(Doc::new, Doc::with_peer));

    // Both open the note for the first time, and neither knows of the other: they share it all the same.
    write(&mut ada, "Shopping", "Bread. ", "weekly")?;
    write(&mut grace, "Groceries", "Coffee. ", "kitchen")?;
    sync(&mut ada, &mut grace)?;
    let note: Note = ada.deserialize("notes/shopping")?;
    assert_eq!(note.body, "Bread. Coffee. ");
    assert_eq!(note.tags, ["weekly", "kitchen"]);
    println!("{note:?}");

    // Text and list hold both people's work. A title is one or the other: all are kept, one is shown.
    if let Some(shopping) = ada.map("notes").map("shopping") {
        for title in shopping.conflicts("title") {
            println!(
                "{}: operation {}, Lamport {}",
                title.value.to_json(),
                title.id,
                title.lamport
            );
        }
        assert_eq!(shopping.conflicts("title").len(), 2);
    }
    assert_eq!(note.title, "Groceries");

    // Setting it again settles it: this write knows both of the others.
    ada.transact(|tx| tx.map("notes").map("shopping")?.set("title", "To buy"))?;
    sync(&mut ada, &mut grace)?;
    let shopping = grace.map("notes").map("shopping");
    assert!(shopping.is_some_and(|note| note.conflicts("title").len() == 1));

    // A removed container takes along what is written into it meanwhile. Opened again, it is a new, empty one.
    grace.transact(|tx| tx.map("notes").remove("shopping"))?;
    write(&mut ada, "Weekend", "Butter. ", "market")?;
    sync(&mut ada, &mut grace)?;
    assert_eq!(ada.get("notes/shopping"), None);
    write(&mut ada, "Breakfast", "Jam. ", "sunday")?;
    sync(&mut ada, &mut grace)?;
    assert_eq!(grace.get("notes/shopping/body"), Some("Jam. ".into()));
    println!("{}", grace.to_json());
    Ok(())
}

fn write(doc: &mut Doc, title: &str, line: &str, tag: &str) -> Result<(), Error> {
    doc.transact(|tx| {
        let mut note = tx.map("notes").map("shopping")?;
        note.set("title", title)?;
        // Going into a container uses the handle up; `by_ref` makes another first.
        note.by_ref().text("body")?.push(line)?;
        note.list("tags")?.push(tag)
    })?;
    Ok(())
}

fn sync(a: &mut Doc, b: &mut Doc) -> Result<(), Error> {
    let known = (a.version_vector(), b.version_vector());
    a.merge(&b.delta_since(&known.0))?;
    b.merge(&a.delta_since(&known.1))?;
    assert_eq!(a.to_json(), b.to_json());
    Ok(())
}
