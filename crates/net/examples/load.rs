//! How long a relay takes to pass on what people write: `cargo run --release -p syncline-net --example load`.
//!
//! The relay runs in a process of its own. Clients, 1,000 of them on 100 documents unless said (`load CLIENTS DOCUMENTS SECONDS`),
//! write once a second each, at times of their own; told is how long after a write it was with each of the others on that document,
//! and how much memory the relay took. Every write is on the relay's disk before it is passed on.

use std::env;
use std::error::Error;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use syncline::sync::{Event, Only, Options, Session, Workspace};
use syncline_net::{Limits, Relay, Replica};
use syncline_store::{Options as StoreOptions, Store};
use tokio::net::TcpStream;
use tokio::runtime::Builder;
use tokio::sync::mpsc;
use tokio::time::{Instant as TokioInstant, sleep_until};
use tokio_tungstenite::tungstenite::{Bytes, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

type Failed = Box<dyn Error + Send + Sync>;
type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

fn main() -> Result<(), Failed> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let runtime = Builder::new_current_thread().enable_all().build()?;
    if let [command, path] = &*arguments
        && command == "relay"
    {
        return runtime.block_on(relay(Path::new(path)));
    }
    let number = |at: usize, unless: usize| {
        let written = arguments.get(at).map(|number| number.parse());
        written.unwrap_or(Ok(unless))
    };
    let (clients, documents, seconds) = (number(0, 1000)?, number(1, 100)?, number(2, 20)?);
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("relay.store");
    let mut command = Command::new(env::current_exe()?);
    let mut child = command
        .arg("relay")
        .arg(&path)
        .stdout(Stdio::piped())
        .spawn()?;
    let mut line = String::new();
    let stdout = child.stdout.take().ok_or("no output")?;
    BufReader::new(stdout).read_line(&mut line)?;
    let address: SocketAddr = line.trim().parse()?;
    let measured = runtime.block_on(measure(address, clients, documents, seconds));
    let memory = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    child.kill()?;
    child.wait()?;
    let mut delays = measured?;
    delays.sort_unstable();
    let at = |part: usize| {
        delays
            .get(delays.len() * part / 1000)
            .copied()
            .unwrap_or_default()
    };
    println!("{clients} clients on {documents} documents, each a write a second, for {seconds} s");
    println!(
        "{} deliveries: p50 {:?}, p99 {:?}, longest {:?}",
        delays.len(),
        at(500),
        at(990),
        at(999)
    );
    let peak = memory.lines().find(|line| line.starts_with("VmHWM"));
    println!(
        "the relay's memory at its peak: {}",
        peak.unwrap_or("not told by this system")
    );
    Ok(())
}

async fn relay(path: &Path) -> Result<(), Failed> {
    let store = Store::create(path, &StoreOptions::new())?;
    let replica = Replica::open(store, Limits::default())?;
    let relay = Relay::start(replica, SocketAddr::from(([127, 0, 0, 1], 0)), None).await?;
    println!("{}", relay.address());
    std::future::pending().await
}

async fn measure(
    address: SocketAddr,
    clients: usize,
    documents: usize,
    seconds: usize,
) -> Result<Vec<Duration>, Failed> {
    let (tell, mut told) = mpsc::unbounded_channel();
    let epoch = Instant::now();
    // All have come before the first writes.
    let start = TokioInstant::now() + Duration::from_millis(3000 + clients as u64 * 3);
    let mut tasks = Vec::new();
    for number in 0..clients {
        let document = format!("notes/{}", number % documents);
        let client = Client::connect(address, document, number, epoch).await?;
        let first = start + Duration::from_micros(number as u64 * 1_000_000 / clients as u64);
        let tell = tell.clone();
        tasks.push(tokio::spawn(client.run(first, seconds, tell)));
    }
    drop(tell);
    let mut delays = Vec::new();
    while let Some(delay) = told.recv().await {
        delays.push(delay);
    }
    for task in tasks {
        task.await??;
    }
    Ok(delays)
}

struct Client {
    socket: Socket,
    session: Session,
    notes: Workspace,
    document: String,
    name: String,
    epoch: Instant,
}

impl Client {
    async fn connect(
        address: SocketAddr,
        document: String,
        number: usize,
        epoch: Instant,
    ) -> Result<Client, Failed> {
        let (mut socket, _) = connect_async(format!("ws://{address}/")).await?;
        socket
            .send(Message::Binary(Bytes::from_static(&[0, 1, 0, 0, 0, 0])))
            .await?;
        let mut notes = Workspace::new();
        let mut options = Options::default();
        options.only = Only::Names(vec![document.clone()]);
        Ok(Client {
            session: Session::ask(&mut notes, number as u64 + 1, options)?,
            socket,
            notes,
            document,
            name: number.to_string(),
            epoch,
        })
    }

    /// Writes once a second, so many times, and tells how long what others write was on its way.
    async fn run(
        mut self,
        first: TokioInstant,
        seconds: usize,
        tell: mpsc::UnboundedSender<Duration>,
    ) -> Result<(), Failed> {
        let mut writes = 0;
        self.send().await?;
        loop {
            let next = first + Duration::from_secs(writes as u64);
            tokio::select! {
                message = self.socket.next() => match message {
                    Some(Ok(Message::Binary(bytes))) => {
                        self.take(&bytes, &tell)?;
                        self.send().await?;
                    }
                    Some(Ok(_)) => {}
                    _ => return Err("the relay is gone".into()),
                },
                () = sleep_until(next) => {
                    if writes == seconds {
                        return Ok(());
                    }
                    writes += 1;
                    let now = i64::try_from(self.epoch.elapsed().as_micros())?;
                    let name = self.name.clone();
                    let doc = self.notes.open(&self.document);
                    doc.transact(|tx| tx.map("times").set(&name, now))?;
                    self.send().await?;
                }
            }
        }
    }

    fn take(&mut self, bytes: &[u8], tell: &mpsc::UnboundedSender<Duration>) -> Result<(), Failed> {
        let Some((1, message)) = bytes.split_first().map(|(kind, rest)| (*kind, rest)) else {
            return Ok(());
        };
        self.session.receive(&mut self.notes, message)?;
        let now = self.epoch.elapsed();
        while let Some(event) = self.session.next_event() {
            let Event::Changed { change, .. } = event else {
                continue;
            };
            for (_, value) in change.map("times") {
                let written = value.and_then(|value| value.to_json().as_u64());
                if let Some(written) = written {
                    let delay = now.saturating_sub(Duration::from_micros(written));
                    tell.send(delay)?;
                }
            }
        }
        Ok(())
    }

    async fn send(&mut self) -> Result<(), Failed> {
        while let Some(message) = self.session.next_message(&mut self.notes)? {
            let frame = [&[1], &*message].concat();
            self.socket
                .send(Message::Binary(Bytes::from(frame)))
                .await?;
        }
        Ok(())
    }
}
