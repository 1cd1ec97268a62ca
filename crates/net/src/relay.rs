//! The relay: lets others connect to a replica.
//!
//! | path | what |
//! |---|---|
//! | `/` | a WebSocket; see `frame.rs` |
//! | `/healthz` | 200 while it takes connections |
//! | `/metrics` | counts, as Prometheus reads them |

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, Response, StatusCode};
use axum::routing::get;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::Role;

use crate::ask::{Ask, KEPT_EVERY};
use crate::connection::{self, Other, broken};
use crate::error::Error;
use crate::gate::{Anybody, Gate, Principal};
use crate::limits::Limits;
use crate::meter::Meter;
use crate::present::Present;
use crate::replica::Replica;
use crate::tls::Identity;
use crate::tokens::Tokens;
use crate::upgrade::upgrade;
use crate::wire::Wire;

/// Bytes of the head of a request, at most; and how many are read before that is known, as few as `hyper` can.
const HEAD_MAX: usize = 4 << 10;
const HEAD_READ: usize = 8 << 10;

/// After so long it is tried again to take connections, where the system had no room for another.
const NO_ROOM: Duration = Duration::from_millis(50);

/// Serves a replica. It takes connections until it is shut down, or dropped.
pub struct Relay {
    address: SocketAddr,
    end: watch::Sender<bool>,
    task: tokio::task::JoinHandle<()>,
}

/// What every connection shares.
#[derive(Clone)]
struct Shared {
    replica: Replica,
    gate: Arc<dyn Gate>,
    /// Who is connected.
    present: Present,
    end: watch::Receiver<bool>,
}

impl Relay {
    /// Listens, and serves on the runtime at hand. Without tokens everybody who reaches the address is let in.
    ///
    /// # Errors
    ///
    /// [`Error::Connection`] where nothing can listen there.
    pub async fn start(
        replica: Replica,
        address: SocketAddr,
        tokens: Option<Tokens>,
    ) -> Result<Relay, Error> {
        Relay::listen(replica, address, gate_of(tokens), None).await
    }

    /// As [`start`](Relay::start), letting in whom a gate does.
    ///
    /// # Errors
    ///
    /// As [`start`](Relay::start).
    pub async fn start_with(
        replica: Replica,
        address: SocketAddr,
        gate: Arc<dyn Gate>,
    ) -> Result<Relay, Error> {
        Relay::listen(replica, address, (gate, false), None).await
    }

    /// As [`start`](Relay::start), by TLS: whoever connects has it prove who it is, and nobody between reads what travels. With the
    /// feature `tls`.
    ///
    /// # Errors
    ///
    /// As [`start`](Relay::start).
    #[cfg(feature = "tls")]
    pub async fn start_tls(
        replica: Replica,
        address: SocketAddr,
        tokens: Option<Tokens>,
        identity: Identity,
    ) -> Result<Relay, Error> {
        Relay::listen(replica, address, gate_of(tokens), Some(identity)).await
    }

    /// As [`start_with`](Relay::start_with), by TLS. With the feature `tls`.
    ///
    /// # Errors
    ///
    /// As [`start`](Relay::start).
    #[cfg(feature = "tls")]
    pub async fn start_tls_with(
        replica: Replica,
        address: SocketAddr,
        gate: Arc<dyn Gate>,
        identity: Identity,
    ) -> Result<Relay, Error> {
        Relay::listen(replica, address, (gate, false), Some(identity)).await
    }

    async fn listen(
        replica: Replica,
        address: SocketAddr,
        (gate, is_open): (Arc<dyn Gate>, bool),
        identity: Option<Identity>,
    ) -> Result<Relay, Error> {
        let listener = TcpListener::bind(address).await.map_err(broken)?;
        let address = listener.local_addr().map_err(broken)?;
        let (end, ended) = watch::channel(false);
        let limits = replica.limits().clone();
        let shared = Shared {
            replica,
            gate,
            present: Present::new(is_open),
            end: ended.clone(),
        };
        tokio::spawn(look_again(shared.replica.clone(), ended.clone()));
        let router = router(shared);
        let task = tokio::spawn(accept(listener, identity, (router, limits), ended));
        Ok(Relay { address, end, task })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no more connections, and ends those that are there. What came from them is stored before the replica closes.
    pub async fn shut_down(mut self) {
        self.end.send_replace(true);
        let _ = (&mut self.task).await;
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.end.send_replace(true);
        self.task.abort();
    }
}

/// Who is let in, and whether that is everybody.
fn gate_of(tokens: Option<Tokens>) -> (Arc<dyn Gate>, bool) {
    match tokens {
        Some(tokens) => (Arc::new(tokens), false),
        None => (Arc::new(Anybody), true),
    }
}

fn router(shared: Shared) -> Router {
    Router::new()
        .route("/", get(connect))
        .route("/healthz", get(async || "well\n"))
        .route("/metrics", get(metrics))
        .with_state(shared)
}

/// Has the replica see to what it does from time to time, until it is to end.
async fn look_again(replica: Replica, end: watch::Receiver<bool>) {
    while !replica.is_closed() {
        tokio::select! {
            () = sleep(KEPT_EVERY) => {}
            () = until(end.clone()) => return,
        }
        let _ = replica.ask(Ask::Keep).await;
    }
}

/// Takes connections until it is to end, so many at once. Each is for as long as one request, and taking its answer, may last.
async fn accept(
    listener: TcpListener,
    identity: Option<Identity>,
    (router, limits): (Router, Limits),
    end: watch::Receiver<bool>,
) {
    let room = Arc::new(Semaphore::new(limits.connections));
    loop {
        let next = async {
            // It fails only when it is closed, which nobody does.
            let permit = Arc::clone(&room).acquire_owned().await.ok();
            (permit, listener.accept().await)
        };
        let (permit, accepted) = tokio::select! {
            next = next => next,
            () = until(end.clone()) => return,
        };
        // One that broke at once is nobody's any more; where the system has no room, some of it is to be given back first.
        let Ok((stream, _)) = accepted else {
            sleep(NO_ROOM).await;
            continue;
        };
        // What is typed is small, and is not to wait for more of it.
        let _ = stream.set_nodelay(true);
        let (identity, router) = (identity.clone(), router.clone());
        let limits = limits.clone();
        tokio::spawn(async move {
            serve(stream, identity, router, &limits).await;
            drop(permit);
        });
    }
}

/// Answers the requests of a connection.
async fn serve(stream: TcpStream, identity: Option<Identity>, router: Router, limits: &Limits) {
    let greeting = limits.greeting;
    let wire: Box<dyn Wire> = match identity {
        None => Box::new(stream),
        Some(identity) => match timeout(greeting, identity.accept(stream)).await {
            Ok(Ok(wire)) => wire,
            // Whoever does not speak TLS, or takes too long, is let go.
            _ => return,
        },
    };
    let service = TowerToHyperService::new(router);
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(greeting)
        .max_buf_size(HEAD_READ)
        .serve_connection(TokioIo::new(wire), service)
        .with_upgrades();
    // Whoever does not speak HTTP, or is gone, is told so by `hyper`. What becomes a WebSocket is over here when it does.
    let _ = timeout(2 * greeting + limits.sending, serving).await;
}

/// Returns when it is to end.
async fn until(mut end: watch::Receiver<bool>) {
    // Where nobody can say so any more, it ends too.
    let _ = end.wait_for(|is_over| *is_over).await;
}

async fn metrics(State(shared): State<Shared>) -> String {
    shared.replica.metrics().page()
}

fn refuse(shared: &Shared, status: StatusCode) -> Response<Body> {
    shared.replica.metrics().note_refused();
    tracing::warn!(status = status.as_u16(), "refused");
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// Bytes of the head of a request, about.
fn head_bytes(request: &Request) -> usize {
    let headers = request.headers().iter();
    let headers = headers.map(|(name, value)| name.as_str().len() + value.len() + 4);
    let path = request.uri().path_and_query();
    headers.sum::<usize>() + path.map_or(0, |path| path.as_str().len())
}

async fn connect(State(shared): State<Shared>, mut request: Request) -> Response<Body> {
    if head_bytes(&request) > HEAD_MAX {
        return refuse(&shared, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    }
    let admitted = shared.admit(request.headers());
    let admitted = timeout(shared.replica.limits().greeting, admitted).await;
    let Ok(Some(principal)) = admitted else {
        return refuse(&shared, StatusCode::UNAUTHORIZED);
    };
    let limits = shared.replica.limits();
    let Some(entered) = shared.present.enter(&principal.name, limits) else {
        return refuse(&shared, StatusCode::SERVICE_UNAVAILABLE);
    };
    let Some((response, upgraded)) = upgrade(&mut request) else {
        return refuse(&shared, StatusCode::UPGRADE_REQUIRED);
    };
    tokio::spawn(async move {
        let Ok(upgraded) = upgraded.await else {
            return;
        };
        let limits = shared.replica.limits();
        let config = connection::config(limits);
        let io = TokioIo::new(upgraded);
        let socket = WebSocketStream::from_raw_socket(io, Role::Server, Some(config)).await;
        let alone = Meter::new(limits.rates.each());
        let other = Other {
            name: principal.name.clone(),
            rights: principal.rights.clone(),
            is_known: entered.meter().is_some(),
            receiving: [alone].into_iter().chain(entered.meter()).collect(),
            sending: Vec::new(),
        };
        let who = principal.name.as_str();
        tracing::info!(who, "connected");
        let begun = Instant::now();
        let why = tokio::select! {
            // Why it ended was said to the other side.
            ended = connection::run(socket, &shared.replica, other, None) => match ended {
                Ok(()) => "it left".to_owned(),
                Err(error) => error.to_string(),
            },
            () = until(shared.end.clone()) => "the relay ends".to_owned(),
            () = shared.while_admitted(&principal) => "it is let in no more".to_owned(),
        };
        let seconds = begun.elapsed().as_secs_f64();
        tracing::info!(who, seconds, why, "gone");
        drop(entered);
    });
    response
}

/// How often it is asked whether those who are connected still may be.
const AGAIN: Duration = Duration::from_secs(1);

impl Shared {
    /// Who asks; `None` if nobody who is let in.
    async fn admit(&self, headers: &HeaderMap) -> Option<Principal> {
        let value = headers.get(AUTHORIZATION);
        let value = value.and_then(|value| value.to_str().ok());
        let token = value.and_then(|value| value.strip_prefix("Bearer "));
        self.gate.admit(token.map(str::trim)).await
    }

    /// Returns when somebody is let in no more.
    async fn while_admitted(&self, principal: &Principal) {
        let is_over = || {
            principal
                .until
                .is_some_and(|until| until <= SystemTime::now())
        };
        while !is_over() && self.gate.still_admits(principal) {
            sleep(AGAIN).await;
        }
    }
}
