//! A note that two people write in two panes of one terminal, each in a document of its own.
//!
//! While both are online each key reaches the other at once, and each sees where the other types. Offline each goes on alone;
//! back online, both have all that either wrote, and one undoes only what was one's own. A title that both gave at once is shown
//! as the conflict it is, until somebody settles it.
//!
//! Or each of them in a terminal of their own, the note in a store, over a relay:
//!
//! ```sh
//! syncline init relay.store && syncline serve relay.store
//! cargo run -p panes -- ada.store ws://127.0.0.1:4360/ Ada
//! cargo run -p panes -- grace.store ws://127.0.0.1:4360/ Grace
//! ```
//!
//! - `keys`: what keys ask for.
//! - `side`: one person: a document, a caret, what can be undone.
//! - `app`: both, and what a key does.
//! - `desk`: one person at a terminal of their own, over a relay.
//! - `draw`: the screen.
//! - `script`: what is played without a terminal.

pub mod keys;
pub mod side;
pub mod app;
pub mod desk;
pub mod draw;
pub mod script;

#[cfg(test)]
mod tests;
