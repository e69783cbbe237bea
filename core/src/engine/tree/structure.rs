//! Splitting full pages and merging sparse ones.
//!
//! ```text
//!        ... | h1 A | h3 C | ...            ... | h1 A | h2 B | h3 C | ...
//!               |                  split           |      |
//!         +-----v------+          ------->     +---v--+ +-v----+
//!         | a b c d e f|          <-------     |a b c | |d e f |
//!         +------------+           merge       +------+ +------+
//! ```
//!
//! Both hold the page first, then the one above it, and change them in one step: whoever came from the page
//! above before that finds the page below changed. Only the right page of the two comes or goes; a page that
//! stays keeps its smallest key for as long as it lives.
//!
//! `h2` is the head of `d`. Where `c` has the same, the head does not tell the pages apart; then `d` itself
//! is kept in a row, the *fence* of `B`.

use super::Tree;
use super::descend::Path;
use super::latch::Held;
use super::page::{Child, ENTRIES, FEW, MERGED_MAX, Page};
use super::probe::Probe;
use super::rank::forget_count;
use crate::engine::record::RowBuffer;
use crate::mutant::{self, Mutant};
use crate::slab::CellIndex;
use crate::term::Term;

impl Tree {
    /// Splits the full page of a level that leads to a probe, and those above it that are full. Nothing
    /// happens if somebody else did.
    pub(super) fn split(&self, level: usize, probe: &Probe<'_>) {
        let mut path = Path::new();
        let Some(held) = self.hold_page(level, probe, &mut path) else {
            return;
        };
        if held.page.count() < ENTRIES {
            return;
        }
        if self.root().page() == held.page.cell() {
            return self.split_root(path.root, held, probe);
        }
        let Some(above) = self.hold_above(&held, probe) else {
            return;
        };
        if above.page.count() == ENTRIES {
            drop((held, above));
            return self.split(level + 1, probe);
        }
        self.split_below(held, above, probe);
    }

    /// Holds the page that leads to a page that is held. `None` if none does: everything was deleted.
    fn hold_above<'t>(&'t self, held: &Held<'t>, probe: &Probe<'_>) -> Option<Held<'t>> {
        let above = self.hold_page(held.page.level() + 1, probe, &mut Path::new())?;
        above.page.index_of(held.page)?;
        Some(above)
    }

    /// Moves half of a page to a new one beside it.
    fn split_below(&self, mut held: Held<'_>, mut above: Held<'_>, probe: &Probe<'_>) {
        let Some(index) = above.page.index_of(held.page) else {
            return;
        };
        let (middle, right) = self.right_half(&held, probe);
        begin_moving(&mut held, Mutant::SplitWithoutWriting);
        above.begin_writing();
        let child = Child::new(right, right.fence() != 0);
        above
            .page
            .insert(index + 1, held.page.head(middle), child.word());
        held.page.truncate(middle);
        forget_count(above.page);
        forget_count(held.page);
    }

    /// Puts a new root above the page at the root, and splits it.
    fn split_root(&self, root: super::Root, mut held: Held<'_>, probe: &Probe<'_>) {
        let (middle, right) = self.right_half(&held, probe);
        let top = self.new_page(held.page.level() + 1);
        top.insert(0, 0, Child::new(held.page, false).word());
        let child = Child::new(right, right.fence() != 0);
        top.insert(1, held.page.head(middle), child.word());
        begin_moving(&mut held, Mutant::SplitWithoutWriting);
        if self.set_root(root, top.cell()) {
            held.page.truncate(middle);
            forget_count(held.page);
        } else {
            // Everything was deleted meanwhile; the page will go with the rest.
            self.free_unused(top);
            self.free_unused(right);
        }
    }

    /// A new page with the right half of a full one, which keeps it for now; and where that begins.
    fn right_half(&self, held: &Held<'_>, probe: &Probe<'_>) -> (usize, Page<'_>) {
        let page = held.page;
        let middle = split_point(page, probe);
        let right = self.new_page(page.level());
        right.append(page, middle);
        right.set_fence(self.fence_between(held, middle));
        (middle, right)
    }

    /// The fence of what begins with an entry, where its head does not tell it from the one before.
    fn fence_between(&self, held: &Held<'_>, index: usize) -> CellIndex {
        let page = held.page;
        if page.level() == 0 {
            let tells = page.head(index - 1) != page.head(index);
            return if tells {
                0
            } else {
                self.fence_of_entry(held, index)
            };
        }
        let child = page.child(index);
        if !child.has_fence() {
            return 0;
        }
        // SAFETY: it was read from a page that is held.
        self.copy_of_fence(held, unsafe { child.page() })
    }

    /// A row with the key of an entry of a leaf.
    fn fence_of_entry(&self, held: &Held<'_>, index: usize) -> CellIndex {
        let leaf = held.seen();
        let slot = self.slot(&leaf, index);
        let mut buffer = RowBuffer::new();
        let key = self.with_key(&leaf, slot, &mut buffer, |key| key.to_term());
        self.store_fence(key)
    }

    /// A row with the same key as the fence of a page below one that is held.
    fn copy_of_fence(&self, held: &Held<'_>, below: Page<'_>) -> CellIndex {
        let mut buffer = RowBuffer::new();
        let copied = self.copy_record(&held.seen(), below.fence(), &mut buffer);
        let key = copied.and_then(|()| buffer.object().element(1).map(|key| key.to_term()));
        self.store_fence(key)
    }

    fn store_fence(&self, key: Option<Term>) -> CellIndex {
        let Some(Ok(row)) = key.map(|key| Term::tuple([key])) else {
            unreachable!("nothing changes below a held page, and objects hold more than a key");
        };
        self.rows.store_unlisted(row.as_ref().words())
    }

    /// Gives up a page that nobody ever knew of.
    fn free_unused(&self, page: Page<'_>) {
        if page.fence() != 0 {
            self.rows.free(page.fence());
        }
        self.pages.free(page.cell());
    }

    /// Merges the sparse page of a level that leads to a probe with a neighbour, if that is not too full
    /// or busy.
    pub(super) fn merge(&self, level: usize, probe: &Probe<'_>) {
        let mut path = Path::new();
        let Some(held) = self.hold_page(level, probe, &mut path) else {
            return;
        };
        if self.root().page() == held.page.cell() {
            return self.lower_root(path.root, held);
        }
        if held.page.count() >= FEW {
            return;
        }
        let Some(above) = self.hold_above(&held, probe) else {
            return;
        };
        if self.merge_below(held, above) {
            self.merge(level + 1, probe);
        }
    }

    /// Merges a page with a neighbour below the same page; true if it was done.
    fn merge_below(&self, held: Held<'_>, above: Held<'_>) -> bool {
        let Some(index) = above.page.index_of(held.page) else {
            return false;
        };
        let count = held.page.count();
        if let Some(right) = self.partner(&above, index + 1, count) {
            self.join(held, right, above, index + 1);
            return true;
        }
        let left = index.checked_sub(1);
        match left.and_then(|left| self.partner(&above, left, count)) {
            Some(left) => {
                self.join(left, held, above, index);
                true
            }
            None => false,
        }
    }

    /// Holds a page below another one that one with so many entries can be merged with, unless somebody
    /// else holds it.
    fn partner<'t>(&'t self, above: &Held<'t>, index: usize, count: usize) -> Option<Held<'t>> {
        if index >= above.page.count() {
            return None;
        }
        let held = self.look_below(&above.seen(), index)?.hold_quietly()?;
        let own = held.page.count();
        // An empty page goes whatever its neighbour has: it would be in the way of all who pass.
        let fits = own + count <= MERGED_MAX || own == 0 || count == 0;
        fits.then_some(held)
    }

    /// Moves what is in the right page to the left one; `index` is the right one's.
    fn join(&self, mut left: Held<'_>, right: Held<'_>, mut above: Held<'_>, index: usize) {
        begin_moving(&mut left, Mutant::MergeWithoutWriting);
        above.begin_writing();
        // The right page keeps what it has until it is dead, so its readers need not be told before.
        left.page.append(right.page, 0);
        above.page.remove(index);
        forget_count(left.page);
        forget_count(above.page);
        self.free_page(right);
    }

    /// Makes the only page below the root the root.
    fn lower_root(&self, root: super::Root, held: Held<'_>) {
        let page = held.page;
        if page.level() == 0 || page.count() != 1 {
            return;
        }
        // SAFETY: it was read from a page that is held.
        let below = unsafe { page.child(0).page() };
        if self.set_root(root, below.cell()) {
            self.free_page(held);
        }
    }
}

/// Makes readers of a page wait, since entries are to leave it or to come to it. The fault is that they don't.
fn begin_moving(held: &mut Held<'_>, fault: Mutant) {
    if !mutant::is_on(fault) {
        held.begin_writing();
    }
}

/// Where a full page is to be split: in the middle, but towards the end where keys come in ascending or
/// descending order.
fn split_point(page: Page<'_>, probe: &Probe<'_>) -> usize {
    let few = (ENTRIES / 10).max(1);
    if probe.head > page.head(ENTRIES - 1) {
        ENTRIES - few
    } else if page.level() == 0 && probe.head < page.head(0) {
        few
    } else {
        ENTRIES / 2
    }
}
