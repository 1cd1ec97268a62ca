//! Documents in a store on disk: `init`, `new`, `edit`, and what reads, keeps and mends a store.
//!
//! [`arguments`] and [`relays`] say what can be asked for, [`opened`] opens a store and tells people what to do where that fails, [`edit`]
//! writes, [`read`] shows documents and their history, [`blobs`] puts and gets large files, [`jobs`] does background work at once,
//! [`keep`] looks after the whole, and [`serve`] (with [`logs`], within [`bounds`]) and [`sync`] keep stores in step over a network, of which [`queue`] and [`status`] tell what is left to
//! do, [`look`] what would be done, and [`fetch`] takes what a damaged store lost.

mod help;
mod bounds;
mod relays;
mod arguments;
mod opened;
mod edit;
mod read;
mod changes;
mod blobs;
mod told;
mod when;
mod jobs;
mod keep;
mod logs;
mod serve;
mod sync;
mod look;
mod fetch;
mod queue;
mod status;
mod command;

pub(crate) use arguments::Command;
pub(crate) use command::run;
