//! The relay: lets others connect to a replica.
//!
//! | path | what |
//! |---|---|
//! | `/` | a WebSocket; see `frame.rs` |
//! | `/healthz` | 200 while it takes connections |
//! | `/metrics` | counts, as Prometheus reads them |

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, Response, StatusCode};
use axum::routing::get;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::sync::watch;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::Role;

use crate::connection::{self, broken};
use crate::error::Error;
use crate::limits::Limits;
use crate::replica::Replica;
use crate::tokens::{Principal, Tokens};
use crate::upgrade::upgrade;

/// Bytes of the head of a request, at most.
const HEAD_MAX: usize = 16 << 10;

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
    /// Without any, everybody is let in.
    tokens: Option<Arc<Tokens>>,
    /// How many connections each principal has.
    present: Arc<Mutex<BTreeMap<String, usize>>>,
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
        let listener = TcpListener::bind(address).await.map_err(broken)?;
        let address = listener.local_addr().map_err(broken)?;
        let (end, ended) = watch::channel(false);
        let limits = replica.limits().clone();
        let shared = Shared {
            replica,
            tokens: tokens.map(Arc::new),
            present: Arc::default(),
            end: ended.clone(),
        };
        let router = Router::new()
            .route("/", get(connect))
            .route("/healthz", get(async || "well\n"))
            .route("/metrics", get(metrics))
            .with_state(shared);
        let task = tokio::spawn(accept(listener, router, limits, ended));
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

/// Takes connections until it is to end. Each is for one request, whose head has to come in time; so many are taken at once.
async fn accept(listener: TcpListener, router: Router, limits: Limits, end: watch::Receiver<bool>) {
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
        // One that broke at once is nobody's any more; where the system has no room, some of it is given back first.
        let Ok((stream, _)) = accepted else {
            tokio::task::yield_now().await;
            continue;
        };
        // What is typed is small, and is not to wait for more of it.
        let _ = stream.set_nodelay(true);
        let service = TowerToHyperService::new(router.clone());
        let serving = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.greeting)
            .max_buf_size(HEAD_MAX)
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades();
        tokio::spawn(async move {
            // Whoever does not speak HTTP, or is gone, is told so by `hyper`.
            let _ = serving.await;
            drop(permit);
        });
    }
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
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

async fn connect(State(shared): State<Shared>, mut request: Request) -> Response<Body> {
    let Some(Principal { name, prefix }) = shared.principal(request.headers()) else {
        return refuse(&shared, StatusCode::UNAUTHORIZED);
    };
    let Some(present) = Present::enter(&shared, name) else {
        return refuse(&shared, StatusCode::SERVICE_UNAVAILABLE);
    };
    let Some((response, upgraded)) = upgrade(&mut request) else {
        return refuse(&shared, StatusCode::UPGRADE_REQUIRED);
    };
    tokio::spawn(async move {
        let Ok(upgraded) = upgraded.await else {
            return;
        };
        let config = connection::config(shared.replica.limits());
        let io = TokioIo::new(upgraded);
        let socket = WebSocketStream::from_raw_socket(io, Role::Server, Some(config)).await;
        let name = (present.name.clone(), prefix);
        tokio::select! {
            // Why it ended was said to the other side.
            _ = connection::run(socket, &shared.replica, name, None) => {}
            () = until(shared.end.clone()) => {}
        }
        drop(present);
    });
    response
}

impl Shared {
    /// Who asks; `None` if nobody who is let in.
    fn principal(&self, headers: &HeaderMap) -> Option<Principal> {
        let Some(tokens) = &self.tokens else {
            return Some(Principal {
                name: "anybody".to_owned(),
                prefix: String::new(),
            });
        };
        let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
        let token = value.strip_prefix("Bearer ")?;
        tokens.principal(token.trim()).cloned()
    }
}

/// A connection that is counted, for as long as this lives.
struct Present {
    name: String,
    all: Arc<Mutex<BTreeMap<String, usize>>>,
}

impl Present {
    fn enter(shared: &Shared, name: String) -> Option<Present> {
        let limits = shared.replica.limits();
        let mut present = shared
            .present
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let all: usize = present.values().sum();
        // Where nobody needs a token, all are one.
        let of_one = match &shared.tokens {
            Some(_) => limits.connections_of_one,
            None => limits.connections,
        };
        let count = present.entry(name.clone()).or_default();
        if all >= limits.connections || *count >= of_one {
            return None;
        }
        *count += 1;
        Some(Present {
            name,
            all: Arc::clone(&shared.present),
        })
    }
}

impl Drop for Present {
    fn drop(&mut self) {
        let mut present = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = present.get_mut(&self.name) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                present.remove(&self.name);
            }
        }
    }
}
