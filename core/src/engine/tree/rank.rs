//! Numbers: the i-th key, and how many keys come before one.
//!
//! An inner page can say how many objects are below it, if they were counted since the last change there.
//! A writer does not keep that number: all writers would meet at the root. It only makes sure that the pages
//! above its leaf know that they do not know, which they mostly do. Whoever asks counts what has
//! changed. So a question costs O(log n) and a little for each page that was changed since the last one.
//!
//! ```text
//!            writer                              counter (one at a time)
//!   locks the leaf, barrier               says COUNTING above, barrier
//!   COUNTING or a number above?           waits until the leaf is free
//!   then UNKNOWN                          takes its number of entries
//!   changes the leaf, lets go             exchanges COUNTING for the number
//! ```
//!
//! Whichever of the two barriers comes first: either the counter sees the leaf locked and waits for the change,
//! or the writer sees COUNTING and spoils the exchange.

use super::Tree;
use super::descend::Path;
use super::latch::Seen;
use super::page::Page;
use super::probe::Probe;
use crate::engine::Objects;
use crate::engine::record::RowBuffer;
use crate::engine::walk::Edge;
use crate::mutant::{self, Mutant};
use crate::sync::{Backoff, Ordering, barrier_after_rmw, lock};

/// Nobody knows how many objects are below this page.
pub(super) const UNKNOWN: u64 = u64::MAX;
/// Somebody counts them.
const COUNTING: u64 = u64::MAX - 1;

impl Tree {
    /// Sees to it that no page above a leaf, which is being written, claims to know what is below.
    pub(super) fn forget_counts(&self, path: &Path<'_>, leaf: Page<'_>, probe: &Probe<'_>) {
        if mutant::is_on(Mutant::CountsKept) {
            return;
        }
        if path.is_unchanged(self) {
            return forget_on(path);
        }
        let mut path = Path::new();
        while self.root().page() != leaf.cell() {
            let parent = self.page_with_path(1, probe, &mut path);
            path.steps.push((parent, 0));
            if path.is_unchanged(self) {
                return forget_on(&path);
            }
        }
    }

    /// The object whose key has `index` others before it. Exact when nobody is in the middle of a
    /// change.
    pub(crate) fn object_of_number(&self, index: u64) -> Option<Objects> {
        let _counting = lock(&self.counting);
        let mut backoff = Backoff::default();
        loop {
            if let Some(found) = self.try_nth(index) {
                return found;
            }
            backoff.wait();
        }
    }

    /// `None` if somebody got in the way.
    fn try_nth(&self, index: u64) -> Option<Option<Objects>> {
        let root = self.root();
        let mut seen = Seen::look(self.page(root.page())?)?;
        if self.root() != root {
            return None;
        }
        let mut left = index;
        while seen.page.level() > 0 {
            match self.child_of_number(&seen, &mut left)? {
                Some(below) => seen = below,
                None => return seen.is_unchanged().then_some(None),
            }
        }
        self.object_of_leaf(&seen, left)
    }

    /// The page below an inner one in which object `left` is; then `left` is its number there.
    fn child_of_number<'t>(&'t self, above: &Seen<'t>, left: &mut u64) -> Option<Option<Seen<'t>>> {
        for entry in 0..above.page.count() {
            let below = self.look_below(above, entry)?;
            let objects = self.objects_in(&below)?;
            if *left < objects {
                return Some(Some(below));
            }
            *left -= objects;
        }
        Some(None)
    }

    fn object_of_leaf(&self, leaf: &Seen<'_>, index: u64) -> Option<Option<Objects>> {
        if index >= leaf.page.count() as u64 {
            return leaf.is_unchanged().then_some(None);
        }
        let mut buffer = RowBuffer::new();
        let mut found = Objects::default();
        let slot = self.slot(leaf, index as usize);
        // What a list is about to insert counts, but is not there yet.
        if self.copy_slot(leaf, slot, &mut buffer)? {
            found.push_buffer(&buffer);
        }
        Some(Some(found))
    }

    /// How many keys lie in front of a place. Exact when nobody is in the middle of a change.
    pub(crate) fn rank_of(&self, place: &Edge) -> u64 {
        self.rank(&Probe::place(place, Probe::LOWEST))
    }

    /// How many keys lie between two places. Exact when nobody is in the middle of a change.
    pub(crate) fn count_between(&self, lower: &Edge, upper: &Edge) -> u64 {
        let upper = self.rank(&Probe::place(upper, Probe::HIGHEST));
        upper.saturating_sub(self.rank_of(lower))
    }

    /// How many keys come before a probe. Exact when nobody is in the middle of a change.
    fn rank(&self, probe: &Probe<'_>) -> u64 {
        let _counting = lock(&self.counting);
        let mut backoff = Backoff::default();
        loop {
            if let Some(rank) = self.try_rank(probe) {
                return rank;
            }
            backoff.wait();
        }
    }

    fn try_rank(&self, probe: &Probe<'_>) -> Option<u64> {
        let mut path = Path::new();
        let leaf = self.leaf_with_path(probe, &mut path);
        let mut rank = 0;
        for (above, index) in &path.steps {
            for entry in 0..*index {
                rank += self.objects_in(&self.look_below(above, entry)?)?;
            }
        }
        let mut buffer = RowBuffer::new();
        let place = self.search(&leaf, probe, &mut buffer)?;
        let own = place.unwrap_or_else(|place| place);
        leaf.is_unchanged().then_some(rank + own as u64)
    }

    /// How many objects are in or below a page. The caller has the right to count.
    fn objects_in(&self, seen: &Seen<'_>) -> Option<u64> {
        let page = seen.page;
        if page.level() == 0 {
            return self.objects_in_leaf(page);
        }
        let below = page.below();
        let known = below.load(Ordering::Relaxed);
        if known < COUNTING {
            return Some(known);
        }
        // A read-modify-write and a barrier: what is read below is read after that.
        below.swap(COUNTING, Ordering::AcqRel);
        barrier_after_rmw();
        let mut sum = 0;
        for entry in 0..page.count() {
            sum += self.objects_in(&self.look_below(seen, entry)?)?;
        }
        // If a writer said UNKNOWN meanwhile, that stands; the sum is as good as any.
        let _ = below.compare_exchange(COUNTING, sum, Ordering::AcqRel, Ordering::Relaxed);
        Some(sum)
    }

    /// How many objects a leaf has once nobody is changing it.
    fn objects_in_leaf(&self, page: Page<'_>) -> Option<u64> {
        let mut backoff = Backoff::default();
        loop {
            let leaf = Seen::look(page);
            if let Some(leaf) = leaf.filter(|leaf| !leaf.is_locked()) {
                let count = page.count() as u64;
                return leaf.is_unchanged().then_some(count);
            }
            if Seen::is_dead(page) {
                return None;
            }
            backoff.wait();
        }
    }
}

fn forget_on(path: &Path<'_>) {
    for (above, _) in &path.steps {
        if above.page.below().load(Ordering::Relaxed) != UNKNOWN {
            forget_count(above.page);
        }
    }
}

/// What is below a page is not known any more.
pub(super) fn forget_count(page: Page<'_>) {
    // A read-modify-write, so that it comes after the number that may have been exchanged meanwhile.
    page.below().swap(UNKNOWN, Ordering::AcqRel);
}
