//! Looking what a sync would move: it tells that, and writes nothing on either side.

use std::net::SocketAddr;

use syncline_net::{Error, Limits, Look, Options, look};
use syncline_store::{Options as StoreOptions, Store};

use crate::support::{Site, in_step, letters, soon, url};

fn read_only(site: &Site) -> Store {
    Store::open(&site.path, &StoreOptions::new().read_only()).unwrap()
}

/// What would move between a site and a relay.
async fn looking(site: &Site, relay: SocketAddr) -> Look {
    let (options, limits) = (Options::new(), Limits::default());
    let url = url(relay);
    let looked = soon(look(read_only(site), &url, &options, &limits));
    looked.await.unwrap()
}

#[tokio::test]
async fn what_would_move_is_told_and_then_does() {
    let [middle, one] = [(); 2].map(|()| Site::new());
    one.push("ours", &letters(1, 300_000)).await;
    middle.push("theirs", &letters(2, 600_000)).await;
    for (site, text) in [(&middle, "from there"), (&one, "from here!")] {
        site.push("both", text).await;
    }
    let relay = middle.serve(None).await;
    // Another process may look while this one has the store open to write.
    let looked = looking(&one, relay.address()).await;
    assert!(looked.left_out.is_empty() && looked.damaged.is_empty());
    let moving = looked.documents.iter();
    let operations = moving.map(|(name, moving)| {
        let bytes = (moving.received.bytes, moving.sent.bytes);
        // Letters pack to five bits.
        for (operations, bytes) in [
            (moving.received.operations, bytes.0),
            (moving.sent.operations, bytes.1),
        ] {
            assert!(
                bytes * 8 >= operations * 4 && bytes <= operations * 2 + 60,
                "{looked:?}"
            );
        }
        (
            name.as_str(),
            moving.received.operations,
            moving.sent.operations,
        )
    });
    let expected = [
        ("both", 10, 10),
        ("ours", 0, 300_000),
        ("theirs", 600_000, 0),
    ];
    assert!(operations.eq(expected));
    // Nothing happened.
    assert_eq!(
        read_only(&middle).documents().unwrap().names,
        ["both", "theirs"]
    );
    assert_eq!(read_only(&one).documents().unwrap().names, ["both", "ours"]);
    assert_eq!(middle.body("both").await.unwrap(), "from there");
    let status = in_step(&one.follow(relay.address())).await;
    assert_eq!((status.received.0, status.sent.0), (600_010, 300_010));
    let looked = looking(&one, relay.address()).await;
    assert!(looked.documents.is_empty());
}

#[tokio::test]
async fn two_histories_are_told_and_not_split() {
    let [middle, one] = [(); 2].map(|()| Site::new());
    one.push("notes", "a").await;
    drop(soon(one.replica.clone().close()).await.unwrap());
    // A copied disk, written on by a peer of the same name on both sides.
    let peer = syncline::Peer::new(77).unwrap();
    drop(soon(middle.replica.clone().close()).await.unwrap());
    for (site, text) in [(&middle, "this"), (&one, "that")] {
        let mut store = Store::open(&site.path, &StoreOptions::new()).unwrap();
        let mut document = store.create_document("forked").unwrap();
        document.doc_mut().set_peer(peer);
        let pushed = document.doc_mut().transact(|tx| tx.text("body").push(text));
        pushed.unwrap();
        store.commit(&mut document, &Default::default()).unwrap();
    }
    let store = Store::open(&middle.path, &StoreOptions::new()).unwrap();
    let replica = syncline_net::Replica::open(store, Limits::default()).unwrap();
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let relay = syncline_net::Relay::start(replica.clone(), any, None)
        .await
        .unwrap();
    let looked = looking(&one, relay.address()).await;
    assert!(
        looked.left_out["forked"].contains("two histories"),
        "{looked:?}"
    );
    assert_eq!(looked.documents.keys().collect::<Vec<_>>(), ["notes"]);
    let splits = replica.read("forked", |doc| doc.splits().count());
    assert_eq!(soon(splits).await.unwrap(), Some(0));
}

#[tokio::test]
async fn where_nobody_is_nothing_can_be_looked_at() {
    let one = Site::new();
    let look = |url: &'static str| {
        let store = read_only(&one);
        async move { look(store, url, &Options::new(), &Limits::default()).await }
    };
    assert!(matches!(look("nowhere").await, Err(Error::Address { .. })));
    let nobody = soon(look("ws://127.0.0.1:9/")).await;
    assert!(matches!(nobody, Err(Error::Connection { .. })));
}
