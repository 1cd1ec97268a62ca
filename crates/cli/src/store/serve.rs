//! `serve`: a relay over a store.

use std::fs;
use std::io::Write;

use serde_json::json;
use syncline_net::{Relay, Replica, Tokens};
use syncline_store::Store;

use super::arguments::Of;
use super::bounds;
use super::logs;
#[cfg(feature = "tls")]
use super::opened::Stop;
use super::opened::{Ended, of_system, options, runtime};
use super::relays::{PeerBinding, Serve};
#[cfg(feature = "tls")]
use super::sync::pem;
use crate::exit::Outcome;
use crate::failure::Failure;
use crate::plain::plain;

pub(super) fn serve(of: &Of<Serve>, out: &mut dyn Write) -> Ended {
    let Of { at, asked } = of;
    let tokens = tokens(asked)?;
    if tokens.is_none() && !asked.listen.ip().is_loopback() {
        let what = format!(
            "without tokens everybody who reaches {} is let in",
            asked.listen
        );
        let next = "name a file of tokens by --tokens, or listen on 127.0.0.1";
        return Err(Failure::new(what, next).into());
    }
    #[cfg(feature = "tls")]
    let identity = identity(asked)?;
    if let Some(log) = asked.log {
        logs::begin(log);
    }
    let mut limits = asked.without.limits();
    limits.peer_binding = match asked.peer_binding {
        Some(PeerBinding::Off) => syncline_net::PeerBinding::Off,
        Some(PeerBinding::Refuse) => syncline_net::PeerBinding::Refuse,
        Some(PeerBinding::Warn) | None => syncline_net::PeerBinding::Warn,
    };
    let of_store = bounds::set(&asked.limit, &mut limits);
    let store = Store::open(&at.store, &options(at)?.limits(of_store))?;
    let replica = Replica::open(store, limits)?;
    runtime()?.block_on(async {
        for damage in replica.damaged().await? {
            eprintln!("syncline: left out: {}", plain(&damage.to_string()));
        }
        #[cfg(feature = "tls")]
        let relay = match identity {
            Some(identity) => {
                Relay::start_tls(replica.clone(), asked.listen, tokens, identity).await?
            }
            None => Relay::start(replica.clone(), asked.listen, tokens).await?,
        };
        #[cfg(not(feature = "tls"))]
        let relay = Relay::start(replica.clone(), asked.listen, tokens).await?;
        tell(of, &relay, out)?;
        told_to_end().await?;
        relay.shut_down().await;
        replica.close().await?;
        Ok(Outcome::Done)
    })
}

/// With what it proves who it is.
#[cfg(feature = "tls")]
fn identity(asked: &Serve) -> Result<Option<syncline_net::Identity>, Stop> {
    let (Some(cert), Some(key)) = (&asked.cert, &asked.key) else {
        return Ok(None);
    };
    let read = syncline_net::Identity::from_pem(&pem(cert)?, &pem(key)?);
    Ok(Some(read?))
}

fn tokens(asked: &Serve) -> Result<Option<Tokens>, Failure> {
    let Some(file) = &asked.tokens else {
        return Ok(None);
    };
    let next = "write a token of at least 16 letters, a space and a name in each line";
    let wrong = |what: String| Failure::new(format!("{}: {what}", file.display()), next);
    let text = fs::read_to_string(file).map_err(|error| wrong(error.to_string()))?;
    let tokens = Tokens::read(&text).map_err(|error| wrong(error.to_string()))?;
    Ok(Some(tokens))
}

/// Whether it speaks TLS.
#[cfg(feature = "tls")]
fn is_secure(asked: &Serve) -> bool {
    asked.cert.is_some()
}

#[cfg(not(feature = "tls"))]
fn is_secure(_: &Serve) -> bool {
    false
}

fn tell(of: &Of<Serve>, relay: &Relay, out: &mut dyn Write) -> std::io::Result<()> {
    let Of { at, asked } = of;
    let scheme = if is_secure(asked) { "wss" } else { "ws" };
    let url = format!("{scheme}://{}/", relay.address());
    match at.json {
        true => writeln!(out, "{}", json!({ "relay": url }))?,
        false => writeln!(out, "{url} serves {}; Ctrl-C ends it", at.store.display())?,
    }
    out.flush()
}

/// Returns when the system tells it to end.
pub(super) async fn told_to_end() -> Result<(), Failure> {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminated = signal(SignalKind::terminate()).map_err(of_system)?;
        tokio::select! {
            done = interrupted => done.map_err(of_system)?,
            _ = terminated.recv() => {}
        }
    }
    #[cfg(not(unix))]
    interrupted.await.map_err(of_system)?;
    Ok(())
}
