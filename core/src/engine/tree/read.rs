//! Reading one object.

use super::Tree;
use super::descend::Path;
use super::latch::Seen;
use super::probe::Probe;
use crate::engine::Objects;
use crate::engine::lifetime::Moment;
use crate::engine::pending;
use crate::engine::record::{self, PENDING, ROW, RowBuffer, object_of_pair};
use crate::engine::slot::Slot;
use crate::sync::{Backoff, Ordering};
use crate::term::TermRef;

impl Tree {
    /// Copies the object of a key into `buffer`, if there is one. It stores nothing and tries again
    /// only while somebody changes a page on the way.
    pub(crate) fn fetch(&self, key: TermRef<'_>, buffer: &mut RowBuffer) -> bool {
        self.fetch_at(key, self.rows.moment(), buffer)
    }

    /// As `fetch`, as it is at this moment.
    pub(crate) fn fetch_at(
        &self,
        key: TermRef<'_>,
        moment: Moment,
        buffer: &mut RowBuffer,
    ) -> bool {
        let probe = Probe::key(key);
        let found = match self.try_fetch(&probe, moment, buffer) {
            Some(found) => found,
            None => self.fetch_slowly(&probe, moment, buffer),
        };
        self.rows.count_lookup(found);
        found
    }

    #[cold]
    fn fetch_slowly(&self, probe: &Probe<'_>, moment: Moment, buffer: &mut RowBuffer) -> bool {
        let mut backoff = Backoff::default();
        for _ in 0..TRIES {
            if let Some(found) = self.try_fetch(probe, moment, buffer) {
                return found;
            }
            backoff.wait();
        }
        // With the leaf held nobody gets in the way any more.
        let Some(held) = self.hold_page(0, probe, &mut Path::new()) else {
            unreachable!("there is always a leaf");
        };
        loop {
            // A list that is about to be decided is waited for.
            if let Some(found) = self.fetch_from(&held.seen(), probe, moment, buffer) {
                return found;
            }
            backoff.wait();
        }
    }

    #[inline(always)]
    fn try_fetch(&self, probe: &Probe<'_>, moment: Moment, buffer: &mut RowBuffer) -> Option<bool> {
        self.fetch_from(&self.leaf(probe), probe, moment, buffer)
    }

    #[inline(always)]
    fn fetch_from(
        &self,
        leaf: &Seen<'_>,
        probe: &Probe<'_>,
        moment: Moment,
        buffer: &mut RowBuffer,
    ) -> Option<bool> {
        let page = leaf.page;
        let first = page.heads_below(probe.head);
        if first < page.count() && page.head(first) == probe.head {
            let above = page.heads_up_to(probe.head).max(first);
            for entry in self.alike(leaf, first..above, probe) {
                // Copied before it is compared, since most often it is the one.
                let mut slot = self.slot(leaf, entry);
                if self.rows.lifetimes().is_some() {
                    // What a list decides meanwhile must not give this object the time of another.
                    slot = self.decided(slot)?;
                    if slot == Slot::NONE {
                        continue;
                    }
                }
                let copied = self.copy_slot(leaf, slot, buffer)?;
                if copied && self.is_of(buffer, probe) {
                    return self.seen_by(leaf, slot, moment);
                }
            }
        }
        leaf.is_unchanged().then_some(false)
    }

    /// Whether the object of a slot, which was copied, is there for somebody at this moment. `None` if the leaf has changed.
    #[inline(always)]
    fn seen_by(&self, leaf: &Seen<'_>, slot: Slot, moment: Moment) -> Option<bool> {
        if self.rows.lifetimes().is_none() {
            return Some(true);
        }
        let is_over = self.rows.is_over(slot, moment);
        if !leaf.is_unchanged() {
            return None;
        }
        if let Some(record) = slot.as_record().filter(|_| !is_over) {
            self.rows.note_use(record, moment, || leaf.is_unchanged());
        }
        Some(!is_over)
    }

    /// Whether the object in a buffer has the key that is looked for.
    #[inline]
    fn is_of(&self, buffer: &RowBuffer, probe: &Probe<'_>) -> bool {
        let key = super::key_of_object(buffer.object(), self.key_position);
        probe.compare(key) == std::cmp::Ordering::Equal
    }

    /// Copies the object of a slot; false if there is none (yet). `None` if the leaf has changed.
    #[inline(always)]
    pub(super) fn copy_slot(
        &self,
        leaf: &Seen<'_>,
        slot: Slot,
        buffer: &mut RowBuffer,
    ) -> Option<bool> {
        if let Some((_, value)) = slot.as_pair() {
            buffer.forget_shared();
            buffer.set_pair(object_of_pair(super::key_of(slot), value));
            return leaf.is_unchanged().then_some(true);
        }
        let row = slot.as_record()?;
        if let Some(()) = self.copy_record(leaf, row, buffer) {
            return Some(true);
        }
        self.copy_pending(leaf, slot, buffer)
    }

    #[cold]
    fn copy_pending(&self, leaf: &Seen<'_>, slot: Slot, buffer: &mut RowBuffer) -> Option<bool> {
        let cell = self.pending_cell(slot)?;
        let decided = pending::decided_slot(&self.rows.slab, cell)?;
        if decided == Slot::NONE {
            return leaf.is_unchanged().then_some(false);
        }
        let is_pending = self.pending_cell(decided).is_some();
        // Only a slot that was read in the midst of a change names a pending record in a pending one.
        (!is_pending && leaf.is_unchanged())
            .then(|| self.copy_slot(leaf, decided, buffer))
            .flatten()
    }

    /// The cell of a slot's row, and its first word, if that is what it has.
    #[inline]
    pub(super) fn row_cell(&self, slot: Slot) -> Option<(&[crate::sync::AtomicU64], u64)> {
        let cell = self.rows.slab.cell(slot.as_record()?)?;
        let head = cell[0].load(Ordering::Relaxed);
        (record::form_of(head) == ROW).then_some((cell, head))
    }

    /// The cell of a slot's pending record, if it has one.
    pub(super) fn pending_cell(&self, slot: Slot) -> Option<&[crate::sync::AtomicU64]> {
        let cell = self.rows.slab.cell(slot.as_record()?)?;
        let head = cell[0].load(Ordering::Relaxed);
        (record::form_of(head) == PENDING).then_some(cell)
    }

    /// The slot that stands for a slot just now; `NONE` if there is nothing yet. `None` if the page has changed.
    pub(super) fn decided(&self, slot: Slot) -> Option<Slot> {
        match self.pending_cell(slot) {
            None => Some(slot),
            Some(cell) => pending::decided_slot(&self.rows.slab, cell),
        }
    }

    /// A slot with the same key that is not pending. `None` if the page has changed.
    #[inline(always)]
    pub(super) fn settled(&self, slot: Slot) -> Option<Slot> {
        match self.pending_cell(slot) {
            None => Some(slot),
            Some(cell) => pending::either_slot(cell),
        }
    }

    /// As `fetch`, at the end of a list of objects.
    pub(crate) fn fetch_all(&self, key: TermRef<'_>, objects: &mut Objects) {
        let mut buffer = RowBuffer::new();
        if self.fetch(key, &mut buffer) {
            objects.push_buffer(&buffer);
        }
    }

    /// Whether there is an object with this key.
    pub(crate) fn contains(&self, key: TermRef<'_>) -> bool {
        let mut buffer = RowBuffer::new();
        self.fetch(key, &mut buffer)
    }
}

/// How often a reader tries before it takes the leaf's lock, which bounds its wait whatever the
/// writers do.
const TRIES: u32 = if cfg!(heirloom_loom) { 2 } else { 64 };
