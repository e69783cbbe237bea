//! Growing and shrinking, one group of buckets at a time.
//!
//! ```text
//!   root --> old array                        next --> new array
//!            [fwd][fwd][fwd][fwd][ 4 ][ 5 ]…           [0'][1'][2'][3'][4'][5'][ 0 ][ 0 ]…
//!             `------ moved -----'                                              not in use yet
//! ```
//!
//! While the old array has a `next`, every writer moves a few groups along ([`Array::claim`]):
//! it locks the group's old buckets in ascending order, copies their slots into the new ones,
//! marks the old ones as forwarded, and unlocks. No row is touched. Whoever comes to a
//! forwarded bucket goes on in the next array. When all groups have moved, the new array
//! becomes the root.
//!
//! **Nobody sees a hash twice or not at all.** At every moment exactly one bucket is the truth
//! for a hash. The new buckets come into use *locked*, with the content of the old ones, so
//! that nobody who came by the new array in an earlier life of it can change them before the
//! old ones are forwarded.
//!
//! **Nobody follows a dangling pointer.** Arrays stay mapped as long as their table. A retired
//! one gives its memory back, after which its headers read as 0, which sends a late reader
//! to the root; or it keeps its forwarded headers and its `next` is null, which does the same.
//! A table has few sizes, so it has few arrays: a retired one is used again, with versions
//! that begin where no reader of its earlier life can have been.

use super::HashTable;
use super::array::{self, Array, Groups};
use super::header;
use super::hold::Held;
use crate::engine::lifetime::{Moment, RemovalCause};
use crate::engine::slot::Slot;
use crate::sync::{Backoff, Ordering, lock};

/// Keys a bucket holds on average when the table grows: about one bucket in five then
/// needs a second line.
const LOAD_MAX: f64 = if cfg!(any(feature = "tight", heirloom_loom)) {
    1.5
} else {
    5.5
};
/// Keys a bucket holds on average when the table shrinks.
const LOAD_MIN: f64 = LOAD_MAX / 3.5;

/// Groups that a writer moves at a time: enough that a table which only loses objects has shrunk
/// when the last one goes.
const GROUPS_PER_CLAIM: u64 = if cfg!(heirloom_loom) {
    1
} else if cfg!(feature = "tight") {
    4
} else {
    16
};

impl HashTable {
    /// Grows the table by one step, whatever its size.
    #[cfg(all(test, heirloom_loom))]
    pub(super) fn grow_now(&self) {
        let root = self.root();
        self.begin_resize(root, array::larger(root.buckets()));
        self.move_all(root);
    }

    /// Moves a few groups, if the table is growing or shrinking.
    #[inline(always)]
    pub(super) fn help_resize(&self) {
        let root = self.root();
        if !root.next.load(Ordering::Relaxed).is_null() {
            self.move_some(root);
        }
    }

    /// Begins to grow or shrink the table if the number of its keys asks for it.
    #[cold]
    pub(super) fn look_at_size(&self) {
        let root = self.root();
        if !root.next.load(Ordering::Relaxed).is_null() {
            return;
        }
        let (keys, buckets) = (self.keys() as f64, root.buckets() as f64);
        if keys > buckets * LOAD_MAX {
            self.begin_resize(root, array::larger(root.buckets()));
        } else if keys < buckets * LOAD_MIN {
            self.begin_resize(root, array::smaller(root.buckets()));
        }
    }

    /// Grows the table to what `keys` more keys need, and moves everything. Others may go on
    /// meanwhile.
    pub(super) fn reserve(&self, keys: usize) {
        let needed = (self.keys() as f64 + keys as f64) / LOAD_MAX;
        loop {
            let root = self.root();
            if self.next_of(root).is_some() {
                self.move_all(root);
            } else if (root.buckets() as f64) < needed {
                self.begin_resize(root, size_for(root.buckets(), needed));
            } else {
                return;
            }
        }
    }

    /// Shrinks the table to what its size asks for, and moves everything. Gives way to who makes room
    /// meanwhile: the two would undo each other's work for ever.
    pub(super) fn shrink(&self) {
        let mut shrunk_from = u64::MAX;
        loop {
            let root = self.root();
            if self.next_of(root).is_some() {
                self.move_all(root);
                continue;
            }
            if root.buckets() >= shrunk_from {
                return;
            }
            shrunk_from = root.buckets();
            let smaller = array::smaller(array::smaller(root.buckets()));
            let is_too_large = (self.keys() as f64) < root.buckets() as f64 * LOAD_MIN;
            if !is_too_large || smaller == root.buckets() {
                return;
            }
            self.begin_resize(root, smaller);
        }
    }

    /// Makes an array of `buckets` the next one of `root`, if `root` is still the root and
    /// has none.
    fn begin_resize(&self, root: &Array, buckets: u64) {
        let mut arrays = lock(&self.arrays);
        let is_current = std::ptr::eq(self.root(), root) && self.next_of(root).is_none();
        if !is_current || buckets == root.buckets() {
            return;
        }
        let spare = arrays.iter().position(|array| array.buckets() == buckets);
        let index = spare.unwrap_or_else(|| {
            arrays.push(Box::new(Array::new(buckets)));
            arrays.len() - 1
        });
        let next = &*arrays[index];
        next.begin_life();
        let groups = Groups::between(root, next);
        root.begin_migration(std::ptr::from_ref(next).cast_mut(), groups.count);
    }

    /// Moves the groups of one claim, if there is one to be had.
    #[cold]
    fn move_some(&self, from: &Array) {
        let Some(claimed) = from.claim(GROUPS_PER_CLAIM) else {
            return;
        };
        // The claim keeps the migration from ending, so this is where it leads.
        let Some(to) = self.next_of(from) else {
            unreachable!("a migration with an open claim goes on");
        };
        let groups = Groups::between(from, to);
        for group in claimed.clone() {
            self.move_group(from, to, groups, group);
        }
        from.note_moved(claimed.start * groups.from..claimed.end * groups.from);
        if from.finish(claimed.end - claimed.start, groups.count) {
            self.end_resize(from, to);
        }
    }

    /// Moves all groups that nobody else has undertaken, and waits for the others.
    fn move_all(&self, from: &Array) {
        let mut backoff = Backoff::default();
        while std::ptr::eq(self.root(), from) && self.next_of(from).is_some() {
            self.move_some(from);
            if from.is_claimed() {
                backoff.wait();
            }
        }
    }

    fn end_resize(&self, from: &Array, to: &Array) {
        let _arrays = lock(&self.arrays);
        let to = std::ptr::from_ref(to).cast_mut();
        // Release: pairs with the Acquire in `root`. Before `next` goes, so that who finds no
        // `next` finds the root that has it all.
        self.root.store(to, Ordering::Release);
        from.end_migration();
    }

    fn move_group(&self, from: &Array, to: &Array, groups: Groups, group: u64) {
        let old = group * groups.from..(group + 1) * groups.from;
        let new = group * groups.to..(group + 1) * groups.to;
        // Ascending, like everybody who holds several buckets.
        let held: Vec<Held<'_>> = old.map(|bucket| self.hold_old(from, bucket)).collect();
        let mut children = Children::new(self, to, new);
        let mut dead = Vec::new();
        for parent in &held {
            children.adopt(parent, &mut dead);
        }
        children.held.iter().for_each(Held::publish);
        let lines: Vec<_> = held
            .iter()
            .flat_map(|parent| self.lines_of(parent))
            .collect();
        held.into_iter().for_each(Held::forward);
        drop(children);
        lines.into_iter().for_each(|cell| self.rows.slab.free(cell));
        for slot in dead {
            self.discard(slot, RemovalCause::Deleted, Moment::NONE);
        }
    }

    /// Holds a bucket that is about to be forwarded.
    fn hold_old<'t>(&'t self, from: &'t Array, bucket: u64) -> Held<'t> {
        let held = self.hold(from.lower_bound(bucket) as u64);
        debug_assert!(std::ptr::eq(held.spot().array, from));
        debug_assert_eq!(held.spot().bucket, bucket);
        held
    }
}

/// New buckets that are being filled. Nobody sees them before `publish`; when they are
/// dropped they are let go of.
struct Children<'t> {
    table: &'t HashTable,
    to: &'t Array,
    first: u64,
    generation: u64,
    held: Vec<Held<'t>>,
}

impl<'t> Children<'t> {
    /// The buckets of one group, empty. All old buckets of the group are held.
    fn new(table: &'t HashTable, to: &'t Array, buckets: std::ops::Range<u64>) -> Children<'t> {
        let generation = table.generation();
        let first = buckets.start;
        let header = header::fresh(to.life(), generation);
        let held = buckets.map(|bucket| Held::unpublished(to, bucket, header));
        Children {
            table,
            to,
            first,
            generation,
            held: held.collect(),
        }
    }

    /// Takes over what an old bucket holds; those of an earlier generation are `dead`.
    fn adopt(&mut self, parent: &Held<'_>, dead: &mut Vec<Slot>) {
        let spot = parent.spot();
        let is_live = header::is_of_generation(spot.header, self.generation);
        for content in self.table.contents_of(spot) {
            if is_live {
                let hash = self.table.hash_of_slot(content.slot);
                let child = (self.to.index(hash) - self.first) as usize;
                self.table.put_in(&mut self.held[child], content);
            } else {
                dead.push(content.slot);
            }
        }
    }
}

/// The first size up the stairs that is enough.
fn size_for(buckets: u64, needed: f64) -> u64 {
    let mut size = array::larger(buckets);
    while (size as f64) < needed {
        size = array::larger(size);
    }
    size
}
