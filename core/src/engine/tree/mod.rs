//! Engine O: the tree behind `ordered_set`.
//!
//! ```text
//!  root word [generation | page]
//!                           |
//!                           v
//!            +- inner page: latch | head page | head page | ... -+
//!                             |                  |
//!             +---------------+                  +--------+
//!             v                                           v
//!   +- leaf: latch | head slot | head slot | ... -+    +- leaf ...
//!                           |
//!                           v
//!                         record                 one cell = one object, as in the hash tables
//! ```
//!
//! A B+-tree (R. Bayer and E. McCreight, 1972) of pages of 512 bytes. A *head* is the beginning of a key as
//! a word, in the order of keys; it decides nearly always, and full keys are compared only where it does not.
//! An object of two one-word elements whose key is a small integer stands in its leaf: the head is the key.
//!
//! # Reading
//! Optimistic lock coupling (V. Leis et al., "The ART of Practical Synchronization", 2016): see
//! [`descend`] for the way down, [`latch`] for the version of a page. What is found is copied out,
//! and believed if the leaf has not changed. Memory is type-stable: pages come from a slab of their own,
//! so whatever a reader takes for a page was one at some time.
//!
//! # Writing
//! One object is written by holding one leaf. A full leaf is split before, a sparse one is merged with its
//! neighbour afterwards ([`structure`]). Locks are taken from the leaves upwards; who holds a page
//! waits for the page above it but never for one beside or below, which it only tries. So nobody
//! waits in a circle.
//!
//! # Lists, deletion of everything, numbers
//! See [`list`], [`clear`], [`rank`].

mod clear;
mod copy;
mod descend;
mod latch;
mod leave;
mod list;
mod page;
mod pair;
mod pop;
mod probe;
mod rank;
mod read;
mod structure;
mod walk;
mod write;

#[cfg(all(test, heirloom_loom))]
mod loom_models;

pub(crate) use walk::TreeWalk;

use super::count::Counts;
use super::lifetime::Birth;
use super::rows::{Care, Rows};
use super::slot::Slot;
use super::{Admission, GateChanged};
use crate::slab::{CELL_INDEX_BITS, CellIndex, Slab};
use crate::sync::{AtomicU64, Mutex, Ordering, RwLock};
use crate::term::TermRef;
use crate::term::layout::{SMALL, TAG_BITS, is_immediate, tag};
use crate::term::order_key::head::{head_of_small, small_of_head};
use page::{PAGE_WORDS, Page};

/// The page at the root, and the generation of the table: how often everything was deleted.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Root(u64);

impl Root {
    /// No root that a tree ever has.
    const NONE: Root = Root(0);

    fn new(generation: u64, page: CellIndex) -> Root {
        Root(generation << CELL_INDEX_BITS | page)
    }

    #[inline(always)]
    fn page(self) -> CellIndex {
        self.0 & ((1 << CELL_INDEX_BITS) - 1)
    }

    /// Modulo 2^24.
    fn generation(self) -> u64 {
        self.0 >> CELL_INDEX_BITS
    }
}

/// The engine of one table.
pub(crate) struct Tree {
    root: AtomicU64,
    pages: Slab,
    pub(super) rows: Rows,
    counts: Counts,
    /// Where the key is in an object's words: its tuple's element of this number.
    pub(super) key_position: usize,
    /// Whether objects may stand in their leaves: if their key comes first, and they need no records.
    pairs: bool,
    /// No page that was given up had a later version.
    last_version: AtomicU64,
    /// The right to count what is below inner pages.
    counting: Mutex<()>,
    /// Shared by lists under way, exclusive while everything is deleted.
    clearing: RwLock<()>,
}

impl Tree {
    /// An empty table whose objects have their key at element `key_position` (from 1).
    pub(crate) fn new(key_position: usize, care: Care) -> Tree {
        let tree = Tree {
            root: AtomicU64::new(0),
            pages: Slab::new(),
            pairs: key_position == 1 && !care.is_for_records(),
            rows: Rows::new(care),
            counts: Counts::new(),
            key_position,
            last_version: AtomicU64::new(0),
            counting: Mutex::new(()),
            clearing: RwLock::new(()),
        };
        let root = Root::new(0, tree.new_page(0).cell());
        tree.root.store(root.0, Ordering::Release);
        tree
    }

    #[inline(always)]
    fn root(&self) -> Root {
        // Acquire: pairs with the exchange in `set_root`.
        Root(self.root.load(Ordering::Acquire))
    }

    /// Puts another page at the root, unless the root has changed.
    fn set_root(&self, from: Root, page: CellIndex) -> bool {
        let to = Root::new(from.generation(), page);
        // Release: who sees the root sees its page.
        self.root
            .compare_exchange(from.0, to.0, Ordering::AcqRel, Ordering::Relaxed)
            .is_ok()
    }

    /// An empty page that nobody else knows of. Its version is later than any that a reader of its
    /// memory can have seen.
    fn new_page(&self, level: usize) -> Page<'_> {
        let cell = self.pages.allocate(PAGE_WORDS);
        let Some(page) = self.page(cell) else {
            unreachable!("cells of this class are as large as a page");
        };
        page.reset(cell, level);
        // Relaxed: whoever gave this cell back raised the version before, and the cell came here by way
        // of the slab.
        let version = self.last_version.load(Ordering::Relaxed) + 1;
        page.below().store(rank::UNKNOWN, Ordering::Relaxed);
        // Release: as every latch that is let go.
        page.latch()
            .store(latch::of_version(version), Ordering::Release);
        page
    }

    /// Gives a page up. Nothing leads to it any more but what readers remember.
    fn free_page(&self, held: latch::Held<'_>) {
        let cell = held.page.cell();
        let fence = held.page.fence();
        let version = held.die();
        self.last_version.fetch_max(version, Ordering::Relaxed);
        if fence != 0 {
            self.rows.free(fence);
        }
        self.pages.free(cell);
    }

    /// Number of objects; exact when nobody is in the middle of a change.
    pub(crate) fn len(&self) -> u64 {
        self.counts.sum(self.root().generation())
    }

    /// Bytes of the pages, cells and large rows that the table holds.
    pub(crate) fn bytes(&self) -> usize {
        self.pages.held_bytes() + self.rows.bytes()
    }

    /// The slot of an object whose key has this head, that nobody has seen yet.
    fn store_object(&self, object: &[u64], head: u64, birth: Birth) -> Slot {
        let pair = self.as_pair(object);
        pair.unwrap_or_else(|| {
            let fingerprint = probe::fingerprint_of(self.key_of_words(object));
            let record = self.rows.store(object, self.key_position, birth);
            Slot::marked_record(record, head, fingerprint)
        })
    }

    /// Whether objects may stand in their leaves: if their key comes first, and they need no records.
    fn has_pairs(&self) -> bool {
        self.pairs
    }

    /// The slot of an object that stands in its leaf.
    fn as_pair(&self, object: &[u64]) -> Option<Slot> {
        match *object {
            // A block with a box in it would have more words.
            [2, key, value] if self.has_pairs() && tag(key) == SMALL => {
                debug_assert!(is_immediate(value));
                Some(Slot::pair(head_of_word(key), value))
            }
            _ => None,
        }
    }

    /// The key of an object given as the words of its tuple, which has one.
    fn key_of_words<'a>(&self, object: &'a [u64]) -> TermRef<'a> {
        TermRef::from_parts(object[self.key_position], object)
    }
}

/// The head of a word that is a small integer.
fn head_of_word(word: u64) -> u64 {
    head_of_small(crate::term::layout::small_value(word))
}

/// The word of the key of a pair.
fn key_of(slot: Slot) -> u64 {
    let [head, _] = slot.words();
    // The words of small integers are in their order, with the tag below.
    (small_of_head(head) << TAG_BITS).cast_unsigned()
}

/// The key of an object, which has one.
fn key_of_object(object: TermRef<'_>, key_position: usize) -> TermRef<'_> {
    TermRef::from_parts(object.words()[key_position], object.words())
}

impl Drop for Tree {
    fn drop(&mut self) {
        // What lies in cells goes with the slabs.
        if self.rows.must_be_cleared() {
            self.clear();
        }
    }
}
