//! Hash chains and summaries of peers that are split: a chain value says what an operation is, whatever it is called.

use support::engine::peer;
use support::forks::{
    COPIED, both, branches, copy, copy_as, meet, original, pull, settle, split, write,
};
use syncline::{Doc, OpId, SaveOptions, value};

/// Chain values say what an operation is, whatever it is called.
#[test]
fn splitting_changes_no_chain_value() {
    let mut doc = branches().remove(3);
    write(&mut doc, |tx| tx.text("body").push(&"long ".repeat(60)));
    let count = doc.version_vector().get(peer(COPIED));
    let values = |doc: &mut Doc, ids: &[OpId]| {
        let value = |&id: &OpId| doc.chain_value(id).expect("known").expect("known");
        ids.iter().map(value).collect::<Vec<_>>()
    };
    let ids: Vec<_> = (0..count)
        .map(|seq| OpId {
            peer: peer(COPIED),
            seq,
        })
        .collect();
    let before = values(&mut doc, &ids);
    for cuts in [&[64][..], &[1, 63, 130, 131], &[0, 2, 65, 128, 192]] {
        let splits: Vec<_> = cuts.iter().map(|&seq| (peer(COPIED), seq)).collect();
        split(&mut doc, &splits);
        let ids: Vec<_> = ids
            .iter()
            .map(|id| {
                let fork = doc.forks().filter(|fork| fork.first.seq <= id.seq).last();
                fork.map_or(*id, |fork| OpId {
                    peer: fork.peer,
                    seq: id.seq - fork.first.seq,
                })
            })
            .collect();
        assert_eq!(values(&mut doc, &ids), before);
        // Asked for in another order, and of a document that has just been read.
        let mut again = Doc::load(&doc.save()).expect("what it saved");
        let backwards: Vec<_> = ids.iter().rev().copied().collect();
        let values: Vec<_> = values(&mut again, &backwards).into_iter().rev().collect();
        assert_eq!(values, before);
    }
}

/// Nor those of what others wrote after what is renamed, in whatever order its parents' ids come then.
#[test]
fn who_follows_keeps_chain_values() {
    let mut doc = original();
    write(&mut doc, |tx| tx.list("todo").push(value!({ "by": "7" })));
    let mut friends = [1, 8, 1 << 63].map(|id| Doc::with_peer(peer(id)));
    for friend in &mut friends {
        write(friend, |tx| tx.text("body").push("own"));
    }
    for friend in &mut friends {
        pull(friend, &mut doc).expect("no conflict");
        write(friend, |tx| tx.list("todo").map(1)?.set("read", true));
    }
    for friend in &mut friends {
        pull(&mut doc, friend).expect("no conflict");
    }
    let ids = [1, 8, 1 << 63].map(|id| OpId {
        peer: peer(id),
        seq: 3,
    });
    let before = ids.map(|id| doc.chain_value(id).expect("its history"));
    assert!(before.iter().all(Option::is_some));
    split(&mut doc, &[1, 8, 9].map(|seq| (peer(COPIED), seq)));
    assert_eq!(
        ids.map(|id| doc.chain_value(id).expect("its history")),
        before
    );
    // Who has split and who has not still know each other's work.
    for friend in &mut friends {
        meet(&mut doc, friend);
    }
}

/// The same operation, but in the container of one history or of the other: two operations, and two hashes.
#[test]
fn containers_of_both_histories_are_told_apart() {
    let mut one = original();
    let mut other = copy(&one);
    for (doc, who) in [(&mut one, "1"), (&mut other, "2")] {
        write(doc, |tx| {
            tx.text("who").push(who)?;
            tx.list("todo").push(value!([]))
        });
    }
    meet(&mut one, &mut other);
    let [mut liar, mut twin] = [40, 40].map(|id| copy_as(&one, id));
    write(&mut liar, |tx| tx.list("todo").list(1)?.push("x"));
    write(&mut twin, |tx| tx.list("todo").list(2)?.push("x"));
    let id = OpId {
        peer: peer(40),
        seq: 0,
    };
    assert_ne!(liar.chain_value(id), twin.chain_value(id));
    let mut docs = [one, other, liar, twin];
    settle(&mut docs);
    assert_eq!(docs[0].forks().count(), 4);
}

/// Splitting takes no part in summaries but for the names.
#[test]
fn summaries_follow() {
    let mut docs = branches();
    for doc in &mut docs {
        doc.summary().expect("it has its history");
    }
    settle(&mut docs);
    let [one, others @ ..] = &mut docs[..] else {
        panic!("four");
    };
    let root = one.summary().expect("a summary").clone().root();
    one.summary()
        .expect("a summary")
        .check()
        .expect("its invariants");
    for other in others {
        assert!(
            one.summary()
                .expect("one")
                .iter()
                .eq(other.summary().expect("other").iter())
        );
        assert_eq!(other.summary().expect("other").clone().root(), root);
        let mut again = Doc::load(&other.save()).expect("what it saved");
        assert_eq!(again.summary().expect("again").clone().root(), root);
    }
}

#[test]
fn chain_values_are_told_where_they_are_known() {
    let mut doc = both();
    let id = |peer, seq| OpId { peer, seq };
    let value = doc.chain_value(id(peer(COPIED), 7)).expect("its history");
    assert!(value.is_some());
    assert_eq!(doc.chain_value(id(peer(COPIED), 8)), Ok(None));
    assert_eq!(doc.chain_value(id(peer(999), 0)), Ok(None));
    let mut again = Doc::load(&doc.save()).expect("what it saved");
    assert_eq!(again.chain_value(id(peer(COPIED), 7)), Ok(value));
    let shallow = doc.save_with(&SaveOptions::new().shallow());
    let mut shallow = Doc::load(&shallow).expect("what it saved");
    assert_eq!(shallow.chain_value(id(peer(COPIED), 3)), Ok(None));
    assert_eq!(shallow.chain_value(id(peer(COPIED), 7)), Ok(value));
}
