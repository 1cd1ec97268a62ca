//! Relays by TLS.
//!
//! - Who believes the authority that vouches for a relay is in step with it, and what travels cannot be read.
//! - Who does not believe it is told so, and tells the relay nothing; nor does anybody go on without TLS where it was asked for.
//! - What is no certificate, or not the key to it, is refused by name.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use syncline_net::{Error, Identity, Limits, Options, Phase, Relay, Replica, Roots, Worker, look};
use syncline_store::{Options as StoreOptions, Store};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{Site, brisk, in_step, raw, soon, until};

const AUTHORITY: &[u8] = include_bytes!("certificates/ca.pem");
const CERTIFICATE: &[u8] = include_bytes!("certificates/relay.pem");
const KEY: &[u8] = include_bytes!("certificates/relay.key");

async fn serve(site: &Site) -> Relay {
    let identity = Identity::from_pem(CERTIFICATE, KEY).unwrap();
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let relay = Relay::start_tls(site.replica.clone(), any, None, identity);
    relay.await.unwrap()
}

fn options() -> Options {
    let roots = Roots::from_pem(AUTHORITY).unwrap();
    Options::new().pace(brisk()).roots(roots)
}

fn follow(replica: &Replica, url: &str, options: Options) -> Worker {
    Worker::start(replica.clone(), url, options).unwrap()
}

/// Passes on what comes to a relay, and keeps a copy.
async fn listening(relay: SocketAddr) -> (SocketAddr, Arc<Mutex<Vec<u8>>>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let heard: Arc<Mutex<Vec<u8>>> = Arc::default();
    let copy = Arc::clone(&heard);
    tokio::spawn(async move {
        let (client, _) = listener.accept().await.unwrap();
        let server = TcpStream::connect(relay).await.unwrap();
        let ((mut said, mut back), (mut answer, mut on)) =
            (client.into_split(), server.into_split());
        tokio::spawn(async move { tokio::io::copy(&mut answer, &mut back).await });
        let mut buffer = vec![0; 4096];
        while let Ok(count @ 1..) = said.read(&mut buffer).await {
            copy.lock().unwrap().extend(&buffer[..count]);
            on.write_all(&buffer[..count]).await.unwrap();
        }
    });
    (address, heard)
}

#[tokio::test]
async fn who_believes_a_relay_is_in_step_and_nobody_between_reads_it() {
    let [middle, one, two] = [(); 3].map(|()| Site::new());
    one.push("notes", "a secret of ours").await;
    one.put("album", &[b'x'; 100_000]).await;
    let relay = serve(&middle).await;
    let (between, heard) = listening(relay.address()).await;
    let worker = follow(&one.replica, &format!("wss://{between}/"), options());
    in_step(&worker).await;
    assert_eq!(middle.on_disk("notes").unwrap(), "a secret of ours");
    // By name, too.
    let by_name = format!("wss://localhost:{}/", relay.address().port());
    let other = follow(&two.replica, &by_name, options());
    in_step(&other).await;
    assert_eq!(two.body("notes").await.unwrap(), "a secret of ours");
    let written = two.push("notes", "!").await;
    soon(two.replica.confirmed(&written)).await.unwrap();
    let heard = heard.lock().unwrap().clone();
    for word in [&b"notes"[..], b"secret", b"GET / ", &[b'x'; 16]] {
        let is_heard = heard.windows(word.len()).any(|some| some == word);
        assert!(!is_heard, "{:?}", String::from_utf8_lossy(word));
    }
    let read_only = StoreOptions::new().read_only();
    let store = Store::open(&one.path, &read_only).unwrap();
    let (options, limits) = (options(), Limits::default());
    let looked = look(store, &by_name, &options, &limits);
    assert!(soon(looked).await.unwrap().left_out.is_empty());
}

#[tokio::test]
async fn who_does_not_believe_a_relay_tells_it_nothing() {
    let [middle, one] = [(); 2].map(|()| Site::new());
    one.push("notes", "hers").await;
    let relay = serve(&middle).await;
    let address = relay.address();
    // An authority that vouches for others, and the right one for another name.
    let others = Options::new().roots(Roots::from_pem(CERTIFICATE).unwrap());
    let elsewhere = format!("wss://127.0.0.2:{}/", address.port());
    for (url, options) in [
        (format!("wss://{address}/"), others),
        (elsewhere, options()),
    ] {
        let store = Store::open(&one.path, &StoreOptions::new().read_only()).unwrap();
        let (relay, between) = between_names(address, &url).await;
        let looked = soon(look(store, &between, &options, &Limits::default())).await;
        assert!(
            matches!(looked, Err(Error::Certificate { .. })),
            "{looked:?}"
        );
        let worker = follow(&one.replica, &between, options.pace(brisk()));
        let status = until(&worker, |status| status.phase == Phase::Waiting).await;
        let trouble = status.trouble.unwrap();
        assert!(trouble.what.contains("certificate"), "{trouble:?}");
        drop(relay);
    }
    // Without TLS nothing is understood, either way.
    let answer = raw(address, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(!answer.contains("well"), "{answer}");
    let worker = one.follow(address);
    until(&worker, |status| status.phase == Phase::Waiting).await;
    let plain = middle.serve(None).await;
    let url = format!("wss://{}/", plain.address());
    let worker = follow(&one.replica, &url, options());
    until(&worker, |status| status.phase == Phase::Waiting).await;
    assert_eq!(middle.on_disk("notes"), None);
}

/// Listens at the host of an address, where that is not the relay's own, and passes on what comes to it.
async fn between_names(
    relay: SocketAddr,
    url: &str,
) -> (Option<tokio::task::JoinHandle<()>>, String) {
    if !url.contains("127.0.0.2") {
        return (None, url.to_owned());
    }
    let listener = TcpListener::bind(("127.0.0.2", 0)).await.unwrap();
    let url = format!("wss://{}/", listener.local_addr().unwrap());
    let task = tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let mut server = TcpStream::connect(relay).await.unwrap();
            tokio::spawn(
                async move { tokio::io::copy_bidirectional(&mut client, &mut server).await },
            );
        }
    });
    (Some(task), url)
}

#[test]
fn what_is_no_certificate_is_refused_by_name() {
    let other = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (certificate, key) in [
        (&b""[..], KEY),
        (b"words", KEY),
        (CERTIFICATE, &b""[..]),
        (CERTIFICATE, CERTIFICATE),
        (KEY, CERTIFICATE),
        // The key to another.
        (AUTHORITY, KEY),
        (other.as_bytes(), KEY),
    ] {
        let read = Identity::from_pem(certificate, key);
        assert!(matches!(read.err(), Some(Error::Certificate { .. })));
    }
    for roots in [&b""[..], KEY, other.as_bytes()] {
        let read = Roots::from_pem(roots);
        assert!(matches!(read.err(), Some(Error::Certificate { .. })));
    }
}

#[tokio::test]
async fn who_connects_and_says_nothing_holds_up_nobody() {
    let mut limits = Limits::default();
    limits.greeting = std::time::Duration::from_millis(50);
    let middle = Site::limited(limits);
    let relay = serve(&middle).await;
    let mut silent = TcpStream::connect(relay.address()).await.unwrap();
    let one = Site::new();
    one.push("notes", "x").await;
    in_step(&follow(
        &one.replica,
        &format!("wss://{}/", relay.address()),
        options(),
    ))
    .await;
    // It is let go of.
    let read = soon(silent.read(&mut [0; 8])).await;
    assert!(matches!(read, Ok(0) | Err(_)), "{read:?}");
}
