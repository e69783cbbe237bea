//! The way from the root to a leaf.
//!
//! A reader goes from page to page: it finds the entry that leads on, looks at the latch of the page
//! below, and then asks whether the page above is still as it was. If it is, the page below is the right
//! one, and what it holds from then on is vouched for by its own latch. The root has the root word above
//! it. No page knows its neighbours; whoever wants the next leaf goes up the way it came and down again.

use super::latch::{Held, Seen};
use super::page::Page;
use super::probe::Probe;
use super::{Root, Tree};
use crate::engine::reclaim::pin;
use crate::engine::record::{self, ROW, RowBuffer, SHARED, SharedAddress};
use crate::engine::slot::Slot;
use crate::engine::walk::Direction;
use crate::mutant::{self, Mutant};
use crate::slab::CellIndex;
use crate::sync::{Backoff, Ordering as Memory};
use crate::term::TermRef;
use smallvec::SmallVec;
use std::cmp::Ordering;
use std::ops::Range;

/// Pages above a leaf in all but huge trees.
const DEPTH_USUAL: usize = 8;

/// The inner pages on the way to a leaf, from the root on, each with the entry that led on. It is large, so
/// it stays where it is made.
pub(super) struct Path<'t> {
    pub(super) root: Root,
    pub(super) steps: SmallVec<[(Seen<'t>, usize); DEPTH_USUAL]>,
}

impl<'t> Path<'t> {
    /// A path that leads nowhere yet.
    pub(super) fn new() -> Path<'t> {
        Path {
            root: Root::NONE,
            steps: SmallVec::new(),
        }
    }

    /// Whether the way is still the one that was gone.
    pub(super) fn is_unchanged(&self, tree: &Tree) -> bool {
        let mut steps = self.steps.iter();
        tree.root() == self.root && steps.all(|(seen, _)| seen.is_unchanged())
    }
}

impl Tree {
    /// The leaf in which a probe is or would be, as soon as it can be read.
    #[inline(always)]
    pub(super) fn leaf(&self, probe: &Probe<'_>) -> Seen<'_> {
        match self.try_descend(0, probe, |_, _| {}) {
            Some((_, leaf)) => leaf,
            None => self.leaf_with_path(probe, &mut Path::new()),
        }
    }

    /// As `leaf`, with the way there.
    pub(super) fn leaf_with_path<'t>(&'t self, probe: &Probe<'_>, path: &mut Path<'t>) -> Seen<'t> {
        self.page_with_path(0, probe, path)
    }

    /// The page of a level that leads to a probe, or the root if that is further down.
    pub(super) fn page_with_path<'t>(
        &'t self,
        level: usize,
        probe: &Probe<'_>,
        path: &mut Path<'t>,
    ) -> Seen<'t> {
        let mut backoff = Backoff::default();
        loop {
            let steps = &mut path.steps;
            steps.clear();
            let found = self.try_descend(level, probe, |seen, index| steps.push((seen, index)));
            if let Some((root, seen)) = found {
                path.root = root;
                return seen;
            }
            backoff.wait();
        }
    }

    /// Takes the page of a level that leads to a probe; `None` if the tree is not as high. Readers do
    /// not notice.
    pub(super) fn hold_page<'t>(
        &'t self,
        level: usize,
        probe: &Probe<'_>,
        path: &mut Path<'t>,
    ) -> Option<Held<'t>> {
        let mut backoff = Backoff::default();
        loop {
            let seen = self.page_with_path(level, probe, path);
            if seen.page.level() < level && seen.is_unchanged() {
                return None;
            }
            if let Some(held) = seen.hold_quietly() {
                return Some(held);
            }
            backoff.wait();
        }
    }

    /// One attempt to go down to a level; `visit` is told each inner page and the entry that leads on.
    /// `None` if somebody got in the way.
    #[inline(always)]
    pub(super) fn try_descend<'t>(
        &'t self,
        level: usize,
        probe: &Probe<'_>,
        mut visit: impl FnMut(Seen<'t>, usize),
    ) -> Option<(Root, Seen<'t>)> {
        let root = self.root();
        let mut seen = Seen::look(self.page(root.page())?)?;
        // The root may have split since: what is at the root page is all there is only if the root
        // word still leads there.
        if self.root() != root {
            return None;
        }
        loop {
            let page = seen.page;
            let is_there = page.level() <= level;
            if is_there {
                return Some((root, seen));
            }
            let index = self.child_index(&seen, probe)?;
            let below = self.look_below(&seen, index)?;
            visit(seen, index);
            seen = below;
        }
    }

    /// The page that an entry leads to, if the page of the entry has not changed.
    #[inline(always)]
    pub(super) fn look_below<'t>(&'t self, above: &Seen<'t>, index: usize) -> Option<Seen<'t>> {
        let page = self.page_below(above, index)?;
        page.prefetch();
        let below = Seen::look(page)?;
        if above.is_unchanged() || mutant::is_on(Mutant::NoParentValidation) {
            Some(below)
        } else {
            None
        }
    }

    /// The page that an entry of an inner page leads to. `None` if the inner page has changed.
    #[inline(always)]
    fn page_below<'t>(&'t self, above: &Seen<'t>, index: usize) -> Option<Page<'t>> {
        let child = above.page.child(index);
        if !above.is_certain() {
            return None;
        }
        // SAFETY: the page it was read from is unchanged.
        Some(unsafe { child.page() })
    }

    /// Which entry of an inner page leads to a probe: the last one whose smallest key is not behind it.
    #[inline(always)]
    fn child_index(&self, seen: &Seen<'_>, probe: &Probe<'_>) -> Option<usize> {
        let page = seen.page;
        // The first one leads to all that is in front of the second, whatever its head.
        let last = page.heads_up_to(probe.head).max(1) - 1;
        // Without a fence, what is below begins in front of all keys of that head.
        if last == 0 || page.head(last) != probe.head || !page.child(last).has_fence() {
            return Some(last);
        }
        self.child_among_equals(seen, last, probe)
    }

    #[cold]
    fn child_among_equals(&self, seen: &Seen<'_>, last: usize, probe: &Probe<'_>) -> Option<usize> {
        let first = seen.page.heads_below(probe.head).max(1);
        let place = bisect(first..last + 1, seen.page.count(), |entry| {
            self.compare_fence(seen, entry, probe)
        });
        Some(match place? {
            Ok(entry) => entry,
            Err(behind) => behind - 1,
        })
    }

    /// Where the smallest key of the page below an entry stands, seen from a probe of the same head.
    fn compare_fence(&self, seen: &Seen<'_>, index: usize, probe: &Probe<'_>) -> Option<Ordering> {
        let child = seen.page.child(index);
        if !child.has_fence() {
            return Some(Ordering::Less);
        }
        // While the page above is unchanged, so is the fence of the page below.
        let row = self.page_below(seen, index)?.fence();
        let mut buffer = RowBuffer::new();
        self.with_row(seen, row, &mut buffer, |row| {
            probe.compare(row.element(1).unwrap_or(row))
        })
    }

    /// Where a probe is in a leaf: at an entry, or in front of one. `None` if the leaf has changed.
    #[inline(always)]
    pub(super) fn search(
        &self,
        leaf: &Seen<'_>,
        probe: &Probe<'_>,
        buffer: &mut RowBuffer,
    ) -> Option<Result<usize, usize>> {
        let page = leaf.page;
        let count = page.count();
        let first = page.heads_below(probe.head);
        if first >= count || page.head(first) != probe.head {
            return Some(Err(first));
        }
        let above = page.heads_up_to(probe.head);
        if probe.is_key() && above > first + 1 {
            for index in self.alike(leaf, first..above, probe) {
                if self.compare_entry(leaf, index, probe, buffer)? == Ordering::Equal {
                    return Some(Ok(index));
                }
            }
        }
        bisect(first..above, count, |entry| {
            self.compare_entry(leaf, entry, probe, buffer)
        })
    }

    /// Of some entries with the head of a key those that may be of this key.
    pub(super) fn alike(
        &self,
        leaf: &Seen<'_>,
        entries: Range<usize>,
        probe: &Probe<'_>,
    ) -> impl Iterator<Item = usize> {
        // Only one needs no more than to be compared.
        let fingerprint = (entries.len() > 1).then(|| probe.fingerprint());
        entries.filter(move |&entry| {
            let slot = self.slot(leaf, entry);
            slot.as_pair().is_some() || fingerprint.is_none_or(|own| own == slot.fingerprint())
        })
    }

    /// Where the key of an entry stands, seen from a probe of the same head.
    fn compare_entry(
        &self,
        leaf: &Seen<'_>,
        index: usize,
        probe: &Probe<'_>,
        buffer: &mut RowBuffer,
    ) -> Option<Ordering> {
        let slot = self.slot(leaf, index);
        self.with_key(leaf, slot, buffer, |key| probe.compare(key))
    }

    /// What stands in an entry of a leaf.
    #[inline(always)]
    pub(super) fn slot(&self, leaf: &Seen<'_>, index: usize) -> Slot {
        Slot::from_words([leaf.page.head(index), leaf.page.word(index)])
    }

    /// Calls `use_key` with the key of what a slot holds. `None` if the page has changed.
    pub(super) fn with_key<R>(
        &self,
        seen: &Seen<'_>,
        slot: Slot,
        buffer: &mut RowBuffer,
        use_key: impl FnOnce(TermRef<'_>) -> R,
    ) -> Option<R> {
        match self.settled(slot)?.as_record() {
            None => Some(use_key(TermRef::from_immediate(super::key_of(slot)))),
            Some(row) => self.with_row(seen, row, buffer, |object| {
                use_key(super::key_of_object(object, self.key_position))
            }),
        }
    }

    /// Calls `use_row` with the object in a record. `None` if the page it hangs on has changed.
    fn with_row<R>(
        &self,
        seen: &Seen<'_>,
        row: CellIndex,
        buffer: &mut RowBuffer,
        use_row: impl FnOnce(TermRef<'_>) -> R,
    ) -> Option<R> {
        self.copy_record(seen, row, buffer)?;
        Some(use_row(buffer.object()))
    }

    /// Copies the object in a record, or takes a reference to a large one. `None` if the page it
    /// hangs on has changed.
    #[inline(always)]
    pub(super) fn copy_record(
        &self,
        seen: &Seen<'_>,
        row: CellIndex,
        buffer: &mut RowBuffer,
    ) -> Option<()> {
        let cell = self.rows.slab.cell(row)?;
        let head = cell[0].load(Memory::Relaxed);
        if record::form_of(head) == ROW {
            buffer.forget_shared();
            return (buffer.copy_row(cell, head) && seen.is_unchanged()).then_some(());
        }
        if record::form_of(head) != SHARED {
            return None;
        }
        // The address counts only if the record is still there after the pin.
        let _pin = pin();
        let address = SharedAddress::read(cell)?;
        if !seen.is_unchanged() {
            return None;
        }
        // SAFETY: pinned, and the record was in the page after that.
        buffer.set_shared(unsafe { address.share() });
        Some(())
    }

    /// The leaf next to the last one that a path leads to; the path then leads there. `None` if the way
    /// has changed, `Some(None)` if there is no other leaf.
    pub(super) fn neighbour<'t>(
        &'t self,
        path: &mut Path<'t>,
        direction: Direction,
    ) -> Option<Option<Seen<'t>>> {
        while let Some((seen, index)) = path.steps.pop() {
            let next = match direction {
                Direction::Forwards => Some(index + 1).filter(|&next| next < seen.page.count()),
                Direction::Backwards => index.checked_sub(1),
            };
            if !seen.is_unchanged() {
                return None;
            }
            if let Some(next) = next {
                return self.outermost_leaf(path, seen, next, direction).map(Some);
            }
        }
        (self.root() == path.root).then_some(None)
    }

    /// The leaf below an entry that is met first.
    fn outermost_leaf<'t>(
        &'t self,
        path: &mut Path<'t>,
        from: Seen<'t>,
        index: usize,
        direction: Direction,
    ) -> Option<Seen<'t>> {
        let (mut seen, mut index) = (from, index);
        loop {
            let below = self.look_below(&seen, index)?;
            path.steps.push((seen, index));
            if below.page.level() == 0 {
                return Some(below);
            }
            let count = below.page.count();
            seen = below;
            index = match direction {
                Direction::Forwards => 0,
                Direction::Backwards => count.checked_sub(1)?,
            };
        }
    }

    #[inline(always)]
    pub(super) fn page(&self, cell: CellIndex) -> Option<Page<'_>> {
        Page::in_cell(self.pages.cell(cell)?)
    }
}

/// Which of some entries of a page with `count` is equal to what is looked for, or which one that would be in
/// front of. `None` if one could not be compared.
fn bisect(
    entries: Range<usize>,
    count: usize,
    mut compare: impl FnMut(usize) -> Option<Ordering>,
) -> Option<Result<usize, usize>> {
    let (mut low, mut high) = (entries.start, entries.end);
    let mut middle = low.midpoint(high);
    if high == count && low < high {
        // Most keys that come in ascending order go behind all that are there.
        middle = high - 1;
    }
    while low < high {
        match compare(middle)? {
            Ordering::Less => low = middle + 1,
            Ordering::Equal => return Some(Ok(middle)),
            Ordering::Greater => high = middle,
        }
        middle = low.midpoint(high);
    }
    Some(Err(low))
}
