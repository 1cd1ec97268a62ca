//! How long a relay takes to pass on what people write, and how soon all are in step again when it comes back:
//! `cargo run --release -p syncline-net --example load -- --clients 1000 --documents 100 --seconds 20`.
//!
//! The relay is a process of its own, which syncs its disk; the clients are in this one, each with a connection of its own, on one
//! thread. Each client holds one document, and sets one key of a map once a second, at a time of its own.
//!
//! 1. *Delivery*: how long after a write each of the others on that document has it.
//! 2. *Catching up*: the relay is killed. Each client writes ten times more, alone. The relay comes back, and all connect at once.
//!    Told is after how long each was in step and had heard that all of its own is on the relay's disk; and when it had all that the
//!    others wrote. Then every client and the relay's file are compared: nothing may be missing.
//!
//! With `--upload 5000` another store with so many documents, which the relay has none of, goes up while the first phase lasts: how
//! long that takes, and what it does to the others, is told.

mod client;
mod plan;
mod relay;
mod upload;

use std::env;
use std::net::SocketAddr;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use syncline::Doc;
use syncline_store::{Options as StoreOptions, Store};
use tokio::runtime::Builder;
use tokio::sync::mpsc;

use client::{Client, Waited};
use plan::Plan;
use relay::Process;

type Failed = Box<dyn std::error::Error + Send + Sync>;

/// What each client writes while there is no relay.
const ALONE: usize = 10;

fn main() -> Result<(), Failed> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let runtime = Builder::new_current_thread().enable_all().build()?;
    if let [command, path, address] = &*arguments
        && command == relay::COMMAND
    {
        return runtime.block_on(relay::serve(Path::new(path), address.parse()?));
    }
    let plan = Plan::read(&arguments)?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("relay.store");
    let relay = Process::start(&path, SocketAddr::from(([127, 0, 0, 1], 0)))?;
    let Plan {
        clients,
        documents,
        seconds,
        ..
    } = plan;
    println!("{clients} clients on {documents} documents, each a write a second, for {seconds} s");
    let uploaded = plan.upload.map(|count| {
        let address = relay.address;
        thread::spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(upload::upload(address, count))
        })
    });
    let (clients, delays) = runtime.block_on(write(relay.address, &plan))?;
    if let Some(uploaded) = uploaded {
        let uploaded = uploaded.join().map_err(|_| "the upload panicked")?;
        let (took, failures) = uploaded?;
        println!("  the upload took {took:.1?}, and the connection was lost {failures} times");
    }
    println!("  {} deliveries: {}", delays.len(), spread(delays));
    println!("  {}", relay.memory());
    println!("  {}", relay.time());
    let address = relay.end()?;

    println!(
        "the relay is killed; each writes {ALONE} times more, and all connect at once when it is back"
    );
    let relay = Process::start(&path, address)?;
    let (clients, waited) = runtime.block_on(catch_up(clients, address, &plan))?;
    let stored = waited.iter().map(|waited| waited.stored).collect();
    println!("  in step, all of its own stored: {}", spread(stored));
    let whole = waited.iter().map(|waited| waited.whole).collect();
    println!("  all of the others' there: {}", spread(whole));
    println!("  {}", relay.memory());
    relay.end()?;
    compare(&clients, &path)
}

/// The first phase: gives the clients, and how long everything was on its way.
async fn write(address: SocketAddr, plan: &Plan) -> Result<(Vec<Client>, Vec<Duration>), Failed> {
    let (tell, mut told) = mpsc::unbounded_channel();
    let epoch = Instant::now();
    let mut clients = Vec::new();
    for number in 0..plan.clients {
        let mut client = Client::new(number, plan.document(number), epoch);
        client.connect(address).await?;
        clients.push(client);
    }
    // All have come before the first writes.
    let start = Instant::now() + Duration::from_millis(1000 + plan.clients as u64);
    let mut tasks = Vec::new();
    for (number, mut client) in clients.into_iter().enumerate() {
        let part = number as u64 * 1_000_000 / plan.clients as u64;
        let first = start + Duration::from_micros(part);
        let (tell, seconds) = (tell.clone(), plan.seconds);
        tasks.push(tokio::spawn(async move {
            client.write(first, seconds, &tell).await?;
            Ok::<Client, Failed>(client)
        }));
    }
    drop(tell);
    let mut delays = Vec::new();
    while let Some(delay) = told.recv().await {
        delays.push(delay);
    }
    let mut clients = Vec::new();
    for task in tasks {
        clients.push(task.await??);
    }
    Ok((clients, delays))
}

/// The second: gives the clients, and how long each waited.
async fn catch_up(
    clients: Vec<Client>,
    address: SocketAddr,
    plan: &Plan,
) -> Result<(Vec<Client>, Vec<Waited>), Failed> {
    let mut tasks = Vec::new();
    for (number, mut client) in clients.into_iter().enumerate() {
        client.write_alone(ALONE)?;
        let all = plan.sharing(number) * (plan.seconds + ALONE);
        tasks.push((client, all));
    }
    let begin = Instant::now();
    let tasks = tasks.into_iter().map(|(mut client, all)| {
        tokio::spawn(async move {
            let waited = client.catch_up(address, begin, all).await?;
            Ok::<_, Failed>((client, waited))
        })
    });
    let (mut clients, mut waited) = (Vec::new(), Vec::new());
    for task in tasks.collect::<Vec<_>>() {
        let (client, one) = task.await??;
        clients.push(client);
        waited.push(one);
    }
    Ok((clients, waited))
}

/// Holds every client against the relay's file.
fn compare(clients: &[Client], path: &Path) -> Result<(), Failed> {
    let store = Store::open(path, &StoreOptions::new())?;
    for client in clients {
        let kept = store.document(client.document())?;
        if Some(kept.doc().to_json()) != client.doc().map(Doc::to_json) {
            return Err(format!("{} is not what was written to it", client.document()).into());
        }
    }
    println!("  every client holds what the relay's disk does, and nothing is missing");
    Ok(())
}

fn spread(mut delays: Vec<Duration>) -> String {
    delays.sort_unstable();
    let at = |part: usize| {
        let at = (delays.len() * part / 1000).min(delays.len().saturating_sub(1));
        delays.get(at).copied().unwrap_or_default()
    };
    let [half, most, nearly_all, longest] = [500, 990, 999, 1000].map(at);
    format!("p50 {half:.1?}, p99 {most:.1?}, p99.9 {nearly_all:.1?}, longest {longest:.1?}")
}
