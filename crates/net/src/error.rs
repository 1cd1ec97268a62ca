//! The error of the network's face.

use std::fmt;

use syncline::sync::SessionError;

/// What went wrong. Documents are as they were, and what was stored is stored: the next connection goes on from there.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The store's own error.
    Store(syncline_store::Error),
    /// The address of a relay is none: `ws://HOST:PORT/`, or `wss://`, and perhaps a path.
    Address {
        /// What it said.
        url: String,
        /// What is wrong with it.
        what: String,
    },
    /// A certificate is none, or does not prove that the relay is the one of the address.
    Certificate {
        /// What is wrong with it.
        what: String,
    },
    /// Nobody answers there, or the connection broke.
    Connection {
        /// What the system, or the other side's server, said.
        what: String,
    },
    /// The relay does not know the token, or asks for one.
    NotAllowed,
    /// The relay answered, with something else than a welcome.
    Refused {
        /// The status of its HTTP answer.
        status: u16,
    },
    /// The other side took too long.
    TimedOut {
        /// To do what.
        what: &'static str,
    },
    /// The other side speaks a version of this protocol that this program does not know.
    Version {
        /// Which.
        found: u8,
    },
    /// A frame that makes no sense.
    Malformed {
        /// What is wrong with it.
        what: &'static str,
    },
    /// The session ended.
    Session(SessionError),
    /// The other side ended the connection, and said why.
    Ended {
        /// What it said.
        why: String,
    },
    /// The store could not write. The change is in memory, and is stored with the next one that can be.
    NotStored {
        /// What the store said.
        why: String,
    },
    /// A document cannot be stored with what was written to it, and is as it was before. The others are stored.
    LeftOut {
        /// Its name.
        document: String,
        /// What the store said.
        why: String,
    },
    /// The [`Log`](crate::Log) behind a store could not be read, or appended to.
    Log {
        /// What it said.
        what: String,
    },
    /// The replica was closed.
    Closed,
}

impl Error {
    /// What a person can do about it.
    pub fn next(&self) -> &'static str {
        match self {
            Error::Store(_) => "see what `syncline verify` tells of the store; it is tried again",
            Error::Address { .. } => "write it as ws://HOST:PORT/, or wss://",
            Error::Certificate { .. } => {
                "check the files; whoever runs the relay knows which authority vouches for it"
            }
            Error::Connection { .. } | Error::TimedOut { .. } => {
                "check the address and the network; it is tried again"
            }
            Error::NotAllowed => "ask who runs the relay for a token, and name its file",
            Error::Refused { .. } => "check the address: another server may answer there",
            Error::Version { .. } => "bring the older of the two programs up to date",
            Error::Malformed { .. } | Error::Session(_) | Error::Ended { .. } => {
                "it is tried again; if it stays so, bring both programs up to date"
            }
            Error::NotStored { .. } => "free some space; it is tried again with the next change",
            Error::LeftOut { .. } => "see what `syncline verify` tells of the store, or write less",
            Error::Log { .. } => "see to the log, and open the store again",
            Error::Closed => "open the store again",
        }
    }

    /// Whether trying again soon is of no use, since somebody has to do something first.
    pub fn needs_somebody(&self) -> bool {
        matches!(
            self,
            Error::Address { .. }
                | Error::Certificate { .. }
                | Error::NotAllowed
                | Error::Refused { .. }
                | Error::Version { .. }
        )
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Store(error) => write!(f, "{error}"),
            Error::Address { url, what } => write!(f, "{url:?} is no address of a relay: {what}"),
            Error::Certificate { what } => write!(f, "the certificate: {what}"),
            Error::Connection { what } => write!(f, "the connection: {what}"),
            Error::NotAllowed => f.write_str("the relay does not let this token in"),
            Error::Refused { status } => {
                write!(f, "what answers there is no relay: HTTP status {status}")
            }
            Error::TimedOut { what } => write!(f, "the other side took too long to {what}"),
            Error::Version { found } => write!(
                f,
                "the other side speaks version {found} of the network's protocol, this one {}",
                crate::frame::VERSION
            ),
            Error::Malformed { what } => write!(f, "a frame that makes no sense: {what}"),
            Error::Session(error) => write!(f, "{error}"),
            Error::Ended { why } => write!(f, "the other side ended the connection: {why}"),
            Error::NotStored { why } => write!(f, "not stored yet, and kept in memory: {why}"),
            Error::LeftOut { document, why } => write!(f, "{document}: not stored: {why}"),
            Error::Log { what } => write!(f, "the log: {what}"),
            Error::Closed => f.write_str("the replica was closed"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Store(error) => Some(error),
            Error::Session(error) => Some(error),
            _ => None,
        }
    }
}

impl From<syncline_store::Error> for Error {
    fn from(error: syncline_store::Error) -> Error {
        Error::Store(error)
    }
}

impl From<SessionError> for Error {
    fn from(error: SessionError) -> Error {
        Error::Session(error)
    }
}
