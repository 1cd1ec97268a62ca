//! `cargo run -p panes`: two panes. Without a terminal it plays a script and prints what they show. With the file of a store, the
//! address of a relay and a name: one pane, over that relay.

use std::error::Error;
use std::io::{IsTerminal, stdin, stdout};
use std::path::Path;
use std::thread;
use std::time::Instant;

use panes::app::App;
use panes::desk::Desk;
use panes::draw::{draw, draw_desk};
use panes::keys::Key;
use panes::script;
use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyModifiers};
use syncline_net::Phase;
use syncline_store::{Options as StoreOptions, Store};
use tokio::runtime::Builder;
use tokio::sync::mpsc;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments[..] {
        [] => {}
        [store, url, name] => return alone(store, url, name),
        _ => return Err("give a store, a relay and a name, or nothing".into()),
    }
    if !stdin().is_terminal() || !stdout().is_terminal() {
        print!("{}", script::play()?);
        return Ok(());
    }
    let app = App::new(script::BEGUN)?;
    let mut terminal = ratatui::init();
    let ended = run(&mut terminal, app);
    ratatui::restore();
    ended
}

fn run(terminal: &mut DefaultTerminal, mut app: App) -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    loop {
        terminal.draw(|frame| draw(frame, &app))?;
        let Event::Key(pressed) = event::read()? else {
            continue;
        };
        if !pressed.is_press() {
            continue;
        }
        match key_of(pressed) {
            Some(Asked::Key(key)) => {
                let now_ms = u64::try_from(start.elapsed().as_millis())?;
                if let Err(error) = app.press(key, now_ms) {
                    app.sides[app.focus].told = error.to_string();
                }
            }
            Some(Asked::Quit) => return Ok(()),
            None => {}
        }
    }
}

/// One person, over a relay.
fn alone(store: &str, url: &str, name: &str) -> Result<(), Box<dyn Error>> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let store = match Path::new(store).exists() {
        true => Store::open(store, &StoreOptions::new())?,
        false => Store::create(store, &StoreOptions::new())?,
    };
    runtime.block_on(async {
        let mut desk = Desk::open(store, url, name).await?;
        let mut terminal = ratatui::init();
        let ended = follow(&mut terminal, &mut desk).await;
        ratatui::restore();
        ended
    })
}

/// Does what keys ask for, and shows what comes.
async fn follow(terminal: &mut DefaultTerminal, desk: &mut Desk) -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    let (keys, mut pressed) = mpsc::channel(16);
    // It waits for the next key for as long as the program runs.
    thread::spawn(move || {
        while let Ok(event) = event::read() {
            if keys.blocking_send(event).is_err() {
                return;
            }
        }
    });
    let (mut changed, mut status) = (desk.changed(), desk.status());
    loop {
        let state = match status.borrow_and_update().phase {
            Phase::Live => "online",
            Phase::Offline => "OFFLINE",
            Phase::Waiting => "no relay answers; trying",
            _ => "connecting",
        };
        terminal.draw(|frame| draw_desk(frame, desk, state))?;
        let event = tokio::select! {
            event = pressed.recv() => event.ok_or("there are no more keys")?,
            news = changed.changed() => {
                news?;
                desk.meet().await?;
                continue;
            }
            news = status.changed() => {
                news?;
                continue;
            }
        };
        let Event::Key(key) = event else { continue };
        match key_of(key).filter(|_| key.is_press()) {
            Some(Asked::Key(key)) => {
                let now_ms = u64::try_from(start.elapsed().as_millis())?;
                if let Err(error) = desk.press(key, now_ms).await {
                    desk.side.told = error.to_string();
                }
            }
            Some(Asked::Quit) => return Ok(()),
            None => {}
        }
    }
}

enum Asked {
    Key(Key),
    Quit,
}

fn key_of(pressed: KeyEvent) -> Option<Asked> {
    let with_control = pressed.modifiers.contains(KeyModifiers::CONTROL);
    let key = match pressed.code {
        KeyCode::Char('q' | 'c') if with_control => return Some(Asked::Quit),
        KeyCode::Char('o') if with_control => Key::Line,
        KeyCode::Char('z') if with_control => Key::Undo,
        KeyCode::Char('y') if with_control => Key::Redo,
        KeyCode::Char('t') if with_control => Key::Title,
        KeyCode::Char('k') if with_control => Key::Settle,
        KeyCode::Char(typed) if !with_control => Key::Type(typed),
        KeyCode::Enter => Key::Type('\n'),
        KeyCode::Tab => Key::Switch,
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Delete => Key::Delete,
        KeyCode::Left => Key::Left,
        KeyCode::Right => Key::Right,
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        _ => return None,
    };
    Some(Asked::Key(key))
}
