//! Deliveries to relays: what waits, what failed for good and by what, what was set aside.
//!
//! There is no queue: what a relay lacks follows from the document and from what the relay has confirmed. Beside that the store keeps,
//! for each document and relay, how often in a row the relay did not take it, and why. After [`TRIES`] of these the delivery has failed
//! for good: it is not tried again until somebody asks for that, and neither forgotten nor counted as confirmed.

use std::collections::BTreeMap;

use syncline::VersionVector;
use syncline_store::{Error, Remote, Store};

use crate::binding::is_relay;
use crate::conflicts::Conflicts;

/// So often a relay is asked to take a document that it does not take.
pub(crate) const TRIES: u32 = 5;

/// What becomes of a delivery.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum DeliveryState {
    /// It is sent whenever the relay is reached.
    Waiting,
    /// The relay did not take it, again and again: it is not tried until it is [retried](retry).
    Failed,
    /// Somebody [set it aside](set_aside): it is not tried until it is retried.
    SetAside,
}

/// What a relay is not known to have of a document.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Delivery {
    /// The document.
    pub document: String,
    /// The address of the relay; `None` where none was ever met.
    pub relay: Option<String>,
    /// How many operations of it the relay is not known to have on its disk.
    pub operations: u64,
    /// How often in a row the relay did not take it.
    pub tries: u32,
    /// Why, the last time.
    pub cause: Option<String>,
    /// What becomes of it.
    pub state: DeliveryState,
    /// Whether another relay has more of the document.
    pub is_elsewhere: bool,
}

/// All deliveries of a store, what is to be settled in it, and what of it could not be read.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Deliveries {
    /// By document, then by relay.
    pub all: Vec<Delivery>,
    /// How many documents could be read.
    pub documents: u64,
    /// Of how many each relay is known to have all.
    pub relays: BTreeMap<String, u64>,
    /// The documents that have conflicts, and how many.
    pub conflicts: BTreeMap<String, Conflicts>,
    /// Of which documents nothing is known, and why.
    pub damaged: Vec<(Option<String>, Error)>,
}

/// Which deliveries.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Which {
    /// Of this document; of all, where none is named.
    pub document: Option<String>,
    /// To this relay; to all, where none is named.
    pub relay: Option<String>,
}

impl Which {
    /// All.
    pub fn all() -> Which {
        Which::default()
    }

    /// Those of one document.
    #[must_use]
    pub fn document(mut self, name: impl Into<String>) -> Which {
        self.document = Some(name.into());
        self
    }

    /// Those to one relay, by its address.
    #[must_use]
    pub fn relay(mut self, url: impl Into<String>) -> Which {
        self.relay = Some(url.into());
        self
    }
}

/// What becomes of a delivery of which that is kept.
pub(crate) fn state_of(remote: &Remote) -> DeliveryState {
    match remote.attempts {
        _ if remote.is_set_aside => DeliveryState::SetAside,
        tries if tries >= TRIES => DeliveryState::Failed,
        _ => DeliveryState::Waiting,
    }
}

/// What no relay is known to have, and what relays did not take. Opens every document.
///
/// # Errors
///
/// [`Error::Damaged`], [`Error::Io`] where nothing can be read.
pub fn deliveries(store: &Store) -> Result<Deliveries, Error> {
    let listing = store.documents()?;
    let mut found = Deliveries::default();
    for name in listing.names {
        match store.document(&name) {
            Ok(document) => {
                let version = document.doc().version_vector();
                let mut remotes = store.remotes(&name)?;
                remotes.retain(|(remote, _)| is_relay(remote));
                found.documents += 1;
                let conflicts = Conflicts::of(document.doc());
                if conflicts.all > 0 {
                    found.conflicts.insert(name.clone(), conflicts);
                }
                found.note(&name, &version, remotes);
            }
            Err(error) => found.damaged.push((Some(name), error)),
        }
    }
    let nameless = listing.damaged.into_iter().map(|error| (None, error));
    found.damaged.extend(nameless);
    Ok(found)
}

impl Deliveries {
    fn note(&mut self, name: &str, version: &VersionVector, remotes: Vec<(String, Remote)>) {
        let delivery = |relay: Option<String>, operations, remote: Remote| Delivery {
            document: name.to_owned(),
            relay,
            operations,
            tries: remote.attempts,
            state: state_of(&remote),
            cause: remote.last_error,
            is_elsewhere: false,
        };
        let mut of_one = Vec::new();
        if remotes.is_empty() {
            let operations = missing(version, &VersionVector::new());
            of_one.push(delivery(None, operations, Remote::default()));
        }
        for (relay, remote) in remotes {
            let operations = missing(version, &remote.acknowledged);
            *self.relays.entry(relay.clone()).or_default() += u64::from(operations == 0);
            of_one.push(delivery(Some(relay), operations, remote));
        }
        of_one.sort_by(|one, other| one.relay.cmp(&other.relay));
        // Of those that have as much, the first.
        let most = of_one.iter().map(|delivery| delivery.operations).min();
        let mut is_elsewhere = false;
        for delivery in &mut of_one {
            delivery.is_elsewhere = is_elsewhere || Some(delivery.operations) > most;
            is_elsewhere |= Some(delivery.operations) == most;
        }
        of_one.retain(|delivery| delivery.operations > 0);
        self.all.append(&mut of_one);
    }

    /// Those of documents that no relay has all of, to the one that has most; and those that relays did not take: what somebody may
    /// have to see to.
    pub fn open(&self) -> impl Iterator<Item = &Delivery> {
        let is_open = |delivery: &&Delivery| !delivery.is_elsewhere || delivery.cause.is_some();
        self.all.iter().filter(is_open)
    }
}

/// How many operations of a version another lacks.
pub(crate) fn missing(version: &VersionVector, there: &VersionVector) -> u64 {
    let of_peers = version.iter().map(|(peer, count)| {
        let there = there.get(peer);
        u64::from(count.saturating_sub(there))
    });
    of_peers.sum()
}

/// Tries deliveries again that failed or were set aside, from the next connection on: what is known of why is forgotten. Gives how many.
///
/// # Errors
///
/// The store's own; [`Error::NoDocument`].
pub fn retry(store: &mut Store, which: &Which) -> Result<u64, Error> {
    change(store, which, |remote| {
        let is_news = remote.attempts > 0 || remote.is_set_aside;
        *remote = fresh(remote.acknowledged.clone());
        is_news
    })
}

/// Sets deliveries aside that relays did not take: they are not tried, and listed as that, until they are [retried](retry). Gives how
/// many.
///
/// # Errors
///
/// As [`retry`].
pub fn set_aside(store: &mut Store, which: &Which) -> Result<u64, Error> {
    change(store, which, |remote| {
        let is_news = remote.attempts > 0 && !remote.is_set_aside;
        remote.is_set_aside |= is_news;
        is_news
    })
}

/// Forgets what relays have confirmed, and that they did not take something: all is delivered again, as far as they lack it when they are
/// met next. For a relay that is not to be believed any more. Gives how many deliveries that are.
///
/// # Errors
///
/// As [`retry`].
pub fn redeliver(store: &mut Store, which: &Which) -> Result<u64, Error> {
    change(store, which, |remote| {
        let before = std::mem::replace(remote, fresh(VersionVector::new()));
        before != *remote
    })
}

fn fresh(acknowledged: VersionVector) -> Remote {
    let mut remote = Remote::default();
    remote.acknowledged = acknowledged;
    remote
}

/// Changes what is kept of remotes; counts where that made a difference.
fn change(
    store: &mut Store,
    which: &Which,
    mut change: impl FnMut(&mut Remote) -> bool,
) -> Result<u64, Error> {
    let names = match &which.document {
        Some(name) => vec![name.clone()],
        None => store.documents()?.names,
    };
    let mut changed: BTreeMap<String, Vec<(String, Remote)>> = BTreeMap::new();
    let mut count = 0;
    for name in names {
        let remotes = store.remotes(&name)?.into_iter();
        for (relay, mut remote) in remotes.filter(|(relay, _)| is_relay(relay)) {
            let is_meant = which.relay.as_ref().is_none_or(|only| *only == relay);
            if is_meant && change(&mut remote) {
                changed
                    .entry(relay)
                    .or_default()
                    .push((name.clone(), remote));
                count += 1;
            }
        }
    }
    for (relay, known) in changed {
        store.keep_remotes(&relay, &known)?;
    }
    Ok(count)
}
