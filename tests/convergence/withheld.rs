//! Deltas that come before what they build on.
//!
//! - They wait in bounded memory, are reported with what they need, and apply when it comes.
//! - What waits is saved, but is no part of the version vector.
//! - A full buffer refuses the newest by name, which costs a resend only.

use support::engine::peer;
use support::small::{doc, made, send, type_at, write};
use syncline::{Doc, Error, Limits, OpId};

/// One writer's deltas, a transaction each.
fn stream(count: usize) -> (Doc, Vec<Vec<u8>>) {
    let mut writer = doc(1);
    let deltas = (0..count).map(|index| {
        let before = writer.version_vector();
        let letter = ["a", "b", "Ω", "🙂"][index % 4];
        write(&mut writer, |tx| tx.text("body").insert(index / 2, letter));
        writer.delta_since(&before)
    });
    let deltas = deltas.collect();
    (writer, deltas)
}

#[test]
fn the_first_of_ten_thousand_deltas_is_withheld() {
    let (writer, deltas) = stream(10_000);
    let first = OpId {
        peer: peer(1),
        seq: 0,
    };
    for backwards in [false, true] {
        let mut reader = doc(2);
        let mut order: Vec<&Vec<u8>> = deltas[1..].iter().collect();
        if backwards {
            order.reverse();
        }
        for delta in order {
            let change = reader.merge(delta).expect("it waits");
            assert!(change.is_empty() && change.applied() == 0);
            assert!(!change.waiting().is_empty() && change.rejected().is_empty());
        }
        // Once more: what waits already does not wait twice.
        let change = reader.merge(&deltas[1]).expect("it waits");
        assert!(
            change
                .waiting()
                .iter()
                .any(|waiting| waiting.needs == first),
            "{:?}",
            change.waiting()
        );
        assert_eq!(
            (reader.operations(), reader.to_json()),
            (0, serde_json::json!({}))
        );
        assert!(reader.version_vector().is_empty());

        // It takes about as much room as it came in.
        let came: usize = deltas.iter().map(Vec::len).sum();
        let held = reader.save().len();
        assert!(held <= 2 * came, "{held} bytes for {came}");

        // What waits is saved, but is no part of what others are told.
        let mut reader = Doc::load(&reader.save()).expect("what it saved");
        assert!(reader.version_vector().is_empty());
        reader.check().expect("the invariants");
        let change = reader.merge(&deltas[0]).expect("the first");
        assert_eq!(change.applied(), 10_000);
        assert!(change.waiting().is_empty());
        assert!(reader.text("body").to_string() == writer.text("body").to_string());
        assert_eq!(reader.frontier(), writer.frontier());
        reader.check().expect("the invariants");
    }
}

/// A file may hold what waited, and behind it what shows that this cannot be.
#[test]
fn loading_tells_of_what_waited_and_is_not_valid() {
    let [mut one, mut other] = [1, 1].map(doc);
    let first = made(&mut one, |one| type_at(one, 0, "a"));
    made(&mut other, |other| type_at(other, 0, "b"));
    let forked = made(&mut other, |other| type_at(other, 1, "c"));
    let mut reader = doc(2);
    assert_eq!(reader.merge(&forked).expect("it waits").waiting().len(), 1);
    let point = reader.save_point();
    let mut file = reader.save();
    let change = reader.merge(&first).expect("the first");
    let told: Vec<_> = change.rejected().to_vec();
    assert!(
        matches!(&told[..], [only] if matches!(only.error, Error::Forked { .. })),
        "{told:?}"
    );
    assert!(reader.rejected().is_empty(), "it was loaded from nothing");
    file.extend(reader.save_since(&point));
    let loaded = Doc::load(&file).expect("what it saved");
    assert_eq!(loaded.text("body").to_string(), "a");
    assert_eq!(loaded.rejected(), told);
    let change = doc(3).merge(&file).expect("what it saved");
    assert_eq!(change.rejected(), told);
}

#[test]
fn a_full_buffer_refuses_the_newest() {
    let (writer, deltas) = stream(200);
    let bytes: usize = deltas[1..51].iter().map(Vec::len).sum();
    let mut by_count = Limits::default();
    by_count.waiting_deltas = 50;
    let mut by_bytes = Limits::default();
    by_bytes.waiting_bytes = u32::try_from(bytes).expect("a small buffer");
    for limits in [by_count, by_bytes] {
        let mut reader = Doc::with_limits(limits);
        reader.set_peer(peer(2));
        let mut refused = Vec::new();
        for delta in &deltas[1..] {
            let before = reader.save();
            match reader.merge(delta) {
                Ok(change) if change.rejected().is_empty() => {}
                Ok(_) | Err(Error::Limit { .. }) => {
                    assert!(reader.save() == before, "a refused delta was kept");
                    refused.push(delta);
                }
                Err(error) => panic!("{error:?}"),
            }
        }
        assert!(
            (100..=180).contains(&refused.len()),
            "{} were refused",
            refused.len()
        );
        // What follows the beginning applies; what was refused is sent again.
        reader.merge(&deltas[0]).expect("the first");
        assert_eq!(
            usize::try_from(reader.operations()),
            Ok(200 - refused.len())
        );
        for delta in refused {
            assert!(
                reader
                    .merge(delta)
                    .expect("sent again")
                    .waiting()
                    .is_empty()
            );
        }
        assert_eq!(reader.to_json(), writer.to_json());
        reader.check().expect("the invariants");
    }
}

/// What comes may be what something waits for that somebody else waits for.
#[test]
fn what_waits_for_what_waits_comes_with_it() {
    let [mut dora, mut eve, mut frank] = [6, 5, 7].map(doc);
    let first = made(&mut dora, |dora| type_at(dora, 0, "d"));
    send(&mut dora, &mut eve);
    let second = made(&mut eve, |eve| type_at(eve, 0, "e"));
    send(&mut eve, &mut frank);
    let third = made(&mut frank, |frank| type_at(frank, 0, "f"));
    let mut reader = doc(1);
    let needs = |doc: &mut Doc, delta: &[u8]| -> Vec<u64> {
        let change = doc.merge(delta).expect("a delta");
        let waiting = change.waiting().iter();
        waiting.map(|waiting| waiting.needs.peer.get()).collect()
    };
    assert_eq!(needs(&mut reader, &third), [5]);
    // What waited before, and still does, is no news.
    assert_eq!(needs(&mut reader, &second), [6]);
    assert_eq!(reader.merge(&first).expect("the first").applied(), 3);
    assert_eq!(reader.to_json(), frank.to_json());
    // Of one delta a part may be what lets another part find what it needs.
    let mut reader = doc(1);
    assert_eq!(needs(&mut reader, &second), [6]);
    let known = [(eve.peer().expect("she wrote"), 1)].into_iter().collect();
    let around = frank.delta_since(&known);
    assert_eq!(needs(&mut reader, &around), [0; 0]);
    assert_eq!(reader.to_json(), frank.to_json());
}

#[test]
fn what_waits_for_one_thing_after_another_is_told_once() {
    let [mut dora, mut eve, mut frank] = [6, 5, 7].map(doc);
    let first = made(&mut dora, |dora| type_at(dora, 0, "d"));
    let second = made(&mut eve, |eve| type_at(eve, 0, "e"));
    send(&mut dora, &mut frank);
    send(&mut eve, &mut frank);
    let both = made(&mut frank, |frank| type_at(frank, 0, "f"));
    let mut reader = doc(1);
    for (delta, waiting, applied) in [(&both, 1, 0), (&second, 0, 1), (&first, 0, 2)] {
        let change = reader.merge(delta).expect("a delta");
        assert_eq!(
            (change.waiting().len(), change.applied()),
            (waiting, applied)
        );
    }
}
