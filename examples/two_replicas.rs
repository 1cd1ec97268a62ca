//! The README's program: two replicas edit apart, exchange what the other lacks, and agree.

use syncline::{Doc, Error, value};

fn main() -> Result<(), Error> {
    let mut laptop = Doc::new();
    laptop.transact(|tx| tx.text("body").insert(0, "Hello wrld"))?;
    let mut phone = Doc::load(&laptop.save())?;

    // Apart: neither hears of the other.
    laptop.transact(|tx| tx.text("body").insert(10, "!"))?;
    phone.transact(|tx| {
        tx.text("body").insert(7, "o")?;
        tx.list("todo").push(value!({ "title": "Buy milk" }))
    })?;

    // Together: each sends what the other lacks, and no more.
    let (on_laptop, on_phone) = (laptop.version_vector(), phone.version_vector());
    laptop.merge(&phone.delta_since(&on_laptop))?;
    phone.merge(&laptop.delta_since(&on_phone))?;

    assert_eq!(laptop.text("body").to_string(), "Hello world!");
    assert_eq!(laptop.to_json(), phone.to_json());
    println!("{}", phone.to_json());
    Ok(())
}
