//! What others send before they know anything: state vectors, and automerge's first messages.

use automerge::sync::SyncDoc;
use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, Automerge, ROOT};
use yrs::updates::encoder::Encode;

use super::{Taken, World};
use crate::engine::{Outcome, said};
use crate::ids;

fn counted(bytes: usize) -> Taken {
    Taken {
        bytes,
        trips: None,
        time: None,
    }
}

/// One state vector of yrs.
pub(super) fn yrs(world: &World) -> Taken {
    let vector: yrs::StateVector = world
        .rows
        .iter()
        .enumerate()
        .map(|(at, row)| {
            let client = yrs::block::ClientID::new(ids::id_of_53_bits(at as u64));
            (client, row.here)
        })
        .collect();
    counted(vector.encode_v1().len())
}

/// One version vector of loro.
pub(super) fn loro(world: &World) -> Taken {
    let mut vector = loro::VersionVector::new();
    for row in &world.rows {
        let end = i32::try_from(row.here).unwrap_or(i32::MAX);
        vector.set_end(loro::ID::new(row.key, end));
    }
    counted(vector.encode().len())
}

/// automerge's sync messages without the changes, until neither side has more to say; `n` changes of which `d` differ.
pub(super) fn automerge(entries: usize, differ: usize) -> Outcome<Taken> {
    let mut here = Automerge::new().with_actor(ActorId::from(ids::id(1).to_be_bytes()));
    let change = |document: &mut Automerge, at: usize| -> Outcome<()> {
        let mut txn = document.transaction();
        said(txn.put(ROOT, "key", i64::try_from(at).unwrap_or(0)))?;
        txn.commit_with(CommitOptions::default().with_time(0));
        Ok(())
    };
    for at in 0..entries - differ {
        change(&mut here, at)?;
    }
    let mut there = here
        .fork()
        .with_actor(ActorId::from(ids::id(2).to_be_bytes()));
    for at in 0..differ {
        change(if at % 2 == 0 { &mut there } else { &mut here }, at)?;
    }
    let mut states = [automerge::sync::State::new(), automerge::sync::State::new()];
    let (mut bytes, mut trips) = (0, 0);
    loop {
        let asked = here.generate_sync_message(&mut states[0]);
        trips += u32::from(asked.is_some());
        if let Some(message) = &asked {
            bytes += without_changes(message);
            said(there.receive_sync_message(&mut states[1], message.clone()))?;
        }
        let answered = there.generate_sync_message(&mut states[1]);
        if let Some(message) = &answered {
            bytes += without_changes(message);
            said(here.receive_sync_message(&mut states[0], message.clone()))?;
        }
        if asked.is_none() && answered.is_none() {
            break;
        }
    }
    if here.get_heads() != there.get_heads() {
        return Err("it did not converge".to_owned());
    }
    Ok(Taken {
        bytes,
        trips: Some(trips),
        time: None,
    })
}

fn without_changes(message: &automerge::sync::Message) -> usize {
    let mut message = message.clone();
    message.changes = Vec::<Vec<u8>>::new().into();
    message.encode().len()
}
