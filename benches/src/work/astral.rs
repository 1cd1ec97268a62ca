//! The same random edits of a text outside the Basic Multilingual Plane, by scalar or by UTF-16
//! positions. Only Syncline is measured: the row holds one unit against the other.

#[cfg(feature = "ours")]
mod measured {
    use crate::engine::{Outcome, Typing};
    use crate::peers::{Ours, Peer};
    use crate::random::{Random, edits_of};
    use crate::trace::Patch;
    use crate::work::{Context, Ready, timed};

    fn astral(random: &mut Random) -> char {
        u32::try_from(random.below(256))
            .ok()
            .and_then(|n| char::from_u32(0x1F300 + n))
            .unwrap_or('🌀')
    }

    pub(in super::super) fn edits(peer: Peer, context: &Context, utf16: bool) -> Outcome<Ready> {
        if peer != Peer::Ours {
            return Err("the row compares two units of Syncline's".to_owned());
        }
        let chars = context.size(100_000, 2_000);
        let mut random = Random::new(21);
        let inserted = (0..chars).map(|_| astral(&mut random)).collect();
        let start = Patch {
            at: 0,
            deleted: 0,
            inserted,
        };
        let mut edits = edits_of(22, chars, context.size(10_000, 200), astral);
        let expected = {
            let mut document = <Ours as Typing>::new(1)?;
            document.transact(std::slice::from_ref(&start))?;
            edits
                .iter()
                .try_for_each(|edit| document.transact(std::slice::from_ref(edit)))?;
            document.text()
        };
        if utf16 {
            for edit in &mut edits {
                edit.at *= 2;
                edit.deleted *= 2;
            }
        }
        Ok(Ready::new(move || {
            let mut document = <Ours as Typing>::new(1)?;
            document.transact(std::slice::from_ref(&start))?;
            let (took, ()) = timed(|| {
                edits.iter().try_for_each(|edit| {
                    if utf16 {
                        document.transact_utf16(edit)
                    } else {
                        document.transact(std::slice::from_ref(edit))
                    }
                })
            })?;
            if document.text() == expected {
                Ok(took)
            } else {
                Err("the texts differ".to_owned())
            }
        }))
    }
}

#[cfg(feature = "ours")]
pub(super) use measured::edits;

#[cfg(not(feature = "ours"))]
pub(super) fn edits(
    _: crate::peers::Peer,
    _: &super::Context,
    _: bool,
) -> crate::engine::Outcome<super::Ready> {
    Err("the row compares two units of Syncline's".to_owned())
}
