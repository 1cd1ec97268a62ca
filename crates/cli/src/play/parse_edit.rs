//! Reading one edit: `["text", "body", "insert", 0, "hi"]` and its kin.

use serde_json::Value as Json;
use syncline::{Expand, Kind, OpId, Peer, Value};

use super::path::ContainerPath;
use super::scenario::{Edit, What};

/// Reads one edit; the error tells what is wrong with it and what could stand there.
pub(crate) fn parse(written: &Json) -> Result<Edit, String> {
    let parts = written
        .as_array()
        .ok_or_else(|| format!("{} is no edit: an edit is an array", brief(written)))?;
    if let [Json::String(verb), rest @ ..] = parts.as_slice()
        && verb == "restore"
    {
        return restore(rest).map_err(|why| format!("{}: {why}", brief(written)));
    }
    let (kind, name, verb, rest) = match parts.as_slice() {
        [
            Json::String(kind),
            Json::String(name),
            Json::String(verb),
            rest @ ..,
        ] => (kind, name, verb, rest),
        _ => {
            return Err(format!(
                "{} does not begin [kind, name, verb, …]",
                brief(written)
            ));
        }
    };
    let kind = kind_named(kind)?;
    let what = match kind {
        _ if verb == "move_to" => move_to(name, rest),
        Kind::Text => text(verb, rest),
        Kind::List => list(verb, rest),
        Kind::Map => map(verb, rest),
        Kind::Counter => counter(verb, rest),
        _ => Err(format!("edits of {kind} are not known here")),
    };
    let what = what.map_err(|why| format!("{}: {why}", brief(written)))?;
    Ok(Edit {
        path: ContainerPath::parse(name, kind)?,
        what,
    })
}

fn move_to(from: &str, rest: &[Json]) -> Result<What, String> {
    match rest {
        [Json::String(to)] => Ok(What::MoveTo {
            from: from.to_owned(),
            to: to.clone(),
        }),
        _ => Err("\"move_to\" takes the path that the container has then".to_owned()),
    }
}

fn restore(rest: &[Json]) -> Result<Edit, String> {
    let numbers: Option<Vec<u64>> = rest.iter().map(Json::as_u64).collect();
    let first = match numbers.as_deref() {
        Some(&[peer, seq, count]) => Peer::new(peer)
            .zip(u32::try_from(seq).ok())
            .zip(u32::try_from(count).ok()),
        _ => None,
    };
    let ((peer, seq), count) =
        first.ok_or("a restore takes peer, number of its first deletion, count")?;
    Ok(Edit {
        path: ContainerPath::parse("", Kind::Text)?,
        what: What::Restore {
            first: OpId { peer, seq },
            count,
        },
    })
}

fn text(verb: &str, rest: &[Json]) -> Result<What, String> {
    match (verb, rest) {
        ("insert", [position, Json::String(inserted)]) => Ok(What::TextInsert {
            position: index(position)?,
            inserted: inserted.clone(),
        }),
        ("delete", [position, count]) => {
            let (position, end) = range(position, count)?;
            Ok(What::TextDelete { position, end })
        }
        ("mark", [start, end, Json::String(key), written]) => {
            mark(start, end, key, written, Expand::default())
        }
        ("mark", [start, end, Json::String(key), written, expand]) => {
            mark(start, end, key, written, expansion(expand)?)
        }
        _ => Err(
            "a text takes \"insert\", position, string; \"delete\", position, count; or \"mark\", \
             start, end, key, value"
                .to_owned(),
        ),
    }
}

fn mark(
    start: &Json,
    end: &Json,
    key: &str,
    written: &Json,
    expand: Expand,
) -> Result<What, String> {
    Ok(What::TextMark {
        start: index(start)?,
        end: index(end)?,
        key: key.to_owned(),
        value: value(written)?,
        expand,
    })
}

fn expansion(written: &Json) -> Result<Expand, String> {
    match written.as_str() {
        Some("none") => Ok(Expand::None),
        Some("before") => Ok(Expand::Before),
        Some("after") => Ok(Expand::After),
        Some("both") => Ok(Expand::Both),
        _ => Err(format!(
            "{} is not \"none\", \"before\", \"after\" or \"both\"",
            brief(written)
        )),
    }
}

fn list(verb: &str, rest: &[Json]) -> Result<What, String> {
    match (verb, rest) {
        ("insert", [position, Json::Array(values)]) => {
            let values = values.iter().map(value).collect::<Result<_, _>>()?;
            Ok(What::ListInsert { position: index(position)?, values })
        }
        ("delete", [position, count]) => {
            let (position, end) = range(position, count)?;
            Ok(What::ListDelete { position, end })
        }
        ("set", [position, written]) => Ok(What::ListSet { position: index(position)?, value: value(written)? }),
        ("move", [from, to]) => Ok(What::ListMove { from: index(from)?, to: index(to)? }),
        (verb, []) if verb.starts_with("push_") => {
            Ok(What::ListNest { position: None, kind: kind_named(&verb["push_".len()..])? })
        }
        (verb, [position]) if verb.starts_with("insert_") => {
            Ok(What::ListNest { position: Some(index(position)?), kind: kind_named(&verb["insert_".len()..])? })
        }
        _ => Err("a list takes \"insert\", position, [values]; \"delete\", position, count; \"set\", position, \
                  value; \"move\", from, to; \"push_map\" (or _list, _text, _counter); or \"insert_map\" …, position"
            .to_owned()),
    }
}

fn map(verb: &str, rest: &[Json]) -> Result<What, String> {
    match (verb, rest) {
        ("set", [Json::String(key), written]) => Ok(What::MapSet {
            key: key.clone(),
            value: value(written)?,
        }),
        ("remove", [Json::String(key)]) => Ok(What::MapRemove { key: key.clone() }),
        ("open", [Json::String(key), Json::String(kind)]) => Ok(What::MapOpen {
            key: key.clone(),
            kind: kind_named(kind)?,
        }),
        _ => Err(
            "a map takes \"set\", key, value; \"remove\", key; or \"open\", key, kind".to_owned(),
        ),
    }
}

fn counter(verb: &str, rest: &[Json]) -> Result<What, String> {
    match (verb, rest) {
        ("add", [by]) => match by.as_i64() {
            Some(by) => Ok(What::CounterAdd { by }),
            None => Err(format!("{} is not a whole number of 64 bits", brief(by))),
        },
        _ => Err("a counter takes \"add\", number".to_owned()),
    }
}

fn kind_named(name: &str) -> Result<Kind, String> {
    match name {
        "text" => Ok(Kind::Text),
        "list" => Ok(Kind::List),
        "map" => Ok(Kind::Map),
        "counter" => Ok(Kind::Counter),
        _ => Err(format!("{name:?} is no kind: text, list, map or counter")),
    }
}

fn index(written: &Json) -> Result<usize, String> {
    written
        .as_u64()
        .and_then(|number| usize::try_from(number).ok())
        .ok_or_else(|| {
            format!(
                "{} is not a position: whole and not negative",
                brief(written)
            )
        })
}

fn range(position: &Json, count: &Json) -> Result<(usize, usize), String> {
    let (position, count) = (index(position)?, index(count)?);
    let end = position
        .checked_add(count)
        .ok_or_else(|| format!("{position} + {count} is no position"))?;
    Ok((position, end))
}

/// A value; a whole number that 64 bits with a sign do not hold would silently become another.
fn value(written: &Json) -> Result<Value, String> {
    match too_large(written) {
        Some(number) => Err(format!("{number} does not fit a signed 64-bit integer")),
        None => Ok(Value::from(written.clone())),
    }
}

fn too_large(written: &Json) -> Option<&serde_json::Number> {
    match written {
        Json::Number(number) if number.is_u64() && !number.is_i64() => Some(number),
        Json::Array(values) => values.iter().find_map(too_large),
        Json::Object(entries) => entries.values().find_map(too_large),
        _ => None,
    }
}

/// JSON for a message, cut where it gets long.
pub(crate) fn brief(json: &Json) -> String {
    const LONGEST: usize = 120;
    let text = json.to_string();
    if text.chars().count() <= LONGEST {
        return text;
    }
    text.chars().take(LONGEST).chain(" …".chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(edit: &str) -> String {
        parse(&serde_json::from_str(edit).unwrap()).unwrap_err()
    }

    #[test]
    fn names_what_is_wrong() {
        assert!(refused("3").contains("an edit is an array"));
        assert!(refused(r#"["text", "body"]"#).contains("does not begin"));
        assert!(refused(r#"["tree", "body", "grow"]"#).contains("\"tree\" is no kind"));
        assert!(refused(r#"["text", "body", "insert", -1, "x"]"#).contains("-1 is not a position"));
        assert!(
            refused(r#"["text", "body", "insert", 1.5, "x"]"#).contains("1.5 is not a position")
        );
        assert!(
            refused(r#"["text", "body", "delete", 18446744073709551615, 1]"#)
                .contains("is no position")
        );
        assert!(refused(r#"["list", "todo", "turn", 0, 1]"#).contains("a list takes"));
        assert!(refused(r#"["list", "todo", "push_tree"]"#).contains("\"tree\" is no kind"));
        assert!(refused(r#"["map", "meta", "set", "k"]"#).contains("a map takes"));
        assert!(
            refused(r#"["map", "meta", "set", "k", [9223372036854775808]]"#)
                .contains("signed 64-bit")
        );
        assert!(refused(r#"["counter", "votes", "add", 0.5]"#).contains("whole number"));
    }

    #[test]
    fn long_edits_are_cut_in_messages() {
        let long = format!(r#"["text", "body", "put", "{}"]"#, "é".repeat(1000));
        assert!(refused(&long).chars().count() < 250);
    }
}
