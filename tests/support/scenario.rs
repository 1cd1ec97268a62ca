//! Scenarios: small concurrent histories of a whole document, written as JSON, one a line, in the
//! language of `docs/scenarios.md`, which `syncline play` runs. Random programs use this much of it:
//!
//! | step | |
//! |---|---|
//! | `{"on": r, "do": [edit…]}` | one transaction on replica r, who is peer r + 1 |
//! | `{"on": r, "do": [edit…], "fails": error}` | one that has to fail, and leave nothing |
//! | `{"pull": [a, b]}`, `{"sync": [a, b]}` | a receives all that b has; both ways |
//! | `{"send": [a, b], "id": n}` | what a has now and b lacks is put aside as number n |
//! | `{"send": [a, b], "id": n, "since": c}` | the same with what replica c lacks |
//! | `{"deliver": n}` | it reaches b: in any order, any number of times |
//! | `{"reload": r}` | replica r is saved and loaded |
//!
//! After the last step everyone receives everything.

use serde_json::{Map, Value as Json, json};

use super::marked::Expansion;
use super::reading::Kind;

#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    pub replicas: usize,
    pub steps: Vec<Step>,
    pub expect: Option<Expect>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Expect {
    pub json: Json,
    pub conflicts: Map<String, Json>,
    /// Of texts that have any, what they are marked with, by path; where a scenario tells it.
    pub spans: Option<Map<String, Json>>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// A transaction, and the error that it has to fail with, if any.
    Do(usize, Vec<Edit>, Option<String>),
    Pull(usize, usize),
    Sync(usize, usize),
    Send(Parcel),
    Deliver(u64),
    Reload(usize),
}

/// A delta on its way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parcel {
    pub from: usize,
    pub to: usize,
    pub id: u64,
    /// It holds what this replica lacks; none: what the receiver lacks.
    pub since: Option<usize>,
}

impl Parcel {
    /// Whose lack it holds.
    pub fn lacks(&self) -> usize {
        self.since.unwrap_or(self.to)
    }
}

/// One edit, and the path to the container that it is made in.
#[derive(Clone, Debug, PartialEq)]
pub struct Edit {
    pub kind: Kind,
    pub root: String,
    pub parts: Vec<Part>,
    pub act: Act,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    Key(String),
    Index(usize),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    Insert(usize, String),
    /// Of characters or elements.
    Delete(usize, usize),
    InsertValues(usize, Vec<Json>),
    Make(usize, Kind),
    SetElement(usize, Json),
    Move(usize, usize),
    /// Restores what so many operations of a peer deleted, from a number on; it names no container.
    Restore(u64, u32, u32),
    Set(String, Json),
    Remove(String),
    /// Moves the container itself to a key of a map, or an index of a list: its root, the way there, the key or index.
    MoveTo(String, Vec<Part>, Part),
    /// Opens a key as a container.
    Open(String, Kind),
    Add(i64),
    Mark(Mark),
}

/// A mark on text.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    pub start: usize,
    pub end: usize,
    pub key: String,
    /// Null takes away.
    pub value: Json,
    pub expansion: Expansion,
}

impl Edit {
    /// The kind of each container on the way: the root, then what each part leads to.
    pub fn kinds(&self) -> Vec<Kind> {
        let before = self.parts.iter().map(|part| match part {
            Part::Key(_) => Kind::Map,
            Part::Index(_) => Kind::List,
        });
        before.chain([self.kind]).collect()
    }

    /// Whether it restores something, for which the engine needs the history.
    pub fn restores(&self) -> bool {
        matches!(self.act, Act::Restore(..))
    }

    /// Restores what so many operations of a peer deleted.
    pub fn restore(peer: u64, seq: u32, count: u32) -> Edit {
        Edit {
            kind: Kind::Text,
            root: String::new(),
            parts: Vec::new(),
            act: Act::Restore(peer, seq, count),
        }
    }

    fn parse(json: &Json) -> Option<Edit> {
        let fields = json.as_array()?;
        if fields.first()?.as_str()? == "restore" {
            let number = |at: usize| fields.get(at)?.as_u64();
            let narrow = |at: usize| u32::try_from(number(at)?).ok();
            return Some(Edit::restore(number(1)?, narrow(2)?, narrow(3)?));
        }
        let kind = Kind::named(fields.first()?.as_str()?)?;
        let (root, parts) = parse_path(fields.get(1)?.as_str()?)?;
        let rest = &fields[3..];
        let at = |index: usize| {
            rest.get(index)
                .and_then(Json::as_u64)
                .and_then(|at| usize::try_from(at).ok())
        };
        let string = |index: usize| rest.get(index).and_then(Json::as_str).map(str::to_owned);
        let made = |named: Option<&str>| named.and_then(Kind::named);
        let act = match (kind, fields.get(2)?.as_str()?) {
            (_, "move_to") => {
                let (root, mut parts) = parse_path(&string(0)?)?;
                let goal = parts.pop()?;
                Act::MoveTo(root, parts, goal)
            }
            (Kind::Text, "insert") => Act::Insert(at(0)?, string(1)?),
            (Kind::Text | Kind::List, "delete") => Act::Delete(at(0)?, at(1)?),
            (Kind::Text, "mark") => Act::Mark(Mark {
                start: at(0)?,
                end: at(1)?,
                key: string(2)?,
                value: rest.get(3)?.clone(),
                expansion: match rest.get(4) {
                    Some(named) => Expansion::named(named.as_str()?)?,
                    None => Expansion::After,
                },
            }),
            (Kind::List, "insert") => Act::InsertValues(at(0)?, rest.get(1)?.as_array()?.clone()),
            (Kind::List, "set") => Act::SetElement(at(0)?, rest.get(1)?.clone()),
            (Kind::List, "move") => Act::Move(at(0)?, at(1)?),
            (Kind::List, act) => Act::Make(at(0)?, made(act.strip_prefix("insert_"))?),
            (Kind::Map, "set") => Act::Set(string(0)?, rest.get(1)?.clone()),
            (Kind::Map, "remove") => Act::Remove(string(0)?),
            (Kind::Map, "open") => Act::Open(string(0)?, made(rest.get(1)?.as_str())?),
            (Kind::Counter, "add") => Act::Add(rest.first()?.as_i64()?),
            _ => return None,
        };
        Some(Edit {
            kind,
            root,
            parts,
            act,
        })
    }

    /// The path to its container.
    pub fn path(&self) -> String {
        path_of(&self.root, &self.parts)
    }

    fn json(&self) -> Json {
        let path = self.path();
        let kind = self.kind.to_string();
        match &self.act {
            Act::Insert(at, text) => json!([kind, path, "insert", at, text]),
            Act::Delete(at, count) => json!([kind, path, "delete", at, count]),
            Act::InsertValues(at, values) => json!([kind, path, "insert", at, values]),
            Act::Make(at, made) => json!([kind, path, format!("insert_{made}"), at]),
            Act::SetElement(at, value) => json!([kind, path, "set", at, value]),
            Act::Move(from, to) => json!([kind, path, "move", from, to]),
            Act::Restore(peer, seq, count) => json!(["restore", peer, seq, count]),
            Act::Set(key, value) => json!([kind, path, "set", key, value]),
            Act::Remove(key) => json!([kind, path, "remove", key]),
            Act::MoveTo(root, parts, goal) => {
                json!([kind, path, "move_to", path_to(root, parts, goal)])
            }
            Act::Open(key, opened) => json!([kind, path, "open", key, opened.to_string()]),
            Act::Add(change) => json!([kind, path, "add", change]),
            Act::Mark(mark) => {
                let Mark {
                    start,
                    end,
                    key,
                    value,
                    expansion,
                } = mark;
                json!([kind, path, "mark", start, end, key, value, expansion.name()])
            }
        }
    }
}

impl Step {
    fn parse(json: &Json) -> Option<Step> {
        let number = |name: &str| json.get(name).and_then(Json::as_u64);
        let replica = |name: &str| number(name).and_then(|index| usize::try_from(index).ok());
        let pair = |name: &str| {
            let pair = json.get(name)?.as_array()?;
            let index = |at: usize| usize::try_from(pair.get(at)?.as_u64()?).ok();
            Some((index(0)?, index(1)?))
        };
        let edits = |name: &str| {
            json.get(name)?
                .as_array()?
                .iter()
                .map(Edit::parse)
                .collect::<Option<Vec<_>>>()
        };
        if json.get("do").is_some() {
            let fails = json.get("fails").and_then(Json::as_str).map(str::to_owned);
            Some(Step::Do(replica("on")?, edits("do")?, fails))
        } else if let Some((to, from)) = pair("pull") {
            Some(Step::Pull(to, from))
        } else if let Some((one, other)) = pair("sync") {
            Some(Step::Sync(one, other))
        } else if let Some((from, to)) = pair("send") {
            Some(Step::Send(Parcel {
                from,
                to,
                id: number("id")?,
                since: replica("since"),
            }))
        } else if let Some(id) = number("deliver") {
            Some(Step::Deliver(id))
        } else {
            replica("reload").map(Step::Reload)
        }
    }

    fn json(&self) -> Json {
        let all = |edits: &[Edit]| edits.iter().map(Edit::json).collect::<Vec<_>>();
        match self {
            Step::Do(on, edits, None) => json!({"on": on, "do": all(edits)}),
            Step::Do(on, edits, fails) => json!({"on": on, "do": all(edits), "fails": fails}),
            Step::Pull(to, from) => json!({"pull": [to, from]}),
            Step::Sync(one, other) => json!({"sync": [one, other]}),
            Step::Send(parcel) => {
                let mut line = json!({"send": [parcel.from, parcel.to], "id": parcel.id});
                if let Some(since) = parcel.since {
                    line["since"] = since.into();
                }
                line
            }
            Step::Deliver(id) => json!({"deliver": id}),
            Step::Reload(on) => json!({"reload": on}),
        }
    }
}

impl Scenario {
    /// Reads one line; the error says which step it does not know.
    pub fn parse(line: &str) -> Result<Scenario, String> {
        let json: Json = serde_json::from_str(line).map_err(|error| error.to_string())?;
        let replicas = json["replicas"]
            .as_u64()
            .and_then(|count| usize::try_from(count).ok())
            .ok_or("no replicas")?;
        let steps = json["steps"].as_array().ok_or("no steps")?;
        let parse = |step| Step::parse(step).ok_or_else(|| format!("no such step: {step}"));
        let steps = steps.iter().map(parse).collect::<Result<_, _>>()?;
        let expect = json.get("expect").map(|expect| Expect {
            json: expect["json"].clone(),
            conflicts: expect["conflicts"].as_object().cloned().unwrap_or_default(),
            spans: expect["spans"].as_object().cloned(),
        });
        Ok(Scenario {
            replicas,
            steps,
            expect,
        })
    }

    /// The scenario as one line.
    pub fn line(&self) -> String {
        let steps: Vec<Json> = self.steps.iter().map(Step::json).collect();
        let mut line = json!({"kind": "scenario", "replicas": self.replicas, "steps": steps});
        if let Some(expect) = &self.expect {
            line["expect"] = json!({"json": expect.json, "conflicts": expect.conflicts});
            if let Some(spans) = &expect.spans {
                line["expect"]["spans"] = spans.clone().into();
            }
        }
        line.to_string()
    }
}

fn path_of(root: &str, parts: &[Part]) -> String {
    let mut path = escape(root);
    for part in parts {
        path.push('/');
        match part {
            Part::Key(key) => path.push_str(&escape(key)),
            Part::Index(index) => path.push_str(&index.to_string()),
        }
    }
    path
}

/// The path of a key of a map, or an index of a list.
pub fn path_to(root: &str, parts: &[Part], goal: &Part) -> String {
    let parts: Vec<Part> = parts.iter().chain([goal]).cloned().collect();
    path_of(root, &parts)
}

fn parse_path(path: &str) -> Option<(String, Vec<Part>)> {
    let mut path = path.split('/');
    let root = unescape(path.next()?);
    let parts = path.map(|part| match part.parse() {
        Ok(index) => Part::Index(index),
        Err(_) => Part::Key(unescape(part)),
    });
    Some((root, parts.collect()))
}

fn escape(part: &str) -> String {
    part.replace('~', "~0").replace('/', "~1")
}

fn unescape(part: &str) -> String {
    part.replace("~1", "/").replace("~0", "~")
}
