//! Telling how a scenario went: a line of JSON, or a few lines for people.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Map as JsonMap, Value as Json};

use super::compare::{self, Difference};
use super::parse_edit::brief;
use super::scenario::Scenario;
use super::stage::Played;
use crate::exit::Outcome;
use crate::failure::Place;

/// How many differences are told of each scenario.
const MAX_TOLD: usize = 10;

/// One scenario that was played.
pub(crate) struct Report<'a> {
    place: &'a Place,
    scenario: &'a Scenario,
    played: &'a Played,
    differences: Vec<Difference>,
}

#[derive(Serialize)]
struct Line<'a> {
    file: &'a str,
    line: Option<usize>,
    converged: bool,
    matches_expect: Option<bool>,
    json: &'a Json,
    conflicts: &'a JsonMap<String, Json>,
    #[serde(skip_serializing_if = "JsonMap::is_empty")]
    spans: JsonMap<String, Json>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    forked: &'a [(usize, usize)],
}

impl<'a> Report<'a> {
    pub(crate) fn of(place: &'a Place, scenario: &'a Scenario, played: &'a Played) -> Report<'a> {
        let differences = all_differences(scenario, played);
        Report {
            place,
            scenario,
            played,
            differences,
        }
    }

    /// Tells what differs, on standard error, and whether anything does.
    pub(crate) fn check(&self) -> Outcome {
        if self.differences.is_empty() {
            return Outcome::Done;
        }
        eprintln!("syncline: {}: it does not end as expected", self.place);
        for difference in self.differences.iter().take(MAX_TOLD) {
            eprintln!("{difference}");
        }
        match self.differences.len().saturating_sub(MAX_TOLD) {
            0 => {}
            more => eprintln!("  and {more} more"),
        }
        eprintln!("  next: correct what the scenario expects, or report it with the scenario");
        Outcome::Differs
    }

    pub(crate) fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        let first = &self.played.shown[0];
        let line = Line {
            file: &self.place.file,
            line: self.place.line,
            converged: self.played.converged,
            matches_expect: self
                .expects_anything()
                .then_some(self.differences.is_empty()),
            json: &first.json,
            conflicts: &first.conflicts,
            spans: first.marked(),
            forked: &self.played.forked,
        };
        serde_json::to_writer(&mut *out, &line)?;
        writeln!(out)
    }

    pub(crate) fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        let (replicas, steps) = (self.scenario.replicas, self.scenario.steps.len());
        writeln!(out, "{}: {steps} steps on {replicas} replicas", self.place)?;
        for &(first, second) in &self.played.forked {
            writeln!(
                out,
                "  replicas {first} and {second} refuse each other: one peer, two histories"
            )?;
        }
        let groups = if self.played.converged {
            1
        } else {
            self.played.shown.len()
        };
        for (number, shown) in self.played.shown.iter().take(groups).enumerate() {
            let whose = if self.played.converged {
                "every replica".to_owned()
            } else {
                format!("replica {number}")
            };
            writeln!(out, "  {whose} shows {}", shown.json)?;
            for (path, values) in &shown.conflicts {
                let values: Vec<String> =
                    values.as_array().into_iter().flatten().map(brief).collect();
                writeln!(
                    out,
                    "    {path} has {} values at once: {}",
                    values.len(),
                    values.join(", ")
                )?;
            }
            for (path, spans) in &shown.marked() {
                writeln!(out, "    {path} is marked: {}", brief(spans))?;
            }
        }
        match (self.expects_anything(), self.differences.len()) {
            (false, 0) => writeln!(out, "  the file expects nothing"),
            (true, 0) => writeln!(out, "  as the file expects"),
            (_, count) => writeln!(
                out,
                "  differs from what is expected in {count} places (--check shows them)"
            ),
        }
    }

    fn expects_anything(&self) -> bool {
        self.scenario.expect.is_some() || !self.differences.is_empty()
    }
}

fn all_differences(scenario: &Scenario, played: &Played) -> Vec<Difference> {
    let mut all = played.differences.clone();
    let (converges, forked) = match &scenario.expect {
        Some(expect) => (expect.converged, expect.forked.as_slice()),
        None => (true, [].as_slice()),
    };
    if let Some(expect) = &scenario.expect {
        let whose = if played.converged {
            "every replica"
        } else {
            "replica 0"
        };
        all.extend(compare::differences(whose, &expect.shows, &played.shown[0]));
    }
    if played.converged != converges {
        all.extend(not_converged(played, converges));
    }
    if played.forked != forked {
        let (expected, found) = (format!("{forked:?}"), format!("{:?}", played.forked));
        all.push(Difference {
            place: "pairs that refuse each other as forked".to_owned(),
            expected,
            found,
        });
    }
    all
}

/// Where the replicas part, or that they do not.
fn not_converged(played: &Played, expected: bool) -> Vec<Difference> {
    let told = |converged| {
        if converged {
            "they converge"
        } else {
            "they stay apart"
        }
        .to_owned()
    };
    let place = "the replicas".to_owned();
    let mut all = vec![Difference {
        place,
        expected: told(expected),
        found: told(played.converged),
    }];
    for (number, shown) in played.shown.iter().enumerate().filter(|_| expected) {
        all.extend(compare::between(
            &format!("replica {number} beside replica 0"),
            &played.shown[0],
            shown,
        ));
    }
    all
}
