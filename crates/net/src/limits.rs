//! What the other side may cost.

use std::time::Duration;

use crate::binding::PeerBinding;
use crate::features::Features;
use crate::rates::Rates;

/// What the other side of a connection may cost, and what is used beyond the first version.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of a frame of a WebSocket, as the other side is told. 1 MiB. Of programs that cannot be told, those up to 4 MiB are taken, if
    /// [`message_bytes`](Limits::message_bytes) are as many.
    pub frame_bytes: u32,
    /// Bytes of a message that is received, in one frame or in several: what one change that cannot be cut may come to. 4 MiB.
    pub message_bytes: u32,
    /// Bytes that are received while the sides find what differs. 16 MiB.
    pub summary_bytes: u64,
    /// What a relay takes from a connection in a second, and at once; more is taken later, and programs that know of it send no
    /// faster.
    pub rates: Rates,
    /// What it takes from all connections of one principal together. Four times as much.
    pub rates_of_one: Rates,
    /// Frames that wait to be sent on one connection; after that no more are made for it. 16.
    pub frames_waiting: usize,
    /// Bytes of those. One may go beyond. 2 MiB.
    pub waiting_bytes: usize,
    /// Documents that are kept in memory, about: those that were not used for longest are put away, and read again when they are
    /// needed. 1,024.
    pub documents_in_memory: usize,
    /// How long the other side may take to greet, and to take a frame. 5 s, and 30 s.
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
    /// Bytes that blobs take that are not whole, of one principal and of all: what is more goes, what was touched least lately first.
    /// 256 MiB, and 1 GiB.
    pub unfinished_bytes_of_one: u64,
    /// See [`unfinished_bytes_of_one`](Limits::unfinished_bytes_of_one).
    pub unfinished_bytes: u64,
    /// How long whoever offers a blob may bring nothing of it, or less than 64 KiB a second, before it is asked of another who offers
    /// it too. 20 s.
    pub blob_patience: Duration,
    /// What a relay that asks who comes does about operations under a peer that is another's. It warns.
    pub peer_binding: PeerBinding,
    /// What is used beyond version 1 of the protocol, where the other side can. All.
    pub features: Features,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            frame_bytes: 1 << 20,
            message_bytes: 4 << 20,
            summary_bytes: 16 << 20,
            rates: Rates::default(),
            rates_of_one: Rates::default().times(4),
            frames_waiting: 16,
            waiting_bytes: 2 << 20,
            documents_in_memory: 1024,
            greeting: Duration::from_secs(5),
            sending: Duration::from_secs(30),
            silence: Duration::from_secs(30),
            connections: 10_000,
            connections_of_one: 64,
            blob_bytes: 64 << 20,
            unfinished_bytes_of_one: 256 << 20,
            unfinished_bytes: 1 << 30,
            blob_patience: Duration::from_secs(20),
            peer_binding: PeerBinding::default(),
            features: Features::all(),
        }
    }
}
