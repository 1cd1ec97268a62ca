//! Blobs travel with the documents that refer to them.
//!
//! - They come where the document does, whichever was there first, and what is confirmed includes them.
//! - Chunks that the other side has are not sent.
//! - Who may not see a document gets none of its blobs, not even by asking for them by name, and who may not write it brings none.
//! - What is too large is refused by name, and the rest goes on. Where one side cannot do blobs, documents travel all the same.

use syncline::Doc;
use syncline::sync::{Workspace, key_of};
use syncline_net::{BlobState, Features, Limits, Phase};
use syncline_store::BlobId;

use crate::speaker::Speaker;
use crate::support::{Site, in_step, noise, pair, soon, until};

use super::follow;

/// Waits until a blob is at a site; gives its bytes.
async fn until_has(site: &Site, blob: BlobId) -> Vec<u8> {
    loop {
        if let Some(bytes) = site.has(blob).await {
            return bytes;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_blob_comes_where_its_document_does() {
    let [middle, one, two] = [(); 3].map(|()| Site::new());
    let bytes = noise(1, 3_000_000);
    let early = one.put("album", &bytes).await;
    let relay = middle.serve(None).await;
    let mine = one.follow(relay.address());
    let status = in_step(&mine).await;
    // What is confirmed is there, with all that it refers to.
    assert_eq!(middle.has(early).await.as_deref(), Some(&*bytes));
    assert_eq!((status.blobs.stored, status.blobs.offered), (1, 1));
    assert!(
        status.blobs.sent_bytes == 3_000_000 && status.blobs.jobs.is_empty(),
        "{status:?}"
    );
    let theirs = two.follow(relay.address());
    let status = in_step(&theirs).await;
    assert_eq!(two.has(early).await.as_deref(), Some(&*bytes));
    assert_eq!(
        (status.blobs.received, status.blobs.received_bytes),
        (1, 3_000_000)
    );
    // While they are connected: the name first, then the blob; and the other way.
    let late = BlobId::of(b"late");
    two.push("album", &format!("{late}")).await;
    let status = in_step(&theirs).await;
    assert_eq!(status.blobs.stored, status.blobs.offered);
    assert_eq!(two.replica.put_blob(b"late".to_vec()).await.unwrap(), late);
    assert_eq!(until_has(&one, late).await, b"late");
    let other = one.put("album", b"other").await;
    assert_eq!(until_has(&two, other).await, b"other");
    assert_eq!(middle.has(late).await.unwrap(), b"late");
    // What nothing refers to stays where it is.
    let alone = one.replica.put_blob(b"alone".to_vec()).await.unwrap();
    one.put("album", b"another").await;
    in_step(&mine).await;
    assert_eq!(middle.has(alone).await, None);
}

#[tokio::test]
async fn what_the_other_side_has_of_it_is_not_sent() {
    let (middle, _relay, one, worker) = pair(&Limits::default()).await;
    let bytes = noise(2, 2_000_000);
    one.put("album", &bytes).await;
    assert_eq!(in_step(&worker).await.blobs.sent_bytes, 2_000_000);
    // A letter in the middle: the chunk around it is another one.
    let mut changed = bytes.clone();
    changed.insert(1_000_000, 7);
    let blob = one.put("album", &changed).await;
    let status = until(&worker, |status| {
        status.blobs.stored >= 2 && status.is_confirmed
    })
    .await;
    let sent = status.blobs.sent_bytes - 2_000_000;
    assert!((1..=600_000).contains(&sent), "{sent}");
    assert_eq!(middle.has(blob).await.as_deref(), Some(&*changed));
    // It knows what it has also when they meet again.
    worker.pause();
    until(&worker, |status| status.phase == Phase::Paused).await;
    worker.resume();
    let status = until(&worker, |status| status.is_confirmed).await;
    assert_eq!((status.blobs.sent_bytes, status.blobs.stored), (0, 2));
}

#[tokio::test]
async fn a_blob_is_offered_once_its_document_is_there() {
    let (middle, _relay, one, worker) = pair(&Limits::default()).await;
    in_step(&worker).await;
    let blob = one.replica.put_blob(b"a picture".to_vec()).await.unwrap();
    // More of the document than may be on its way at once, and then what refers to the blob.
    let act = move |doc: &mut Doc| {
        for key in 0..40 {
            let part = noise(key + 1, 100_000);
            doc.transact(|tx| tx.map("parts").set(&key.to_string(), part))?;
        }
        doc.transact(|tx| tx.text("body").push(&blob.to_string()))
    };
    one.replica.with("album", act).await.unwrap();
    assert_eq!(soon(until_has(&middle, blob)).await, b"a picture");
}

#[tokio::test]
async fn what_was_offered_is_not_offered_again_with_each_that_follows() {
    let middle = Site::new();
    middle.put("album", b"0").await;
    let relay = middle.serve(None).await;
    let mut speaker = Speaker::greet(relay.address(), None, 3, Workspace::new()).await;
    let offered = |speaker: &Speaker| {
        let offers = speaker.heard.iter().filter(|frame| frame[0] == 4);
        offers.map(|offer| (offer.len() - 2) / 48).sum::<usize>()
    };
    for count in 1..5 {
        speaker.until(|speaker| offered(speaker) >= count).await;
        assert_eq!(offered(&speaker), count);
        middle.put("album", count.to_string().as_bytes()).await;
    }
}

#[tokio::test]
async fn rights_hold_for_blobs_too() {
    let [middle, ann, ben] = [(); 3].map(|()| Site::new());
    let tokens =
        "0123456789abcdef Ann\nfedcba9876543210 Ben ben/\nfedcba9876543210 Ben read: rules";
    let relay = middle.serve(Some(tokens)).await;
    let hidden = ann.put("ann/album", b"hidden").await;
    let shown = ann.put("rules", b"shown").await;
    let hers = follow(&ann, &relay, "0123456789abcdef");
    in_step(&hers).await;
    let own = ben.put("ben/album", b"own").await;
    let his = follow(&ben, &relay, "fedcba9876543210");
    in_step(&his).await;
    assert_eq!(until_has(&ben, shown).await, b"shown");
    assert_eq!(ben.has(hidden).await, None);
    assert_eq!(until_has(&ann, own).await, b"own");
    // A document that he may only read takes no blob of his: the relay's does not refer to it.
    let brought = ben.put("rules", b"brought").await;
    until(&his, |status| {
        status.refused.contains_key("rules") && status.is_confirmed
    })
    .await;
    ann.push("rules", &format!("{brought}")).await;
    in_step(&hers).await;
    ben.push("ben/album", "!").await;
    in_step(&his).await;
    assert_eq!(middle.has(brought).await, None);
    assert_eq!(ann.has(brought).await, None);
}

#[tokio::test]
async fn blobs_of_hidden_documents_are_neither_offered_nor_given() {
    let middle = Site::new();
    let hidden = middle.put("ben/album", b"hidden").await;
    let shown = middle.put("ann/album", b"shown").await;
    let relay = middle.serve(Some("0123456789abcdef Ann ann/")).await;
    let features = 3;
    let token = Some("0123456789abcdef");
    let mut ann = Speaker::greet(relay.address(), token, features, Workspace::new()).await;
    let is_all_offered = |frame: &Vec<u8>| frame[..2] == [4, 1];
    ann.until(|ann| ann.heard.iter().any(is_all_offered)).await;
    let offers = ann.heard.iter().filter(|frame| frame[0] == 4);
    let offered: Vec<&[u8]> = offers.flat_map(|offer| offer[2..].chunks(48)).collect();
    let [only] = offered[..] else {
        panic!("{offered:?}");
    };
    assert_eq!(only[..32], *shown.as_bytes());
    // By its name, as if it were of a document of hers, of the one it is of, or of none.
    let (hers, his) = (key_of("ann/album"), key_of("ben/album"));
    let (list, chunk) = (0u32.to_le_bytes(), [0u8, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0]);
    for (blob, document) in [(hidden, hers), (hidden, his), (hidden, 7), (shown, his)] {
        let key = document.to_le_bytes();
        for (kind, piece) in [(6, &list[..]), (7, &chunk)] {
            let answer = ann.asked(kind, &[blob.as_bytes(), &key, piece]).await;
            assert_eq!(answer, [10], "{document}");
        }
    }
    // Hers is given.
    let key = hers.to_le_bytes();
    let answer = ann.asked(6, &[shown.as_bytes(), &key, &list]).await;
    assert_eq!((answer[0], answer.len()), (8, 5 + 36));
    let chunk = [0u8, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0];
    let answer = ann.asked(7, &[shown.as_bytes(), &key, &chunk]).await;
    assert_eq!(answer, *b"\x09shown");
    // Some bytes of a chunk would cost reading it.
    for (at, count) in [(0, 4), (1, 4), (4, 1), (5, 0), (0, 6), (0, 0)] {
        let chunk = [at, 0, 0, 0, 0, 0, 0, 0, count, 0, 0, 0];
        let answer = ann.asked(7, &[shown.as_bytes(), &key, &chunk]).await;
        assert_eq!(answer, [10], "{at}, {count}");
    }
}

#[tokio::test]
async fn what_is_too_large_is_refused_and_the_rest_comes() {
    let mut limits = Limits::default();
    limits.blob_bytes = 10_000;
    let middle = Site::limited(limits);
    let one = Site::new();
    let large = one.put("album", &noise(3, 10_001)).await;
    let small = one.put("album", &noise(4, 10_000)).await;
    let relay = middle.serve(None).await;
    let worker = one.follow(relay.address());
    let status = in_step(&worker).await;
    assert!(middle.has(small).await.is_some());
    assert_eq!(middle.has(large).await, None);
    let [(name, BlobState::Failed { why })] = &Vec::from_iter(status.blobs.jobs)[..] else {
        panic!("one is refused");
    };
    assert_eq!(*name, large.to_string());
    assert!(why.contains("10001 bytes, and 10000 may come"), "{why}");
}

#[tokio::test]
async fn who_cannot_do_blobs_exchanges_documents() {
    let mut limits = Limits::default();
    limits.features = Features::none();
    for limits in [
        [limits.clone(), Limits::default()],
        [Limits::default(), limits],
    ] {
        let [middle, one] = limits.map(Site::limited);
        one.push("album", "of ").await;
        let relay = middle.serve(None).await;
        let worker = one.follow(relay.address());
        let status = in_step(&worker).await;
        assert_eq!(
            (&status.blobs, status.leaves_blobs),
            (&Default::default(), false)
        );
        // What stays is told, when there is any and when they meet.
        let blob = one.put("album", b"a picture").await;
        let status = until(&worker, |status| status.leaves_blobs && status.is_confirmed).await;
        assert_eq!(status.blobs, Default::default());
        worker.pause();
        until(&worker, |status| status.phase == Phase::Paused).await;
        worker.resume();
        assert!(in_step(&worker).await.leaves_blobs);
        assert!(
            middle
                .body("album")
                .await
                .unwrap()
                .contains(&blob.to_string())
        );
        assert_eq!(middle.has(blob).await, None);
    }
}
