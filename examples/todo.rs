//! A todo list as Rust types: what a program changes in them is written as the few operations that say it, so that two people
//! who work on the same list, apart, lose nothing of each other's.
//!
//! `cargo run --example todo`

use serde::{Deserialize, Serialize};
use syncline::{Doc, Error, Shape};

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
struct Item {
    id: String,
    title: String,
    done: bool,
}

/// Elements are known by their `id`, and a title is a text: two people can write in it at once.
fn shape() -> Shape {
    Shape::new().keyed("", "id").text("*/title")
}

fn item(id: &str, title: &str) -> Item {
    Item {
        id: id.into(),
        title: title.into(),
        done: false,
    }
}

fn write(doc: &mut Doc, items: &[Item]) -> Result<u32, Error> {
    let change = doc.transact(|tx| tx.reconcile_with("todo", &items, &shape()))?;
    Ok(change.applied())
}

fn read(doc: &Doc) -> Result<Vec<Item>, Error> {
    doc.deserialize("todo")
}

fn main() -> Result<(), Error> {
    let mut ann = Doc::new();
    let items = [
        item("milk", "Buy milk"),
        item("report", "Write the report"),
        item("call", "Call Ben"),
    ];
    println!("Ann writes a list: {} operations", write(&mut ann, &items)?);
    let mut ben = Doc::new();
    ben.merge(&ann.delta_since(&ben.version_vector()))?;

    // Each changes their own copy of plain values, and says no more than that.
    let mut hers = read(&ann)?;
    hers[0].done = true;
    hers.swap(1, 2);
    let written = write(&mut ann, &hers)?;
    println!("Ann ticks one and moves one: {written} operations");
    assert_eq!(written, 2);
    let mut his = read(&ben)?;
    his[0].title.push_str(", two litres");
    his.push(item("cake", "Bake a cake"));
    println!(
        "Ben words one and adds one: {} operations",
        write(&mut ben, &his)?
    );

    ann.merge(&ben.delta_since(&ann.version_vector()))?;
    ben.merge(&ann.delta_since(&ben.version_vector()))?;
    assert_eq!(read(&ann)?, read(&ben)?);
    println!("\nBoth, once they met:");
    for Item { title, done, .. } in read(&ann)? {
        println!("  [{}] {title}", if done { 'x' } else { ' ' });
    }
    let all = read(&ann)?;
    assert_eq!(all.len(), 4);
    assert!(all[0].done && all[0].title == "Buy milk, two litres");
    Ok(())
}
