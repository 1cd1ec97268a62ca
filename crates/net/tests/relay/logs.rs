//! Relays over another log than their store's own.
//!
//! - What holds of a relay over its store holds over another log.
//! - Several relays share one log: what is written at one comes to the clients of all, at once, and to one that begins later.
//! - A relay that lost its disk, or its log, has all of it again from the other.
//! - What the log has not taken is not said to be stored.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use syncline_net::{
    Acknowledge, Error, Limits, Log, LogError, MemoryLog, News, Phase, Record, Replica,
};
use syncline_store::{Options as StoreOptions, Store};

use crate::support::{Site, in_step, letters, over_logs, soon, until, until_reads};

/// The tests of the relay, over a log in memory behind each store.
mod over_a_log {
    macro_rules! again {
        ($($test:ident)*) => {
            $(#[test]
            fn $test() {
                super::over_logs(crate::$test);
            })*
        };
    }

    again! {
        what_is_written_apart_is_everywhere
        what_is_confirmed_is_on_the_relays_disk
        what_is_written_while_they_meet_is_confirmed
        a_relay_that_lost_its_disk_is_refilled
        a_token_shows_the_documents_that_it_says
        a_document_that_cannot_be_stored_leaves_the_others
        few_documents_are_in_memory_however_many_there_are
        who_may_only_read_is_told_so_and_others_go_on
        what_people_show_travels_at_once_and_goes_with_them
        an_edit_that_panics_changes_nothing
        an_edit_that_cannot_be_made_changes_nothing
    }
}

/// A site whose replica has this log.
fn over(log: impl Log) -> Site {
    Site::of(|store| Replica::open_with(store, Box::new(log), Limits::default()).unwrap())
}

#[tokio::test]
async fn relays_that_share_a_log_serve_the_same() {
    let log = MemoryLog::new();
    let [east, west] = [(); 2].map(|()| over(log.clone()));
    let [ann, ben] = [(); 2].map(|()| Site::new());
    ann.push("before", "written apart").await;
    // More than the log gives at once.
    for number in 0..60 {
        ann.push(&format!("before {number}"), "too").await;
    }
    let relays = [east.serve(None).await, west.serve(None).await];
    let hers = ann.follow(relays[0].address());
    let his = ben.follow(relays[1].address());
    in_step(&hers).await;
    until_reads(&ben, "before", "written apart").await;
    for number in 0..60 {
        until_reads(&ben, &format!("before {number}"), "too").await;
    }
    // What they type then comes by itself, both ways, and once.
    let written = ann.push("notes", "a").await;
    soon(ann.replica.confirmed(&written)).await.unwrap();
    until_reads(&ben, "notes", "a").await;
    let written = ben.push("notes", "b").await;
    soon(ben.replica.confirmed(&written)).await.unwrap();
    until_reads(&ann, "notes", "ab").await;
    in_step(&his).await;
    assert_eq!(log.records().len(), 63, "{:?}", log.records());
    // One that begins with an empty disk has all of it, and serves it.
    let south = over(log.clone());
    assert_eq!(south.body("notes").await.unwrap(), "ab");
    let relay = south.serve(None).await;
    let carl = Site::new();
    let theirs = carl.follow(relay.address());
    in_step(&theirs).await;
    assert_eq!(carl.body("before").await.unwrap(), "written apart");
    carl.push("notes", "c").await;
    until_reads(&ann, "notes", "abc").await;
    until_reads(&ben, "notes", "abc").await;
}

#[tokio::test]
async fn what_two_relays_write_at_once_is_the_same_everywhere() {
    let log = MemoryLog::new();
    let sites = [(); 3].map(|()| over(log.clone()));
    for round in 0..20 {
        for (number, site) in sites.iter().enumerate() {
            site.push("notes", &letters(round * 3 + number as u64, 40))
                .await;
        }
    }
    let mut bodies = Vec::new();
    for site in &sites {
        let mut changed = site.replica.changed();
        while site.body("notes").await.unwrap().len() < 20 * 3 * 40 {
            soon(changed.changed()).await.unwrap();
        }
        bodies.push(site.body("notes").await.unwrap());
    }
    assert!(bodies.iter().all(|body| *body == bodies[0]));
    // The log alone has it too.
    let last = over(log);
    assert_eq!(last.body("notes").await.unwrap(), bodies[0]);
}

#[tokio::test]
async fn what_a_store_had_before_goes_to_the_log() {
    let site = Site::new();
    site.push("notes", "from before").await;
    let store = soon(site.replica.clone().close()).await.unwrap();
    let log = MemoryLog::new();
    let open = |store| {
        let log = Box::new(log.clone());
        Replica::open_with(store, log, Limits::default()).unwrap()
    };
    let replica = open(store);
    assert_eq!(log.records().len(), 1);
    // What the log has is not appended again.
    let store = soon(replica.close()).await.unwrap();
    let replica = open(store);
    assert_eq!(log.records().len(), 1);
    let edited = replica.edit("notes", |tx| tx.text("body").push("!"));
    soon(edited).await.unwrap();
    let records = log.records();
    assert_eq!(records.len(), 2);
    assert!(records[1].version.includes(&records[0].version));
    // One character, not all of it.
    assert!(records[1].changes.len() < 60, "{:?}", records[1]);
    let read = over(log).body("notes").await;
    assert_eq!(read.as_deref(), Some("from before!"));
}

/// A log in memory that does not do what it is asked for, when it is told so.
#[derive(Default)]
struct Odd {
    log: MemoryLog,
    /// It takes nothing, makes nothing safe, gives nothing; it gives what others appended backwards first, with what is no record.
    refuses: Arc<AtomicBool>,
    loses: Arc<AtomicBool>,
    is_gone: bool,
    is_shuffled: bool,
}

impl Log for Odd {
    fn append(&mut self, records: &mut dyn Iterator<Item = Record>) -> Result<(), LogError> {
        match self.refuses.load(Ordering::SeqCst) {
            false => self.log.append(records),
            true => Err("it takes nothing".into()),
        }
    }

    fn acknowledge(&self) -> Option<Acknowledge> {
        let loses = Arc::clone(&self.loses);
        Some(Arc::new(move || match loses.load(Ordering::SeqCst) {
            false => Ok(()),
            true => Err("it keeps nothing".into()),
        }))
    }

    fn read_from(&mut self, position: u64) -> Result<(Vec<Record>, u64), LogError> {
        if self.is_gone {
            return Err("nobody answers".into());
        }
        let (mut records, next) = self.log.read_from(position)?;
        if self.is_shuffled {
            let backwards: Vec<Record> = records.iter().rev().cloned().collect();
            records.splice(..0, backwards);
            // A name that is too long, and what is no delta.
            for (name, changes) in [("x".repeat(5000), vec![]), ("notes".into(), vec![1, 2, 3])] {
                records.push(Record::new(name, Default::default(), changes));
            }
        }
        Ok((records, next))
    }

    fn watch(&mut self, news: News) -> Result<(), LogError> {
        self.log.watch(news)
    }
}

#[tokio::test]
async fn what_the_log_has_not_is_not_said_to_be_stored() {
    for is_taken in [false, true] {
        let log = MemoryLog::new();
        let [refuses, loses]: [Arc<AtomicBool>; 2] = Default::default();
        let middle = over(Odd {
            log: log.clone(),
            refuses: Arc::clone(&refuses),
            loses: Arc::clone(&loses),
            ..Odd::default()
        });
        let one = Site::new();
        let relay = middle.serve(None).await;
        let worker = one.follow(relay.address());
        let before = one.push("notes", "a").await;
        soon(one.replica.confirmed(&before)).await.unwrap();
        if is_taken { &loses } else { &refuses }.store(true, Ordering::SeqCst);
        let lost = one.push("notes", "b").await;
        let status = until(&worker, |status| status.phase == Phase::Waiting).await;
        let why = status.trouble.unwrap().what;
        assert!(why.contains("nothing"), "{why}");
        assert!(!one.replica.is_confirmed(&lost).await.unwrap());
        // It would take it now; what came between is not there, so nothing that follows is.
        for flag in [&refuses, &loses] {
            flag.store(false, Ordering::SeqCst);
        }
        let edited = middle.replica.edit("notes", |tx| tx.text("body").push("c"));
        assert!(matches!(soon(edited).await, Err(Error::NotStored { .. })));
        worker.stop().await;
        relay.shut_down().await;
        // Opened anew, the log has what the store does.
        let store = soon(middle.replica.clone().close()).await.unwrap();
        let replica = Replica::open_with(store, Box::new(log.clone()), Limits::default());
        let replica = replica.unwrap();
        let here = soon(replica.read("notes", |doc| doc.text("body").to_string()));
        let here = here.await.unwrap().unwrap();
        assert!(here.starts_with("ab"), "{here}");
        assert_eq!(over(log).body("notes").await.unwrap(), here);
    }
}

#[tokio::test]
async fn what_comes_out_of_order_or_makes_no_sense_harms_nothing() {
    let log = MemoryLog::new();
    let writer = over(log.clone());
    let mut expected = String::new();
    for number in 0..50 {
        expected.push_str(&format!("{number} "));
        writer.push("notes", &format!("{number} ")).await;
    }
    let reader = over(Odd {
        log: log.clone(),
        is_shuffled: true,
        ..Odd::default()
    });
    assert_eq!(reader.body("notes").await.unwrap(), expected);
    writer.push("notes", "later").await;
    until_reads(&reader, "notes", &format!("{expected}later")).await;
    // Nor is any of it appended again.
    assert_eq!(log.records().len(), 51);
}

#[tokio::test]
async fn a_log_that_cannot_be_read_is_told_when_it_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::create(folder.path().join("store"), &StoreOptions::new()).unwrap();
    let log = Odd {
        is_gone: true,
        ..Odd::default()
    };
    let opened = Replica::open_with(store, Box::new(log), Limits::default());
    let error = opened.err().unwrap();
    assert!(matches!(error, Error::Log { .. }));
    assert_eq!(error.to_string(), "the log: nobody answers");
    // The store is free for whoever opens it next.
    Store::open(folder.path().join("store"), &StoreOptions::new()).unwrap();
}
