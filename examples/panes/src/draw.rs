//! Two panes on a screen.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Style, Stylize};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Paragraph};
use syncline::Peer;

use crate::app::App;
use crate::desk::Desk;
use crate::keys::line_and_column;
use crate::side::Side;

const COLORS: [Color; 2] = [Color::Cyan, Color::Magenta];
const KEYS: &str = "Tab pane  ^O offline/online  ^Z undo  ^Y redo  ^T title  ^K settle  ^Q quit";

/// Draws everything.
pub fn draw(frame: &mut Frame<'_>, app: &App) {
    let rows = Layout::vertical([Constraint::Fill(1), Constraint::Length(1)]);
    let [panes, keys] = rows.areas(frame.area());
    let columns = Layout::horizontal([Constraint::Fill(1); 2]);
    for (nth, area) in columns.areas::<2>(panes).into_iter().enumerate() {
        let side = &app.sides[nth];
        let state = if side.online { "online" } else { "OFFLINE" };
        let (focus, color) = match app.focus == nth {
            true => ("▶ ", COLORS[nth]),
            false => ("", Color::DarkGray),
        };
        let title = format!(" {focus}{} · {state} ", side.name);
        let name_of = |peer| App::name_of(peer).to_owned();
        pane(frame, area, (side, nth), (title, color), name_of);
    }
    frame.render_widget(Line::from(KEYS).dim(), keys);
}

/// Draws the one pane of a terminal.
pub fn draw_desk(frame: &mut Frame<'_>, desk: &Desk, state: &str) {
    let rows = Layout::vertical([Constraint::Fill(1), Constraint::Length(1)]);
    let [area, keys] = rows.areas(frame.area());
    let with = match &desk.others[..] {
        [] => String::new(),
        others => format!(" · with {}", others.join(", ")),
    };
    let title = format!(" {} · {state}{with} ", desk.side.name);
    let own = desk.side.doc.peer();
    let name_of = |peer| match Some(peer) == own {
        true => "you".to_owned(),
        false => format!("{peer}"),
    };
    pane(frame, area, (&desk.side, 0), (title, COLORS[0]), name_of);
    frame.render_widget(Line::from(KEYS).dim(), keys);
}

fn pane(
    frame: &mut Frame<'_>,
    area: Rect,
    (side, nth): (&Side, usize),
    (title, color): (String, Color),
    name_of: impl Fn(Peer) -> String,
) {
    let mut block = Block::bordered()
        .border_style(Style::new().fg(color))
        .title(title);
    if !side.told.is_empty() {
        block = block.title_bottom(Line::from(format!(" {} ", side.told)).right_aligned());
    }
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let rows = Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]);
    let [title, body] = rows.areas(inner);
    frame.render_widget(title_line(side, name_of), title);
    let (line, column) = line_and_column(&side.text(), side.at);
    // As far as the caret would be out of sight.
    let beyond = |at: usize, room: u16| {
        u16::try_from((at + 2).saturating_sub(room.into())).unwrap_or(u16::MAX)
    };
    let scroll = (
        beyond(line, body.height.saturating_add(1)),
        beyond(column, body.width),
    );
    let text = Paragraph::new(lines(side, nth)).scroll(scroll);
    frame.render_widget(text, body);
}

/// What the note is called; where two named it at once, what each of them did.
fn title_line(side: &Side, name_of: impl Fn(Peer) -> String) -> Line<'static> {
    let titles = side.titles();
    let named = titles.iter().map(|title| {
        let name = title.value.to_json();
        format!("{name} by {}", name_of(title.id.peer))
    });
    let named: Vec<_> = named.collect();
    match named.as_slice() {
        [] => Line::from("(no title)").dim(),
        [one] => Line::from(one.clone()).bold(),
        _ => Line::from(format!("BOTH {}", named.join(", ")))
            .bold()
            .red(),
    }
}

/// The text with both carets in it.
fn lines(side: &Side, nth: usize) -> Vec<Line<'static>> {
    let own = Span::styled("│", Style::new().fg(COLORS[nth]).bold());
    let other = Span::styled("┊", Style::new().fg(COLORS[1 - nth]));
    let mut lines = vec![Line::default()];
    let text = side.text();
    let end = text.chars().count();
    for (at, character) in text.chars().chain(['\n']).enumerate() {
        let line = lines.len() - 1;
        if side.other_at == Some(at) {
            lines[line].push_span(other.clone());
        }
        if side.at == at {
            lines[line].push_span(own.clone());
        }
        match character {
            '\n' if at < end => lines.push(Line::default()),
            '\n' => {}
            '\t' => lines[line].push_span("    "),
            _ => lines[line].push_span(character.to_string()),
        }
    }
    lines
}
