//! Operations under a peer that is another's.
//!
//! - What is written live binds its peer to whoever brings it, also after the relay was closed and opened.
//! - New operations under it from somebody else are refused, or taken and counted, as the relay was told; all else goes on.
//! - Who refills a relay, with whatever others wrote, is refused nothing.

use std::net::SocketAddr;

use syncline::sync::{Event, Workspace};
use syncline_net::{Limits, PeerBinding, Relay, Replica, Tokens, Worker, deliveries};

use crate::follow;
use crate::speaker::Speaker;
use crate::support::{Site, get, in_step, open, soon, until_reads};

const ANN: &str = "0123456789abcdef";
const BEN: &str = "fedcba9876543210";
const TOKENS: &str = "0123456789abcdef Ann\nfedcba9876543210 Ben";

fn limits(binding: PeerBinding) -> Limits {
    let mut limits = Limits::default();
    limits.peer_binding = binding;
    limits
}

async fn serve(replica: &Replica) -> Relay {
    let tokens = Tokens::read(TOKENS).unwrap();
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let relay = Relay::start(replica.clone(), any, Some(tokens)).await;
    relay.unwrap()
}

/// Connects, and writes when both sides have what the other had.
async fn write_live(site: &Site, relay: &Relay, token: &str, text: &str) -> Worker {
    let worker = follow(site, relay, token);
    in_step(&worker).await;
    for letter in text.chars() {
        let written = site.push("notes", &letter.to_string()).await;
        soon(site.replica.confirmed(&written)).await.unwrap();
    }
    worker
}

/// Ben has the notes, and goes on as Ann; then writes something of his own elsewhere.
async fn forge(relay: &Relay, body: &str) -> Speaker {
    let mut speaker = Speaker::greet(relay.address(), Some(BEN), 0, Workspace::new()).await;
    speaker.until(Speaker::is_through).await;
    let doc = speaker.notes.get_mut("notes").unwrap();
    assert_eq!(doc.text("body").to_string(), body);
    let (hers, _) = doc.version_vector().iter().next().unwrap();
    doc.set_peer(hers);
    doc.transact(|tx| tx.text("body").push("!")).unwrap();
    speaker.say().await;
    let of_his_own = speaker.notes.open("his own");
    of_his_own
        .transact(|tx| tx.text("body").push("true"))
        .unwrap();
    speaker.say().await;
    speaker
}

#[tokio::test]
async fn operations_under_anothers_peer_are_refused_and_all_else_goes_on() {
    let [middle, ann] = [Site::limited(limits(PeerBinding::Refuse)), Site::new()];
    let relay = serve(&middle.replica).await;
    let hers = write_live(&ann, &relay, ANN, "hers").await;
    let mut ben = forge(&relay, "hers").await;
    let is_told = |ben: &Speaker| {
        let refused =
            |event: &Event| matches!(event, Event::Unwanted { document } if document == "notes");
        ben.events.iter().any(refused)
    };
    ben.until(is_told).await;
    until_reads(&middle, "his own", "true").await;
    let metrics = get(relay.address(), "/metrics").await;
    assert!(
        metrics.contains("\nsyncline_foreign_deltas_total 1\n"),
        "{metrics}"
    );
    // She goes on.
    let written = ann.push("notes", " still").await;
    soon(ann.replica.confirmed(&written)).await.unwrap();
    assert_eq!(middle.body("notes").await.unwrap(), "hers still");
    assert_eq!(in_step(&hers).await.failures, 0);
    hers.stop().await;
    // It is known when the store is opened again, and is no relay's.
    relay.shut_down().await;
    let store = soon(middle.replica.clone().close()).await.unwrap();
    let found = deliveries(&store).unwrap();
    assert!(found.relays.is_empty(), "{found:?}");
    let replica = open(store, limits(PeerBinding::Refuse));
    let relay = serve(&replica).await;
    let mut ben = forge(&relay, "hers still").await;
    ben.until(is_told).await;
    let body = replica.read("notes", |doc| doc.text("body").to_string());
    assert_eq!(soon(body).await.unwrap().unwrap(), "hers still");
}

#[tokio::test]
async fn operations_under_anothers_peer_are_counted_and_taken_unless_said() {
    let [middle, ann] = [Site::limited(limits(PeerBinding::default())), Site::new()];
    let relay = serve(&middle.replica).await;
    let _hers = write_live(&ann, &relay, ANN, "hers").await;
    let mut ben = forge(&relay, "hers").await;
    ben.until(Speaker::is_through).await;
    until_reads(&middle, "notes", "hers!").await;
    let metrics = get(relay.address(), "/metrics").await;
    assert!(
        metrics.contains("\nsyncline_foreign_deltas_total 1\n"),
        "{metrics}"
    );
}

#[tokio::test]
async fn who_refills_a_relay_is_refused_nothing() {
    let sites = [(); 2].map(|()| Site::limited(limits(PeerBinding::Refuse)));
    let [first, second] = &sites;
    let [ann, ben] = [(); 2].map(|()| Site::new());
    let relay = serve(&first.replica).await;
    let hers = write_live(&ann, &relay, ANN, "hers").await;
    let his = write_live(&ben, &relay, BEN, ", his").await;
    until_reads(&ann, "notes", "hers, his").await;
    relay.shut_down().await;
    hers.stop().await;
    his.stop().await;
    // Another disk, and he comes first.
    let relay = serve(&second.replica).await;
    let _his = write_live(&ben, &relay, BEN, "!").await;
    assert_eq!(second.body("notes").await.unwrap(), "hers, his!");
    let hers = write_live(&ann, &relay, ANN, " more").await;
    assert_eq!(second.body("notes").await.unwrap(), "hers, his! more");
    assert_eq!(in_step(&hers).await.refused.len(), 0);
    let metrics = get(relay.address(), "/metrics").await;
    assert!(
        metrics.contains("\nsyncline_foreign_deltas_total 0\n"),
        "{metrics}"
    );
}
