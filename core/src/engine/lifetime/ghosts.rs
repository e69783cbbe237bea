//! Which keys were evicted lately: fingerprints, half as many again as there are objects, the oldest forgotten first.

use super::USUAL_OBJECTS;

/// Fingerprints of one set: within it the oldest goes first.
const WAYS: usize = 8;

/// The keys that one shard evicted before they were used a second time. Nothing is allocated before the first one.
#[derive(Default)]
pub(super) struct Ghosts {
    /// 0 where there is none.
    fingerprints: Vec<u16>,
    /// How many were put in since there was room for so many.
    put_in: usize,
}

impl Ghosts {
    /// Remembers a key by its hash. There are `objects` beside it.
    pub(super) fn add(&mut self, hash: u64, objects: usize) {
        let objects = objects.max(USUAL_OBJECTS);
        let wanted = (objects + objects / 2).next_multiple_of(WAYS);
        if self.fingerprints.is_empty()
            || (self.put_in > self.fingerprints.len() && wanted > 2 * self.fingerprints.len())
        {
            self.fingerprints = vec![0; wanted];
            self.put_in = 0;
        }
        self.put_in += 1;
        let fingerprint = fingerprint(hash);
        let set = self.set(hash);
        set.rotate_right(1);
        set[0] = fingerprint;
    }

    /// Whether a key is remembered, which then is forgotten. A key in 8,000 is taken for another.
    pub(super) fn take(&mut self, hash: u64) -> bool {
        if self.fingerprints.is_empty() {
            return false;
        }
        let fingerprint = fingerprint(hash);
        let found = self.set(hash).iter_mut().find(|own| **own == fingerprint);
        found.map(|own| *own = 0).is_some()
    }

    /// Bytes of memory.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(&*self.fingerprints)
    }

    fn set(&mut self, hash: u64) -> &mut [u16] {
        let sets = (self.fingerprints.len() / WAYS) as u128;
        let set = ((u128::from(hash) * sets) >> 64) as usize;
        &mut self.fingerprints[set * WAYS..(set + 1) * WAYS]
    }
}

/// From bits that do not decide about the set, and never 0.
fn fingerprint(hash: u64) -> u16 {
    (hash as u16).max(1)
}

#[cfg(all(test, not(heirloom_loom)))]
mod tests {
    use super::*;
    use crate::term::hash_of_word;

    #[test]
    fn the_latest_are_remembered_and_the_oldest_forgotten() {
        let mut ghosts = Ghosts::default();
        assert!(!ghosts.take(7));
        let hash = |number: u64| hash_of_word(number, 1);
        for number in 0..20_000 {
            ghosts.add(hash(number), 1000);
        }
        let remembered = |ghosts: &mut Ghosts, numbers: std::ops::Range<u64>| {
            numbers.filter(|&number| ghosts.take(hash(number))).count()
        };
        let taken_for_others = remembered(&mut ghosts, 0..5000);
        assert!(taken_for_others < 5, "{taken_for_others} of 5000");
        let recent = remembered(&mut ghosts, 19_500..20_000);
        assert!(recent > 400, "{recent} of the last 500");
        assert_eq!(remembered(&mut ghosts, 19_500..20_000), 0, "taken once");
    }
}
