//! Several connections that offer blobs to one side, of which some do not bring them. The clock is the test's.
//!
//! - Who offers a blob and is silent holds up nobody who offers it too, nor what they offer behind it.
//! - Who brings too little of it in its time gives way; where nobody else has it, it goes on however slow it is.
//! - What came stays, whoever brought it; what comes late is taken, and asked for once.
//! - A list that somebody made up does no harm to who has the blob.
//! - What is not whole has its bounds, of one principal and of all: what was touched least lately goes, and comes again from its first
//!   chunk; what is being brought has room to its end, and what has no room waits.
//! - What is read for somebody that they did not bring has a rate, which lets them wait, and nobody else.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use std::collections::BTreeSet;
use std::time::Duration;

use syncline::sync::key_of;
use syncline_store::{Blob, BlobId, Chunk, Collection, Job, Options, Store};
use tempfile::TempDir;

use super::claims::Claims;
use super::exchange::{Exchange, Moving, Sight};
use super::message::{Offer, Piece, Says};
use crate::ask::Id;
use crate::features::Features;
use crate::library::Library;
use crate::limits::Limits;
use crate::link::{Agreed, Link};
use crate::rights::Rights;

/// The side that lacks blobs, and a store that has them.
struct Bench {
    _folder: TempDir,
    library: Library,
    there: Store,
    claims: Claims,
    seconds: u64,
    /// There is no time to read what changed for the blobs to which it refers.
    is_busy: bool,
}

/// A connection on which blobs are offered.
struct Other {
    id: Id,
    name: String,
    exchange: Exchange,
    link: Link,
    /// What it is asked for and has not answered.
    asked: Vec<(BlobId, Piece)>,
    /// So many of its offers are settled.
    settled: u64,
    refused: Vec<String>,
}

impl Bench {
    /// A document refers to these blobs.
    fn new(blobs: &[&[u8]]) -> Bench {
        Bench::within(&Limits::default(), blobs)
    }

    fn within(limits: &Limits, blobs: &[&[u8]]) -> Bench {
        let folder = tempfile::tempdir().unwrap();
        let store = |name| Store::create(folder.path().join(name), &Options::new()).unwrap();
        let (here, mut there) = (store("here"), store("there"));
        let mut library = Library::open(here).unwrap();
        for blob in blobs {
            let name = there.put_blob(*blob).unwrap().to_string();
            let doc = library.made("album").unwrap().unwrap().doc_mut();
            doc.transact(|tx| tx.text("body").push(&name)).unwrap();
        }
        Bench {
            _folder: folder,
            library,
            there,
            claims: Claims::new(limits),
            seconds: 0,
            is_busy: false,
        }
    }

    /// Gives back the room of what was let go of, and tells how much that was.
    fn reclaim(&mut self) -> u64 {
        let store = self.library.store_mut();
        let mut collection = Collection::of_let_go(store).unwrap();
        collection.run(store).unwrap();
        let going = self.claims.unfinished.going();
        self.claims.unfinished.note_gone(going);
        going
    }

    fn pass(&mut self, seconds: u64) {
        self.seconds += seconds;
        self.claims.note_time(Duration::from_secs(self.seconds));
    }

    fn has(&mut self, bytes: &[u8]) -> bool {
        let blob = BlobId::of(bytes);
        self.library.store_mut().blob(&blob).is_ok()
    }

    /// Has a connection say what there is to say.
    fn step(&mut self, other: &mut Other) {
        let (rights, none) = (Rights::all(), BTreeSet::new());
        let sight = Sight {
            id: other.id,
            name: &other.name,
            link: &other.link,
            rights: &rights,
            held_back: &none,
            blob_bytes: 64 << 20,
        };
        let (library, claims) = (&mut self.library, &mut self.claims);
        match self.is_busy {
            true => drop(library.moment()),
            false => drop(library.read_blobs()),
        }
        while let Some(moving) = other.exchange.next(library, &sight, claims, true) {
            match moving {
                Moving::Say(Says::Want { blob, piece, .. }) => other.asked.push((blob, piece)),
                Moving::Say(Says::Settled(settled)) => other.settled = settled,
                Moving::Say(Says::Refused { why, .. }) => other.refused.push(why),
                Moving::Say(says) => panic!("{says:?}"),
                Moving::Finished(_) => {}
            }
        }
    }

    fn take(&mut self, other: &mut Other, says: Says) -> Result<(), &'static str> {
        let at = (&mut self.library, other.id, &mut self.claims);
        let taken = other.exchange.take(says, at);
        self.step(other);
        taken
    }

    /// A connection that offers these.
    fn offer(&mut self, id: Id, blobs: &[&[u8]]) -> Other {
        self.offer_of("Ann", id, blobs)
    }

    /// One of somebody.
    fn offer_of(&mut self, name: &str, id: Id, blobs: &[&[u8]]) -> Other {
        let mut other = Other {
            id,
            name: name.to_owned(),
            exchange: Exchange::default(),
            link: Link::answer(
                Agreed {
                    features: Features::all(),
                    takes: 4 << 20,
                },
                &Limits::default(),
            ),
            asked: Vec::new(),
            settled: 0,
            refused: Vec::new(),
        };
        let offer = |blob: &&[u8]| Offer {
            blob: BlobId::of(blob),
            bytes: blob.len() as u64,
            document: key_of("album"),
        };
        let offers = blobs.iter().map(offer).collect();
        let is_all = true;
        self.take(&mut other, Says::Offer { is_all, offers })
            .unwrap();
        other
    }

    /// What whoever has the blob answers to the oldest question.
    fn answer(&self, other: &mut Other) -> Says {
        let (blob, piece) = other.asked.remove(0);
        match piece {
            Piece::List { number } => match self.there.blob_part(&blob, number) {
                Ok(part) => Says::List {
                    number,
                    chunks: part.chunks,
                },
                Err(_) => Says::Gone,
            },
            Piece::Chunk { offset, bytes } => {
                let mut buffer = vec![0; bytes as usize];
                let mut reader = self.there.open_blob(&blob).unwrap();
                match reader.fill(offset, &mut buffer) {
                    Ok(()) => Says::Chunk(buffer),
                    Err(_) => Says::Gone,
                }
            }
        }
    }

    /// It answers so many questions.
    fn bring(&mut self, other: &mut Other, most: usize) {
        for _ in 0..most {
            if other.asked.is_empty() {
                return;
            }
            let answer = self.answer(other);
            assert_eq!(self.take(other, answer), Ok(()));
        }
    }
}

fn noise(seed: u64, count: usize) -> Vec<u8> {
    let mut state = seed;
    let byte = |_| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 56) as u8
    };
    (0..count).map(byte).collect()
}

/// Which blobs it is asked for.
fn wanted(other: &Other) -> Vec<BlobId> {
    other.asked.iter().map(|(blob, _)| *blob).collect()
}

#[test]
fn who_is_silent_holds_up_nobody() {
    let mut bench = Bench::new(&[b"held", b"behind"]);
    let mut silent = bench.offer(1, &[b"held"]);
    let mut two = bench.offer(2, &[b"held", b"behind"]);
    assert_eq!(wanted(&silent), [BlobId::of(b"held")]);
    assert_eq!(wanted(&two), [BlobId::of(b"behind")]);
    bench.bring(&mut two, 9);
    assert!(bench.has(b"behind") && !bench.has(b"held"));
    // What was offered first is not settled.
    assert_eq!((two.settled, two.asked.len()), (0, 0));
    for _ in 0..19 {
        bench.pass(1);
        assert!(!two.exchange.has_news(&bench.claims));
        bench.step(&mut two);
    }
    assert_eq!(wanted(&two), []);
    bench.pass(1);
    assert!(two.exchange.has_news(&bench.claims));
    bench.step(&mut two);
    assert_eq!(wanted(&two), [BlobId::of(b"held")]);
    assert!(!two.exchange.has_news(&bench.claims));
    bench.bring(&mut two, 9);
    assert!(bench.has(b"held"));
    assert_eq!((two.settled, silent.settled), (2, 0));
    // It answers after all: that is no fault, and it is asked for no more.
    bench.bring(&mut silent, 1);
    assert_eq!((silent.settled, silent.asked.len()), (1, 0));
    assert_eq!((silent.exchange.lapses(), two.exchange.lapses()), (1, 0));
}

#[test]
fn who_trickles_gives_way_and_brings_it_where_nobody_else_has_it() {
    let bytes = noise(1, 3_000_000);
    for has_another in [true, false] {
        let mut bench = Bench::new(&[&bytes]);
        let mut slow = bench.offer(1, &[&bytes]);
        bench.bring(&mut slow, 1);
        let mut two = has_another.then(|| bench.offer(2, &[&bytes]));
        let mut passed = 0;
        while !bench.has(&bytes) {
            // Half of what it should bring, about.
            bench.pass(2);
            passed += 2;
            bench.bring(&mut slow, 1);
            if let Some(two) = &mut two {
                bench.step(two);
                bench.bring(two, usize::MAX);
            }
        }
        let is_soon = (20..80).contains(&passed);
        assert_eq!(is_soon, has_another, "{passed}");
        assert_eq!(slow.exchange.lapses(), 0);
        // What came of it was not asked for again.
        if let Some(two) = two {
            let [slow, two] = [slow, two].map(|mut other| other.exchange.news().unwrap());
            let both = slow.received_bytes + two.received_bytes;
            assert!(slow.received_bytes > 100_000 && both < 3_000_000 + 4 * (256 << 10));
        }
    }
}

#[test]
fn of_two_who_offer_the_same_one_is_asked_and_the_other_told() {
    let bytes = noise(2, 1_000_000);
    let mut bench = Bench::new(&[&bytes]);
    // Twice, as of two documents that refer to it.
    let mut one = bench.offer(1, &[&bytes, &bytes]);
    let mut two = bench.offer(2, &[&bytes, &bytes]);
    assert!(two.asked.is_empty());
    bench.bring(&mut one, 8);
    // The one is gone: the other goes on with what did not come.
    one.exchange.abandon(1, &mut bench.claims);
    assert!(two.exchange.has_news(&bench.claims));
    bench.step(&mut two);
    let mut three = bench.offer(3, &[&bytes]);
    assert!(three.asked.is_empty());
    bench.bring(&mut two, usize::MAX);
    assert!(bench.has(&bytes));
    assert_eq!(two.settled, 2);
    assert!(three.exchange.has_news(&bench.claims));
    bench.step(&mut three);
    assert_eq!((three.settled, three.asked.len()), (1, 0));
    let [one, two] = [one, two].map(|mut other| other.exchange.news().unwrap());
    assert!(one.received_bytes > 100_000);
    assert_eq!(one.received_bytes + two.received_bytes, 1_000_000);
}

#[test]
fn who_let_a_claim_lapse_goes_on_when_the_next_does_not_bring_it_either() {
    let bytes = noise(3, 2_000_000);
    let mut bench = Bench::new(&[&bytes]);
    let mut one = bench.offer(1, &[&bytes]);
    let mut two = bench.offer(2, &[&bytes]);
    bench.bring(&mut one, 5);
    bench.pass(60);
    // Whoever offers it now takes it over, and is asked for nothing that is there.
    bench.step(&mut two);
    assert!(two.asked.len() == 4 && one.asked.len() == 4);
    // What comes late is taken, even what is not it, and what it is asked for ends there.
    bench.bring(&mut one, 3);
    one.asked.clear();
    assert_eq!(bench.take(&mut one, Says::Chunk(vec![7; 7])), Ok(()));
    assert!(one.asked.is_empty());
    bench.pass(60);
    bench.step(&mut one);
    assert_eq!((one.asked.len(), one.exchange.lapses()), (4, 1));
    bench.bring(&mut one, usize::MAX);
    assert!(bench.has(&bytes));
    assert_eq!(
        (one.settled, one.exchange.news().unwrap().received_bytes),
        (1, 2_000_000)
    );
    // The second says that it has it no more.
    for _ in 0..4 {
        assert_eq!(bench.take(&mut two, Says::Gone), Ok(()));
    }
    assert_eq!(two.settled, 1);
    assert!(two.refused.is_empty());
    assert_eq!(
        bench.take(&mut two, Says::Gone),
        Err("nothing was asked for")
    );
}

#[test]
fn what_is_open_about_one_is_answered_before_the_next_is_asked_for() {
    let bytes = noise(6, 2_000_000);
    let mut bench = Bench::new(&[&bytes, b"next"]);
    let mut one = bench.offer(1, &[&bytes, b"next"]);
    bench.bring(&mut one, 8);
    one.asked.clear();
    for _ in 0..3 {
        assert_eq!(bench.take(&mut one, Says::Gone), Ok(()));
        assert!(one.asked.is_empty());
    }
    assert_eq!((one.refused.len(), one.settled), (1, 1));
    assert_eq!(bench.take(&mut one, Says::Gone), Ok(()));
    assert_eq!(wanted(&one), [BlobId::of(b"next")]);
}

#[test]
fn what_could_not_be_read_yet_is_looked_at_later() {
    let mut bench = Bench::new(&[b"later"]);
    bench.is_busy = true;
    let mut one = bench.offer(1, &[b"later"]);
    assert_eq!((one.asked.len(), one.settled), (0, 0));
    bench.is_busy = false;
    assert!(!one.exchange.has_news(&bench.claims));
    bench.pass(1);
    assert!(one.exchange.has_news(&bench.claims));
    bench.step(&mut one);
    bench.bring(&mut one, 9);
    assert!(bench.has(b"later"));
}

#[test]
fn a_list_that_was_made_up_does_no_harm_to_who_has_the_blob() {
    let bytes = noise(4, 600_000);
    let of = |pieces: &[&[u8]]| pieces.iter().map(|piece| Chunk::of(piece)).collect();
    let whole = || of(&[&[1; 200_000], &[2; 200_000], &[3; 200_000]]);
    // All of a list, whose chunks are never brought; the beginning of one; one that has no room left for the rest.
    for (chunks, is_brought) in [
        (whole(), false),
        (whole(), true),
        (of(&[&[1; 20_000]]), false),
        (of(&[&[1; 200_000], &[2; 200_000], &[3; 199_999]]), false),
    ] {
        let mut bench = Bench::new(&[&bytes]);
        let mut liar = bench.offer(1, &[&bytes]);
        let number = 0;
        assert_eq!(bench.take(&mut liar, Says::List { number, chunks }), Ok(()));
        if is_brought {
            for piece in [1, 2] {
                let taken = bench.take(&mut liar, Says::Chunk(vec![piece; 200_000]));
                assert_eq!(taken, Ok(()));
            }
        }
        liar.exchange.abandon(1, &mut bench.claims);
        let mut two = bench.offer(2, &[&bytes]);
        bench.bring(&mut two, usize::MAX);
        assert!(bench.has(&bytes));
        assert_eq!((two.settled, two.refused.len()), (1, 0));
    }
}

#[test]
fn who_makes_up_a_list_alone_is_found_out() {
    let bytes = noise(5, 600_000);
    let list = |pieces: &[u8]| Says::List {
        number: 0,
        chunks: pieces
            .iter()
            .map(|piece| Chunk::of(&[*piece; 200_000]))
            .collect(),
    };
    let mut bench = Bench::new(&[&bytes]);
    let mut liar = bench.offer(1, &[&bytes]);
    // A part of it with next to nothing: there would be as many as there are bytes.
    let number = 0;
    let chunks = vec![Chunk::of(&[1; 1000]); 16];
    let wrong = Err("what it says is no list of the blob's chunks");
    assert_eq!(bench.take(&mut liar, Says::List { number, chunks }), wrong);
    let mut liar = bench.offer(9, &[&bytes]);
    liar.asked.clear();
    bench.claims.note_time(Duration::from_secs(50));
    bench.step(&mut liar);
    // Too much for the blob.
    assert_eq!(bench.take(&mut liar, list(&[1, 2, 3, 4])), wrong);
    let mut liar = bench.offer(2, &[&bytes]);
    liar.asked.clear();
    bench.claims.note_time(Duration::from_secs(100));
    bench.step(&mut liar);
    assert_eq!(bench.take(&mut liar, list(&[1, 2, 3])), Ok(()));
    let other = Says::Chunk(vec![7; 200_000]);
    assert_eq!(
        bench.take(&mut liar, other),
        Err("bytes of a blob that are other ones")
    );
    // All that it said, and it is another blob.
    let mut liar = bench.offer(3, &[&bytes]);
    bench.claims.note_time(Duration::from_secs(200));
    bench.step(&mut liar);
    for piece in [1, 2, 3] {
        assert_eq!(
            bench.take(&mut liar, Says::Chunk(vec![piece; 200_000])),
            Ok(())
        );
    }
    // Some of the list was from the one before: once more, by its own alone.
    assert_eq!(bench.take(&mut liar, list(&[1, 2, 3])), Ok(()));
    assert!(!bench.has(&bytes));
    assert_eq!((liar.settled, liar.refused.len()), (1, 1));
}

/// Of one principal 1.5 MB, and of all 2.5 MB.
fn bounded() -> Limits {
    let mut limits = Limits::default();
    (limits.unfinished_bytes_of_one, limits.unfinished_bytes) = (1_500_000, 2_500_000);
    limits
}

/// Some of a blob of 1 MB comes, until 600 to 900 KB of it are here.
fn bring_some(bench: &mut Bench, other: &mut Other, bytes: &[u8]) {
    let is_little = |bench: &mut Bench| {
        let unfinished = bench.library.store_mut().unfinished_blobs().unwrap();
        let mut these = unfinished
            .iter()
            .filter(|one| one.blob.id == BlobId::of(bytes));
        these.next().is_none_or(|one| one.held < 600_000)
    };
    while is_little(bench) {
        assert!(!other.asked.is_empty());
        bench.bring(other, 1);
    }
}

/// And no more on that connection.
fn cut_short(bench: &mut Bench, name: &str, id: Id, bytes: &[u8]) {
    let mut other = bench.offer_of(name, id, &[bytes]);
    bring_some(bench, &mut other, bytes);
    other.exchange.abandon(id, &mut bench.claims);
}

/// Which of these are not whole, in the order in which they began.
fn unfinished(bench: &mut Bench, all: &[Vec<u8>]) -> Vec<usize> {
    let unfinished = bench.library.store_mut().unfinished_blobs().unwrap();
    let position = |blob| all.iter().position(|bytes| BlobId::of(bytes) == blob);
    let unfinished = unfinished.iter().map(|one| position(one.blob.id).unwrap());
    unfinished.collect()
}

#[test]
fn what_is_not_whole_goes_when_there_is_too_much_of_it_the_oldest_untouched_first() {
    let all: Vec<Vec<u8>> = (10..16).map(|seed| noise(seed, 1_000_000)).collect();
    let blobs: Vec<&[u8]> = all.iter().map(Vec::as_slice).collect();
    let mut bench = Bench::within(&bounded(), &blobs);
    cut_short(&mut bench, "Ann", 1, &all[0]);
    cut_short(&mut bench, "Ben", 2, &all[1]);
    cut_short(&mut bench, "Ann", 3, &all[2]);
    assert_eq!(unfinished(&mut bench, &all), [0, 1, 2]);
    assert_eq!(bench.claims.unfinished.going(), 0);
    // Touched once more, it is not the oldest; too much of hers is no matter of his.
    cut_short(&mut bench, "Ann", 4, &all[0]);
    cut_short(&mut bench, "Ann", 5, &all[3]);
    assert_eq!(unfinished(&mut bench, &all), [0, 1, 3]);
    let going = bench.reclaim();
    assert!((600_000..900_000).contains(&going), "{going}");
    // Too much of all: his was touched least lately, and hers next.
    cut_short(&mut bench, "Carl", 6, &all[4]);
    cut_short(&mut bench, "Dan", 7, &all[5]);
    assert_eq!(unfinished(&mut bench, &all), [3, 4, 5]);
    let going = bench.reclaim();
    assert!((1_200_000..1_800_000).contains(&going), "{going}");
    // What went comes again, all of it, and nobody is told of any fault.
    let mut ben = bench.offer_of("Ben", 8, &[&all[1]]);
    bench.bring(&mut ben, usize::MAX);
    assert!(bench.has(&all[1]));
    assert_eq!((ben.settled, ben.refused.len()), (1, 0));
    let received = ben.exchange.news().unwrap().received_bytes;
    assert_eq!(received, 1_000_000);
    // What is whole is not counted.
    let before = unfinished(&mut bench, &all);
    cut_short(&mut bench, "Eve", 9, &all[before[0]]);
    assert_eq!(unfinished(&mut bench, &all), before);
}

#[test]
fn what_is_brought_has_room_to_its_end_and_the_next_waits_for_it() {
    let all: Vec<Vec<u8>> = (20..23).map(|seed| noise(seed, 1_000_000)).collect();
    let blobs: Vec<&[u8]> = all.iter().map(Vec::as_slice).collect();
    for is_silent in [false, true] {
        let mut bench = Bench::within(&bounded(), &blobs);
        let mut one = bench.offer(1, &[&all[0]]);
        let mut two = bench.offer(2, &[&all[1]]);
        let mut ben = bench.offer_of("Ben", 3, &[&all[2]]);
        assert!(two.asked.is_empty() && !two.exchange.has_news(&bench.claims));
        assert!(!ben.asked.is_empty());
        match is_silent {
            // Who is silent holds its room no longer than a claim.
            true => bench.pass(20),
            false => {
                bench.bring(&mut one, usize::MAX);
                bench.pass(1);
            }
        }
        assert!(two.exchange.has_news(&bench.claims));
        bench.step(&mut two);
        bench.bring(&mut two, usize::MAX);
        bench.bring(&mut ben, usize::MAX);
        assert_eq!((two.settled, ben.settled), (1, 1));
        assert_eq!(
            [0, 1, 2].map(|at| bench.has(&all[at])),
            [!is_silent, true, true]
        );
        // It is asked for what it was slow with all the same.
        bench.bring(&mut one, usize::MAX);
        assert_eq!((one.settled, one.refused.len()), (1, 0));
    }
}

#[test]
fn who_brings_too_slowly_begins_afresh_when_others_need_the_room() {
    let all: Vec<Vec<u8>> = (30..32).map(|seed| noise(seed, 1_000_000)).collect();
    let blobs: Vec<&[u8]> = all.iter().map(Vec::as_slice).collect();
    let mut bench = Bench::within(&bounded(), &blobs);
    let mut slow = bench.offer(1, &[&all[0]]);
    bring_some(&mut bench, &mut slow, &all[0]);
    bench.pass(100);
    let mut two = bench.offer(2, &[&all[1]]);
    bench.bring(&mut two, usize::MAX);
    assert!(bench.has(&all[1]));
    assert!(unfinished(&mut bench, &all).is_empty());
    // What it was asked for is answered, and then it is asked from the first chunk on.
    bench.reclaim();
    bench.bring(&mut slow, usize::MAX);
    assert!(bench.has(&all[0]));
    assert_eq!(
        (slow.settled, slow.refused.len(), slow.exchange.lapses()),
        (1, 0, 1)
    );
    let received = slow.exchange.news().unwrap().received_bytes;
    assert!(received > 1_600_000, "{received}");
}

#[test]
fn what_is_not_whole_counts_when_it_is_opened_again_and_is_nobodys() {
    let all: Vec<Vec<u8>> = (40..43).map(|seed| noise(seed, 1_000_000)).collect();
    let blobs: Vec<&[u8]> = all.iter().map(Vec::as_slice).collect();
    let mut bench = Bench::within(&bounded(), &blobs);
    for (id, bytes) in all.iter().enumerate() {
        cut_short(&mut bench, &id.to_string(), id as Id, bytes);
    }
    bench.claims = Claims::new(&bounded());
    bench.claims.count(bench.library.store_mut()).unwrap();
    assert_eq!(bench.claims.unfinished.going(), 0);
    cut_short(&mut bench, "Ann", 8, &all[0]);
    assert_eq!(unfinished(&mut bench, &all), [0, 1, 2]);
    let mut ann = bench.offer(9, &[&all[0]]);
    bench.bring(&mut ann, usize::MAX);
    assert!(bench.has(&all[0]));
    assert_eq!(unfinished(&mut bench, &all), [1, 2]);
    // A list that was let go of lies there still.
    bench
        .library
        .store_mut()
        .let_go_unfinished(&Blob::new(BlobId::of(&all[1]), 1_000_000))
        .unwrap();
    bench.claims = Claims::new(&bounded());
    bench.claims.count(bench.library.store_mut()).unwrap();
    assert!(bench.claims.unfinished.going() > 0);
}

#[test]
fn what_is_read_and_did_not_come_is_paid_for_by_waiting() {
    // All of the second is here as chunks of the first.
    let [one, more] = [noise(50, 900_000), noise(51, 300_000)];
    let two = [&*one, &*one].concat();
    let mut bench = Bench::new(&[&one, &two, &more]);
    let at_once = 128 << 20;
    bench.claims.note_read("Ann", at_once);
    let mut ann = bench.offer(1, &[&one]);
    bench.bring(&mut ann, usize::MAX);
    assert!(bench.has(&one));
    // What came costs nothing more.
    assert_eq!(bench.claims.reads_from("Ann"), None);
    let mut again = bench.offer(2, &[&two]);
    bench.bring(&mut again, usize::MAX);
    assert!(bench.has(&two));
    let from = bench.claims.reads_from("Ann").unwrap();
    let expected = Duration::from_millis(100)..Duration::from_millis(230);
    assert!(expected.contains(&from), "{from:?}");
    // She waits, on whatever connection, before anything is begun for her; others do not.
    let mut third = bench.offer(3, &[&more]);
    assert!(third.asked.is_empty() && !third.exchange.has_news(&bench.claims));
    let ben = bench.offer_of("Ben", 4, &[&more]);
    assert_eq!(ben.asked.len(), 1);
    ben.exchange.abandon(4, &mut bench.claims);
    bench.pass(1);
    assert!(third.exchange.has_news(&bench.claims));
    bench.step(&mut third);
    assert_eq!(third.asked.len(), 1);
    // What is all here is held against its name later, too.
    bench.claims.note_read("Ann", at_once);
    bench.bring(&mut third, usize::MAX);
    assert!(!bench.has(&more) && third.asked.is_empty());
    assert_eq!((third.settled, third.refused.len()), (0, 0));
    assert!(!third.exchange.has_news(&bench.claims));
    bench.pass(16);
    assert!(third.exchange.has_news(&bench.claims));
    bench.step(&mut third);
    assert!(bench.has(&more));
    assert_eq!(third.settled, 1);
}

#[test]
fn a_list_that_is_gone_on_with_costs_as_much_as_it_is_long() {
    let bytes = noise(52, 3_000_000);
    let mut bench = Bench::new(&[&bytes]);
    let mut ann = bench.offer(1, &[&bytes]);
    bench.bring(&mut ann, 10);
    ann.exchange.abandon(1, &mut bench.claims);
    bench.claims.note_read("Ann", 128 << 20);
    assert_eq!(bench.claims.reads_from("Ann"), None);
    let mut ann = bench.offer(2, &[&bytes]);
    assert_eq!(ann.asked.len(), 4);
    assert!(bench.claims.reads_from("Ann").is_some());
    bench.bring(&mut ann, 1);
}

#[test]
fn a_list_of_next_to_nothing_is_no_list_and_does_no_harm_to_who_has_the_blob() {
    let bytes = noise(53, 600_000);
    let mut bench = Bench::new(&[&bytes]);
    let mut liar = bench.offer(1, &[&bytes]);
    let (number, chunks) = (0, vec![Chunk::of(&[1; 1000]); 16]);
    let wrong = Err("what it says is no list of the blob's chunks");
    assert_eq!(bench.take(&mut liar, Says::List { number, chunks }), wrong);
    liar.exchange.abandon(1, &mut bench.claims);
    let mut two = bench.offer(2, &[&bytes]);
    bench.bring(&mut two, usize::MAX);
    assert!(bench.has(&bytes));
    let received = two.exchange.news().unwrap().received_bytes;
    assert_eq!((two.settled, two.refused.len(), received), (1, 0, 600_000));
}

#[test]
fn what_stands_in_a_blob_often_is_asked_for_once() {
    let bytes = vec![7; 2_000_000];
    let mut bench = Bench::new(&[&bytes]);
    let mut one = bench.offer(1, &[&bytes]);
    bench.bring(&mut one, 1);
    // The chunk that all is, and what is left at the end.
    assert!((1..=2).contains(&one.asked.len()), "{:?}", one.asked);
    bench.bring(&mut one, usize::MAX);
    assert!(bench.has(&bytes));
    let received = one.exchange.news().unwrap().received_bytes;
    assert!(received < 600_000, "{received}");
}
