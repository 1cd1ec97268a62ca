//! The crate `negentropy`.

use std::time::Instant;

use negentropy::{Id, Negentropy, NegentropyStorageVector};

use super::{Taken, World};
use crate::engine::{Outcome, said};
use crate::random::Random;

fn storage(items: impl Iterator<Item = (u64, u32)>) -> Outcome<NegentropyStorageVector> {
    let mut storage = NegentropyStorageVector::new();
    for (key, length) in items {
        let mut random = Random::new(key ^ u64::from(length) << 32);
        let mut id = [0; 32];
        for part in id.chunks_exact_mut(8) {
            part.copy_from_slice(&random.number().to_le_bytes());
        }
        // Its timestamps end one below the largest number.
        said(storage.insert(key.min(u64::MAX - 1), Id::from_byte_array(id)))?;
    }
    said(storage.seal())?;
    Ok(storage)
}

/// One exchange; in messages of any length.
pub(super) fn exchange(world: &World) -> Outcome<Taken> {
    let here = storage(world.rows.iter().map(|row| (row.key, row.here)))?;
    let there = storage(world.rows.iter().map(|row| (row.key, row.there)))?;
    let begun = Instant::now();
    let mut asker = said(Negentropy::borrowed(&here, 0))?;
    let mut answerer = said(Negentropy::borrowed(&there, 0))?;
    let (mut have, mut need) = (Vec::new(), Vec::new());
    let mut message = said(asker.initiate())?;
    let (mut bytes, mut trips) = (0, 0);
    loop {
        let answer = said(answerer.reconcile(&message))?;
        bytes += message.len() + answer.len();
        trips += 1;
        match said(asker.reconcile_with_ids(&answer, &mut have, &mut need))? {
            Some(next) => message = next,
            None => break,
        }
    }
    let time = begun.elapsed();
    // What is needed is asked for by its id.
    let fetch = u32::from(!need.is_empty());
    Ok(Taken {
        bytes: bytes + need.len() * 32,
        trips: Some(trips + fetch),
        time: Some(time),
    })
}
