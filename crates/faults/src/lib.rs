//! Disks that fail, and memory that runs out, for the tests of the store: an SQLite VFS between SQLite and the system's files.
//!
//! [`install`] puts it under every connection that the process opens from then on; on Linux what the program syncs itself
//! (`File::sync_data`) is seen too. It can do two things, both for the whole process at once:
//!
//! - [`record`] what is written, so that [`Disk`] can show what a disk would hold after a loss of power at any moment;
//! - [`fail`] one operation, or all from one on.
//!
//! [`install_memory`] puts an allocator under SQLite of which [`fail_memory`] lets one allocation fail, or all from one on. A
//! program whose own allocator is [`Heap`] is aborted by [`fail_heap`] at one of its allocations.

mod state;
mod synced;
mod vfs;
mod disk;
mod memory;

pub use disk::{Disk, Loss};
pub use memory::{Heap, fail_heap, fail_memory, heal_memory, install_memory};
pub use state::{Event, Fault, fail, heal, mark, record, recorded, skip_syncs};
pub use vfs::install;
