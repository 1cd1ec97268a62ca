//! A replica that receives a concurrent history: as one delta, as a snapshot, or one transaction after another.

use super::{Context, Prepared, Ready, timed};
use crate::engine::{Exchange, Outcome};
use crate::peers::Peer;
use crate::trace::History;

/// Times `receive` until the text is readable, and holds the text against the one that was played.
fn received<E: Exchange + 'static>(
    prepared: Prepared,
    receive: impl Fn(&Prepared, E) -> Outcome<E> + 'static,
    receiver: impl Fn() -> Outcome<E> + 'static,
) -> Outcome<Ready> {
    let other_text = prepared.other_text;
    let once = move || {
        let replica = receiver()?;
        let (took, (_replica, text)) = timed(|| {
            let replica = receive(&prepared, replica)?;
            let text = replica.text();
            Ok((replica, text))
        })?;
        if text == prepared.text {
            Ok(took)
        } else {
            Err("it does not converge".to_owned())
        }
    };
    Ok(Ready {
        other_text,
        ..Ready::new(once)
    })
}

pub(super) fn delta<E: Exchange + 'static>(
    context: &Context,
    history: History,
    peer: Peer,
) -> Outcome<Ready> {
    let prepared = Prepared::obtain::<E>(context, history, peer)?;
    let receive = |prepared: &Prepared, mut replica: E| {
        replica.merge(&prepared.whole)?;
        Ok(replica)
    };
    received(prepared, receive, E::blank)
}

pub(super) fn snapshot<E: Exchange + 'static>(
    context: &Context,
    history: History,
    peer: Peer,
) -> Outcome<Ready> {
    let prepared = Prepared::obtain::<E>(context, history, peer)?;
    let receive = |prepared: &Prepared, _blank: E| E::open(&prepared.snapshot);
    received(prepared, receive, E::blank)
}

pub(super) fn stream<E: Exchange + 'static>(
    context: &Context,
    history: History,
    peer: Peer,
) -> Outcome<Ready> {
    let prepared = Prepared::obtain::<E>(context, history, peer)?;
    let receive = |prepared: &Prepared, mut replica: E| {
        prepared
            .singles
            .iter()
            .try_for_each(|single| replica.merge(single))?;
        Ok(replica)
    };
    received(prepared, receive, || E::new(u64::from(u32::MAX)))
}
