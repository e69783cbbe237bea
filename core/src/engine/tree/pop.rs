//! Taking the first or the last object.

use super::Tree;
use super::descend::Path;
use super::latch::Seen;
use super::probe::Probe;
use super::write::Way;
use super::{Admission, GateChanged};
use crate::engine::Objects;
use crate::engine::lifetime::RemovalCause;
use crate::engine::record::RowBuffer;
use crate::engine::walk::Direction;
use crate::sync::{Backoff, give_way};
use crate::term::TermRef;

impl Tree {
    /// Takes the object out that a walk in this direction would meet first, and appends it to `taken`.
    /// False if there is none, or its key is not wanted. Atomic. `wanted` is ours: the leaf is held.
    pub(crate) fn pop(
        &self,
        direction: Direction,
        taken: &mut Objects,
        admission: &Admission<'_>,
        wanted: impl Fn(TermRef<'_>) -> bool,
    ) -> Result<bool, GateChanged> {
        let mut backoff = Backoff::default();
        loop {
            if let Some(popped) = self.try_pop(direction, taken, admission, &wanted)? {
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
        wanted: &impl Fn(TermRef<'_>) -> bool,
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
        // All who take from this end want the same leaf, so nothing is looked at before it is held: most often it
        // would be looked at in vain.
        let Some(held) = leaf.hold() else {
            give_way(leaf.page.latch());
            return Ok(None);
        };
        // It was not empty when it was seen, and has not changed since.
        let index = match direction {
            Direction::Forwards => 0,
            Direction::Backwards => held.page.count() - 1,
        };
        let slot = self.slot(&held.seen(), index);
        // If a list is under way, what it decides is waited for.
        let is_pending = self.pending_cell(slot).is_some();
        if is_pending || !empty.iter().all(Seen::is_unchanged) {
            held.let_go_unchanged();
            return Ok(None);
        }
        admission.holds()?;
        let mut buffer = RowBuffer::new();
        let copied = self.copy_slot(&held.seen(), slot, &mut buffer);
        debug_assert_eq!(copied, Some(true), "nothing changes in a held leaf");
        let probe = Probe::key(super::key_of_object(buffer.object(), self.key_position));
        if !wanted(super::key_of_object(buffer.object(), self.key_position)) {
            held.let_go_unchanged();
            return Ok(Some(false));
        }
        let is_over = self.rows.is_over(slot, admission.birth.moment);
        let cause = RemovalCause::Deleted.or_expired(is_over);
        let way = Way {
            probe: &probe,
            path: &path,
        };
        self.take_entry(held, way, index, slot, cause);
        if is_over {
            let key = super::key_of_object(buffer.object(), self.key_position);
            self.rows.tell_expired(key);
            return Ok(None);
        }
        taken.push_buffer(&buffer);
        Ok(Some(true))
    }
}
