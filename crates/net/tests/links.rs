//! Links that break, and relays that come and go.
//!
//! - A link that is cut in the middle of a transfer, again and again: each time it goes on, until all is there.
//! - A blob that is cut goes on at the chunk, both ways: on the whole little more is sent than it has.
//! - A link that is slow, cuts connections, loses bytes, or falls silent: what was confirmed is there, and in the end all is everywhere.
//! - A relay that ends and comes back under many clients: nothing is lost, and all of them come to hold the same.
//!
//! 12 clients; with `SYNCLINE_LONG=1` 50.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod support;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use support::{Site, in_step, letters, noise, soon, until, until_reads};
use syncline_net::{Limits, Phase, Relay};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// Passes on what comes between a client and a relay, and cuts each connection after so many bytes; each time a few more. Counts the
/// bytes that it was to pass on.
async fn cutting(relay: SocketAddr, first: usize, more: usize) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let passed: Arc<AtomicUsize> = Arc::default();
    let count = Arc::clone(&passed);
    tokio::spawn(async move {
        let mut left = first;
        while let Ok((client, _)) = listener.accept().await {
            count.fetch_add(left, Ordering::SeqCst);
            if let Ok(server) = TcpStream::connect(relay).await {
                pass_on(client, server, left).await;
            }
            left += more;
        }
    });
    (address, passed)
}

async fn pass_on(mut client: TcpStream, mut server: TcpStream, mut left: usize) {
    let (mut out, mut back) = (vec![0; 4096], vec![0; 4096]);
    while left > 0 {
        let passed = tokio::select! {
            read = client.read(&mut out) => match read {
                Ok(count) if count > 0 => {
                    let count = count.min(left);
                    server.write_all(&out[..count]).await.map(|()| count)
                }
                _ => return,
            },
            read = server.read(&mut back) => match read {
                Ok(count) if count > 0 => {
                    let count = count.min(left);
                    client.write_all(&back[..count]).await.map(|()| count)
                }
                _ => return,
            },
        };
        match passed {
            Ok(count) => left -= count,
            Err(_) => return,
        }
    }
}

#[tokio::test]
async fn a_transfer_that_is_cut_goes_on() {
    let [middle, one, two] = [(); 3].map(|()| Site::new());
    for document in 0..20 {
        one.push(&format!("from one {document}"), &letters(document, 30_000))
            .await;
        two.push(
            &format!("from two {document}"),
            &letters(document + 99, 30_000),
        )
        .await;
    }
    let relay = middle.serve(None).await;
    let (cut, _) = cutting(relay.address(), 1_000, 20_000).await;
    let workers = [one.follow(cut), two.follow(relay.address())];
    for worker in &workers {
        in_step(worker).await;
    }
    // Each document came whole, however often the link was cut.
    for document in 0..20 {
        until_reads(
            &two,
            &format!("from one {document}"),
            &letters(document, 30_000),
        )
        .await;
        let body = letters(document + 99, 30_000);
        until_reads(&one, &format!("from two {document}"), &body).await;
    }
}

#[tokio::test]
async fn a_blob_that_is_cut_goes_on_at_the_chunk() {
    let [middle, one, two] = [(); 3].map(|()| Site::new());
    let bytes = noise(5, 4_000_000);
    let blob = one.put("album", &bytes).await;
    let relay = middle.serve(None).await;
    // To the relay, and from it: each connection carries a few chunks.
    for site in [&one, &two] {
        let (cut, passed) = cutting(relay.address(), 700_000, 1).await;
        let status = in_step(&site.follow(cut)).await;
        let passed = passed.load(Ordering::SeqCst);
        assert!(
            (5_000_000..9_000_000).contains(&(passed + 700_000)),
            "{passed} {status:?}"
        );
        assert!(status.blobs.sent_bytes + status.blobs.received_bytes < 700_000);
    }
    for site in [&middle, &two] {
        assert_eq!(site.has(blob).await.as_deref(), Some(&*bytes));
    }
}

/// What becomes of a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    /// All is passed on.
    Whole,
    /// It is over after so many bytes.
    Cut(usize),
    /// After so many bytes as many as a small frame has are lost, and the rest goes on.
    Loses(usize),
    /// After so many bytes nothing is passed on any more, and nobody is told.
    Silent(usize),
}

/// Passes on what comes between clients and a relay, a few bytes at a time, and later than others could go; connections end by these
/// fates, one after the other, until the last, which stays.
async fn bad(relay: SocketAddr, fates: Vec<Fate>) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let met: Arc<AtomicUsize> = Arc::default();
    let count = Arc::clone(&met);
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let number = count.fetch_add(1, Ordering::SeqCst);
            let fate = fates.get(number).copied().unwrap_or(Fate::Whole);
            tokio::spawn(async move {
                let Ok(server) = TcpStream::connect(relay).await else {
                    return;
                };
                let (from_client, to_client) = client.into_split();
                let (from_server, to_server) = server.into_split();
                // It is over when either way is.
                tokio::select! {
                    () = limp(from_client, to_server, fate) => {}
                    () = limp(from_server, to_client, fate) => {}
                }
            });
        }
    });
    (address, met)
}

/// One way of a connection.
async fn limp(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, fate: Fate) {
    /// Bytes of a small frame.
    const LOST: usize = 9;
    let mut passed = 0;
    let mut lost = 0;
    let mut buffer = [0; 700];
    loop {
        // A few bytes at a time; whoever has something to do meanwhile does it first.
        let most = 1 + passed * 7919 % buffer.len();
        for _ in 0..passed % 5 {
            tokio::task::yield_now().await;
        }
        let Ok(count @ 1..) = from.read(&mut buffer[..most]).await else {
            return;
        };
        passed += count;
        let kept = match fate {
            Fate::Cut(after) if passed > after => return,
            Fate::Silent(after) if passed > after => 0,
            Fate::Loses(after) if passed > after && lost < LOST => {
                let left_out = count.min(LOST - lost);
                lost += left_out;
                count - left_out
            }
            _ => count,
        };
        if to.write_all(&buffer[count - kept..count]).await.is_err() {
            return;
        }
    }
}

#[tokio::test]
async fn a_slow_link_that_cuts_loses_and_falls_silent_loses_nothing() {
    let mut limits = Limits::default();
    // Who says nothing for that long is asked, and then taken for gone.
    limits.silence = Duration::from_millis(100);
    limits.greeting = Duration::from_millis(500);
    let middle = Site::limited(limits.clone());
    let sites = [(); 3].map(|()| Site::limited(limits.clone()));
    let relay = middle.serve(None).await;
    let mut fates = Vec::new();
    for number in 0..12 {
        // In the request, in the greeting, in what differs, in documents, in a blob.
        let after = [0, 150, 260, 400, 3_000, 40_000, 120_000][number * 3 % 7] + number * 37;
        fates.push([Fate::Cut(after), Fate::Loses(after), Fate::Silent(after)][number % 3]);
    }
    let (link, met) = bad(relay.address(), fates.clone()).await;
    let blob = sites[0].put("album", &noise(11, 300_000)).await;
    for (number, site) in sites.iter().enumerate() {
        site.push(&format!("of {number}"), &letters(number as u64, 20_000))
            .await;
    }
    let workers: Vec<_> = sites.iter().map(|site| site.follow(link)).collect();
    for round in 0..8 {
        for (number, site) in sites.iter().enumerate() {
            let word = format!("{number}.{round} ");
            let written = site.push("shared", &word).await;
            workers[number].try_now();
            soon(site.replica.confirmed(&written)).await.unwrap();
            // What was confirmed is on the relay's disk.
            assert!(middle.on_disk("shared").unwrap().contains(&word));
        }
    }
    for worker in &workers {
        in_step(worker).await;
    }
    assert!(met.load(Ordering::SeqCst) > fates.len(), "{met:?}");
    let expected = middle.body("shared").await.unwrap();
    assert_eq!(expected.split_whitespace().count(), 3 * 8, "{expected}");
    for site in &sites {
        until_reads(site, "shared", &expected).await;
        for number in 0..3 {
            until_reads(site, &format!("of {number}"), &letters(number, 20_000)).await;
        }
        while site.has(blob).await.is_none() {
            tokio::task::yield_now().await;
        }
    }
    relay.shut_down().await;
}

#[tokio::test]
async fn a_relay_that_comes_and_goes_loses_nothing() {
    let clients = match std::env::var_os("SYNCLINE_LONG") {
        Some(_) => 50,
        None => 12,
    };
    let middle = Site::new();
    let sites: Vec<Site> = (0..clients).map(|_| Site::new()).collect();
    let mut relay = middle.serve(None).await;
    let address = relay.address();
    let workers: Vec<_> = sites.iter().map(|site| site.follow(address)).collect();
    for round in 0..3 {
        let mut written = Vec::new();
        for site in &sites {
            // All of them write to one document, and each to one of its own.
            written.push(site.push("shared", "x").await);
        }
        for (number, site) in sites.iter().enumerate() {
            site.push(&format!("of {number}"), &format!("{round} "))
                .await;
        }
        relay.shut_down().await;
        for worker in &workers {
            until(worker, |status| status.phase == Phase::Waiting).await;
        }
        relay = Relay::start(middle.replica.clone(), address, None)
            .await
            .unwrap();
        for (worker, (site, written)) in workers.iter().zip(sites.iter().zip(&written)) {
            worker.try_now();
            soon(site.replica.confirmed(written)).await.unwrap();
        }
    }
    for worker in &workers {
        in_step(worker).await;
    }
    let expected = "x".repeat(3 * clients);
    for site in &sites {
        until_reads(site, "shared", &expected).await;
    }
    assert_eq!(middle.on_disk("shared").unwrap(), expected);
    for number in 0..clients {
        assert_eq!(middle.on_disk(&format!("of {number}")).unwrap(), "0 1 2 ");
    }
    relay.shut_down().await;
}
