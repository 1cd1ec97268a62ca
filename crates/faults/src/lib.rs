//! Disks that fail, for the tests of the store: an SQLite VFS between SQLite and the system's files.
//!
//! [`install`] puts it under every connection that the process opens from then on. It can do two things, both for the whole
//! process at once:
//!
//! - [`record`] what is written, so that [`Disk`] can show what a disk would hold after a loss of power at any moment;
//! - [`fail`] one operation, or all from one on.

mod state;
mod vfs;
mod disk;

pub use disk::{Disk, Loss};
pub use state::{Event, Fault, fail, heal, mark, record, recorded, skip_syncs};
pub use vfs::install;
