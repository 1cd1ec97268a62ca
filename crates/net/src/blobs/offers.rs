//! What the other side offered and is not settled yet, and which of it is to be looked at next.
//!
//! What another connection brings is passed by. It is looked at again when that claim ends, or has run out.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use syncline_store::BlobId;

use super::claims::Claims;
use super::message::Offer;
use super::offering::OPEN_MAX;

/// Claims that have run out are looked at so often, at most.
const AGAIN: Duration = Duration::from_secs(1);

/// See the module.
#[derive(Default)]
pub(super) struct Offers {
    /// By their numbers: so many were offered.
    open: BTreeMap<u64, Offer>,
    offered: u64,
    /// What is to be looked at, and what others were bringing when it was.
    due: BTreeSet<u64>,
    elsewhere: BTreeSet<(BlobId, u64)>,
    /// So many claims had ended when that was looked at; when it is looked at again whatever ends.
    ended: u64,
    again: Option<Duration>,
    /// There is no room for what is due, and nothing is looked at until then.
    rests: Option<Duration>,
    /// The other side said that these are all.
    is_all: bool,
    /// Of so many the other side was told that they are settled.
    told: u64,
}

impl Offers {
    /// Takes up what the other side has.
    pub(super) fn add(&mut self, is_all: bool, offers: Vec<Offer>) -> Result<(), &'static str> {
        for offer in offers {
            self.open.insert(self.offered, offer);
            self.due.insert(self.offered);
            self.offered += 1;
        }
        self.is_all = is_all;
        match self.offered - self.settled() > OPEN_MAX {
            true => Err("more blobs are offered than may be open"),
            false => Ok(()),
        }
    }

    /// So many that were offered first are here, or not wanted.
    fn settled(&self) -> u64 {
        let open = self.open.first_key_value();
        open.map_or(self.offered, |(number, _)| *number)
    }

    /// That, where the other side was not told so.
    pub(super) fn news(&mut self) -> Option<u64> {
        let settled = self.settled();
        (std::mem::replace(&mut self.told, settled) < settled).then_some(settled)
    }

    /// Whether all that the other side has is settled.
    pub(super) fn is_over(&self) -> bool {
        self.is_all && self.open.is_empty()
    }

    /// How many are not.
    pub(super) fn left(&self) -> u64 {
        self.open.len() as u64
    }

    /// What is to be looked at next, with its number.
    pub(super) fn next(&mut self, claims: &Claims) -> Option<(u64, Offer)> {
        if self.rests.is_some_and(|until| until > claims.now()) {
            return None;
        }
        self.rests = None;
        self.look_again(claims);
        let number = self.due.pop_first()?;
        self.open.get(&number).map(|offer| (number, *offer))
    }

    /// It is here, or not wanted, or cannot be had.
    pub(super) fn settle(&mut self, number: u64) {
        self.open.remove(&number);
    }

    /// It is to be looked at once more.
    pub(super) fn put_back(&mut self, number: u64) {
        self.due.insert(number);
    }

    /// Another brings it, and has until then.
    pub(super) fn pass_by(&mut self, number: u64, blob: BlobId, until: Duration, now: Duration) {
        let until = until.max(now + AGAIN);
        self.again = Some(self.again.map_or(until, |again| again.min(until)));
        self.elsewhere.insert((blob, number));
    }

    /// There is no room for it at present, or no time before that: nothing is looked at for a while.
    pub(super) fn rest(&mut self, number: u64, until: Option<Duration>, now: Duration) {
        self.put_back(number);
        self.rests = Some(until.unwrap_or(now + AGAIN));
    }

    /// Whether something that another was to bring, or for which there was no room, may be looked at again.
    pub(super) fn has_news(&self, claims: &Claims) -> bool {
        if let Some(until) = self.rests {
            return until <= claims.now();
        }
        let is_news = self.is_late(claims) || self.ended != claims.ended();
        is_news && !self.elsewhere.is_empty()
    }

    fn is_late(&self, claims: &Claims) -> bool {
        self.again.is_some_and(|again| again <= claims.now())
    }

    fn look_again(&mut self, claims: &Claims) {
        let is_late = self.is_late(claims);
        match claims.ended_since(self.ended) {
            Some(ended) if !is_late => {
                for blob in ended {
                    let all = (*blob, 0)..=(*blob, u64::MAX);
                    while let Some(found) = self.elsewhere.range(all.clone()).next().copied() {
                        self.elsewhere.remove(&found);
                        self.due.insert(found.1);
                    }
                }
            }
            _ => {
                let all = std::mem::take(&mut self.elsewhere).into_iter();
                self.due.extend(all.map(|(_, number)| number));
                self.again = None;
            }
        }
        self.ended = claims.ended();
    }
}
