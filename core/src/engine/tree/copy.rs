//! What a walk copies out of a leaf.

use super::Tree;
use super::latch::Seen;
use crate::engine::lifetime::Moment;
use crate::engine::record::{RowBuffer, object_of_pair};
use crate::engine::slot::Slot;
use crate::engine::walk::{Direction, Pairs, Piece};
use std::ops::Range;

impl Tree {
    /// Appends what is in some entries of a leaf: if there is a record among them in the first `ahead` ones, otherwise in
    /// all. The entries that are left. `None` if the leaf has changed.
    pub(super) fn copy_entries(
        &self,
        leaf: &Seen<'_>,
        range: Range<usize>,
        direction: Direction,
        ahead: usize,
        piece: &mut Piece,
    ) -> Option<Range<usize>> {
        let (Range { start, end }, count) = (range.clone(), range.len());
        let slots = leaf.page.entries(range).map(Slot::from_entry);
        let copied = match direction {
            Direction::Forwards => self.copy_slots(leaf, slots, ahead, piece)?,
            Direction::Backwards => self.copy_slots(leaf, slots.rev(), ahead, piece)?,
        };
        piece.first_key_len = piece.len().min(1);
        let left = count - copied;
        Some(match direction {
            Direction::Forwards => end - left..end,
            Direction::Backwards => start..start + left,
        })
    }

    /// How many slots it was whose objects were appended.
    #[inline(always)]
    fn copy_slots(
        &self,
        leaf: &Seen<'_>,
        slots: impl ExactSizeIterator<Item = Slot> + Clone,
        ahead: usize,
        piece: &mut Piece,
    ) -> Option<usize> {
        if self.key_position == 1 && copy_pairs(slots.clone(), &mut piece.pairs) {
            return Some(slots.len());
        }
        piece.pairs.clear();
        // Those that come next are asked for, too.
        for row in slots.clone().take(2 * ahead).filter_map(Slot::as_record) {
            self.rows.slab.prefetch(row);
        }
        // For the next part, too, which is twice as large.
        piece.reserve(2 * ahead);
        let slots = slots.take(ahead);
        let copied = slots.len();
        let mut buffer = RowBuffer::new();
        for slot in slots {
            self.copy_object(leaf, slot, &mut buffer, piece)?;
        }
        Some(copied)
    }

    /// Appends the object of a slot, if there is one.
    fn copy_object(
        &self,
        leaf: &Seen<'_>,
        slot: Slot,
        buffer: &mut RowBuffer,
        piece: &mut Piece,
    ) -> Option<()> {
        let mut slot = slot;
        if piece.moment != Moment::NONE {
            slot = self.decided(slot)?;
            if slot == Slot::NONE || self.rows.is_over(slot, piece.moment) {
                return Some(());
            }
        }
        if let Some((_, value)) = slot.as_pair() {
            piece.push_row(&object_of_pair(super::key_of(slot), value));
        } else if let Some((cell, head)) = self.row_cell(slot) {
            // Believed when all of the leaf is.
            return piece.push_cell(cell, head).then_some(());
        } else if self.copy_slot(leaf, slot, buffer)? {
            piece.push_buffer(buffer);
        }
        Some(())
    }
}

/// Appends the objects of some slots, which are right if all of these are pairs; whether they are. It asks only
/// once, so that the loop has no branch.
#[inline(always)]
fn copy_pairs(slots: impl Iterator<Item = Slot>, pairs: &mut Pairs) -> bool {
    let mut values = 0;
    pairs.extend(slots.map(|slot| {
        let [_, value] = slot.words();
        values |= value;
        object_of_pair(super::key_of(slot), value)
    }));
    Slot::are_pairs(values)
}
