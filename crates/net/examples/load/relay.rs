//! The relay's process.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use syncline_net::{Limits, Relay, Replica};
use syncline_store::{Options as StoreOptions, Store};

use crate::Failed;

/// With this as its first argument the program is a relay.
pub(crate) const COMMAND: &str = "--serve";

/// Serves a store, which is made if there is none, until the process is killed.
pub(crate) async fn serve(path: &Path, address: SocketAddr) -> Result<(), Failed> {
    let options = StoreOptions::new();
    let store = match path.exists() {
        true => Store::open(path, &options)?,
        false => Store::create(path, &options)?,
    };
    let replica = Replica::open(store, Limits::default())?;
    let relay = Relay::start(replica, address, None).await?;
    println!("{}", relay.address());
    std::future::pending().await
}

/// A relay that runs beside this process.
pub(crate) struct Process {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Process {
    pub(crate) fn start(path: &Path, address: SocketAddr) -> Result<Process, Failed> {
        let mut command = Command::new(env::current_exe()?);
        let command = command.arg(COMMAND).arg(path).arg(address.to_string());
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        let stdout = child.stdout.take().ok_or("no output")?;
        BufReader::new(stdout).read_line(&mut line)?;
        let address = line.trim().parse()?;
        Ok(Process { child, address })
    }

    /// Its memory at its peak, as the system tells it.
    pub(crate) fn memory(&self) -> String {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.unwrap_or_default();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = peak.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        match kib {
            Some(kib) => format!("the relay's memory at its peak: {} MiB", kib >> 10),
            None => "the relay's memory is not told by this system".to_owned(),
        }
    }

    /// The processor's time that it took, as the system tells it.
    pub(crate) fn time(&self) -> String {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()));
        let stat = stat.unwrap_or_default();
        // After the name, which may hold anything: the 14th and 15th field in all, in hundredths of a second.
        let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
        let mut times = fields
            .split_whitespace()
            .skip(11)
            .map_while(|field| field.parse::<u64>().ok());
        match (times.next(), times.next()) {
            (Some(own), Some(system)) => format!(
                "the relay's time on a processor: {:.1} s its own, {:.1} s the system's",
                own as f64 / 100.0,
                system as f64 / 100.0
            ),
            _ => "the relay's time is not told by this system".to_owned(),
        }
    }

    /// Kills it, without a word; gives where it listened.
    pub(crate) fn end(mut self) -> Result<SocketAddr, Failed> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(self.address)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // One that has ended already cannot be killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
