//! The public face: the sketch that everything else follows compiles and behaves, and whatever a
//! program stores can be shared between threads.

use serde_json::json;
use syncline::{
    Change, Conflict, Counter, Doc, Error, Frontier, Kind, Limits, List, ListEdit, Map, OpId, Peer,
    Text, TextEdit, Value, VersionVector,
};

#[test]
fn the_sketch() -> Result<(), Error> {
    let mut laptop = Doc::new();
    laptop.transact(|tx| {
        tx.text("body").insert(0, "Hello wrld")?;
        tx.map("meta").set("title", "Notes")?;
        let mut todo = tx.list("todo").push_map()?;
        todo.set("done", false)?;
        Ok(())
    })?;

    let mut phone = Doc::load(&laptop.save())?;
    phone.transact(|tx| tx.text("body").insert(7, "o"))?;
    laptop.transact(|tx| tx.text("body").delete(0..5))?;

    let change = laptop.merge(&phone.delta_since(&laptop.version_vector()))?;
    assert_eq!(
        change.text("body"),
        [TextEdit::Retain(2), TextEdit::Insert("o".to_owned())]
    );
    assert_eq!(laptop.text("body").to_string(), " world");
    assert_eq!(laptop.get("todo/0/done"), Some(Value::Bool(false)));
    assert_eq!(
        laptop.to_json(),
        json!({"body": " world", "meta": {"title": "Notes"}, "todo": [{"done": false}]})
    );
    assert_ne!(laptop.peer(), phone.peer());
    Ok(())
}

#[test]
fn everything_can_be_shared_between_threads() {
    fn stored<T: Send + Sync + 'static>() {}
    fn viewed<T: Send + Sync + Copy>() {}
    stored::<Doc>();
    stored::<(Peer, OpId, VersionVector, Frontier)>();
    stored::<(Value, Kind, Limits, Error)>();
    stored::<(Change, TextEdit, ListEdit, Conflict)>();
    viewed::<(Text<'_>, List<'_>, Map<'_>, Counter<'_>)>();
}
