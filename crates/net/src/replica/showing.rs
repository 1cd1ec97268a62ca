//! What people show of themselves in documents.

use syncline::Peer;
use tokio::sync::oneshot;

use super::handle::Replica;
use crate::ask::Ask;
use crate::error::Error;
use crate::keeper::Keeper;

impl Replica {
    /// Shows something of whoever is here in a document, at once and to all who see that: a cursor, a name; at most 2 KiB, more is
    /// cut off. It is never stored, and gone when the connection is. Nothing: it is shown no more.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`].
    pub async fn show(&self, document: &str, state: &[u8]) -> Result<(), Error> {
        let (document, state) = (document.to_owned(), state.to_vec());
        let then = move |keeper: &mut Keeper| keeper.shown.show(&document, &state);
        self.ask(Ask::Then(Box::new(then))).await
    }

    /// What others show of themselves in a document, each by a number that stays theirs while they are there.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`].
    pub async fn shown(&self, document: &str) -> Result<Vec<(Peer, Vec<u8>)>, Error> {
        let (told, answer) = oneshot::channel();
        let document = document.to_owned();
        let then = move |keeper: &mut Keeper| {
            let _ = told.send(keeper.shown.of(&document));
        };
        self.ask(Ask::Then(Box::new(then))).await?;
        answer.await.map_err(|_| Error::Closed)
    }
}
