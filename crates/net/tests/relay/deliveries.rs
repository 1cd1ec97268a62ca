//! Deliveries that a relay does not take, and relays that lose what they confirmed.
//!
//! - What is not taken is tried again when they meet, some times; then it is kept, with the cause, until somebody retries it or sets it
//!   aside; meanwhile nothing of it is sent, or said to be confirmed.
//! - A relay that comes back from an old disk is refilled, and what it lost is not confirmed until it is.

use std::fs;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use syncline_net::{
    Admitting, DeliveryState, Gate, Limits, Options, Phase, Principal, Relay, Replica, Right,
    Rights, Which, Worker,
};
use syncline_store::{Options as StoreOptions, Store};

use crate::support::{Site, brisk, in_step, pair, soon, until, url};

/// Lets everybody do what is said at present.
struct Ruled(Mutex<Right>);

impl Gate for Ruled {
    fn admit<'g>(&'g self, _: Option<&'g str>) -> Admitting<'g> {
        let right = *self.0.lock().unwrap();
        let rights = Rights::all().with("rules", right);
        Box::pin(std::future::ready(Some(Principal::new("all", rights))))
    }
}

/// A relay that does not take "rules", and a site that has written to it.
async fn ruled() -> (Site, Arc<Ruled>, Relay, Site, Worker) {
    let [middle, one] = [(); 2].map(|()| Site::new());
    middle.push("rules", "be kind").await;
    one.push("rules", ", mostly").await;
    one.push("notes", "x").await;
    let gate = Arc::new(Ruled(Mutex::new(Right::Read)));
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let relay = Relay::start_with(middle.replica.clone(), any, Arc::clone(&gate) as _);
    let relay = relay.await.unwrap();
    let worker = one.follow(relay.address());
    (middle, gate, relay, one, worker)
}

/// Waits until both have met, and says why "rules" was left out.
async fn left_out(worker: &Worker) -> String {
    let status = until(worker, |status| {
        status.is_confirmed && status.refused.contains_key("rules")
    });
    status.await.refused["rules"].clone()
}

async fn meet_again(worker: &Worker) {
    worker.pause();
    until(worker, |status| status.phase == Phase::Paused).await;
    worker.resume();
}

/// The state of the only delivery, how often it was tried, and the cause.
async fn kept(site: &Site) -> (DeliveryState, u32, String) {
    let found = soon(site.replica.deliveries()).await.unwrap();
    let [delivery] = &found.all[..] else {
        panic!("{found:?}");
    };
    assert_eq!(
        (delivery.document.as_str(), delivery.operations > 0),
        ("rules", true)
    );
    let cause = delivery.cause.clone().unwrap_or_default();
    (delivery.state, delivery.tries, cause)
}

#[tokio::test]
async fn what_failed_for_good_is_kept_until_it_is_retried() {
    let (middle, gate, _relay, one, worker) = ruled().await;
    for tries in 1..=5 {
        assert!(left_out(&worker).await.contains("read"));
        let (state, tried, cause) = kept(&one).await;
        assert_eq!((state == DeliveryState::Failed, tried), (tries == 5, tries));
        assert!(cause.contains("read"), "{cause}");
        meet_again(&worker).await;
    }
    // Now it could, and is not tried any more. Others are.
    *gate.0.lock().unwrap() = Right::Write;
    meet_again(&worker).await;
    let why = left_out(&worker).await;
    assert!(
        why.contains("not tried any more") && why.contains("read"),
        "{why}"
    );
    let written = one.push("notes", "y").await;
    soon(one.replica.confirmed(&written)).await.unwrap();
    let of_it = one.push("rules", "!").await;
    meet_again(&worker).await;
    left_out(&worker).await;
    assert!(!one.replica.is_confirmed(&of_it).await.unwrap());
    assert_eq!(middle.body("rules").await.unwrap(), "be kind");
    // What the relay has of it came all the same.
    assert!(one.body("rules").await.unwrap().contains("be kind"));
    assert_eq!(kept(&one).await.1, 5);
    let which = Which::all().document("rules");
    assert_eq!(soon(one.replica.retry(which)).await.unwrap(), 1);
    meet_again(&worker).await;
    soon(one.replica.confirmed(&of_it)).await.unwrap();
    assert_eq!(middle.body("rules").await, one.body("rules").await);
    assert!(soon(one.replica.deliveries()).await.unwrap().all.is_empty());
}

#[tokio::test]
async fn what_is_set_aside_is_not_tried_and_not_forgotten() {
    let (middle, gate, relay, one, worker) = ruled().await;
    left_out(&worker).await;
    let which = || Which::all().relay(url(relay.address()));
    let elsewhere = Which::all().relay("ws://elsewhere/");
    assert_eq!(soon(one.replica.set_aside(elsewhere)).await.unwrap(), 0);
    assert_eq!(soon(one.replica.set_aside(which())).await.unwrap(), 1);
    *gate.0.lock().unwrap() = Right::Write;
    meet_again(&worker).await;
    assert!(left_out(&worker).await.contains("set aside"));
    // Also by another program, when this one has ended.
    worker.stop().await;
    let Site { path, replica, .. } = &one;
    drop(soon(replica.clone().close()).await.unwrap());
    let mut store = Store::open(path, &StoreOptions::new()).unwrap();
    let found = syncline_net::deliveries(&store).unwrap();
    assert_eq!(found.all[0].state, DeliveryState::SetAside);
    assert_eq!(syncline_net::retry(&mut store, &Which::all()).unwrap(), 1);
    let replica = Replica::open(store, Limits::default()).unwrap();
    let options = Options::new().pace(brisk());
    let worker = Worker::start(replica.clone(), &url(relay.address()), options).unwrap();
    let status = in_step(&worker).await;
    assert!(status.refused.is_empty(), "{status:?}");
    assert!(middle.body("rules").await.unwrap().contains("mostly"));
}

#[tokio::test]
async fn a_relay_that_was_restored_from_an_old_disk_is_refilled() {
    let [middle, one] = [(); 2].map(|()| Site::new());
    let relay = middle.serve(None).await;
    let address = relay.address();
    let worker = one.follow(address);
    for document in ["old", "grown"] {
        let written = one.push(document, "a").await;
        soon(one.replica.confirmed(&written)).await.unwrap();
    }
    relay.shut_down().await;
    drop(soon(middle.replica.clone().close()).await.unwrap());
    let backup = middle.path.with_extension("backup");
    fs::copy(&middle.path, &backup).unwrap();

    let serve = async |path: &std::path::Path| {
        let store = Store::open(path, &StoreOptions::new()).unwrap();
        let replica = Replica::open(store, Limits::default()).unwrap();
        let relay = Relay::start(replica.clone(), address, None).await.unwrap();
        (replica, relay)
    };
    let (replica, relay) = serve(&middle.path).await;
    worker.try_now();
    let mut lost = Vec::new();
    for document in ["grown", "new"] {
        let written = one.push(document, "bcd").await;
        soon(one.replica.confirmed(&written)).await.unwrap();
        lost.push(written);
    }
    relay.shut_down().await;
    drop(soon(replica.close()).await.unwrap());
    assert_eq!(one.replica.unconfirmed().await.unwrap(), []);

    // The disk of yesterday. Nobody writes there, so that only what it confirmed shows that it lost something.
    let (replica, relay) = serve(&backup).await;
    worker.try_now();
    let status = until(&worker, |status| status.lost > 0 && status.is_confirmed).await;
    assert_eq!((status.lost, status.sent.0), (6, 6));
    for written in &lost {
        assert!(one.replica.is_confirmed(written).await.unwrap());
    }
    let read = |name: &'static str| replica.read(name, |doc| doc.text("body").to_string());
    assert_eq!(read("grown").await.unwrap().unwrap(), "abcd");
    assert_eq!(read("new").await.unwrap().unwrap(), "bcd");
    relay.shut_down().await;
}

#[tokio::test]
async fn what_is_redelivered_is_not_confirmed_until_they_meet() {
    let (_middle, _relay, one, worker) = pair(&Limits::default()).await;
    let written = one.push("notes", "abc").await;
    soon(one.replica.confirmed(&written)).await.unwrap();
    worker.pause();
    until(&worker, |status| status.phase == Phase::Paused).await;
    assert_eq!(soon(one.replica.redeliver(Which::all())).await.unwrap(), 1);
    assert!(!one.replica.is_confirmed(&written).await.unwrap());
    let unconfirmed = one.replica.unconfirmed().await.unwrap();
    assert_eq!(unconfirmed, [("notes".to_owned(), 3)]);
    worker.resume();
    // The relay had it all along: nothing is sent.
    soon(one.replica.confirmed(&written)).await.unwrap();
    assert_eq!(in_step(&worker).await.sent.0, 0);
}
