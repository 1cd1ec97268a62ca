//! What the panes show, on a screen that is none.

use std::net::SocketAddr;
use std::time::Duration;

use syncline_net::{Limits, Phase, Relay, Replica, Status};
use syncline_store::{Durability, Options as StoreOptions, Store};
use tokio::time::timeout;

use super::app::App;
use super::desk::Desk;
use super::script::{BEGUN, parse, play, screen};

fn press(app: &mut App, keys: &str, now_ms: u64) {
    for key in parse(keys) {
        app.press(key, now_ms).expect("within the limits");
    }
}

fn app() -> App {
    App::new(BEGUN).expect("a small document")
}

fn texts(app: &App) -> [String; 2] {
    [app.sides[0].text(), app.sides[1].text()]
}

#[test]
fn keys_reach_the_other_while_both_are_online() {
    let mut app = app();
    press(&mut app, "!<switch><backspace>?", 0);
    // What Ada typed went behind Grace's caret.
    assert_eq!(
        texts(&app),
        ["Lunch on Friday\nin the kitchen\nat fou?!"; 2]
    );
}

#[test]
fn what_both_did_offline_stands_and_each_undoes_what_was_theirs() {
    let mut app = app();
    press(
        &mut app,
        "<line><home>exactly <switch><up><end> or the garden",
        0,
    );
    assert!(!app.is_connected());
    let [ada, grace] = texts(&app);
    assert!(!ada.contains("garden") && !grace.contains("exactly"));
    press(&mut app, "<switch><line>", 60_000);
    let both = "Lunch on Friday\nin the kitchen or the garden\nexactly at four";
    assert_eq!(texts(&app), [both; 2]);
    press(&mut app, "<undo>", 120_000);
    let without = both.replace("exactly ", "");
    assert_eq!(texts(&app), [without.as_str(); 2]);
    press(&mut app, "<redo>", 180_000);
    assert_eq!(texts(&app), [both; 2]);
}

#[test]
fn carets_stay_where_they_are_in_the_text() {
    let mut app = app();
    press(&mut app, "<up><up><home><switch>", 0);
    let [ada, grace] = &app.sides;
    assert_eq!((ada.at, ada.other_at), (0, Some(BEGUN.len())));
    assert_eq!((grace.at, grace.other_at), (BEGUN.len(), Some(0)));
    // Ada, offline, does not hear of Grace's keys, but her own move Grace's caret.
    press(
        &mut app,
        "<switch><line>Big l<delete><switch><backspace>",
        60_000,
    );
    assert_eq!(app.sides[0].other_at, Some(BEGUN.len() + 4));
    press(&mut app, "<switch><line>", 120_000);
    let [ada, grace] = &app.sides;
    assert_eq!(ada.text(), "Big lunch on Friday\nin the kitchen\nat fou");
    assert_eq!(
        (ada.at, ada.other_at),
        (grace.other_at.unwrap(), Some(grace.at))
    );
}

#[test]
fn two_titles_are_shown_until_one_is_settled() {
    let mut app = app();
    press(
        &mut app,
        "<line><up><up><home>A <title><switch><up><up><home>B <title><line><line>",
        0,
    );
    press(&mut app, "<switch><line>", 60_000);
    assert!(
        screen(&app, 100, 8).contains("BOTH "),
        "{}",
        screen(&app, 100, 8)
    );
    assert_eq!(app.sides[0].titles().len(), 2);
    let lost = app.sides[0].titles()[1].value.clone();
    press(&mut app, "<settle>", 120_000);
    for side in &app.sides {
        let titles = side.titles();
        assert_eq!((titles.len(), &titles[0].value), (1, &lost));
    }
    assert!(!screen(&app, 100, 8).contains("BOTH "));
    press(&mut app, "<settle>", 180_000);
    assert_eq!(app.sides[0].told, "no titles to choose from");
}

#[test]
fn a_screen_of_any_size_can_be_drawn() {
    let mut app = app();
    press(
        &mut app,
        "\n\n\n\n\nfar down, and far to the right, where a narrow pane does not reach",
        0,
    );
    for (width, height) in [(1, 1), (2, 2), (9, 4), (30, 6), (200, 60)] {
        screen(&app, width, height);
    }
    assert!(
        screen(&app, 60, 6).contains("reach│"),
        "{}",
        screen(&app, 60, 6)
    );
}

#[test]
fn the_script_ends_with_both_showing_the_same() {
    let played = play().expect("it can be played");
    assert!(played.contains("BOTH ") && played.contains("OFFLINE"));
    let last = played.rsplit("\n\n").nth(1).unwrap_or(&played);
    for line in ["Lunch on Thursday", "in the garden", "at five, with cake!"] {
        assert_eq!(
            last.replace(['│', '┊'], "").matches(line).count(),
            2,
            "{last}"
        );
    }
}

/// Waits until a desk shows that, taking in what comes.
async fn until(desk: &mut Desk, what: &str, is_so: impl Fn(&Desk) -> bool) {
    let mut changed = desk.changed();
    let waiting = async {
        loop {
            desk.meet().await.expect("within the limits");
            if is_so(desk) {
                return;
            }
            changed.changed().await.expect("it goes on");
        }
    };
    let waited = timeout(Duration::from_secs(30), waiting).await;
    waited.expect(what);
}

#[tokio::test]
async fn two_terminals_meet_at_a_relay_offline_and_online() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = |name: &str| {
        let options = StoreOptions::new().durability(Durability::Fast);
        Store::create(folder.path().join(name), &options).expect("a store")
    };
    let middle = Replica::open(store("relay"), Limits::default()).expect("a replica");
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let relay = Relay::start(middle, any, None).await.expect("it listens");
    let url = format!("ws://{}/", relay.address());
    let open = |name: &'static str| Desk::open(store(name), &url, name);
    let mut ada = open("Ada").await.expect("a desk");
    let mut grace = open("Grace").await.expect("a desk");
    let press = async |desk: &mut Desk, keys: &str, now_ms: u64| {
        for key in parse(keys) {
            desk.press(key, now_ms).await.expect("within the limits");
        }
    };
    press(&mut ada, "Lunch on Friday", 0).await;
    until(&mut grace, "Ada's text, name and caret", |desk| {
        let side = &desk.side;
        side.text() == "Lunch on Friday" && desk.others == ["Ada"] && side.other_at == Some(15)
    })
    .await;
    // Apart: both go on, and neither hears of the other.
    press(&mut ada, "<line><end>, at four", 60_000).await;
    let mut status = ada.status();
    let is_offline = |status: &Status| status.phase == Phase::Offline;
    status.wait_for(is_offline).await.expect("it goes on");
    press(&mut grace, "<home>Big <title>", 60_000).await;
    until(&mut grace, "Ada is gone", |desk| desk.others.is_empty()).await;
    assert_eq!(grace.side.text(), "Big Lunch on Friday");
    ada.meet().await.expect("within the limits");
    assert_eq!(ada.side.text(), "Lunch on Friday, at four");
    // Together: all that either wrote; and each undoes what was theirs.
    press(&mut ada, "<line>", 120_000).await;
    for desk in [&mut ada, &mut grace] {
        let is_both = |desk: &Desk| desk.side.text() == "Big Lunch on Friday, at four";
        until(desk, "what both wrote", is_both).await;
        assert_eq!(desk.side.titles().len(), 1);
    }
    press(&mut ada, "<undo>", 180_000).await;
    let is_undone = |desk: &Desk| desk.side.text() == "Big Lunch on Friday";
    until(&mut grace, "what Ada undid", is_undone).await;
    relay.shut_down().await;
}
