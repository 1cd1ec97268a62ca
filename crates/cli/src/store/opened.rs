//! Opening a store, and what to do where that, or anything with it, fails.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use syncline::{Frontier, OpId, Peer};
use syncline_store::{Error, Key, Options, Place, Store};
use tokio::runtime::{Builder, Runtime};

use super::arguments::At;
use crate::exit::Outcome;
use crate::failure::{ENGINE_FAULT, Failure};

/// Why a command stopped.
pub(super) enum Stop {
    /// It could not be done.
    Failed(Failure),
    /// Nor this, with a file that may be another than the store.
    FailedWith(PathBuf, Failure),
    /// Nobody takes the output.
    Output(io::Error),
}

/// How a command on a store ends.
pub(super) type Ended = Result<Outcome, Stop>;

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Stop {
        Stop::Output(error)
    }
}

impl From<serde_json::Error> for Stop {
    fn from(error: serde_json::Error) -> Stop {
        Stop::Output(error.into())
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Stop {
        Stop::Failed(failure)
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Stop {
        let failure = Failure::new(told(&error), next(&error));
        match error.path() {
            Some(path) => Stop::FailedWith(path.to_owned(), failure),
            None => Stop::Failed(failure),
        }
    }
}

impl From<syncline_net::Error> for Stop {
    fn from(error: syncline_net::Error) -> Stop {
        match error {
            syncline_net::Error::Store(error) => error.into(),
            error => Stop::Failed(Failure::new(error.to_string(), error.next())),
        }
    }
}

impl From<syncline::Error> for Stop {
    fn from(error: syncline::Error) -> Stop {
        Stop::Failed(Failure::new(error.to_string(), NEXT_FOR_DOCUMENT))
    }
}

const NEXT_FOR_DOCUMENT: &str =
    "check paths and positions against what `syncline show` tells; nothing was changed";

/// The error, without the path that is told before it.
fn told(error: &Error) -> String {
    let whole = error.to_string();
    let path = error.path().map(|path| format!("{}: ", path.display()));
    match path.and_then(|path| whole.strip_prefix(&path).map(str::to_owned)) {
        Some(rest) => rest,
        None => whole,
    }
}

/// What to do about an error.
pub(super) fn next(error: &Error) -> &'static str {
    match error {
        Error::NoStore { .. } => "check the name, or make one with `syncline init`",
        Error::Exists { .. } => "choose another name, or move that file away",
        Error::NotAStore { .. } => {
            "check the name; `syncline inspect` reads saved documents and deltas; of a store whose beginning is damaged \
             `syncline repair STORE --to COPY` makes one that opens"
        }
        Error::Newer { .. } => "use the newer program",
        Error::Older { .. } => {
            "any command that writes, such as `syncline compact`, brings it up to date"
        }
        Error::Locked { .. } => "wait until it ends; `show`, `log` and the like work meanwhile",
        Error::Linked { .. } => {
            "`ls -i` tells which files are the same; keep the one beside which `-wal` stands, if one does"
        }
        Error::Sealed { .. } | Error::WrongKey { .. } => "name the file with its key by --key-file",
        Error::NotSealed { .. } => "leave --key-file out",
        Error::NoDocument { .. } => "`syncline show STORE` lists the documents",
        Error::DocumentExists { .. } => "choose another name, or edit that one",
        Error::NoBlob { .. } => "`syncline get STORE` lists the blobs",
        Error::Damaged {
            place: Place::File, ..
        } => {
            "`syncline repair STORE` mends what it can; where the store does not open, `syncline repair STORE --to COPY` makes \
             a copy that does"
        }
        Error::Damaged { .. } => {
            "`syncline verify` tells all damage, and `syncline repair` sets it aside and mends what it can"
        }
        Error::Document { .. } => NEXT_FOR_DOCUMENT,
        Error::Full { .. } => "free some space, and do it again",
        Error::Io { .. } => "check your right to read and write there, and do it again",
        Error::Limit {
            what: "document_bytes",
            ..
        } => "`syncline compact` may make room, or write in another document",
        Error::Limit { .. } => "give less at once",
        Error::ReadOnly { .. } => {
            "get the right to write that file and beside it, or copy it elsewhere"
        }
        Error::UnknownReferences { .. } => {
            "bring back what is missing with `syncline repair --from`, or `syncline sync`"
        }
        Error::WrongBytes { .. } | Error::WrongList { .. } => {
            "run `syncline verify` on the copy that it came from"
        }
        _ => ENGINE_FAULT,
    }
}

/// Options with the key that the arguments name.
pub(super) fn options(at: &At) -> Result<Options, Stop> {
    match &at.key_file {
        Some(file) => Ok(Options::new().key(read_key(file)?)),
        None => Ok(Options::new()),
    }
}

/// The store, to write.
pub(super) fn to_write(at: &At) -> Result<Store, Stop> {
    Ok(Store::open(&at.store, &options(at)?)?)
}

/// The store, to read.
pub(super) fn to_read(at: &At) -> Result<Store, Stop> {
    Ok(Store::open(&at.store, &options(at)?.read_only())?)
}

/// Another store, with the same key, to read.
pub(super) fn other(at: &At, path: &Path) -> Result<Store, Stop> {
    match Store::open(path, &options(at)?.read_only()) {
        // The key is of the store that is written to: so what lies open comes into a sealed one.
        Err(Error::NotSealed { .. }) => Ok(Store::open(path, &Options::new().read_only())?),
        opened => Ok(opened?),
    }
}

/// Bytes of a file with a key that are read: more than digits and the space around them take.
const MOST_OF_KEY: u64 = 1024;

fn read_key(file: &Path) -> Result<Key, Failure> {
    let name = file.display();
    // What goes on for longer is none, and may go on without end.
    let read = || -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        File::open(file)?
            .take(MOST_OF_KEY)
            .read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().map_err(|error| {
        let next = "check the name and your right to read it";
        Failure::new(format!("cannot read the key in {name}: {error}"), next)
    })?;
    let key = <[u8; 32]>::try_from(&*bytes)
        .ok()
        .or_else(|| from_hex(&bytes));
    key.map(Key::new).ok_or_else(|| {
        let next =
            "a key is 32 bytes, or 64 hexadecimal digits; `head -c 32 /dev/urandom` makes one";
        Failure::new(format!("{name} holds no key"), next)
    })
}

fn from_hex(bytes: &[u8]) -> Option<[u8; 32]> {
    let digits = bytes.trim_ascii();
    let digit = |digit: &u8| {
        char::from(*digit)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    let pairs = digits.chunks_exact(2).map(|pair| match pair {
        [high, low] => Some((digit(high)? << 4) | digit(low)?),
        _ => None,
    });
    let key: Vec<u8> = pairs.collect::<Option<_>>()?;
    let is_whole = digits.len() == 64;
    <[u8; 32]>::try_from(key).ok().filter(|_| is_whole)
}

/// What runs the network's tasks: on this thread.
pub(super) fn runtime() -> Result<Runtime, Failure> {
    let built = Builder::new_current_thread().enable_all().build();
    built.map_err(of_system)
}

/// What the system refused that has nothing to do with the store.
pub(super) fn of_system(error: io::Error) -> Failure {
    Failure::new(error.to_string(), "end other programs, and do it again")
}

/// The time of now, in milliseconds since 1970.
pub(super) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    })
}

/// The version after an operation that is named as `log` names it: `12@7`.
pub(super) fn version(named: &str) -> Result<Frontier, Failure> {
    let parts = named.split_once('@');
    let id = parts.and_then(|(seq, peer)| {
        Some(OpId {
            peer: Peer::new(peer.parse().ok()?)?,
            seq: seq.parse().ok()?,
        })
    });
    let id = id.ok_or_else(|| {
        Failure::new(
            format!("{named:?} names no operation"),
            "`syncline log` names them, as 12@7",
        )
    })?;
    Ok(Frontier::from_iter([id]))
}
