//! Who is let in by a relay, and as whom: a file of tokens ([`Tokens`](crate::Tokens)), or whatever a program asks instead.

use std::pin::Pin;
use std::time::SystemTime;

use crate::rights::Rights;

/// Whoever is let in.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Principal {
    /// By this name they are known in what is said of commits, and their connections are counted.
    pub name: String,
    /// What they may do.
    pub rights: Rights,
    /// Until when: then they are asked for anew, by ending their connection.
    pub until: Option<SystemTime>,
}

impl Principal {
    /// Of that name and these rights, without an end.
    pub fn new(name: impl Into<String>, rights: Rights) -> Principal {
        Principal {
            name: name.into(),
            rights,
            until: None,
        }
    }

    /// Until then.
    #[must_use]
    pub fn until(mut self, time: SystemTime) -> Principal {
        self.until = Some(time);
        self
    }
}

/// An answer that may take a while; none that takes longer than a greeting may.
pub type Admitting<'g> = Pin<Box<dyn Future<Output = Option<Principal>> + Send + 'g>>;

/// Decides who is let in.
pub trait Gate: Send + Sync + 'static {
    /// Whoever has this token, if they are let in; or who asks without one.
    fn admit<'g>(&'g self, token: Option<&'g str>) -> Admitting<'g>;

    /// Whether somebody who was let in still is, with the same rights: asked about once a second while they are connected. If not,
    /// their connection ends, and what they may do is asked for when they come again.
    fn still_admits(&self, principal: &Principal) -> bool {
        let _ = principal;
        true
    }
}

/// Lets everybody in, to read and write everything.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Anybody;

impl Gate for Anybody {
    fn admit<'g>(&'g self, _: Option<&'g str>) -> Admitting<'g> {
        let anybody = Principal::new("anybody", Rights::all());
        Box::pin(std::future::ready(Some(anybody)))
    }
}
