//! What the other side may cost.

use std::time::Duration;

use crate::features::Features;
use crate::rate::Rate;

/// What the other side of a connection may cost, and what is used beyond the first version.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of a frame that is received. 4 MiB.
    pub frame_bytes: u32,
    /// Bytes that are received while the sides find what differs. 16 MiB.
    pub summary_bytes: u64,
    /// Frames that are taken from a connection in a second, and at once; more are taken later. 1,000, and 20,000.
    pub frames: Rate,
    /// Bytes. 1 MiB, and 16 MiB.
    pub bytes: Rate,
    /// Frames that are taken from all connections of one principal. 4,000, and 80,000.
    pub frames_of_one: Rate,
    /// Bytes. 4 MiB, and 64 MiB.
    pub bytes_of_one: Rate,
    /// Frames that wait to be sent on one connection; after that no more are made for it. 16.
    pub frames_waiting: usize,
    /// Documents that are kept in memory, about: those that were not used for longest are put away, and read again when they are
    /// needed. 1,024.
    pub documents_in_memory: usize,
    /// How long the other side may take to greet, and to take a frame. 10 s, and 30 s.
    pub greeting: Duration,
    /// See [`greeting`](Limits::greeting).
    pub sending: Duration,
    /// After how long without a word the other side is asked whether it is there; after two of these it is taken for gone. 30 s.
    pub silence: Duration,
    /// Connections to a relay at once. 10,000.
    pub connections: usize,
    /// Connections of one principal. 64.
    pub connections_of_one: usize,
    /// Bytes of a blob that is taken in. Its last step reads all of it while nothing else is done. 64 MiB.
    pub blob_bytes: u64,
    /// How long whoever offers a blob may bring nothing of it, or less than 64 KiB a second, before it is asked of another who offers
    /// it too. 20 s.
    pub blob_patience: Duration,
    /// What is used beyond version 1 of the protocol, where the other side can. All.
    pub features: Features,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            frame_bytes: 4 << 20,
            summary_bytes: 16 << 20,
            frames: Rate::per_second(1_000).burst(20_000),
            bytes: Rate::per_second(1 << 20).burst(16 << 20),
            frames_of_one: Rate::per_second(4_000).burst(80_000),
            bytes_of_one: Rate::per_second(4 << 20).burst(64 << 20),
            frames_waiting: 16,
            documents_in_memory: 1024,
            greeting: Duration::from_secs(10),
            sending: Duration::from_secs(30),
            silence: Duration::from_secs(30),
            connections: 10_000,
            connections_of_one: 64,
            blob_bytes: 64 << 20,
            blob_patience: Duration::from_secs(20),
            features: Features::all(),
        }
    }
}
