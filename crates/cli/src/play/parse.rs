//! Reading a scenario from JSON. A misspelt field is an error: left alone, it would silently change the history.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::fields::Fields;
use super::parse_edit::{self, brief};
use super::scenario::{Edit, Expect, Scenario, Shows, Step};
use crate::failure::Failure;
use crate::input;

/// Everyone receives from everyone in the end, so the work grows with the square.
const MAX_REPLICAS: u64 = 1_000;

/// Reads and checks one scenario.
pub(crate) fn parse(document: &[u8]) -> Result<Scenario, Failure> {
    let written: Json = serde_json::from_slice(document)
        .map_err(|error| input::not_understood(&error, "a scenario", "play"))?;
    scenario(&written).map_err(|what| {
        let next = if is_trace(&written) {
            "it looks like an editing trace: run it with `syncline replay`"
        } else {
            "`syncline play --help` shows a scenario, docs/scenarios.md the whole language"
        };
        Failure::new(what, next)
    })
}

fn is_trace(written: &Json) -> bool {
    written.get("txns").is_some()
}

fn scenario(written: &Json) -> Result<Scenario, String> {
    match written.get("kind") {
        Some(Json::String(kind)) if kind == "scenario" => {}
        Some(other) => return Err(format!("\"kind\" is {}, not \"scenario\"", brief(other))),
        None => return Err("it has no \"kind\": \"scenario\"".to_owned()),
    }
    let fields = Fields::of(written, &["kind", "replicas", "steps", "expect", "note"])?;
    let replicas = match fields.get("replicas").and_then(Json::as_u64) {
        Some(count @ 1..=MAX_REPLICAS) => {
            usize::try_from(count).map_err(|error| error.to_string())?
        }
        _ => {
            return Err(format!(
                "\"replicas\" is not a number from 1 to {MAX_REPLICAS}"
            ));
        }
    };
    let steps = fields
        .get("steps")
        .and_then(Json::as_array)
        .ok_or("it has no array of \"steps\"")?;
    let mut parser = Parser {
        replicas,
        sent: BTreeMap::new(),
    };
    let steps = steps
        .iter()
        .enumerate()
        .map(|(number, written)| {
            parser
                .step(written)
                .map_err(|why| format!("step {number}: {why}"))
        })
        .collect::<Result<_, _>>()?;
    let expect = fields
        .get("expect")
        .map(|written| parser.expect(written))
        .transpose()?;
    Ok(Scenario {
        replicas,
        steps,
        expect,
    })
}

struct Parser {
    replicas: usize,
    /// Under which numbers something has been sent so far, and to whom.
    sent: BTreeMap<u64, usize>,
}

impl Parser {
    /// How many transactions a step undoes or redoes, and where.
    fn turns(&mut self, written: &Json, verb: &'static str) -> Result<(usize, u64), String> {
        let fields = Fields::of(written, &["on", verb, "note"])?;
        let on = self.replica(fields.need("on")?)?;
        let steps = fields.need(verb)?;
        let steps = steps
            .as_u64()
            .ok_or_else(|| format!("{steps} is no number of transactions to {verb}"))?;
        Ok((on, steps))
    }

    fn step(&mut self, written: &Json) -> Result<Step, String> {
        const VERBS: [&str; 10] = [
            "do", "undo", "redo", "pull", "sync", "fork", "reload", "send", "deliver", "expect",
        ];
        let found = VERBS
            .iter()
            .copied()
            .filter(|verb| written.get(verb).is_some())
            .collect::<Vec<&str>>();
        match found.as_slice() {
            ["do"] => self.transaction(&Fields::of(written, &["on", "do", "fails", "note"])?),
            ["undo"] => {
                let (on, steps) = self.turns(written, "undo")?;
                Ok(Step::Undo { on, steps })
            }
            ["redo"] => {
                let (on, steps) = self.turns(written, "redo")?;
                Ok(Step::Redo { on, steps })
            }
            ["pull"] => {
                let fields = Fields::of(written, &["pull", "fails", "note"])?;
                let (to, from) = self.replicas(fields.need("pull")?)?;
                Ok(Step::Pull {
                    to,
                    from,
                    fails: fields.name("fails")?,
                })
            }
            ["sync"] => {
                let fields = Fields::of(written, &["sync", "note"])?;
                let (first, second) = self.replicas(fields.need("sync")?)?;
                Ok(Step::Sync { first, second })
            }
            ["fork"] => {
                let fields = Fields::of(written, &["fork", "note"])?;
                let (from, to) = self.pair(fields.need("fork")?)?;
                Ok(Step::Fork { from, to })
            }
            ["reload"] => {
                let fields = Fields::of(written, &["reload", "note"])?;
                Ok(Step::Reload {
                    on: self.replica(fields.need("reload")?)?,
                })
            }
            ["send"] => self.send(&Fields::of(written, &["send", "id", "since", "note"])?),
            ["deliver"] => self.deliver(&Fields::of(
                written,
                &["deliver", "waits", "fails", "note"],
            )?),
            ["expect"] => {
                let fields = Fields::of(written, &["on", "expect", "note"])?;
                let shows = shows(&Fields::of(
                    fields.need("expect")?,
                    &["json", "conflicts", "spans"],
                )?)?;
                Ok(Step::Expect {
                    on: self.replica(fields.need("on")?)?,
                    shows,
                })
            }
            _ => Err(format!(
                "{} is not one of the steps {}",
                brief(written),
                VERBS.join(", ")
            )),
        }
    }

    fn transaction(&self, fields: &Fields<'_>) -> Result<Step, String> {
        let written = fields
            .need("do")?
            .as_array()
            .ok_or("\"do\" is not an array of edits")?;
        let edits = written
            .iter()
            .enumerate()
            .map(|(number, edit)| {
                parse_edit::parse(edit).map_err(|why| format!("edit {number}: {why}"))
            })
            .collect::<Result<Vec<Edit>, _>>()?;
        Ok(Step::Do {
            on: self.replica(fields.need("on")?)?,
            edits,
            fails: fields.name("fails")?,
        })
    }

    fn send(&mut self, fields: &Fields<'_>) -> Result<Step, String> {
        let (from, to) = self.pair(fields.need("send")?)?;
        let id = number(fields.need("id")?)?;
        let since = fields
            .get("since")
            .map_or(Ok(to), |written| self.replica(written))?;
        self.sent.insert(id, to);
        Ok(Step::Send { from, since, id })
    }

    fn deliver(&self, fields: &Fields<'_>) -> Result<Step, String> {
        let id = number(fields.need("deliver")?)?;
        let to = *self
            .sent
            .get(&id)
            .ok_or_else(|| format!("nothing has been sent under {id} before"))?;
        let waits = match fields.get("waits") {
            None => None,
            Some(Json::Bool(waits)) => Some(*waits),
            Some(other) => return Err(format!("\"waits\" is {}, not true or false", brief(other))),
        };
        Ok(Step::Deliver {
            to,
            id,
            waits,
            fails: fields.name("fails")?,
        })
    }

    fn expect(&self, written: &Json) -> Result<Expect, String> {
        let known = ["json", "conflicts", "spans", "converged", "forked"];
        let fields = Fields::of(written, &known).map_err(|why| format!("\"expect\": {why}"))?;
        let converged = match fields.get("converged") {
            None => true,
            Some(Json::Bool(converged)) => *converged,
            Some(other) => {
                return Err(format!(
                    "\"converged\" is {}, not true or false",
                    brief(other)
                ));
            }
        };
        let forked = fields
            .get("forked")
            .map_or(Ok(Vec::new()), |written| self.pairs(written))?;
        Ok(Expect {
            shows: shows(&fields)?,
            converged,
            forked,
        })
    }

    fn pairs(&self, written: &Json) -> Result<Vec<(usize, usize)>, String> {
        let pairs = written
            .as_array()
            .ok_or("\"forked\" is not an array of pairs")?;
        let pairs = pairs
            .iter()
            .map(|pair| self.pair(pair).map(|(a, b)| (a.min(b), a.max(b))));
        let mut pairs = pairs.collect::<Result<Vec<_>, _>>()?;
        pairs.sort_unstable();
        Ok(pairs)
    }

    /// Two that differ.
    fn pair(&self, written: &Json) -> Result<(usize, usize), String> {
        match self.replicas(written)? {
            (first, second) if first == second => {
                Err(format!("{first} twice: two replicas are meant"))
            }
            pair => Ok(pair),
        }
    }

    fn replicas(&self, written: &Json) -> Result<(usize, usize), String> {
        match written.as_array().map(Vec::as_slice) {
            Some([first, second]) => Ok((self.replica(first)?, self.replica(second)?)),
            _ => Err(format!("{} is not a pair of replicas", brief(written))),
        }
    }

    fn replica(&self, written: &Json) -> Result<usize, String> {
        let number = number(written)?;
        match usize::try_from(number) {
            Ok(replica) if replica < self.replicas => Ok(replica),
            _ => Err(format!(
                "there is no replica {number}: they are 0 to {}",
                self.replicas - 1
            )),
        }
    }
}

fn shows(fields: &Fields<'_>) -> Result<Shows, String> {
    let object = |name: &str| match fields.get(name) {
        None => Ok(None),
        Some(Json::Object(by_path)) => Ok(Some(by_path.clone())),
        Some(other) => Err(format!("\"{name}\" is {}, not an object", brief(other))),
    };
    Ok(Shows {
        json: fields.get("json").cloned(),
        conflicts: object("conflicts")?,
        spans: object("spans")?,
    })
}

fn number(written: &Json) -> Result<u64, String> {
    written
        .as_u64()
        .ok_or_else(|| format!("{} is not a whole number from 0", brief(written)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(document: &str) -> String {
        parse(document.as_bytes()).unwrap_err().what
    }

    fn refused_step(step: &str) -> String {
        refused(&format!(
            r#"{{"kind": "scenario", "replicas": 2, "steps": [{step}]}}"#
        ))
    }

    #[test]
    fn names_what_is_wrong_with_a_scenario() {
        assert!(refused("{").contains("line 1 column 1"));
        assert!(refused("[]").contains("no \"kind\""));
        assert!(refused("{}").contains("no \"kind\""));
        assert!(refused(r#"{"kind": "concurrent"}"#).contains("not \"scenario\""));
        for replicas in ["0", "1001", "-1", "4294967298", "1.5", "\"2\""] {
            let document =
                format!(r#"{{"kind": "scenario", "replicas": {replicas}, "steps": []}}"#);
            assert!(refused(&document).contains("from 1 to 1000"), "{replicas}");
        }
        assert!(refused(r#"{"kind": "scenario", "replicas": 1}"#).contains("\"steps\""));
        assert!(
            refused(r#"{"kind": "scenario", "replicas": 1, "steps": [], "expct": {}}"#)
                .contains("expct")
        );
        assert!(
            refused(r#"{"kind": "scenario", "replicas": 1, "steps": [], "expect": {"jso": {}}}"#)
                .contains("jso")
        );
    }

    #[test]
    fn names_what_is_wrong_with_a_step() {
        assert!(refused_step(r#"{"on": 2, "do": []}"#).contains("step 0: there is no replica 2"));
        assert!(refused_step(r#"{"do": []}"#).contains("it has no \"on\""));
        assert!(refused_step(r#"{"on": 0, "do": [["text"]]}"#).contains("edit 0"));
        assert!(refused_step(r#"{"fork": [0, 0]}"#).contains("two replicas"));
        assert!(refused_step(r#"{"pull": [0]}"#).contains("not a pair"));
        assert!(
            refused_step(r#"{"pull": [0, 1], "sync": [0, 1]}"#).contains("not one of the steps")
        );
        assert!(refused_step(r#"{"push": [0, 1]}"#).contains("not one of the steps"));
        assert!(
            refused_step(r#"{"sync": [0, 1], "fails": "Forked"}"#)
                .contains("\"fails\" is not known")
        );
        assert!(refused_step(r#"{"send": [0, 1]}"#).contains("no \"id\""));
        assert!(refused_step(r#"{"deliver": 7}"#).contains("sent under 7"));
        assert!(refused_step(r#"{"on": 0, "expect": {"jsn": {}}}"#).contains("jsn"));
        assert!(refused_step("7").contains("not one of the steps"));
    }

    #[test]
    fn a_trace_is_sent_to_replay() {
        let failure = parse(br#"{"kind": "concurrent", "txns": []}"#).unwrap_err();
        assert!(failure.next.contains("syncline replay"));
    }
}
