//! The worker: connects a replica to a relay, again and again as long as it takes.

use std::sync::{Arc, Mutex, PoisonError};

use syncline::sync::Only;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::ask::{Ask, Asking, KEPT_EVERY};
use crate::clock::now_ms;
use crate::connection::{self, Other};
use crate::dial::{Address, dial};
use crate::error::Error;
use crate::meter::Meter;
use crate::pace::{Pace, Tries};
use crate::random::random;
use crate::rate::Rate;
use crate::rates::of_bytes;
use crate::replica::Replica;
use crate::rights::Rights;
use crate::status::{Phase, Status, Told};
use crate::tls::Roots;

/// With whom a worker keeps a replica in step, and how.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct Options {
    /// What lets it in, if the relay asks for that.
    pub token: Option<String>,
    /// How long it waits between tries.
    pub pace: Pace,
    /// Bytes that it sends, and that it receives, in a second; as many as there are, where none is said.
    pub bandwidth: Option<Rate>,
    /// Which documents it is about. All.
    pub only: Only,
    /// Whom to believe who the relay is, where its address begins with wss.
    #[cfg(feature = "tls")]
    pub roots: Roots,
    #[cfg(not(feature = "tls"))]
    roots: Roots,
}

impl Options {
    /// Without a token, at the usual pace.
    pub fn new() -> Options {
        Options::default()
    }

    /// With a token.
    #[must_use]
    pub fn token(mut self, token: impl Into<String>) -> Options {
        self.token = Some(token.into());
        self
    }

    /// With no more than so many bytes in a second, each way.
    #[must_use]
    pub fn bandwidth(mut self, bandwidth: Rate) -> Options {
        self.bandwidth = Some(bandwidth);
        self
    }

    /// About some documents alone.
    #[must_use]
    pub fn only(mut self, only: Only) -> Options {
        self.only = only;
        self
    }

    /// Believing these who the relay is.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn roots(mut self, roots: Roots) -> Options {
        self.roots = roots;
        self
    }

    /// What it connects to.
    pub(crate) fn address(&self, url: &str) -> Result<Address, Error> {
        Address::read(url, self.token.as_deref(), &self.roots)
    }

    /// At another pace.
    #[must_use]
    pub fn pace(mut self, pace: Pace) -> Options {
        self.pace = pace;
        self
    }
}

/// Whether it is to try.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Wanted {
    is_paused: bool,
    is_online: bool,
    /// Counts requests to try at once.
    nudges: u64,
}

/// Keeps a replica in step with a relay, in the background. It ends when it is dropped, or stopped.
pub struct Worker {
    wanted: watch::Sender<Wanted>,
    status: watch::Receiver<Status>,
    task: JoinHandle<()>,
}

impl Worker {
    /// Begins, on the runtime at hand.
    ///
    /// # Errors
    ///
    /// [`Error::Address`] where the address is none, the token cannot be one, or there is nobody to believe who the relay is.
    pub fn start(replica: Replica, url: &str, options: Options) -> Result<Worker, Error> {
        let address = options.address(url)?;
        let (wanted, wants) = watch::channel(Wanted {
            is_paused: false,
            is_online: true,
            nudges: 0,
        });
        let (tell, status) = watch::channel(Status::default());
        let state = Shared {
            told: Arc::default(),
            tell: Arc::new(tell),
        };
        let run = Run {
            replica,
            address,
            url: url.to_owned(),
            pace: options.pace,
            bandwidth: options.bandwidth,
            only: options.only,
            wants,
            state,
        };
        let task = tokio::spawn(run.go_on());
        Ok(Worker {
            wanted,
            status,
            task,
        })
    }

    /// How far it is: a value that can be awaited for changes.
    pub fn status(&self) -> watch::Receiver<Status> {
        self.status.clone()
    }

    /// Lets go of the connection, and does not try until [`resume`](Worker::resume).
    pub fn pause(&self) {
        self.wanted.send_modify(|wanted| wanted.is_paused = true);
    }

    /// Goes on after a [`pause`](Worker::pause).
    pub fn resume(&self) {
        self.wanted.send_modify(|wanted| wanted.is_paused = false);
    }

    /// Tells whether there is a network. Without one it does not try, and counts no failures; with one it tries at once.
    pub fn set_online(&self, is_online: bool) {
        self.wanted.send_modify(|wanted| {
            wanted.is_online = is_online;
            wanted.nudges += 1;
        });
    }

    /// Tries at once, however long it was to wait.
    pub fn try_now(&self) {
        self.wanted.send_modify(|wanted| wanted.nudges += 1);
    }

    /// Ends the connection and the worker.
    pub async fn stop(mut self) {
        self.task.abort();
        // That it was aborted is what was asked for.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What is told, by the task and by the keeper.
#[derive(Clone)]
struct Shared {
    told: Arc<Mutex<Told>>,
    tell: Arc<watch::Sender<Status>>,
}

impl Shared {
    fn change(&self, change: impl FnOnce(&mut Told)) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut told);
        let status = &told.status;
        self.tell.send_if_modified(|seen| {
            let is_new = seen != status;
            if is_new {
                seen.clone_from(status);
            }
            is_new
        });
    }
}

/// The task.
struct Run {
    replica: Replica,
    address: Address,
    url: String,
    pace: Pace,
    bandwidth: Option<Rate>,
    only: Only,
    wants: watch::Receiver<Wanted>,
    state: Shared,
}

impl Run {
    async fn go_on(mut self) {
        let mut tries = Tries::default();
        loop {
            if self.may_try().await.is_err() {
                return;
            }
            let wanted = *self.wants.borrow_and_update();
            let mut wants = self.wants.clone();
            let ended = tokio::select! {
                ended = self.connect() => ended,
                _ = wants.wait_for(|now| now.is_paused || !now.is_online) => continue,
            };
            if self.replica.is_closed() {
                self.state.change(|told| told.status.phase = Phase::Stopped);
                return;
            }
            if self.is_settled() {
                tries.succeed();
            }
            let error = match ended {
                Err(Error::Closed) | Ok(()) => Error::Connection {
                    what: "it was closed".to_owned(),
                },
                Err(error) => error,
            };
            let wait = tries.fail(&self.pace, error.needs_somebody(), random());
            let next = now_ms().saturating_add(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX));
            let failed = tries.failed;
            self.state.change(|told| told.fail(&error, failed, next));
            tokio::select! {
                () = sleep(wait) => {}
                nudged = self.wants.wait_for(|now| *now != wanted) => if nudged.is_err() {
                    return;
                },
            }
        }
    }

    /// Waits until it is wanted; an error where nobody can want it any more.
    async fn may_try(&mut self) -> Result<(), watch::error::RecvError> {
        loop {
            let wanted = *self.wants.borrow_and_update();
            let phase = match wanted {
                Wanted {
                    is_paused: true, ..
                } => Phase::Paused,
                Wanted {
                    is_online: false, ..
                } => Phase::Offline,
                _ => return Ok(()),
            };
            self.state.change(|told| {
                told.status.phase = phase;
                told.status.next_try_ms = None;
                told.status.is_confirmed = false;
            });
            self.wants.changed().await?;
        }
    }

    fn is_settled(&self) -> bool {
        self.state.tell.borrow().phase == Phase::Live
    }

    async fn connect(&self) -> Result<(), Error> {
        self.state.change(Told::connect);
        let socket = dial(&self.address, self.replica.limits()).await?;
        self.state.change(Told::connected);
        let state = self.state.clone();
        let asking = Asking {
            nonce: random(),
            only: self.only.clone(),
            hear: Box::new(move |notice| state.change(|told| told.hear(notice))),
        };
        let meter = || Vec::from_iter(self.bandwidth.map(|rate| Meter::new(of_bytes(rate))));
        let other = Other {
            name: self.url.clone(),
            rights: Rights::all(),
            is_known: false,
            receiving: meter(),
            sending: meter(),
        };
        tokio::select! {
            ended = connection::run(socket, &self.replica, other, Some(asking)) => ended,
            () = self.keep_confirmed() => Err(Error::Closed),
        }
    }

    /// Has what is confirmed kept from time to time, so that others who read the store see it; ends with the replica.
    async fn keep_confirmed(&self) {
        while !self.replica.is_closed() {
            sleep(KEPT_EVERY).await;
            let _ = self.replica.ask(Ask::Keep).await;
        }
    }
}
