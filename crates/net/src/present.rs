//! Who is connected to a relay: how many connections of whom, and how fast what comes on all of them is taken.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::limits::Limits;
use crate::meter::Meter;

/// See the module. Its clones share it.
#[derive(Clone)]
pub(crate) struct Present {
    by_name: Arc<Mutex<BTreeMap<String, One>>>,
    /// Whether everybody is let in: then all are one, and as many as there is room for.
    is_open: bool,
}

/// What is known of a principal.
struct One {
    connections: usize,
    meter: Meter,
}

/// A connection that is counted, for as long as this lives.
pub(crate) struct Entered {
    present: Present,
    name: String,
    meter: Option<Meter>,
}

impl Present {
    pub(crate) fn new(is_open: bool) -> Present {
        Present {
            by_name: Arc::default(),
            is_open,
        }
    }

    /// Counts a connection, where there is room for it.
    pub(crate) fn enter(&self, name: &str, limits: &Limits) -> Option<Entered> {
        let mut by_name = self.by_name.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = by_name.values().map(|one| one.connections).sum();
        let of_one = match self.is_open {
            true => limits.connections,
            false => limits.connections_of_one,
        };
        if by_name.len() > limits.connections {
            // Who comes again is not to find all of its rate anew, as long as it is known.
            by_name.retain(|_, one| one.connections > 0 || !one.meter.is_full());
        }
        if by_name.len() > 2 * limits.connections {
            by_name.retain(|_, one| one.connections > 0);
        }
        let fresh = || One {
            connections: 0,
            meter: Meter::new(limits.rates_of_one.each()),
        };
        let one = by_name.entry(name.to_owned()).or_insert_with(fresh);
        if all >= limits.connections || one.connections >= of_one {
            return None;
        }
        one.connections += 1;
        Some(Entered {
            present: self.clone(),
            name: name.to_owned(),
            meter: (!self.is_open).then(|| one.meter.clone()),
        })
    }
}

impl Entered {
    /// What all connections of that name share; nothing where all are one.
    pub(crate) fn meter(&self) -> Option<Meter> {
        self.meter.clone()
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let by_name = &self.present.by_name;
        let mut by_name = by_name.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(one) = by_name.get_mut(&self.name) {
            one.connections = one.connections.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by it")]

    use std::time::Instant;

    use super::*;
    use crate::meter::Weight;
    use crate::rate::Rate;

    fn limits() -> Limits {
        let mut limits = Limits {
            connections: 3,
            ..Limits::default()
        };
        limits.rates_of_one.bytes = Rate::per_second(1).burst(1000);
        limits
    }

    #[test]
    fn who_comes_again_does_not_find_all_of_its_rate_anew() {
        let (present, limits) = (Present::new(false), limits());
        let first = present.enter("Ann", &limits).unwrap();
        first.meter().unwrap().note(Weight::bytes(1000));
        drop(first);
        // Nor do many others make it be forgotten.
        for number in 0..5 {
            assert!(present.enter(&number.to_string(), &limits).is_some());
        }
        let again = present.enter("Ann", &limits).unwrap().meter().unwrap();
        assert!(again.note(Weight::bytes(100)) > Instant::now());
        let other = present.enter("0", &limits).unwrap().meter().unwrap();
        assert!(other.note(Weight::bytes(100)) <= Instant::now());
        // However many they are, no more are known than twice those for whom there is room.
        for number in 0..100 {
            let one = present.enter(&number.to_string(), &limits).unwrap();
            one.meter().unwrap().note(Weight::bytes(1000));
        }
        assert!(present.by_name.lock().unwrap().len() <= 7);
    }
}
