//! Rich text to HTML: two people mark and edit one text apart, and what comes of it is written as HTML.
//!
//! What stands within a line is told by marks on it (`bold`, `italic`, `link`, `comment:…`), what a line is by marks on its end
//! (`header`, `list`).

use syncline::{Doc, Error, Expand, Peer, Span, Value};

const PAGE: &str = r#"<h1>Shopping</h1>
<ul><li><b>Mil</b><i><b>k</b></i><i> &amp; bread</i></li></ul>
<p><mark title="which?">See the </mark><a href="https://example.com"><mark title="which?">list</mark></a>s.</p>
"#;

fn main() -> Result<(), Error> {
    let [anna, ben] = [1, 2].map(|id| Peer::new(id).expect("not 0"));
    let mut one = Doc::with_peer(anna);
    one.transact(|tx| {
        let mut text = tx.text("body");
        text.push("Shopping\nMilk & bread\nSee the list.\n")?;
        text.mark_with(8..9, "header", 1, Expand::None)?;
        text.mark_with(21..22, "list", "bullet", Expand::None)
    })?;
    let mut other = Doc::load(&one.save())?;
    other.set_peer(ben);

    // Apart: both mark, and one types at the end of what the other marks.
    one.transact(|tx| {
        tx.text("body").mark(9..13, "bold", true)?;
        tx.text("body")
            .mark_with(30..34, "link", "https://example.com", Expand::None)
    })?;
    other.transact(|tx| {
        tx.text("body").mark(12..21, "italic", true)?;
        tx.text("body")
            .mark_with(22..34, "comment:1", "which?", Expand::None)?;
        tx.text("body").insert(34, "s")
    })?;
    one.merge(&other.delta_since(&one.version_vector()))?;

    other.merge(&one.delta_since(&other.version_vector()))?;

    let page = html(&one.text("body").spans());
    print!("{page}");
    assert_eq!(page, html(&other.text("body").spans()));
    assert_eq!(page, PAGE);
    Ok(())
}

/// Marked text as HTML: a block for each line.
fn html(spans: &[Span<'_>]) -> String {
    let mut html = String::new();
    let mut line = String::new();
    for span in spans {
        let mut rest = span.text.as_str();
        while let Some((text, behind)) = rest.split_once('\n') {
            line.push_str(&inline(text, span));
            html.push_str(&block(&std::mem::take(&mut line), span));
            rest = behind;
        }
        line.push_str(&inline(rest, span));
    }
    if !line.is_empty() {
        html.push_str(&format!("<p>{line}</p>\n"));
    }
    html
}

/// A line; the span of its end says what it is.
fn block(line: &str, end: &Span<'_>) -> String {
    match (attribute(end, "header"), attribute(end, "list")) {
        (Some(level), _) => {
            let level = level.as_int().unwrap_or(1).clamp(1, 6);
            format!("<h{level}>{line}</h{level}>\n")
        }
        (None, Some(_)) => format!("<ul><li>{line}</li></ul>\n"),
        (None, None) => format!("<p>{line}</p>\n"),
    }
}

fn inline(text: &str, span: &Span<'_>) -> String {
    if text.is_empty() {
        return String::new();
    }
    let mut html = escaped(text);
    for (key, value) in &span.attributes {
        let value = value.as_str().unwrap_or_default();
        html = match *key {
            "bold" => format!("<b>{html}</b>"),
            "italic" => format!("<i>{html}</i>"),
            "link" => format!("<a href=\"{}\">{html}</a>", escaped(value)),
            key if key.starts_with("comment:") => {
                format!("<mark title=\"{}\">{html}</mark>", escaped(value))
            }
            _ => html,
        };
    }
    html
}

fn attribute<'s>(span: &'s Span<'_>, key: &str) -> Option<&'s Value> {
    let found = span.attributes.iter().find(|(name, _)| *name == key);
    found.map(|(_, value)| value)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
