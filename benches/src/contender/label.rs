//! The names of the contenders.

use serde::{Deserialize, Serialize};

use super::BATCH_KEYS;

/// A contender, or one of Heirloom's ways to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Label {
    /// Heirloom; reads by `with`.
    Heirloom,
    /// The same table, read by `lookup`.
    HeirloomLookup,
    /// The same table, read by `lookup_element`.
    HeirloomLookupElement,
    /// The same table, read by `lookup_many`, [`BATCH_KEYS`] keys a call.
    HeirloomLookupMany,
    /// `dashmap::DashMap`.
    Dashmap,
    /// `papaya::HashMap`, pinned for each operation.
    Papaya,
    /// `scc::HashMap`.
    SccHashMap,
    /// `scc::HashIndex`.
    SccHashIndex,
    /// `std::sync::RwLock<hashbrown::HashMap>`.
    RwLockHashbrown,
    /// `crossbeam_skiplist::SkipMap`.
    CrossbeamSkipMap,
    /// `scc::TreeIndex`.
    SccTreeIndex,
    /// `std::sync::RwLock<BTreeMap>`.
    RwLockBtreemap,
    /// A fold over the same table, its filter written by hand.
    FilterFold,
    /// A loop over a map of plain Rust rows that makes terms of what it wants.
    FilterTerms,
    /// The same loop, its results left as plain Rust rows.
    FilterRows,
    /// Erlang's own tables.
    Ets,
}

const _: () = assert!(BATCH_KEYS == 16, "the title of lookup_many names it");

impl Label {
    /// For the head of a column.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Heirloom => "Heirloom",
            Self::HeirloomLookup => "lookup",
            Self::HeirloomLookupElement => "lookup_element",
            Self::HeirloomLookupMany => "lookup_many(16)",
            Self::Dashmap => "dashmap",
            Self::Papaya => "papaya",
            Self::SccHashMap => "scc HashMap",
            Self::SccHashIndex => "scc HashIndex",
            Self::RwLockHashbrown => "RwLock<hashbrown>",
            Self::CrossbeamSkipMap => "crossbeam SkipMap",
            Self::SccTreeIndex => "scc TreeIndex",
            Self::RwLockBtreemap => "RwLock<BTreeMap>",
            Self::FilterFold => "fold by hand",
            Self::FilterTerms => "loop over structs",
            Self::FilterRows => "its plain rows",
            Self::Ets => "ETS",
        }
    }

    /// Whether a read can miss an object that is there while it is being overwritten.
    ///
    /// scc's `HashIndex` puts the new entry into another slot and then marks the old one, so a reader that looked at
    /// the slots before and at the marks after sees neither. `SkipMap` removes the old entry before it inserts the
    /// new one, as its documentation says.
    #[must_use]
    pub fn may_miss(self) -> bool {
        matches!(self, Self::SccHashIndex | Self::CrossbeamSkipMap)
    }

    /// Whether Heirloom is compared with it: it is neither Heirloom nor one of its ways to read.
    #[must_use]
    pub fn is_peer(self) -> bool {
        !matches!(
            self,
            Self::Heirloom
                | Self::HeirloomLookup
                | Self::HeirloomLookupElement
                | Self::HeirloomLookupMany
        )
    }

    /// Whether it may be the best peer of a cell: it does all of the work.
    #[must_use]
    pub fn is_rival(self) -> bool {
        self.is_peer() && self != Self::FilterRows
    }

    /// Whether its readers and writers go on side by side, scans too.
    #[must_use]
    pub fn is_concurrent(self) -> bool {
        self.is_rival()
            && !matches!(
                self,
                Self::RwLockHashbrown | Self::RwLockBtreemap | Self::FilterFold | Self::FilterTerms
            )
    }
}
