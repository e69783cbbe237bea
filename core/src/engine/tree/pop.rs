//! Taking the first or the last object.

use super::Tree;
use super::descend::Path;
use super::latch::Seen;
use super::probe::Probe;
use super::{Admission, GateChanged};
use crate::engine::Objects;
use crate::engine::record::RowBuffer;
use crate::engine::walk::Direction;
use crate::sync::{Backoff, give_way};

impl Tree {
    /// Takes the object out that a walk in this direction would meet first, and appends it to `taken`.
    /// False if there is none. Atomic.
    pub(crate) fn pop(
        &self,
        direction: Direction,
        taken: &mut Objects,
        admission: &Admission<'_>,
    ) -> Result<bool, GateChanged> {
        let mut backoff = Backoff::default();
        loop {
            if let Some(popped) = self.try_pop(direction, taken, admission)? {
                return Ok(popped);
            }
            backoff.wait();
        }
    }

    /// `None` if somebody got in the way.
    fn try_pop(
        &self,
        direction: Direction,
        taken: &mut Objects,
        admission: &Admission<'_>,
    ) -> Result<Option<bool>, GateChanged> {
        let probe = match direction {
            Direction::Forwards => Probe::LOWEST,
            Direction::Backwards => Probe::HIGHEST,
        };
        let mut path = Path::new();
        let mut leaf = self.leaf_with_path(&probe, &mut path);
        let mut empty: Vec<Seen<'_>> = Vec::new();
        while leaf.page.count() == 0 {
            empty.push(leaf);
            match self.neighbour(&mut path, direction) {
                None => return Ok(None),
                Some(Some(next)) => leaf = next,
                Some(None) => {
                    admission.holds()?;
                    return Ok(empty.iter().all(Seen::is_unchanged).then_some(false));
                }
            }
        }
        let index = match direction {
            Direction::Forwards => 0,
            // It may have become empty.
            Direction::Backwards => match leaf.page.count().checked_sub(1) {
                Some(last) => last,
                None => return Ok(None),
            },
        };
        let slot = self.slot(&leaf, index);
        if self.pending_cell(slot).is_some() {
            // A list is under way; what it decides is waited for.
            return Ok(None);
        }
        let mut buffer = RowBuffer::new();
        if self.copy_slot(&leaf, slot, &mut buffer) != Some(true) {
            return Ok(None);
        }
        let Some(held) = leaf.hold() else {
            give_way(leaf.page.latch());
            return Ok(None);
        };
        if !empty.iter().all(Seen::is_unchanged) {
            return Ok(None);
        }
        admission.holds()?;
        let probe = Probe::key(super::key_of_object(buffer.object(), self.key_position));
        self.take_entry(held, &path, &probe, index, slot, None);
        taken.push_buffer(&buffer);
        Ok(Some(true))
    }
}
