//! What `--help` tells of a command beyond its arguments: examples, and the fields of its JSON.

pub(super) const BLAME_HELP: &str = "\
Example: syncline blame notes.store shopping body

--json gives, per stretch: of (its text, how many elements, or the key), id and
author.";

pub(super) const COLLECT_HELP: &str = "\
Examples:
  syncline collect notes.store
  syncline collect notes.store --now

Lets go of blobs that no document refers to and that have no name. A blob that
nothing refers to stays until the next collection, or goes with --now. Exits
with 1 if a document cannot be read, which might refer to any: then nothing
goes. --json gives, per such document: document and error; then documents,
blobs and bytes (let go of), waiting (blobs that go with the next collection),
bytes_before and bytes_after.";

pub(super) const COMPACT_HELP: &str = "\
Example: syncline compact notes.store

Exits with 1 if a document was left as it was. --json gives, per such document:
document and error; then documents, compacted, failed, bytes_before and
bytes_after.";

pub(super) const CONFLICTS_HELP: &str = "\
Example: syncline conflicts notes.store shopping

--json gives, per entry: path and values, the shown one first.";

pub(super) const DIFF_HELP: &str = "\
Examples:
  syncline diff notes.store shopping 12@7
  syncline diff notes.store shopping 12@7 40@9

A version is named by an operation, as `log` names it; the second is the
newest unless said. --json gives, per part that differs: path, kind and edits.";

pub(super) const EDIT_HELP: &str = "\
Examples:
  syncline edit notes.store shopping --append 'milk '
  syncline edit notes.store shopping '[\"map\", \"meta\", \"set\", \"title\", \"Food\"]'
  syncline edit notes.store shopping --append 'tea' --author Ann --once form-17

An edit is a JSON array [kind, path, verb, …] as in scenarios
(docs/scenarios.md); all of them are one transaction. --once commits under a
key: done again with that key, nothing is done.

--json gives document, operations, record (the last of its journal) and once
(true if that key had been committed, so that nothing was done).";

pub(super) const GET_HELP: &str = "\
Examples:
  syncline get notes.store
  syncline get notes.store logo --output logo.jpg
  syncline get notes.store syncline-blob:6437… --range 0..1000

Without a blob all are listed. --range counts bytes from 0, its end left out.
--json lists blob, bytes and names; with --output it gives blob, bytes (how
many were written) and output.";

pub(super) const IMPORT_HELP: &str = "\
Examples:
  syncline import notes.store backup.store
  syncline import sealed.store notes.store --key-file key

Blobs come with the documents. The key is that of both stores, or of STORE
alone: so what is not sealed is brought into one that is. Exits with 1 if
something of the other store cannot be read; the rest is taken in. --json gives,
per document that brought something: document and operations; of what cannot be
read: document (or null) and error; then blobs (new ones) and failed, how many.";

pub(super) const JOBS_HELP: &str = "\
Example: syncline jobs notes.store

--json gives, per job: job, state (waiting or idle), and how many documents it
would compact, or blobs it would let go of.";

pub(super) const LOG_HELP: &str = "\
Example: syncline log notes.store shopping

Times are told in UTC. --json gives, per transaction: id (of its last
operation), peer, seq, operations, author, time (milliseconds since 1970) and
message.";

pub(super) const PUT_HELP: &str = "\
Examples:
  syncline put notes.store photo.jpg
  cat photo.jpg | syncline put notes.store - --name logo

Prints the blob's name, `syncline-blob:` and 64 digits: the blake3 hash of its
bytes. A document that holds it anywhere keeps the blob, and so does --name;
others are let go of by `collect`. --json gives blob, bytes and name.";

pub(super) const REPAIR_HELP: &str = "\
Examples:
  syncline repair notes.store
  syncline repair notes.store --from backup.store
  syncline repair notes.store --from ws://127.0.0.1:4360/
  syncline repair notes.store --to mended.store

What is damaged is moved to quarantine inside the store, with why; nothing is
deleted. With --from, what that copy or relay has of a damaged document
or blob is fetched; of a relay also blobs that documents refer to and that are
not here. Blobs come with the documents that refer to them.
With --to the store is not touched, and may be one that does not open since
its beginning or its list of tables is damaged, or its end cut off: that is
put right in the copy.
Exits with 1 if something was lost or cannot be read. --json gives, per damaged
document: document, set_aside (place, records, what), fetched (operations, or
null), back (whether that was all that is lost) and waits (whether what came
after waits for what is lost), or error; per damaged or missing blob: blob,
bytes, lost and fetched (bytes, or null).";

pub(super) const RESOLVE_HELP: &str = "\
Examples:
  syncline conflicts notes.store shopping
  syncline resolve notes.store shopping meta/title --keep 2
  syncline resolve notes.store shopping meta/title --value '\"Food\"'

--keep takes one of the values that `conflicts` lists, by its number from 1;
--value sets another, written as JSON. What somebody else sets at the same time
stands beside it. --json gives what `edit` gives.";

pub(super) const SERVE_HELP: &str = "\
Examples:
  syncline serve relay.store
  syncline serve relay.store --listen 0.0.0.0:4360 --tokens tokens.txt
  syncline serve relay.store --without blobs
  syncline serve relay.store --limit changes=200:2000 --limit message-bytes=8M

Listens on 127.0.0.1:4360 unless said. What it says that it has stored is on
its disk. A line of the file of tokens is a token of at least 16 letters, who
has it, and how the names of the documents begin that they see (all, if that
is left out), with \"read:\" before that if they may only read those. Lines of
one token add up. Elsewhere than on this machine it does not listen without.
Built with the feature tls it encrypts what travels, given --cert and --key;
otherwise that is for a proxy in front of it.
--limit says how much is taken of each connection: in a second, or after a colon
at once, bytes (1M:16M), frames (4000:20000), changes (100:1000), opens
(1000:20000; documents that are begun with); message-bytes (4M: the largest
change), frame-bytes (1M), waiting-bytes (2M), blob-bytes (64M), document-bytes
(64M, of one document on disk), connections (10000), connections-of-one (64),
unfinished-bytes (1G) and unfinished-bytes-of-one (256M): what blobs may take
that are not whole, of which the oldest go.
Programs are told, and send no faster; of one name four times as much is taken.
With tokens a peer is whoever's it is who first writes under it while connected.
New operations under it from somebody else are taken, logged and counted; with
--peer-binding refuse they are not taken, off does not look.
--log text or json writes who comes and goes, and why, and what could not be
stored, to standard error, a line each: time (milliseconds since 1970), level,
event, and its fields. http://…/healthz answers while it runs, /metrics counts,
for Prometheus.
--json gives relay, its address, when it listens. SIGTERM ends it as Ctrl-C.";

/// What clap makes of it is wider than 80 columns.
pub(super) const RESOLVE_USAGE: &str = "\
syncline resolve [OPTIONS] <--keep <NUMBER>|--value <JSON>>
                        <STORE> <DOCUMENT> <PATH>";

pub(super) const SHOW_HELP: &str = "\
Examples:
  syncline show notes.store
  syncline show notes.store shopping
  syncline show notes.store shopping --at 12@7

--at shows a version of the past: that after an operation, as `log` names it.
--json gives, of a document, what it shows in one line; of a store, a line per
document.";

pub(super) const QUEUE_HELP: &str = "\
Example: syncline queue notes.store

Of each document: how many operations no relay is known to have on its disk,
and why a relay did not take them, if it said so. What a relay does not take
is tried again whenever they meet, five times; then it has failed for good,
and is kept until `retry`. What was confirmed is noted every two seconds.
Changes nothing. --json gives document, operations, relay (or null), state
(waiting, failed or set aside), tries and error (or null), a line each.";

pub(super) const REDELIVER_HELP: &str = "\
Examples:
  syncline redeliver notes.store
  syncline redeliver notes.store shopping --relay ws://127.0.0.1:4360/

For a relay that is not to be believed any more: with the next sync it is sent
whatever it lacks, and nothing counts as stored there before it says so. --json
gives redelivered, how many.";

pub(super) const RETRY_HELP: &str = "\
Examples:
  syncline retry notes.store
  syncline retry notes.store shopping --relay ws://127.0.0.1:4360/
  syncline retry notes.store shopping --set-aside

The next sync tries them. With --set-aside none does until they are retried:
`queue` goes on listing them. --json gives retried, or set_aside, how many.";

pub(super) const STATUS_HELP: &str = "\
Examples:
  syncline status notes.store
  syncline status notes.store --watch

Of each relay: how many documents it has all of, and what waits, failed or was
set aside. Works beside `sync --watch`, which notes what is confirmed every two
seconds; looks once a second. --json gives documents, nowhere (those that no
relay was ever met with), relays (relay, stored, waiting, operations, failed,
set_aside), conflicts (keys at which several people's values stand), to_review
(those of them that are to be settled) and damaged, in one line; with --watch a
line per change.";

pub(super) const SYNC_HELP: &str = "\
Examples:
  syncline sync notes.store ws://127.0.0.1:4360/
  syncline sync notes.store ws://127.0.0.1:4360/ --watch
  syncline sync notes.store ws://127.0.0.1:4360/ --dry-run
  syncline sync notes.store ws://127.0.0.1:4360/ --without blobs

Ends when both sides have what the other had and the relay has it on its disk;
with --watch it stays, and tells what it does as that changes. Exits with 1 if
a document or a blob was left out. --dry-run writes nothing, here or there:
what would come is fetched to be counted, and let go of. --json gives relay,
received and sent (operations), lost (operations that the relay had confirmed
and lacked), refused (documents, and why), blobs_received, blobs_stored (there,
or not wanted), blobs_failed (blobs, and why) and leaves_blobs (there are some,
and one of the sides does without); with --watch phase, received, to_receive,
sent, to_send, failures, conflicts, to_review, leaves_blobs, next_try
(milliseconds since 1970, or null) and error (or null), a line per change; with
--dry-run, per document, document, receive and send (operations and bytes of
each) or refused; then documents, receive and send of all.";

pub(super) const VERIFY_HELP: &str = "\
Example: syncline verify notes.store

Exits with 1 if anything is damaged. --json gives, per damage: document (null
for the file itself and for blobs) and error; then documents, blobs and
damaged, how many.";
