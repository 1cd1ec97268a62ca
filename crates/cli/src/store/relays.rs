//! What can be asked of a store and relays.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use syncline_net::{Features, Limits};

use super::bounds::Bound;

/// How to serve.
#[derive(Args)]
pub(crate) struct Serve {
    /// Where to listen; port 0 is any that is free
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4360")]
    #[arg(hide_default_value = true)]
    pub(crate) listen: SocketAddr,
    /// Let in only those who have one of these tokens
    #[arg(long, value_name = "FILE")]
    pub(crate) tokens: Option<PathBuf>,
    /// The certificate of this relay, as PEM: it speaks TLS
    #[cfg(feature = "tls")]
    #[arg(long, value_name = "FILE", requires = "key")]
    pub(crate) cert: Option<PathBuf>,
    /// The private key to that, as PEM
    #[cfg(feature = "tls")]
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub(crate) key: Option<PathBuf>,
    /// Write what happens to standard error
    #[arg(long, value_name = "FORM")]
    pub(crate) log: Option<Log>,
    /// What to do about operations under a peer that is another's
    #[arg(long, value_name = "WHAT", value_enum)]
    pub(crate) peer_binding: Option<PeerBinding>,
    /// How much to take of whoever connects
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) limit: Vec<Bound>,
    #[command(flatten)]
    pub(crate) without: Without,
}

/// What to do about operations under a peer that is another's.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum PeerBinding {
    /// Nothing
    Off,
    /// Take them, log and count them
    Warn,
    /// Log and count them
    Refuse,
}

/// What is done beyond the first version of the protocol.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Feature {
    /// Telling who may only read a document so, and going on
    ReadOnly,
    /// Files that documents refer to
    Blobs,
}

/// What is not to be used, whoever it is that meets.
#[derive(Args)]
pub(crate) struct Without {
    /// Leave this out; others find that in the greeting
    #[arg(long, value_name = "FEATURE")]
    pub(crate) without: Vec<Feature>,
}

impl Without {
    /// What the other side may cost, and what is used.
    pub(crate) fn limits(&self) -> Limits {
        let mut limits = Limits::default();
        for feature in &self.without {
            limits.features = limits.features.without(match feature {
                Feature::ReadOnly => Features::READ_ONLY,
                Feature::Blobs => Features::BLOBS,
            });
        }
        limits
    }
}

/// How a log is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Log {
    /// For people
    Text,
    /// A JSON object a line
    Json,
}

/// How a relay is reached.
#[derive(Args)]
pub(crate) struct With {
    /// The file with the token that lets this store in
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// Who vouches for a relay at wss://, as PEM
    #[cfg(feature = "tls")]
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
}

/// With whom to be in step.
#[derive(Args)]
pub(crate) struct Sync {
    /// The relay, as ws://HOST:PORT/
    pub(crate) url: String,
    #[command(flatten)]
    pub(crate) with: With,
    /// Go on until Ctrl-C; where the link breaks, try again
    #[arg(long)]
    pub(crate) watch: bool,
    /// Tell what would move, and write nothing anywhere
    #[arg(long, conflicts_with = "watch")]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) without: Without,
}

/// How to tell of relays.
#[derive(Args)]
pub(crate) struct Status {
    /// Tell again whenever it changes, until Ctrl-C
    #[arg(long)]
    pub(crate) watch: bool,
}

/// Which deliveries to try again.
#[derive(Args)]
pub(crate) struct Retry {
    #[command(flatten)]
    pub(crate) deliveries: Deliveries,
    /// Set them aside instead, until they are retried
    #[arg(long)]
    pub(crate) set_aside: bool,
}

/// Which deliveries.
#[derive(Args)]
pub(crate) struct Deliveries {
    /// The document; all of them unless said
    pub(crate) document: Option<String>,
    /// The relay, as `queue` names it; all of them unless said
    #[arg(long, value_name = "URL")]
    pub(crate) relay: Option<String>,
}
