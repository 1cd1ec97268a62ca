//! The rows of the tables, and the bytes that each may take at most.

use crate::encoding::Encoding;
use crate::peers::Peer;
use crate::trace::History;

/// One line of a table.
#[derive(Clone, Debug)]
pub struct SizeRow {
    /// Its name on the command line and in JSON.
    pub name: String,
    /// What the table says.
    pub title: String,
    /// The table it stands in.
    pub section: Section,
    /// What is encoded.
    pub matter: Matter,
    /// What ours may take with `Fast`.
    pub fast: Limit,
    /// What ours may take with `Compact`.
    pub compact: Limit,
}

/// A table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// The whole history of a text.
    History,
    /// A document that opens without a replay and holds its history.
    Snapshot,
    /// A document without its history.
    Shallow,
    /// What a replica lacks.
    Delta,
    /// The whole history of a map or list.
    Structure,
}

/// What is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matter {
    /// A text with that history.
    History(History),
    /// A map or list.
    Tree(Tree),
}

/// A map or list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tree {
    /// 1,000 keys set to integers.
    MapSets,
    /// 1,000 integers inserted at random places.
    ListInserts,
    /// 1,000 maps of three fields.
    Todos,
    /// Three writers set 100 keys again and again.
    Overwrites,
}

/// An engine in one of its settings, or the text alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)] // the engines' names
pub enum Subject {
    DiamondTypes,
    Loro,
    /// What was deleted is kept.
    YrsKept,
    /// What was deleted is collected, as is usual.
    Yrs,
    Automerge,
    /// The text alone, packed.
    Text,
    Ours,
}

/// The most that ours may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// So many bytes.
    AtMost(u64),
    /// Less than every rival in the row.
    BelowBest,
    /// Told for information.
    None,
}

impl Section {
    /// Every table, in order.
    pub const ALL: [Self; 5] = [
        Self::History,
        Self::Snapshot,
        Self::Shallow,
        Self::Delta,
        Self::Structure,
    ];

    /// What stands above the table.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::History => "Whole history, deleted text included",
            Self::Snapshot => "Snapshots: the history, and it opens without a replay",
            Self::Shallow => "Shallow snapshots: the state alone",
            Self::Delta => "Deltas: what another replica lacks",
            Self::Structure => "Maps and lists, whole history",
        }
    }

    /// The encodings of others that stand beside ours.
    #[must_use]
    pub fn columns(self) -> &'static [Encoding] {
        use Encoding as E;
        match self {
            Self::History => &[
                E::DiamondPlain,
                E::Diamond,
                E::LoroUpdates,
                E::LoroSnapshot,
                E::YrsV1,
                E::YrsV2,
                E::YrsCollected,
                E::AutomergePlain,
                E::Automerge,
            ],
            Self::Snapshot => &[
                E::DiamondWithText,
                E::LoroSnapshot,
                E::YrsV1,
                E::YrsV2,
                E::YrsCollected,
            ],
            Self::Shallow => &[E::LoroShallow, E::TextLz4, E::TextBrotli],
            Self::Delta => &[
                E::DiamondPlain,
                E::Diamond,
                E::LoroUpdates,
                E::YrsV1,
                E::YrsV2,
                E::AutomergeChanges,
                E::AutomergeBundle,
            ],
            Self::Structure => &[
                E::LoroUpdates,
                E::LoroSnapshot,
                E::YrsV1,
                E::YrsV2,
                E::YrsCollected,
                E::AutomergePlain,
                E::Automerge,
            ],
        }
    }
}

impl Tree {
    /// Every one of them.
    pub const ALL: [Self; 4] = [
        Self::MapSets,
        Self::ListInserts,
        Self::Todos,
        Self::Overwrites,
    ];
}

impl Matter {
    /// Every matter.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let histories = History::ALL.into_iter().map(Self::History);
        histories.chain(Tree::ALL.map(Self::Tree)).collect()
    }

    /// The name on the command line; a tree's row has the same.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::History(history) => history.name(),
            Self::Tree(Tree::MapSets) => "map-sets",
            Self::Tree(Tree::ListInserts) => "list-inserts",
            Self::Tree(Tree::Todos) => "todos",
            Self::Tree(Tree::Overwrites) => "overwrites",
        }
    }

    /// Small enough for a quick run.
    #[must_use]
    pub fn is_quick(self) -> bool {
        let histories = [History::AutomergePaper, History::Friendsforever];
        match self {
            Self::History(history) => histories.contains(&history),
            Self::Tree(_) => true,
        }
    }

    /// Whether the subject is asked at all.
    #[must_use]
    pub fn concerns(self, subject: Subject) -> bool {
        match self {
            Self::History(_) => true,
            Self::Tree(_) => !matches!(subject, Subject::DiamondTypes | Subject::Text),
        }
    }
}

impl Subject {
    /// Every subject, in the order of the columns.
    pub const ALL: [Self; 7] = [
        Self::DiamondTypes,
        Self::Loro,
        Self::YrsKept,
        Self::Yrs,
        Self::Automerge,
        Self::Text,
        Self::Ours,
    ];

    /// The name in notes and in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::DiamondTypes => "diamond-types",
            Self::Loro => "loro",
            Self::YrsKept => "yrs-kept",
            Self::Yrs => "yrs-collected",
            Self::Automerge => "automerge",
            Self::Text => "text",
            Self::Ours => "ours",
        }
    }

    /// The column of the command line's `--peers` it belongs to; the text always stands there.
    #[must_use]
    pub fn peer(self) -> Option<Peer> {
        match self {
            Self::DiamondTypes => Some(Peer::DiamondTypes),
            Self::Loro => Some(Peer::Loro),
            Self::YrsKept | Self::Yrs => Some(Peer::Yrs),
            Self::Automerge => Some(Peer::Automerge),
            Self::Ours => Some(Peer::Ours),
            Self::Text => None,
        }
    }
}

/// How far behind a replica is, in operations.
pub(super) const BEHIND: [usize; 3] = [100, 1_000, 10_000];

pub(super) fn behind_row(operations: usize, history: History) -> String {
    format!("behind-{operations}-{}", history.name())
}

pub(super) fn history_row(kind: &str, history: History) -> String {
    format!("{kind}-{}", history.name())
}

/// The bounds of the whole history, `Fast` and `Compact`.
fn whole(history: History) -> (u64, u64) {
    match history {
        History::AutomergePaper => (104_000, 66_000),
        History::Rustcode => (176_000, 78_000),
        History::Sveltecomponent => (41_000, 28_500),
        History::Friendsforever => (37_000, 24_000),
        History::Clownschool => (38_000, 24_000),
        History::GitMakefile => (310_000, 105_000),
    }
}

/// Every row, in the order of the tables.
#[must_use]
pub fn all() -> Vec<SizeRow> {
    let mut rows: Vec<SizeRow> = Vec::new();
    for history in History::ALL {
        let (fast, compact) = whole(history);
        let limits = (Limit::AtMost(fast), Limit::AtMost(compact));
        rows.push(of_history("history", "", Section::History, history, limits));
    }
    for history in History::ALL {
        let limits = match history {
            History::AutomergePaper => (Limit::AtMost(120_000), Limit::AtMost(80_000)),
            _ => (Limit::BelowBest, Limit::BelowBest),
        };
        rows.push(of_history(
            "snapshot",
            "",
            Section::Snapshot,
            history,
            limits,
        ));
    }
    for history in History::ALL {
        let limits = match history {
            History::AutomergePaper => (Limit::AtMost(47_000), Limit::AtMost(26_000)),
            _ => (Limit::BelowBest, Limit::BelowBest),
        };
        rows.push(of_history("shallow", "", Section::Shallow, history, limits));
    }
    for history in History::ALL {
        let limits = (Limit::AtMost(24), Limit::None);
        let title = "one keystroke, ";
        rows.push(of_history(
            "keystroke",
            title,
            Section::Delta,
            history,
            limits,
        ));
    }
    for history in History::ALL {
        let limits = (Limit::BelowBest, Limit::None);
        let title = "ten keystrokes, ";
        rows.push(of_history(
            "keystrokes-10",
            title,
            Section::Delta,
            history,
            limits,
        ));
    }
    for history in History::ALL
        .into_iter()
        .filter(|history| history.is_sequential())
    {
        for operations in BEHIND {
            let fast = match (history, operations) {
                (History::AutomergePaper, 100) => Limit::AtMost(120),
                (History::AutomergePaper, 1_000) => Limit::AtMost(500),
                (History::AutomergePaper, 10_000) => Limit::AtMost(2_900),
                _ => Limit::BelowBest,
            };
            rows.push(SizeRow {
                name: behind_row(operations, history),
                title: format!("{operations} operations behind, {}", history.name()),
                section: Section::Delta,
                matter: Matter::History(history),
                fast,
                compact: Limit::None,
            });
        }
    }
    for (tree, title, fast) in [
        (Tree::MapSets, "1,000 map sets of integers", 3_600),
        (
            Tree::ListInserts,
            "1,000 list inserts at random places",
            3_400,
        ),
        (Tree::Todos, "1,000 todo items of three fields", 4_600),
        (Tree::Overwrites, "1,000 map overwrites by 3 peers", 9_000),
    ] {
        rows.push(SizeRow {
            name: Matter::Tree(tree).name().to_owned(),
            title: title.to_owned(),
            section: Section::Structure,
            matter: Matter::Tree(tree),
            fast: Limit::AtMost(fast),
            compact: Limit::None,
        });
    }
    rows
}

fn of_history(
    kind: &str,
    title: &str,
    section: Section,
    history: History,
    (fast, compact): (Limit, Limit),
) -> SizeRow {
    SizeRow {
        name: history_row(kind, history),
        title: format!("{title}{}", history.name()),
        section,
        matter: Matter::History(history),
        fast,
        compact,
    }
}
