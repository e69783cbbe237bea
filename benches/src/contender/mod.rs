//! Who is compared: one file per contender.
//!
//! The loops are generic over [`Contender`] and what a comparison adds to it, and compiled once for each contender, so
//! an operation costs what it costs a program that uses the map directly: no call through a table of functions.
//!
//! ```text
//!  Contender                 reads and writes of one object: throughput, memory
//!   +-- Hashed               a parked reader, other ways to read: `compare hash` and `compare typed`
//!   |    +-- Counters        a hot counter
//!   +-- Ordered              ranges, scans, pop_first: `compare ordered`
//!  Asked                     questions: `compare select`
//! ```

pub mod dashmap;
pub mod filter;
pub mod heirloom;
pub mod heirloom_asked;
pub mod heirloom_ordered;
pub mod heirloom_typed;
mod label;
pub mod locked;
pub mod locked_tree;
pub mod papaya;
pub mod scc_index;
pub mod scc_map;
pub mod shared;
pub mod skip_map;
pub mod tree_index;
mod visit;

use ::heirloom::Term;
use foldhash::fast::FixedState;

use crate::error::CompareError;
use crate::measure::cells::Runner;
use crate::workload::{OrderedShape, Question, Row, Shape, ShapeKind};

pub use label::Label;
pub use visit::{
    AskedVisitor, CountersVisitor, HashedVisitor, OrderedVisitor, Visitor, visit_asked,
    visit_counters, visit_hashed, visit_hashed_kind, visit_ordered, visit_shape,
};

/// The hash function of every Rust peer.
pub type Hasher = FixedState;

/// Seed of the peers' hash function: the same in every map and every run.
const HASH_SEED: u64 = 0x5EED;

/// A hash function for one map.
#[must_use]
pub fn hasher() -> Hasher {
    FixedState::with_seed(HASH_SEED)
}

/// Keys in one call of `lookup_many`.
pub const BATCH_KEYS: usize = 16;

/// A map that is shared by cloning its handle.
pub trait Contender<S: Shape>: Clone + Send + Sync + 'static {
    /// Which one this is.
    const LABEL: Label;

    /// An empty map with default settings.
    ///
    /// # Errors
    /// Whatever keeps the contender from making one.
    fn create() -> Result<Self, CompareError>;

    /// A value of the caller's own: a clone of this key's.
    fn read(&self, key: &S::Key) -> Option<S::Value>;

    /// Inserts, or overwrites what is there. A map that keeps the key clones it.
    fn write(&self, key: &S::Key, value: S::Value);

    /// Removes the key if it is there.
    fn delete(&self, key: &S::Key);

    /// What the map says it occupies, in bytes, if it says.
    fn own_count_bytes(&self) -> Option<usize> {
        None
    }
}

/// What only the hash tables are asked.
pub trait Hashed<S: Shape>: Contender<S> {
    /// Holds the longest-lived thing that a read of this key can hold while `meanwhile` runs.
    fn hold_read(&self, key: &S::Key, meanwhile: impl FnOnce());

    /// Like [`Contender::write`], but answers `false` where that would wait for a reader.
    fn try_write(&self, key: &S::Key, value: S::Value) -> bool {
        self.write(key, value);
        true
    }

    /// Other ways to read the same map, to be measured beside it.
    fn variants(&self) -> Vec<Box<dyn Runner>> {
        Vec::new()
    }
}

/// A kind of object of the hash tables. It says which of Heirloom's tables is compared with the peers.
pub trait HashedShape: Shape {
    /// That table.
    type Heirloom: Hashed<Self>;
}

/// A contender whose values can be counted up in place.
pub trait Counters<S: Shape<Key = u64, Value = u64>>: Hashed<S> {
    /// Adds one to the value of this key, by the contender's best way. The key is there.
    fn increment(&self, key: u64);
}

/// What only the ordered tables are asked. What is visited is an object's key in one word ([`OrderedShape::word`]) and
/// its value: both must be read from the object.
pub trait Ordered<S: OrderedShape>: Contender<S> {
    /// Visits so many objects, or as many as there are, in ascending order from this key on.
    fn range(&self, from: &S::Key, objects: usize, visit: impl FnMut(u64, u64));

    /// Visits all objects in ascending order.
    fn scan(&self, visit: impl FnMut(u64, u64));

    /// Visits all objects in descending order.
    fn scan_reversed(&self, visit: impl FnMut(u64, u64));

    /// Takes out the object with the least key, as a word, and its value.
    fn pop_first(&self) -> Option<(u64, u64)>;
}

/// Who is asked [questions](Question).
pub trait Asked: Clone + Send + Sync + 'static {
    /// Which one this is.
    const LABEL: Label;
    /// The answers to one question.
    type Answers;

    /// A table with these orders.
    ///
    /// # Errors
    /// Whatever keeps the contender from making one.
    fn filled(shape: ShapeKind, rows: impl Iterator<Item = Row>) -> Result<Self, CompareError>;

    /// Asks.
    fn ask(&self, question: Question) -> Self::Answers;

    /// How many answers these are.
    fn count(answers: &Self::Answers) -> usize;

    /// The answers as terms, for comparison with those of others; not measured.
    fn terms(answers: Self::Answers) -> Vec<Term>;
}
