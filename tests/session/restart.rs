//! Pairs that know each other go on as such after both were saved and loaded.

use support::engine::peer;
use support::pair::Pair;
use support::small::{doc, loaded, type_at};
use syncline::Doc;
use syncline::sync::{Documents, Options, Resume, Workspace};

fn kept(resume: Option<Resume>, documents: &mut dyn Documents) -> Vec<u8> {
    let resume = resume.expect("settled");
    let kept = resume.keep(documents).expect("sound");
    kept.expect("little has changed")
}

/// Two of many peers, in step.
fn pair() -> Pair<Doc, Doc> {
    let mut here = doc(1);
    for id in 100..400 {
        here.set_peer(peer(id));
        type_at(&mut here, 0, "x");
    }
    let mut pair = Pair::new(here, doc(2));
    pair.run();
    pair
}

/// Each is saved when it has written so, then writes so, and is loaded.
fn restarted(before: [&str; 2], after: [&str; 2]) -> Pair<Doc, Doc> {
    let mut pair = pair();
    let resumes = [pair.asker.resume(), pair.answerer.resume()];
    type_at(&mut pair.here, 0, before[0]);
    type_at(&mut pair.there, 0, before[1]);
    let kept = [
        kept(resumes[0], &mut pair.here),
        kept(resumes[1], &mut pair.there),
    ];
    let mut here = loaded(&pair.here.save(), 3);
    let mut there = loaded(&pair.there.save(), 4);
    let resume = Resume::restore(&kept[0], &mut here).expect("sound");
    Resume::restore(&kept[1], &mut there).expect("sound");
    type_at(&mut here, 0, after[0]);
    type_at(&mut there, 0, after[1]);
    assert!(resume.is_some());
    Pair::resumed(here, there, resume)
}

#[test]
fn a_known_pair_is_known_after_a_restart() {
    for before in [["", ""], ["here", ""], ["", "there"], ["here", "there"]] {
        for after in [["", ""], ["later", ""], ["", "later"], ["later", "too"]] {
            let mut pair = restarted(before, after);
            pair.run();
            pair.agree();
            let is_still = before == ["", ""] && after == ["", ""];
            let most = if is_still { 64 } else { 600 };
            assert!(
                pair.sent <= most,
                "{before:?} {after:?}: {} bytes",
                pair.sent
            );
            assert!(
                pair.trips <= 1,
                "{before:?} {after:?}: {} trips",
                pair.trips
            );
            // And so on.
            let resume = pair.asker.resume();
            type_at(&mut pair.there, 0, "on");
            let mut pair = Pair::resumed(pair.here, pair.there, resume);
            pair.run();
            pair.agree();
            assert!(
                pair.trips <= 1 && pair.sent < 400,
                "{before:?} {after:?}: {} bytes, {resume:?}",
                pair.sent
            );
        }
    }
}

/// What one side remembers is not true any more: it was loaded from an older file.
#[test]
fn what_is_not_true_any_more_costs_a_trip() {
    let mut pair = pair();
    let old = pair.there.save();
    type_at(&mut pair.there, 0, "lost");
    let mut pair = Pair::resumed(pair.here, pair.there, pair.asker.resume());
    pair.run();
    let kept = kept(pair.asker.resume(), &mut pair.here);
    let mut here = loaded(&pair.here.save(), 3);
    let resume = Resume::restore(&kept, &mut here).expect("sound");
    let mut pair = Pair::resumed(here, loaded(&old, 5), resume);
    pair.run();
    pair.agree();
    assert_eq!(
        Resume::restore(b"nothing", &mut pair.here).expect("sound"),
        None
    );
}

/// What changed since cannot be told, but that nothing did.
#[test]
fn who_was_loaded_and_did_not_change_is_known() {
    let pair = pair();
    let (here, there) = (loaded(&pair.here.save(), 3), loaded(&pair.there.save(), 4));
    let mut pair = Pair::resumed(here, there, pair.asker.resume());
    assert_eq!(pair.run(), 1);
    assert!(pair.sent <= 64, "{} bytes", pair.sent);
    pair.agree();
}

#[test]
fn workspaces_are_known_after_a_restart() {
    let mut here = Workspace::new();
    for nth in 0..300 {
        type_at(here.open(&format!("{nth}")), 0, "text");
    }
    let mut pair = Pair::new(here, Workspace::new());
    pair.run();
    // More changes than there are documents.
    type_at(pair.here.open("5"), 0, "more ");
    type_at(pair.there.open("6"), 0, "more ");
    let mut pair = Pair::resumed(pair.here, pair.there, pair.asker.resume());
    pair.run();
    let resumes = [pair.asker.resume(), pair.answerer.resume()];
    let kept = [
        kept(resumes[0], &mut pair.here),
        kept(resumes[1], &mut pair.there),
    ];
    let load = |workspace: &Workspace, id: u64| {
        let mut again = Workspace::new();
        for name in workspace.names() {
            let doc = workspace.get(name).expect("its name");
            let nth: u64 = name.parse().expect("a number");
            again.insert(name, loaded(&doc.save(), id + nth));
        }
        again
    };
    let (mut here, mut there) = (load(&pair.here, 1_000), load(&pair.there, 2_000));
    let mut options = Options::default();
    options.resume = Resume::restore(&kept[0], &mut here).expect("sound");
    Resume::restore(&kept[1], &mut there).expect("sound");
    type_at(here.open("7"), 0, "more ");
    type_at(there.open("8"), 0, "more ");
    let mut pair = Pair::with(here, there, options, Options::default());
    pair.run();
    pair.agree();
    assert!(
        pair.trips == 1 && pair.sent < 400,
        "{} bytes, {} trips",
        pair.sent,
        pair.trips
    );
}
