//! Who is compared: one file per contender, all behind the same trait.
//!
//! The loops are generic over [`Contender`] and compiled once for each, so an operation costs what it costs a
//! program that uses the map directly: no call through a table of functions.

pub mod dashmap;
pub mod heirloom;
pub mod locked;
pub mod papaya;
pub mod scc_index;
pub mod scc_map;

use foldhash::fast::FixedState;
use serde::{Deserialize, Serialize};

use crate::error::CompareError;
use crate::measure::cells::Runner;
use crate::workload::{Ints, Shape, ShapeKind};

/// The hash function of every Rust peer.
pub type Hasher = FixedState;

/// Seed of the peers' hash function: the same in every map and every run.
const HASH_SEED: u64 = 0x5EED;

/// A hash function for one map.
#[must_use]
pub fn hasher() -> Hasher {
    FixedState::with_seed(HASH_SEED)
}

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
    /// Erlang's own tables.
    Ets,
}

/// Keys in one call of `lookup_many`.
pub const BATCH_KEYS: usize = 16;

impl Label {
    /// Those that are tables of their own, in the order of the report's columns.
    pub const TABLES: [Self; 7] = [
        Self::Heirloom,
        Self::Dashmap,
        Self::Papaya,
        Self::SccHashMap,
        Self::SccHashIndex,
        Self::RwLockHashbrown,
        Self::Ets,
    ];

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
            Self::Ets => "ETS",
        }
    }

    /// Whether a read can miss an object that is there while it is being overwritten. scc's `HashIndex` puts the new
    /// entry into another slot and then marks the old one, so a reader that looked at the slots before and at the
    /// marks after sees neither.
    #[must_use]
    pub fn may_miss(self) -> bool {
        self == Self::SccHashIndex
    }

    /// Whether Heirloom is compared with it.
    #[must_use]
    pub fn is_peer(self) -> bool {
        Self::TABLES.contains(&self) && self != Self::Heirloom
    }
}

/// A map that is shared by cloning its handle.
pub trait Contender<S: Shape>: Clone + Send + Sync + 'static {
    /// Which one this is.
    const LABEL: Label;

    /// An empty map with default settings.
    ///
    /// # Errors
    /// Whatever keeps the contender from making one.
    fn create() -> Result<Self, CompareError>;

    /// The value of this key, copied out.
    fn read(&self, key: &S::Key) -> Option<S::Value>;

    /// Inserts, or overwrites what is there.
    fn write(&self, key: S::Key, value: S::Value);

    /// Removes the key if it is there.
    fn delete(&self, key: &S::Key);

    /// Holds the longest-lived thing that a read of this key can hold while `meanwhile` runs.
    fn hold_read(&self, key: &S::Key, meanwhile: impl FnOnce());

    /// Like [`Contender::write`], but answers `false` where that would wait for a reader.
    fn try_write(&self, key: S::Key, value: S::Value) -> bool {
        self.write(key, value);
        true
    }

    /// Other ways to read the same map, to be measured beside it.
    fn variants(&self) -> Vec<Box<dyn Runner>> {
        Vec::new()
    }

    /// What the map says it occupies, in bytes, if it says.
    fn own_count_bytes(&self) -> Option<usize> {
        None
    }
}

/// A contender whose values can be counted up in place.
pub trait Counters: Contender<Ints> {
    /// Adds one to the value of this key, by the contender's best way. The key is there.
    fn increment(&self, key: u64);
}

/// Something to be done with a contender that is only known when the program runs.
pub trait Visitor {
    /// What comes out.
    type Output;
    /// Does it.
    fn visit<S: Shape, C: Contender<S>>(self) -> Self::Output;
}

/// Calls the visitor with the type of the contender; `None` for what isn't a Rust map with a type of its own.
pub fn visit<S: Shape, V: Visitor>(label: Label, visitor: V) -> Option<V::Output> {
    Some(match label {
        Label::Heirloom => visitor.visit::<S, heirloom::HeirloomTable<S>>(),
        Label::Dashmap => visitor.visit::<S, dashmap::Dashmap<S>>(),
        Label::Papaya => visitor.visit::<S, papaya::Papaya<S>>(),
        Label::SccHashMap => visitor.visit::<S, scc_map::SccMap<S>>(),
        Label::SccHashIndex => visitor.visit::<S, scc_index::SccIndex<S>>(),
        Label::RwLockHashbrown => visitor.visit::<S, locked::Locked<S>>(),
        _ => return None,
    })
}

/// [`visit`] where the shape, too, is only known when the program runs.
pub fn visit_shape<V: Visitor>(label: Label, shape: ShapeKind, visitor: V) -> Option<V::Output> {
    match shape {
        ShapeKind::Ints => visit::<Ints, V>(label, visitor),
        ShapeKind::Binaries => visit::<crate::workload::Binaries, V>(label, visitor),
    }
}

/// Something to be done with a contender that counts.
pub trait CountersVisitor {
    /// What comes out.
    type Output;
    /// Does it.
    fn visit<C: Counters>(self) -> Self::Output;
}

/// Calls the visitor with the type of the contender; `None` for what isn't a Rust map with a type of its own.
pub fn visit_counters<V: CountersVisitor>(label: Label, visitor: V) -> Option<V::Output> {
    Some(match label {
        Label::Heirloom => visitor.visit::<heirloom::HeirloomTable<Ints>>(),
        Label::Dashmap => visitor.visit::<dashmap::Dashmap<Ints>>(),
        Label::Papaya => visitor.visit::<papaya::Papaya<Ints>>(),
        Label::SccHashMap => visitor.visit::<scc_map::SccMap<Ints>>(),
        Label::SccHashIndex => visitor.visit::<scc_index::SccIndex<Ints>>(),
        Label::RwLockHashbrown => visitor.visit::<locked::Locked<Ints>>(),
        _ => return None,
    })
}
