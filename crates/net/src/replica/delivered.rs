//! What remotes have said that they stored, and what they did not take.

use syncline_store::{Error as StoreError, Store};
use tokio::sync::oneshot;

use super::handle::{Replica, Written};
use crate::ask::Ask;
use crate::deliveries::{Deliveries, Which, deliveries, redeliver, retry, set_aside};
use crate::error::Error;
use crate::keeper::Keeper;

impl Replica {
    /// Whether some remote has said that an edit is on its disk.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`].
    pub async fn is_confirmed(&self, written: &Written) -> Result<bool, Error> {
        let Written { document, version } = written.clone();
        let (told, answer) = oneshot::channel();
        let then = move |keeper: &mut Keeper| {
            let _ = told.send(keeper.confirmations.include(document, &version));
        };
        self.ask(Ask::Then(Box::new(then))).await?;
        answer.await.map_err(|_| Error::Closed)
    }

    /// Returns when some remote has said that an edit is on its disk.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`].
    pub async fn confirmed(&self, written: &Written) -> Result<(), Error> {
        let Written { document, version } = written.clone();
        let (told, answer) = oneshot::channel();
        let then =
            move |keeper: &mut Keeper| keeper.confirmations.wait_for(document, version, told);
        self.ask(Ask::Then(Box::new(then))).await?;
        answer.await.map_err(|_| Error::Closed)
    }

    /// The documents of which no remote has said that all is on its disk, and how many operations are missing there: those of the
    /// remote that has most.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`].
    pub async fn unconfirmed(&self) -> Result<Vec<(String, u64)>, Error> {
        let (told, answer) = oneshot::channel();
        let then = move |keeper: &mut Keeper| {
            let _ = told.send(keeper.unconfirmed());
        };
        self.ask(Ask::Then(Box::new(then))).await?;
        answer.await.map_err(|_| Error::Closed)
    }

    /// What no relay is known to have, and what relays did not take: see [`deliveries`](crate::deliveries).
    ///
    /// # Errors
    ///
    /// [`Error::Store`]; [`Error::Closed`].
    pub async fn deliveries(&self) -> Result<Deliveries, Error> {
        self.with_deliveries(|store| deliveries(store)).await
    }

    /// Tries deliveries again that failed or were set aside, from the next connection on: see [`retry`](crate::retry).
    ///
    /// # Errors
    ///
    /// [`Error::Store`]; [`Error::Closed`].
    pub async fn retry(&self, which: Which) -> Result<u64, Error> {
        self.with_deliveries(move |store| retry(store, &which))
            .await
    }

    /// Sets deliveries aside that relays did not take: see [`set_aside`](crate::set_aside).
    ///
    /// # Errors
    ///
    /// [`Error::Store`]; [`Error::Closed`].
    pub async fn set_aside(&self, which: Which) -> Result<u64, Error> {
        self.with_deliveries(move |store| set_aside(store, &which))
            .await
    }

    /// Forgets what relays have confirmed: see [`redeliver`](crate::redeliver).
    ///
    /// # Errors
    ///
    /// [`Error::Store`]; [`Error::Closed`].
    pub async fn redeliver(&self, which: Which) -> Result<u64, Error> {
        self.with_deliveries(move |store| redeliver(store, &which))
            .await
    }

    async fn with_deliveries<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Error> {
        let (told, answer) = oneshot::channel();
        let then = move |keeper: &mut Keeper| {
            let _ = told.send(keeper.with_deliveries(act));
        };
        self.ask(Ask::Then(Box::new(then))).await?;
        Ok(answer.await.map_err(|_| Error::Closed)??)
    }
}
