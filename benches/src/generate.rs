//! Histories like the real ones, for machines without the traces folder. Deterministic: one seed each.
//!
//! A sequential history types bursts at a wandering cursor. In a concurrent one each agent keeps to a paragraph of its
//! own, so that every engine agrees on lengths and text, whatever its order of concurrent insertions.

use crate::random::Random;
use crate::trace::{History, Patch, Trace, Txn, typed_into_a_rope};

/// A history with about the size of the real one; a quick run gets a small one.
#[must_use]
pub fn history(history: History, quick: bool) -> Trace {
    let size = |full: usize| if quick { history.quick_txns() } else { full };
    let mut trace = match history {
        History::AutomergePaper => sequential(1, size(259_778), 1),
        History::Rustcode => sequential(2, size(36_981), 20),
        History::Sveltecomponent => sequential(3, size(18_335), 8),
        History::Friendsforever => concurrent(
            4,
            &Shape {
                agents: 2,
                txns: size(26_078),
                patches: 1,
                sync_one_in: 10,
            },
        ),
        History::Clownschool => concurrent(
            5,
            &Shape {
                agents: 3,
                txns: size(23_136),
                patches: 1,
                sync_one_in: 8,
            },
        ),
        History::GitMakefile => concurrent(
            6,
            &Shape {
                agents: 100,
                txns: size(3_210),
                patches: 10,
                sync_one_in: 2,
            },
        ),
    };
    trace.name = history.name().to_owned();
    trace
}

/// `longest` bounds what one edit inserts or deletes.
fn sequential(seed: u64, edits: usize, longest: usize) -> Trace {
    let mut random = Random::new(seed);
    let (mut len, mut cursor) = (0, 0);
    let mut txns = Vec::with_capacity(edits);
    for _ in 0..edits {
        if random.below(40) == 0 {
            cursor = random.below(len + 1);
        }
        let size = 1 + random.below(longest);
        let patch = if random.below(10) < 3 && cursor > 0 {
            let deleted = size.min(cursor);
            cursor -= deleted;
            len -= deleted;
            Patch {
                at: cursor,
                deleted,
                inserted: String::new(),
            }
        } else {
            let at = cursor;
            cursor += size;
            len += size;
            Patch {
                at,
                deleted: 0,
                inserted: random.letters(size),
            }
        };
        txns.push(Txn {
            parents: vec![],
            agent: 0,
            patches: vec![patch],
        });
    }
    let mut trace = Trace {
        name: String::new(),
        txns,
        end: None,
        generated: true,
    };
    trace.end = Some(typed_into_a_rope(&trace));
    trace
}

struct Shape {
    agents: usize,
    txns: usize,
    patches: usize,
    /// An agent looks at what another has, once in so many of its transactions.
    sync_one_in: usize,
}

/// What an agent knows: how many transactions of each agent, and its newest transaction.
struct Agent {
    known: Vec<usize>,
    newest: usize,
    paragraph: String,
    /// The paragraph's length after each of the agent's transactions, the start among them.
    lens: Vec<usize>,
}

fn concurrent(seed: u64, shape: &Shape) -> Trace {
    let mut random = Random::new(seed);
    let start = "<>\n";
    let first = Patch {
        at: 0,
        deleted: 0,
        inserted: start.repeat(shape.agents),
    };
    let mut txns = vec![Txn {
        parents: vec![],
        agent: 0,
        patches: vec![first],
    }];
    let mut agents: Vec<Agent> = (0..shape.agents)
        .map(|_| Agent {
            known: vec![0; shape.agents],
            newest: 0,
            paragraph: start.to_owned(),
            lens: vec![start.len()],
        })
        .collect();
    while txns.len() < shape.txns {
        let writer = random.below(shape.agents);
        let mut parents = vec![agents[writer].newest];
        if random.below(shape.sync_one_in) == 0 {
            parents = look_at(&mut agents, writer, random.below(shape.agents));
        }
        let patches = (0..shape.patches)
            .map(|_| write(&mut agents, writer, &mut random))
            .collect();
        let own_len = agents[writer].paragraph.len();
        let own = &mut agents[writer];
        own.lens.push(own_len);
        own.known[writer] += 1;
        own.newest = txns.len();
        txns.push(Txn {
            parents,
            agent: writer,
            patches,
        });
    }
    let end = agents
        .iter()
        .map(|agent| agent.paragraph.as_str())
        .collect();
    Trace {
        name: String::new(),
        txns,
        end: Some(end),
        generated: true,
    }
}

/// The writer takes over all that the other knows. Returns the parents of its next transaction.
fn look_at(agents: &mut [Agent], writer: usize, other: usize) -> Vec<usize> {
    let (mine, theirs) = (agents[writer].known.clone(), agents[other].known.clone());
    let (own_newest, other_newest) = (agents[writer].newest, agents[other].newest);
    let covers = |a: &[usize], b: &[usize]| a.iter().zip(b).all(|(a, b)| a >= b);
    agents[writer].known = mine.iter().zip(&theirs).map(|(a, b)| *a.max(b)).collect();
    if covers(&mine, &theirs) {
        vec![own_newest]
    } else if covers(&theirs, &mine) {
        vec![other_newest]
    } else {
        vec![own_newest, other_newest]
    }
}

/// One edit inside the writer's own paragraph, placed in the text as the writer sees it.
fn write(agents: &mut [Agent], writer: usize, random: &mut Random) -> Patch {
    let before: usize = (0..writer)
        .map(|agent| agents[agent].lens[agents[writer].known[agent]])
        .sum();
    let paragraph = &mut agents[writer].paragraph;
    // Between the brackets that no one deletes.
    let (low, high) = (1, paragraph.len() - 2);
    let at = low + random.below(high - low + 1);
    if random.below(10) < 3 && at < high {
        paragraph.remove(at);
        Patch {
            at: before + at,
            deleted: 1,
            inserted: String::new(),
        }
    } else {
        let letter = random.letter();
        paragraph.insert(at, letter);
        Patch {
            at: before + at,
            deleted: 0,
            inserted: letter.to_string(),
        }
    }
}
