//! Replicas that meet at a relay, by real sockets.
//!
//! - What is written apart is everywhere when they have met; what is typed then comes by itself.
//! - What is confirmed is on the relay's disk.
//! - A relay that is gone is found again when it is back; one that lost its disk is refilled.
//! - What people show of themselves travels at once, to those who may see it, and goes when they do.
//! - Who may only read is told so; who is let in no more is let go; who sends too much is slowed.
//! - Without a network nothing is tried; who is paused is left in peace.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

#[path = "../support/mod.rs"]
mod support;

mod binding;
mod blobs;
mod deliveries;
mod features;
mod logs;
mod looking;
mod pacing;
mod speaker;
#[cfg(feature = "tls")]
mod tls;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use support::{Site, brisk, get, in_step, letters, noise, pair, soon, until, until_reads, url};
use syncline::{Policy, Transaction};
use syncline_net::{
    Admitting, Error, Features, Gate, Limits, Options, Phase, Principal, Rate, Relay, Replica,
    Right, Rights, Status, Worker,
};
use syncline_store::{Limits as StoreLimits, Options as StoreOptions};

/// Keeps a site in step with a relay that asks for a token.
fn follow(site: &Site, relay: &Relay, token: &str) -> Worker {
    let options = Options::new().pace(brisk()).token(token);
    Worker::start(site.replica.clone(), &url(relay.address()), options).unwrap()
}

/// Of a store in which no document may be large.
fn small() -> StoreLimits {
    let mut limits = StoreLimits::default();
    limits.document_bytes = 20_000;
    limits
}

#[tokio::test]
async fn what_is_written_apart_is_everywhere() {
    let [middle, one, two] = [(); 3].map(|()| Site::new());
    one.push("shopping", "milk").await;
    two.push("ideas", "a boat").await;
    let relay = middle.serve(None).await;
    let workers = [&one, &two].map(|site| site.follow(relay.address()));
    for worker in &workers {
        in_step(worker).await;
    }
    // What one sent after the other was settled comes by itself.
    let written = one.push("shopping", ", eggs").await;
    soon(one.replica.confirmed(&written)).await.unwrap();
    assert!(one.replica.is_confirmed(&written).await.unwrap());
    assert_eq!(middle.on_disk("shopping").unwrap(), "milk, eggs");
    while two.body("shopping").await.as_deref() != Some("milk, eggs") {
        tokio::task::yield_now().await;
    }
    while one.body("ideas").await.as_deref() != Some("a boat") {
        tokio::task::yield_now().await;
    }
    let status = workers[0].status().borrow().clone();
    assert_eq!(status.trouble, None);
    assert!(status.last_success_ms.is_some() && status.sent.0 == status.sent.1);
}

#[tokio::test]
async fn what_is_confirmed_is_on_the_relays_disk() {
    let (middle, relay, one, worker) = pair(&Limits::default()).await;
    let mut expected = String::new();
    for number in 0..50 {
        let text = format!("{number} ");
        expected.push_str(&text);
        let written = one.push("numbers", &text).await;
        soon(one.replica.confirmed(&written)).await.unwrap();
        // Another handle reads the file, while the relay goes on.
        assert_eq!(middle.on_disk("numbers").unwrap(), expected);
    }
    let status = in_step(&worker).await;
    assert_eq!(status.failures, 0);
    // The store remembers what was confirmed.
    worker.stop().await;
    let remote = url(relay.address());
    relay.shut_down().await;
    let store = soon(one.replica.clone().close()).await.unwrap();
    let numbers = store.document("numbers").unwrap();
    let known = store.remote("numbers", &remote).unwrap();
    assert!(known.acknowledged.includes(&numbers.doc().version_vector()));
}

#[tokio::test]
async fn what_is_written_while_they_meet_is_confirmed() {
    for round in 0..20 {
        let (_middle, _relay, one, worker) = pair(&Limits::default()).await;
        // At another moment of the meeting each time.
        for _ in 0..round * 3 {
            tokio::task::yield_now().await;
        }
        let written = one.push("notes", "x").await;
        soon(one.replica.confirmed(&written)).await.unwrap();
        in_step(&worker).await;
    }
}

#[tokio::test]
async fn a_relay_that_lost_its_disk_is_refilled() {
    let [first, second, one, two] = [(); 4].map(|()| Site::new());
    let relay = first.serve(None).await;
    let address = relay.address();
    let workers = [&one, &two].map(|site| site.follow(address));
    let written = one.push("notes", "kept ").await;
    soon(one.replica.confirmed(&written)).await.unwrap();
    until_reads(&two, "notes", "kept ").await;
    relay.shut_down().await;
    for worker in &workers {
        let status = until(worker, |status| status.phase == Phase::Waiting).await;
        assert!(status.trouble.is_some() && !status.is_confirmed);
    }
    // Meanwhile people go on.
    two.push("notes", "and more").await;

    // Another disk, without anything.
    let relay = Relay::start(second.replica.clone(), address, None)
        .await
        .unwrap();
    for worker in &workers {
        worker.try_now();
        in_step(worker).await;
    }
    assert_eq!(second.on_disk("notes").unwrap(), "kept and more");
    while one.body("notes").await.as_deref() != Some("kept and more") {
        tokio::task::yield_now().await;
    }
    relay.shut_down().await;
}

#[tokio::test]
async fn without_a_network_nothing_is_tried() {
    let (middle, _relay, one, worker) = pair(&Limits::default()).await;
    in_step(&worker).await;
    for rest in [Phase::Offline, Phase::Paused] {
        match rest {
            Phase::Offline => worker.set_online(false),
            _ => worker.pause(),
        }
        until(&worker, |status| status.phase == rest).await;
        let written = one.push("notes", "offline ").await;
        assert!(!one.replica.is_confirmed(&written).await.unwrap());
        match rest {
            Phase::Offline => worker.set_online(true),
            _ => worker.resume(),
        }
        soon(one.replica.confirmed(&written)).await.unwrap();
        let status = in_step(&worker).await;
        assert_eq!((status.failures, status.trouble), (0, None));
    }
    assert_eq!(middle.on_disk("notes").unwrap(), "offline offline ");
}

#[tokio::test]
async fn who_has_no_token_is_not_let_in() {
    let [middle, one] = [(); 2].map(|()| Site::new());
    let relay = middle.serve(Some("0123456789abcdef Ann")).await;
    one.push("notes", "hers").await;
    let follow = |token: Option<&str>| {
        let mut options = Options::new().pace(brisk());
        options.token = token.map(str::to_owned);
        Worker::start(one.replica.clone(), &url(relay.address()), options).unwrap()
    };
    for token in [None, Some("0123456789abcdee"), Some("")] {
        let worker = follow(token);
        let status = until(&worker, |status| status.phase == Phase::Waiting).await;
        let trouble = status.trouble.unwrap();
        assert!(trouble.what.contains("token") && trouble.next.contains("token"));
    }
    assert_eq!(middle.on_disk("notes"), None);
    let worker = follow(Some("0123456789abcdef"));
    in_step(&worker).await;
    assert_eq!(middle.on_disk("notes").unwrap(), "hers");
}

#[tokio::test]
async fn a_token_shows_the_documents_that_it_says() {
    let [middle, ann, ben] = [(); 3].map(|()| Site::new());
    middle.push("of all", "seen by Ben").await;
    middle.push("ann/plans", "seen by both").await;
    let relay = middle
        .serve(Some("0123456789abcdef Ann ann/\nfedcba9876543210 Ben"))
        .await;
    // She has one of a name that is not hers, one that the relay has too, and one of her own.
    let secret = ann.push("secrets", "not taken").await;
    ann.push("of all", "not taken, and nothing is told of the other")
        .await;
    ann.push("ann/notes", "hers").await;
    let hers = follow(&ann, &relay, "0123456789abcdef");
    let status = until(&hers, |status| status.refused.len() == 2).await;
    assert!(status.refused.keys().eq(["of all", "secrets"]));
    in_step(&hers).await;
    assert!(!ann.replica.is_confirmed(&secret).await.unwrap());
    let his = follow(&ben, &relay, "fedcba9876543210");
    in_step(&his).await;
    for (document, seen_by_ann, seen_by_ben) in [
        (
            "of all",
            "not taken, and nothing is told of the other",
            "seen by Ben",
        ),
        ("ann/plans", "seen by both", "seen by both"),
        ("ann/notes", "hers", "hers"),
    ] {
        assert_eq!(ann.body(document).await.unwrap(), seen_by_ann);
        assert_eq!(ben.body(document).await.unwrap(), seen_by_ben);
    }
    assert_eq!(middle.on_disk("secrets"), None);
    assert_eq!(middle.on_disk("of all").unwrap(), "seen by Ben");
    // What comes later, too: hers comes to her, his to himself alone.
    ben.push("his", "not hers").await;
    let written = ben.push("ann/plans", ", later").await;
    soon(ben.replica.confirmed(&written)).await.unwrap();
    while ann.body("ann/plans").await.unwrap() != "seen by both, later" {
        tokio::task::yield_now().await;
    }
    assert_eq!(ann.body("his").await, None);
}

#[tokio::test]
async fn a_document_that_cannot_be_stored_leaves_the_others() {
    let middle = Site::with(StoreOptions::new().limits(small()), Limits::default());
    let [one, two] = [(); 2].map(|()| Site::new());
    let relay = middle.serve(None).await;
    let workers = [&one, &two].map(|site| site.follow(relay.address()));
    for worker in &workers {
        in_step(worker).await;
    }
    // All of it comes at once: what is too large for the relay, and what is not.
    let before = one.push("before", "x").await;
    let large = one.push("large", &letters(7, 50_000)).await;
    let after = one.push("after", "y").await;
    for written in [&before, &after] {
        soon(one.replica.confirmed(written)).await.unwrap();
    }
    let status = until(&workers[0], |status| !status.refused.is_empty()).await;
    assert!(status.refused.keys().eq(["large"]), "{status:?}");
    assert!(!one.replica.is_confirmed(&large).await.unwrap());
    let unconfirmed = one.replica.unconfirmed().await.unwrap();
    assert_eq!(unconfirmed, [("large".to_owned(), 50_000)]);
    // The relay goes on, and nobody was sent what it could not store.
    let later = one.push("after", "z").await;
    soon(one.replica.confirmed(&later)).await.unwrap();
    while two.body("after").await.as_deref() != Some("yz") {
        tokio::task::yield_now().await;
    }
    assert_eq!(two.body("large").await.unwrap_or_default(), "");
    assert_eq!(middle.body("large").await.unwrap_or_default(), "");
    // Nor does an edit of its own take anything with it.
    let edit = |tx: &mut Transaction<'_>| tx.text("body").push(&letters(9, 50_000));
    let edited = soon(middle.replica.edit("mine", edit)).await;
    assert!(matches!(edited, Err(Error::LeftOut { .. })), "{edited:?}");
    assert_eq!(middle.body("mine").await.unwrap(), "");
    middle.push("mine", "less").await;
    assert_eq!(middle.on_disk("mine").unwrap(), "less");
}

#[tokio::test]
async fn few_documents_are_in_memory_however_many_there_are() {
    let mut limits = Limits::default();
    limits.documents_in_memory = 8;
    let [middle, one, two] = [(); 3].map(|()| Site::limited(limits.clone()));
    let relay = middle.serve(None).await;
    let workers = [&one, &two].map(|site| site.follow(relay.address()));
    for worker in &workers {
        in_step(worker).await;
    }
    let name = |number: usize| format!("notes {number}");
    // Each is written to by both in turn, long after it was put away.
    for round in 0..4 {
        let site = if round % 2 == 0 { &one } else { &two };
        for number in 0..40 {
            site.push(&name(number), &format!("{round} ")).await;
        }
        for (site, worker) in [&one, &two].into_iter().zip(&workers) {
            for number in 0..40 {
                let expected: String = (0..=round).map(|round| format!("{round} ")).collect();
                while site.body(&name(number)).await.as_deref() != Some(&expected) {
                    tokio::task::yield_now().await;
                }
            }
            in_step(worker).await;
        }
    }
    let page = get(relay.address(), "/metrics").await;
    let count = |name: &str| -> usize {
        let line = page.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap().trim().parse().unwrap()
    };
    assert_eq!(count("syncline_documents "), 40);
    assert!(count("syncline_documents_in_memory ") <= 8, "{page}");
}

#[tokio::test]
async fn what_was_confirmed_is_known_when_the_store_is_opened_again() {
    let (_middle, relay, one, worker) = pair(&Limits::default()).await;
    let written = one.push("notes", "x").await;
    soon(one.replica.confirmed(&written)).await.unwrap();
    worker.stop().await;
    relay.shut_down().await;
    let later = one.push("notes", "yz").await;
    let store = soon(one.replica.clone().close()).await.unwrap();
    let again = Replica::open(store, Limits::default()).unwrap();
    assert!(again.is_confirmed(&written).await.unwrap());
    assert!(!again.is_confirmed(&later).await.unwrap());
    let unconfirmed = again.unconfirmed().await.unwrap();
    assert_eq!(unconfirmed, [("notes".to_owned(), 2)]);
}

#[tokio::test]
async fn what_was_there_before_is_confirmed_too() {
    let [middle, one] = [(); 2].map(|()| Site::new());
    one.push("notes", "x").await;
    one.push("others", "y").await;
    let store = soon(one.replica.clone().close()).await.unwrap();
    let again = Replica::open(store, Limits::default()).unwrap();
    assert_eq!(again.unconfirmed().await.unwrap().len(), 2);
    let relay = middle.serve(None).await;
    let worker = Worker::start(again.clone(), &url(relay.address()), Options::new()).unwrap();
    in_step(&worker).await;
    assert_eq!(again.unconfirmed().await.unwrap(), []);
}

#[tokio::test]
async fn who_may_only_read_is_told_so_and_others_go_on() {
    let [middle, ann, ben] = [(); 3].map(|()| Site::new());
    middle.push("rules", "be kind").await;
    let tokens = "0123456789abcdef Ann read:\n0123456789abcdef Ann ann/\nfedcba9876543210 Ben";
    let relay = middle.serve(Some(tokens)).await;
    ann.push("ann/notes", "hers").await;
    let before = ann.push("rules", "written before").await;
    ann.push("plans", "that nobody else has").await;
    let hers = follow(&ann, &relay, "0123456789abcdef");
    let his = follow(&ben, &relay, "fedcba9876543210");
    in_step(&his).await;
    let status = until(&hers, |status| status.refused.len() == 2).await;
    assert!(status.refused.keys().eq(["plans", "rules"]), "{status:?}");
    assert!(status.refused["rules"].contains("read"));
    in_step(&hers).await;
    // What others write still comes to her; what she writes to it goes nowhere.
    let typed = ann.push("rules", "typed").await;
    let own = ann.push("ann/notes", ", too").await;
    soon(ann.replica.confirmed(&own)).await.unwrap();
    ben.push("rules", "!").await;
    while !ann.body("rules").await.unwrap().contains('!') {
        tokio::task::yield_now().await;
    }
    for written in [&before, &typed] {
        assert!(!ann.replica.is_confirmed(written).await.unwrap());
    }
    while middle.on_disk("rules").unwrap() != "be kind!" {
        tokio::task::yield_now().await;
    }
    assert_eq!(middle.on_disk("plans"), None);
    assert_eq!(ben.body("ann/notes").await.unwrap(), "hers, too");
    assert_eq!(hers.status().borrow().failures, 0);
}

/// Lets in whoever says a word that is known, until it is not.
struct Words(Mutex<BTreeSet<&'static str>>);

impl Gate for Words {
    fn admit<'g>(&'g self, token: Option<&'g str>) -> Admitting<'g> {
        Box::pin(async move {
            let words = self.0.lock().unwrap();
            let word = token.filter(|word| words.contains(word))?;
            let rights = Rights::none().with(format!("{word}/"), Right::Write);
            Some(Principal::new(word, rights))
        })
    }

    fn still_admits(&self, principal: &Principal) -> bool {
        self.0.lock().unwrap().contains(&*principal.name)
    }
}

#[tokio::test]
async fn a_gate_of_the_programs_own_is_asked_and_can_take_back() {
    let [middle, ann, ben] = [(); 3].map(|()| Site::new());
    let words = Arc::new(Words(Mutex::new(BTreeSet::from(["ann", "ben"]))));
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let gate: Arc<dyn Gate> = Arc::clone(&words) as _;
    let relay = Relay::start_with(middle.replica.clone(), any, gate);
    let relay = relay.await.unwrap();
    let [hers, his] = [(&ann, "ann"), (&ben, "ben")].map(|(site, word)| follow(site, &relay, word));
    let written = ann.push("ann/notes", "hers").await;
    soon(ann.replica.confirmed(&written)).await.unwrap();
    let nobody = follow(&Site::new(), &relay, "carl");
    until(&nobody, |status| status.phase == Phase::Waiting).await;
    // She is let in no more, soon, and he does not notice.
    words.0.lock().unwrap().remove("ann");
    let status = until(&hers, |status| status.failures > 1).await;
    assert!(status.trouble.unwrap().what.contains("token"));
    let written = ben.push("ben/notes", "his").await;
    soon(ben.replica.confirmed(&written)).await.unwrap();
    assert_eq!(his.status().borrow().failures, 0);
}

/// Lets everybody in, for a time that was over long ago; the third time without an end.
struct Expiring(AtomicUsize);

impl Gate for Expiring {
    fn admit<'g>(&'g self, _: Option<&'g str>) -> Admitting<'g> {
        let before = self.0.fetch_add(1, Ordering::SeqCst);
        let ann = Principal::new("Ann", Rights::all());
        let ann = match before {
            0 | 1 => ann.until(SystemTime::UNIX_EPOCH),
            _ => ann,
        };
        Box::pin(async { Some(ann) })
    }
}

#[tokio::test]
async fn whose_time_is_over_is_asked_for_anew() {
    let [middle, one] = [(); 2].map(|()| Site::new());
    let gate = Arc::new(Expiring(AtomicUsize::new(0)));
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let relay = Relay::start_with(middle.replica.clone(), any, Arc::clone(&gate) as _);
    let relay = relay.await.unwrap();
    let written = one.push("notes", "hers").await;
    let worker = one.follow(relay.address());
    soon(one.replica.confirmed(&written)).await.unwrap();
    assert_eq!(gate.0.load(Ordering::SeqCst), 3);
    in_step(&worker).await;
}

#[tokio::test]
async fn who_sends_too_much_is_slowed_and_nothing_is_lost() {
    let mut limits = Limits::default();
    limits.rates.bytes = Rate::per_second(200_000).burst(10_000);
    let middle = Site::limited(limits);
    let [one, two] = [(); 2].map(|()| Site::new());
    let relay = middle.serve(None).await;
    let worker = one.follow(relay.address());
    in_step(&worker).await;
    let begun = Instant::now();
    write_all(&one).await;
    // Another goes on meanwhile.
    let other = two.follow(relay.address());
    let written = two.push("others", "x").await;
    soon(two.replica.confirmed(&written)).await.unwrap();
    in_step(&worker).await;
    assert_slow_and_whole(begun, &middle).await;
    drop(other);
}

/// About 60,000 bytes, of letters that pack to five bits each, came at a fifth of a million bytes a second, and all of them.
async fn assert_slow_and_whole(begun: Instant, site: &Site) {
    let took = begun.elapsed();
    assert!(took > Duration::from_millis(200), "{took:?}");
    for number in 0..10 {
        let body = site.body(&format!("notes {number}")).await;
        assert_eq!(body, Some(letters(number, 10_000)));
    }
}

async fn write_all(site: &Site) {
    for number in 0..10 {
        let text = letters(number, 10_000);
        site.push(&format!("notes {number}"), &text).await;
    }
}

#[tokio::test]
async fn documents_are_begun_with_as_fast_as_the_rate_says() {
    let mut limits = Limits::default();
    limits.rates.opens = Rate::per_second(50).burst(10);
    // Their first pieces are no changes.
    limits.rates.changes = Rate::per_second(1).burst(5);
    let [middle, one] = [Site::limited(limits), Site::new()];
    let relay = middle.serve(None).await;
    for number in 0..60 {
        one.push(&format!("of {number}"), "x").await;
    }
    let begun = Instant::now();
    in_step(&one.follow(relay.address())).await;
    let took = begun.elapsed();
    let expected = Duration::from_millis(900)..Duration::from_secs(30);
    assert!(expected.contains(&took), "{took:?}");
    assert_eq!(middle.body("of 59").await.unwrap(), "x");
}

#[tokio::test]
async fn a_worker_keeps_to_its_bandwidth() {
    let [middle, one] = [(); 2].map(|()| Site::new());
    let relay = middle.serve(None).await;
    write_all(&one).await;
    let begun = Instant::now();
    let options = Options::new().pace(brisk());
    let options = options.bandwidth(Rate::per_second(200_000).burst(10_000));
    let worker = Worker::start(one.replica.clone(), &url(relay.address()), options).unwrap();
    in_step(&worker).await;
    assert_slow_and_whole(begun, &middle).await;
}

#[tokio::test]
async fn who_takes_little_at_a_time_is_not_taken_for_gone() {
    let mut limits = Limits::default();
    limits.silence = Duration::from_millis(200);
    let [middle, one] = [Site::new(), Site::limited(limits)];
    let relay = middle.serve(None).await;
    let set = |tx: &mut Transaction<'_>| tx.map("parts").set("large", noise(1, 100_000));
    middle.replica.edit("notes", set).await.unwrap();
    // All of it comes at once, and is a second's worth.
    let options = Options::new().pace(brisk());
    let options = options.bandwidth(Rate::per_second(100_000).burst(1));
    let worker = Worker::start(one.replica.clone(), &url(relay.address()), options).unwrap();
    let is_through = |status: &Status| status.failures > 0 || status.is_confirmed;
    assert_eq!(until(&worker, is_through).await.failures, 0);
}

/// What the others show at a site, in order.
async fn seen(site: &Site, document: &str) -> Vec<String> {
    let shown = soon(site.replica.shown(document)).await.unwrap();
    let shown = shown.into_iter();
    let mut shown: Vec<String> = shown
        .map(|(_, state)| String::from_utf8(state).unwrap())
        .collect();
    shown.sort();
    shown
}

/// Waits until that is so.
async fn until_seen(site: &Site, document: &str, expected: &[&str]) {
    let mut changed = site.replica.changed();
    while seen(site, document).await != expected {
        soon(changed.changed()).await.unwrap();
    }
}

#[tokio::test]
async fn what_people_show_travels_at_once_and_goes_with_them() {
    let [middle, ann, ben, carl] = [(); 4].map(|()| Site::new());
    let tokens = "0123456789abcdef Ann\nfedcba9876543210 Ben\n0011223344556677 Carl read: notes";
    let relay = middle.serve(Some(tokens)).await;
    ann.replica.show("notes", b"Ann at 1").await.unwrap();
    let hers = follow(&ann, &relay, "0123456789abcdef");
    let _his = follow(&ben, &relay, "fedcba9876543210");
    until_seen(&ben, "notes", &["Ann at 1"]).await;
    ben.replica.show("notes", b"Ben at 7").await.unwrap();
    ben.replica.show("plans", b"Ben at 8").await.unwrap();
    until_seen(&ann, "plans", &["Ben at 8"]).await;
    // Who comes later is told, of what they may see.
    let _carls = follow(&carl, &relay, "0011223344556677");
    until_seen(&carl, "notes", &["Ann at 1", "Ben at 7"]).await;
    assert_eq!(seen(&carl, "plans").await, Vec::<String>::new());
    carl.replica.show("notes", b"Carl").await.unwrap();
    carl.replica.show("plans", b"Carl").await.unwrap();
    ann.replica.show("notes", b"Ann at 2").await.unwrap();
    until_seen(&ben, "notes", &["Ann at 2", "Carl"]).await;
    until_seen(&carl, "notes", &["Ann at 2", "Ben at 7"]).await;
    assert_eq!(seen(&ben, "plans").await, Vec::<String>::new());
    // Who leaves is shown no more, and nor are others there; who comes back is shown again.
    hers.pause();
    until_seen(&ben, "notes", &["Carl"]).await;
    until_seen(&ann, "notes", &[]).await;
    hers.resume();
    until_seen(&ben, "notes", &["Ann at 2", "Carl"]).await;
    until_seen(&ann, "notes", &["Ben at 7", "Carl"]).await;
    ann.replica.show("notes", b"").await.unwrap();
    until_seen(&ben, "notes", &["Carl"]).await;
    assert_eq!(middle.on_disk("notes"), None);
}

#[tokio::test]
async fn the_status_counts_conflicts() {
    assert_counts_conflicts(Limits::default()).await;
    // Also where nobody waits for blobs to be looked for.
    let mut limits = Limits::default();
    limits.features = Features::none();
    assert_counts_conflicts(limits).await;
}

async fn assert_counts_conflicts(limits: Limits) {
    let [middle, one, two] = [(); 3].map(|()| Site::limited(limits.clone()));
    let title = |text: &'static str| {
        move |tx: &mut Transaction<'_>| {
            tx.set_policy("meta/title", Policy::Review)?;
            tx.map("meta").set("title", text)?;
            tx.map("meta").set("size", text)
        }
    };
    for (site, text) in [(&one, "Plan A"), (&two, "Plan B")] {
        soon(site.replica.edit("notes", title(text))).await.unwrap();
        soon(site.replica.edit("others", title(text)))
            .await
            .unwrap();
    }
    let relay = middle.serve(None).await;
    let workers = [&one, &two].map(|site| site.follow(relay.address()));
    for worker in &workers {
        let counted = |status: &Status| (status.conflicts.all, status.conflicts.to_review);
        until(worker, |status| counted(status) == (4, 2)).await;
    }
    // Who settles one takes it off everywhere.
    let settled = one
        .replica
        .edit("notes", |tx| tx.map("meta").set("title", "Plan C"));
    soon(settled).await.unwrap();
    for worker in &workers {
        let status = until(worker, |status| status.conflicts.all == 3);
        assert_eq!(status.await.conflicts.to_review, 1);
    }
    let found = soon(one.replica.deliveries()).await.unwrap();
    let of_each = found.conflicts.iter();
    let of_each = of_each.map(|(name, conflicts)| (name.as_str(), conflicts.all));
    assert!(of_each.eq([("notes", 1), ("others", 2)]));
}

#[tokio::test]
async fn an_edit_that_panics_changes_nothing() {
    let one = Site::new();
    one.push("notes", "abc").await;
    let edited = one.replica.edit("notes", |tx| {
        tx.text("body").push("d")?;
        panic!("as planned")
    });
    assert!(soon(edited).await.is_err());
    one.push("notes", "d").await;
    assert_eq!(one.body("notes").await.unwrap(), "abcd");
}

#[tokio::test]
async fn a_worker_ends_with_its_replica() {
    let (_middle, relay, one, worker) = pair(&Limits::default()).await;
    in_step(&worker).await;
    drop(soon(one.replica.clone().close()).await.unwrap());
    let status = until(&worker, |status| status.phase == Phase::Stopped).await;
    assert_eq!(status.trouble, None);
    // The relay does not mind.
    let two = Site::new();
    two.push("notes", "x").await;
    in_step(&two.follow(relay.address())).await;
}

#[tokio::test]
async fn an_address_that_is_none_is_refused() {
    let one = Site::new();
    for url in [
        "",
        "notes",
        "http://localhost/",
        #[cfg(not(feature = "tls"))]
        "wss://localhost/",
        "wss://",
        "ws://",
        "ws://a b/",
    ] {
        let started = Worker::start(one.replica.clone(), url, Options::new());
        assert!(matches!(started, Err(Error::Address { .. })), "{url:?}");
    }
    let options = Options::new().token("two\nlines");
    let started = Worker::start(one.replica.clone(), "ws://localhost/", options);
    assert!(matches!(started, Err(Error::Address { .. })));
}

#[tokio::test]
async fn an_edit_that_cannot_be_made_changes_nothing() {
    let one = Site::new();
    one.push("notes", "abc").await;
    let edited = one.replica.edit("notes", |tx| {
        tx.text("body").push("d")?;
        tx.text("body").insert(99, "x")
    });
    assert!(matches!(soon(edited).await, Err(Error::Store(_))));
    assert_eq!(one.body("notes").await.unwrap(), "abc");
    let store = soon(one.replica.clone().close()).await.unwrap();
    assert_eq!(store.document("notes").unwrap().seq(), 1);
    let closed = one.replica.edit("notes", |_| Ok(()));
    assert!(matches!(soon(closed).await, Err(Error::Closed)));
}
