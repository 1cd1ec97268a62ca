//! What somebody who does not keep to the library's face writes into its own roots.

use super::handle::Target;
use super::map_mut::MapMut;
use super::policy::{Policy, ROOT};
use super::{Doc, ListMut, TextMut};
use crate::error::Error;
use crate::id::{Peer, VersionVector};
use crate::oplog::{ContainerIx, Kind, Name};
use crate::value::Value;

fn doc(id: u64) -> Doc {
    Peer::new(id).map_or_else(Doc::new, Doc::with_peer)
}

fn root(doc: &mut Doc, name: &str, kind: Kind) -> ContainerIx {
    let name = doc.log.keys.intern(name);
    let root = doc.log.container(Name::Root { name, kind });
    doc.state.grow(&doc.log);
    root
}

/// Two who set a key, one of whom wrote into the root of the policies.
fn contested(write: impl FnOnce(MapMut<'_>) -> Result<(), Error>) -> Result<Doc, Error> {
    let (mut one, mut other) = (doc(1), doc(2));
    one.transact(|tx| tx.map("m").set("k", 7))?;
    other.transact(|tx| {
        tx.map("m").set("k", 5)?;
        let doc = tx.doc_mut();
        let policies = root(doc, ROOT, Kind::Map);
        write(MapMut::new(doc, Target::Known(policies)))
    })?;
    one.merge(&other.delta_since(&VersionVector::new()))?;
    one.check().map_err(Error::aborted)?;
    let saved = Doc::load(&one.save())?;
    saved.check().map_err(Error::aborted)?;
    assert_eq!(saved.to_json(), one.to_json());
    assert_eq!(saved.policies(), one.policies());
    Ok(one)
}

#[test]
fn an_unknown_policy_is_the_last_writers() -> Result<(), Error> {
    let doc = contested(|mut map| {
        map.set("**", "largest")?;
        map.set("m/k", "wildest")
    })?;
    assert_eq!(doc.get("m/k"), Some(5.into()));
    let listed = [("**", Policy::Largest), ("m/k", Policy::LastWriter)];
    let listed = listed.map(|(pattern, policy)| (pattern.to_owned(), policy));
    assert_eq!(doc.policies(), listed);
    Ok(())
}

#[test]
fn nonsense_is_passed_over() -> Result<(), Error> {
    let doc = contested(|mut map| {
        for nonsense in ["", "m", "~", "/", "//", "*", "\0policies/*", "\0", "m/\0"] {
            map.set(nonsense, "largest")?;
        }
        map.set("m/*", Value::List(vec!["largest".into()]))?;
        map.set("**/k/**", vec![0u8, 255])?;
        map.set(&"**/".repeat(300), "largest")?;
        map.text("*/k")?.push("largest")
    })?;
    assert_eq!(doc.get("m/k"), Some(5.into()));
    // The policies themselves are the last writer's, whatever they say.
    let doc = contested(|mut map| map.set("**", "largest"))?;
    assert_eq!(doc.get("m/k"), Some(7.into()));
    let mut other = doc.fork();
    let mut doc = doc;
    doc.set_peer(Peer::new(1).ok_or(Error::NoPeer)?);
    other.set_peer(Peer::new(2).ok_or(Error::NoPeer)?);
    doc.transact(|tx| tx.set_policy("m/k", Policy::Union))?;
    other.transact(|tx| tx.set_policy("m/k", Policy::Smallest))?;
    doc.merge(&other.delta_since(&doc.version_vector()))?;
    assert_eq!(
        doc.get("m/k"),
        Some(5.into()),
        "by name the union is the larger"
    );
    doc.check().map_err(Error::aborted)?;
    Ok(())
}

#[test]
fn more_policies_than_there_can_be_are_as_many_everywhere() -> Result<(), Error> {
    let doc = contested(|mut map| {
        (0..600).try_for_each(|nth| map.set(&format!("m/{nth}"), "largest"))?;
        map.set("m/k", "largest")
    })?;
    // The first by their characters count.
    assert_eq!(doc.get("m/k"), Some(5.into()));
    Ok(())
}

#[test]
fn other_roots_of_the_library_show_nowhere() -> Result<(), Error> {
    let (mut one, mut other) = (doc(1), doc(2));
    for step in 0..3 {
        other.transact(|tx| {
            let doc = tx.doc_mut();
            let text = root(doc, "\0text", Kind::Text);
            TextMut::new(doc, Target::Known(text)).push("x")
        })?;
        let change = one.merge(&other.delta_since(&one.version_vector()))?;
        assert_eq!((change.applied(), change.paths().count()), (1, 0), "{step}");
    }
    other.transact(|tx| {
        let doc = tx.doc_mut();
        let list = root(doc, ROOT, Kind::List);
        ListMut::new(doc, Target::Known(list)).push("largest")
    })?;
    let change = one.merge(&other.delta_since(&one.version_vector()))?;
    assert!(change.is_empty());
    assert_eq!(one.to_json(), serde_json::json!({}));
    assert_eq!(one.roots().count(), 0);
    assert_eq!(one.text("\0text").to_string(), "");
    one.check().map_err(Error::aborted)?;
    let back = other.delta_since(&one.version_vector());
    assert_eq!(one.version_vector(), other.version_vector());
    assert!(one.merge(&back)?.is_empty());
    Ok(())
}
