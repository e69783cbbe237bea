//! Engine H: the hash tables behind `set`, `bag` and `duplicate_bag`.
//!
//! ```text
//!  HashTable                 Array (buckets in hash order)
//!  +------------+   root     +--------+--------+--------+- -
//!  | root ------+----------->|bucket 0|bucket 1|   ...  |        one bucket = two cache lines:
//!  | quiet_mark |            +--------+----|---+--------+- -     header | tags | 7 slots
//!  | slab       |                          |  slot = key | value, or hash | cell index
//!  | counts     |     Slab                 v
//!  +------------+     +------+------+------+------+- -
//!                     | row  | row  | row  |  …   |              one cell = one record
//!                     +------+------+------+------+- -
//! ```
//!
//! # Reading
//! A reader hashes its key, loads the bucket's header, looks at the tags, follows the slot that
//! fits, copies the object's words from there or from its record, and loads the header again. If it is the same version, the
//! copy is what the bucket held at one moment: a *sequence lock*, with one lock a bucket. The
//! reader stores nothing, holds nothing and pins nothing; the memory it looks at is
//! type-stable, so that looking at the wrong words does no harm.
//! (ParlayHash and CLHT read like this; the slab is what lets rows of any size take part.)
//!
//! # Writing
//! A writer finds its place like a reader and prepares the new record. Then it takes the
//! bucket with one compare-and-swap *from the version it saw*, which proves that the place is
//! still right, changes a few words, and stores the next version. What it replaced goes back
//! to the slab afterwards. A writer that lost this race twice takes the lock first.
//! The compare-and-swap also makes the table linearizable as a whole: it stands between a
//! write and every later read of the same thread, and from then on readers wait.
//!
//! # Growth, shrinking, deletion of everything
//! See [`resize`] and [`sweep`]; both move or empty one bucket at a time, and neither makes
//! anybody wait for more than that.
//!
//! # Lists
//! See [`batch`].

mod array;
mod bag;
mod batch;
mod find;
mod header;
mod hold;
mod leave;
mod line;
mod pair;
mod read;
mod resize;
mod rewrite;
mod rounds;
mod scan;
mod sweep;
mod walk;
mod write;

#[cfg(all(test, heirloom_loom))]
mod loom_models;

pub(crate) use pair::{Bits, PairForm, Words};
pub(crate) use scan::Group;
pub(crate) use walk::HashWalk;

use super::count::Counts;
use super::lifetime::Birth;
use super::rows::{Care, PairKinds, Rows};
use super::slot::Slot;
use super::{Admission, Duplicates, GateChanged};
use crate::sync::{AtomicPtr, AtomicU64, Mutex, Ordering};
use crate::term::{Plain, TermRef, hash_of_word};
use array::Array;

/// A key and its hash in one table.
#[derive(Clone, Copy)]
pub(crate) struct Key<'a> {
    pub(crate) term: TermRef<'a>,
    pub(crate) hash: u64,
}

/// The engine of one table.
pub(crate) struct HashTable {
    /// The array in use. While it grows or shrinks its `next` leads on.
    root: AtomicPtr<Array>,
    /// The quiet mark of the generation, which is how often everything was deleted. Buckets of an
    /// older generation count as empty.
    quiet_mark: AtomicU64,
    seed: u64,
    /// Where the key is in an object's words: its tuple's element of this number.
    pub(super) key_position: usize,
    duplicates: Duplicates,
    /// Whether objects may be pairs: in a `set` whose key is the first element, and whose objects need no records.
    pairs: bool,
    /// Whether pairs may be written without further ado: they are terms, and nobody hears of it.
    plain_pairs: bool,
    /// What the short ways find in slots.
    found: pair::PairKind,
    /// What the elements of a bare pair are.
    kinds: PairKinds,
    pub(super) rows: Rows,
    counts: Counts,
    /// How many keys a bag has; a `set` has as many as objects.
    keys: Counts,
    /// All arrays this table ever had, and the right to begin or end a migration.
    #[allow(
        clippy::vec_box,
        reason = "arrays stay where they are: readers point to them"
    )]
    arrays: Mutex<Vec<Box<Array>>>,
    /// The right to begin a generation and to empty the buckets of the one before.
    sweeping: Mutex<()>,
}

impl HashTable {
    /// An empty table whose objects have their key at element `key_position` (from 1) and
    /// whose hashes depend on `seed`.
    pub(crate) fn new(
        duplicates: Duplicates,
        key_position: usize,
        seed: u64,
        care: Care,
    ) -> HashTable {
        let first = Box::new(Array::new(array::BUCKETS_MIN));
        for bucket in 0..first.buckets() {
            let header = header::fresh(0, 0);
            first.line(bucket).header().store(header, Ordering::Relaxed);
        }
        let root = std::ptr::from_ref(&*first).cast_mut();
        let pairs =
            duplicates == Duplicates::Replace && key_position == 1 && !care.is_for_records();
        let may_be_bare = pairs && care.values.is_none();
        let kinds = if may_be_bare {
            care.kinds
        } else {
            PairKinds::default()
        };
        HashTable {
            pairs,
            plain_pairs: may_be_bare && care.feed.is_none() && care.lifetimes.is_none(),
            found: pair::PairKind::new(kinds, care.lifetimes.is_some()),
            kinds,
            root: AtomicPtr::new(root),
            quiet_mark: AtomicU64::new(header::quiet_mark(0)),
            seed,
            key_position,
            duplicates,
            rows: Rows::new(care),
            counts: Counts::new(),
            keys: Counts::new(),
            arrays: Mutex::new(vec![first]),
            sweeping: Mutex::new(()),
        }
    }

    /// The key that a term is in this table.
    #[inline(always)]
    pub(crate) fn key<'a>(&self, term: TermRef<'a>) -> Key<'a> {
        let hash = if self.kinds.are_bare() {
            self.hash_beside_bare(term)
        } else {
            term.hash_exact(self.seed)
        };
        Key { term, hash }
    }

    /// The hash of a key where there are bare pairs: of its bits, if it may be in one. In whatever slot it is, so that
    /// whoever seeks a key finds all objects that it may have.
    fn hash_beside_bare(&self, key: TermRef<'_>) -> u64 {
        match self.kinds.key.bits_of_term(key) {
            Some(bits) => hash_of_word(bits, self.seed),
            None => key.hash_exact(self.seed),
        }
    }

    /// The hash of the key of a slot. The words of one that was read in the midst of a change may be anything: no term is made of them.
    #[inline(always)]
    fn hash_of_slot(&self, slot: Slot) -> u64 {
        match (slot.as_pair(), slot.as_bare()) {
            (Some((key, _)), _) => {
                let bits = self.kinds.key.bits_of(Plain::Word(key));
                hash_of_word(bits.unwrap_or(key), self.seed)
            }
            (None, Some([key, _])) => hash_of_word(key, self.seed),
            (None, None) => slot.record_hash(),
        }
    }

    /// The key of an object given as the words of its tuple, which has one.
    #[inline(always)]
    pub(crate) fn key_of_object<'a>(&self, object: &'a [u64]) -> Key<'a> {
        self.key(TermRef::from_parts(object[self.key_position], object))
    }

    /// Number of objects; exact when nobody is in the middle of a change.
    pub(crate) fn len(&self) -> u64 {
        self.counts.sum(self.generation())
    }

    /// Number of keys, which is what buckets hold.
    fn keys(&self) -> u64 {
        match self.duplicates {
            Duplicates::Replace => self.len(),
            _ => self.keys.sum(self.generation()),
        }
    }

    /// Bytes of the arrays, cells and large rows that the table holds.
    pub(crate) fn bytes(&self) -> usize {
        let root = self.root();
        let next = self.next_of(root).map_or(0, Array::bytes);
        self.rows.bytes() + root.bytes() + next
    }

    /// A slot for an object that nobody has seen yet.
    #[inline]
    fn store_object(&self, object: &[u64], hash: u64, birth: Birth) -> Slot {
        let pair = self.as_pair(object);
        pair.unwrap_or_else(|| {
            Slot::record(self.rows.store(object, self.key_position, birth), hash)
        })
    }

    /// Number of buckets.
    pub(crate) fn buckets(&self) -> u64 {
        self.root().buckets()
    }

    #[inline(always)]
    fn generation(&self) -> u64 {
        header::generation_of(self.quiet_mark())
    }

    #[inline(always)]
    fn quiet_mark(&self) -> u64 {
        // Acquire: pairs with the increment in `sweep`.
        self.quiet_mark.load(Ordering::Acquire)
    }

    #[inline(always)]
    fn root(&self) -> &Array {
        // Acquire: pairs with the Release in `resize`.
        let root = self.root.load(Ordering::Acquire);
        // SAFETY: arrays are owned by `self.arrays` and none is dropped before `self` is.
        unsafe { &*root }
    }

    fn next_of(&self, array: &Array) -> Option<&Array> {
        // Acquire: pairs with the Release in `Array::begin_migration`.
        let next = array.next.load(Ordering::Acquire);
        // SAFETY: as in `root`.
        unsafe { next.as_ref() }
    }
}

impl Drop for HashTable {
    fn drop(&mut self) {
        // What lies in cells goes with the slab.
        if self.rows.must_be_cleared() {
            self.clear();
        }
    }
}
