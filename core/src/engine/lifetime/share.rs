//! How long the small queue may be: as long as it is of use.
//!
//! It shows which of the new objects are used soon. Where hardly any is, as in a loop over a little more than fits, its room is lost to
//! the main queue, whose objects are used in every round. So when about as many objects have left it as it has at its longest, it
//! may become half as long if hardly any of them was used, and twice as long if some were. While it is longer than it may be, ghosts
//! take its room. (That the part of new objects follows what comes of it is from G. Einziger et al., "Adaptive software cache
//! management", Middleware 2018, where a hill is climbed instead.)

/// At its longest it is one part of all in so many, ...
pub(super) const LONGEST: u64 = 32;
/// ... and in so many at its shortest.
const SHORTEST: u64 = 256;
/// It becomes shorter if no more than one object in so many was used.
const HARDLY_ANY: usize = 100;
/// The fewest objects from which it learns.
const LEAVERS_MIN: usize = 8;

/// Which part of all objects the small queue may be.
pub(super) struct SmallShare {
    /// One in so many.
    part: u64,
    /// How many objects have left it since that was decided, and how many of them were used.
    left: usize,
    used: usize,
}

impl Default for SmallShare {
    fn default() -> SmallShare {
        SmallShare {
            part: LONGEST,
            left: 0,
            used: 0,
        }
    }
}

impl SmallShare {
    /// Whether the small queue is longer than it may be; both in whatever objects count for.
    pub(super) fn is_exceeded(&self, small: u64, all: u64) -> bool {
        small.saturating_mul(self.part) > all
    }

    /// An object has left the small queue, in which it was used or not. There are `objects` in all.
    pub(super) fn note_leaver(&mut self, was_used: bool, objects: usize) {
        self.left += 1;
        self.used += usize::from(was_used);
        if self.left < LEAVERS_MIN.max(objects / LONGEST as usize) {
            return;
        }
        self.part = if self.used * HARDLY_ANY <= self.left {
            (self.part * 2).min(SHORTEST)
        } else {
            (self.part / 2).max(LONGEST)
        };
        (self.left, self.used) = (0, 0);
    }
}

#[cfg(all(test, not(heirloom_loom)))]
mod tests {
    use super::*;

    #[test]
    fn it_is_short_where_nothing_is_used_and_long_again_where_something_is() {
        let mut share = SmallShare::default();
        let objects = 3200;
        assert!(share.is_exceeded(101, objects) && !share.is_exceeded(100, objects));
        (0..300).for_each(|_| share.note_leaver(false, objects as usize));
        assert!(share.is_exceeded(13, objects) && !share.is_exceeded(12, objects));
        (0..300).for_each(|leaver| share.note_leaver(leaver % 50 == 0, objects as usize));
        assert!(!share.is_exceeded(100, objects));
    }
}
