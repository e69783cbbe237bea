//! Deleting everything.
//!
//! `clear` is one step for everybody else: it begins a new *generation* of the table. A bucket
//! carries the number of the generation it belongs to, and a bucket of an earlier one counts
//! as empty, whatever is in it. A reader or writer that loaded the number before the step
//! began before it, too, so what it still does in the old generation came first.
//!
//! Afterwards `clear` goes through the buckets and empties them. A writer that comes to one
//! first does it instead (see `hold`). One clearing ends before the next begins, so a
//! header's eight bits tell generations apart.

use super::{HashTable, header};
use crate::engine::reclaim;
use crate::sync::{Ordering, lock};

impl HashTable {
    /// Deletes all objects and gives the memory back. Atomic; complexity O(objects), but
    /// nobody waits for more than one bucket.
    pub(crate) fn clear(&self) {
        let begun = self.clear_when(|begin| {
            begin();
            Ok::<_, std::convert::Infallible>(())
        });
        debug_assert!(begun.is_ok());
    }

    /// As `clear`, but the one step that counts is taken by `decide`, which is given it as a
    /// function and may call it or return an error.
    pub(crate) fn clear_when<E>(
        &self,
        decide: impl FnOnce(&dyn Fn()) -> Result<(), E>,
    ) -> Result<(), E> {
        let _sweeping = lock(&self.sweeping);
        decide(&|| self.begin_generation())?;
        self.sweep();
        self.shrink();
        self.rows.slab.give_all_back();
        reclaim::settle();
        Ok(())
    }

    fn begin_generation(&self) {
        // A read-modify-write of full strength, since the caller's later reads must not be
        // done before it. Release: whoever sees a bucket of the new generation sees its
        // number.
        self.quiet_mark
            .fetch_add(header::NEXT_MARK, Ordering::SeqCst);
    }

    /// Empties every bucket that is of an earlier generation.
    fn sweep(&self) {
        let mut position = Some(0);
        while let Some(hash) = position {
            let held = self.hold(hash);
            let spot = held.spot();
            position = spot.array.lower_bound(spot.bucket + 1).try_into().ok();
        }
    }
}
