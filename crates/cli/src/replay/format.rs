//! Reading a trace from JSON.
//!
//! Sequential: `{startContent, endContent, txns: [{patches: [[position, deleted, inserted], …]}]}`. Concurrent:
//! `{kind: "concurrent", endContent, numAgents, txns: [{parents, agent, patches}]}`. Other fields are left alone.
//! What is checked here: shapes, agents in range, parents that come earlier in the file. Positions are checked by
//! the document itself when they are typed.

use serde::Deserialize;

use super::trace::{Kind, Trace};
use crate::failure::Failure;
use crate::input;

/// Each agent costs a replica of its own; a file that names more is not a history of people.
const MAX_AGENTS: u64 = 65_536;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    kind: Option<String>,
    start_content: Option<String>,
    end_content: Option<String>,
    num_agents: Option<u64>,
    txns: Option<Vec<WrittenTransaction>>,
}

#[derive(Deserialize)]
struct WrittenTransaction {
    agent: Option<u64>,
    parents: Option<Vec<u64>>,
    patches: Vec<(u64, u64, String)>,
}

/// Reads and checks one trace.
pub(crate) fn parse(document: &[u8]) -> Result<Trace, Failure> {
    let written: Written = serde_json::from_slice(document)
        .map_err(|error| input::not_understood(&error, "an editing trace", "replay"))?;
    let kind = kind_of(&written)?;
    let agents = agents_of(&written, kind)?;
    let Some(transactions) = written.txns else {
        return Err(wrong("it has no \"txns\"".to_owned()));
    };
    let mut trace = Trace::new(
        kind,
        agents,
        written.start_content.unwrap_or_default(),
        written.end_content,
    );
    for (index, transaction) in transactions.into_iter().enumerate() {
        push(&mut trace, transaction)
            .map_err(|what| wrong(format!("transaction {index}: {what}")))?;
    }
    Ok(trace)
}

fn kind_of(written: &Written) -> Result<Kind, Failure> {
    match written.kind.as_deref() {
        None | Some("sequential") => Ok(Kind::Sequential),
        Some("concurrent")
            if written
                .start_content
                .as_ref()
                .is_some_and(|start| !start.is_empty()) =>
        {
            Err(wrong(
                "a concurrent trace begins empty, but this one has a \"startContent\"".to_owned(),
            ))
        }
        Some("concurrent") => Ok(Kind::Concurrent),
        Some("scenario") => Err(Failure::new(
            "it is a scenario, not an editing trace",
            "run it with `syncline play`",
        )),
        Some(other) => Err(wrong(format!(
            "\"kind\" is \"{other}\", neither \"sequential\" nor \"concurrent\""
        ))),
    }
}

fn agents_of(written: &Written, kind: Kind) -> Result<usize, Failure> {
    if kind == Kind::Sequential {
        return Ok(1);
    }
    match written.num_agents {
        None => Err(wrong(
            "a concurrent trace tells its \"numAgents\", and this one does not".to_owned(),
        )),
        Some(0) => Err(wrong("\"numAgents\" is 0".to_owned())),
        Some(agents) if agents > MAX_AGENTS => Err(wrong(format!(
            "\"numAgents\" is {agents}, more than the {MAX_AGENTS} that are played"
        ))),
        Some(agents) => {
            usize::try_from(agents).map_err(|_| wrong(format!("\"numAgents\" is {agents}")))
        }
    }
}

fn push(trace: &mut Trace, written: WrittenTransaction) -> Result<(), String> {
    let index = trace.len();
    let (agent, parents) = match trace.kind {
        Kind::Sequential => (0, Vec::new()),
        Kind::Concurrent => {
            let agent = written.agent.ok_or("it has no \"agent\"")?;
            let parents = written.parents.ok_or("it has no \"parents\"")?;
            (
                agent_in_range(agent, trace.agents)?,
                parents_before(index, &parents)?,
            )
        }
    };
    trace
        .push_transaction(agent, &parents)
        .ok_or("the trace is too large")?;
    for (number, (position, deleted, inserted)) in written.patches.iter().enumerate() {
        trace
            .push_patch(*position, *deleted, inserted)
            .ok_or_else(|| {
                format!("patch {number}: {position} + {deleted} is no position in any text")
            })?;
    }
    Ok(())
}

fn agent_in_range(agent: u64, agents: usize) -> Result<usize, String> {
    usize::try_from(agent)
        .ok()
        .filter(|agent| *agent < agents)
        .ok_or_else(|| format!("agent {agent} is out of range: \"numAgents\" is {agents}"))
}

/// Parents in ascending order, each once. One that does not come earlier would make a cycle possible.
fn parents_before(index: usize, written: &[u64]) -> Result<Vec<usize>, String> {
    let mut parents = Vec::with_capacity(written.len());
    for &parent in written {
        match usize::try_from(parent) {
            Ok(parent) if parent < index => parents.push(parent),
            _ => return Err(format!("parent {parent} does not come before it")),
        }
    }
    parents.sort_unstable();
    parents.dedup();
    Ok(parents)
}

fn wrong(what: String) -> Failure {
    Failure::new(
        what,
        "`syncline replay --help` describes the two formats; the other histories are still run",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(document: &str) -> String {
        parse(document.as_bytes()).unwrap_err().what
    }

    #[test]
    fn reads_both_formats() {
        let trace =
            parse(br#"{"startContent":"a","endContent":"b","txns":[{"patches":[[0,1,"b"]]}]}"#)
                .unwrap();
        assert_eq!(
            (trace.kind, trace.agents, trace.start_content.as_str()),
            (Kind::Sequential, 1, "a")
        );
        assert_eq!(trace.patches(0).collect::<Vec<_>>(), [(0, 1, "b")]);
        let trace = parse(
            br#"{"kind":"concurrent","endContent":"","numAgents":2,"txns":[
                {"parents":[],"agent":1,"numChildren":1,"patches":[]},
                {"parents":[0,0],"agent":0,"patches":[[2,0,"\ud83d\ude42"],[1,0,""]]}]}"#,
        )
        .unwrap();
        assert_eq!(trace.parents(1).collect::<Vec<_>>(), [0]);
        assert_eq!(trace.last_cursor(), 3, "the last patch changes nothing");
    }

    #[test]
    fn names_what_is_wrong() {
        assert!(refused("{").contains("line 1 column 1"));
        assert!(refused("[1]").contains("not an editing trace"));
        assert!(refused(r#"{"txns":[{"patches":[[-1,0,""]]}]}"#).contains("-1"));
        assert!(refused(r#"{"txns":[{"patches":[[0,0]]}]}"#).contains("tuple of size 3"));
        assert_eq!(refused("{}"), "it has no \"txns\"");
        assert!(refused(r#"{"kind":"scenario"}"#).contains("scenario"));
        assert!(refused(r#"{"kind":"tree","txns":[]}"#).contains("\"tree\""));
        let concurrent = |agents: &str, txns: &str| {
            refused(&format!(
                r#"{{"kind":"concurrent","numAgents":{agents},"txns":[{txns}]}}"#
            ))
        };
        assert!(concurrent("0", "").contains("is 0"));
        assert!(concurrent("4294967296", "").contains("more than the 65536"));
        assert!(
            concurrent("1", r#"{"parents":[],"agent":1,"patches":[]}"#)
                .contains("agent 1 is out of range")
        );
        assert!(
            concurrent("1", r#"{"parents":[0],"agent":0,"patches":[]}"#)
                .contains("parent 0 does not come before")
        );
        assert!(concurrent("1", r#"{"parents":[],"patches":[]}"#).contains("no \"agent\""));
        assert!(concurrent("1", r#"{"agent":0,"patches":[]}"#).contains("no \"parents\""));
        let far = r#"{"txns":[{"patches":[[18446744073709551615,1,""]]}]}"#;
        assert!(refused(far).contains("is no position"));
    }
}
