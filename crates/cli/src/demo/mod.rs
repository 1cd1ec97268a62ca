//! `demo`: Ada and Grace edit one document offline, then sync.
//!
//! [`story`] is what they do, [`show`] how it is laid out on 80 columns, [`tell`] the page that a newcomer reads.

mod story;
mod show;
mod tell;

pub(crate) use tell::run;
