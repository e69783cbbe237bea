//! Memory per object.

use super::SETTLE_EVERY;
use super::contender::{Cache, Label, Visitor, visit};
use super::plan::Plan;
use super::results::{Held, Memory};
use crate::error::CompareError;
use crate::machine::own_resident_bytes;
use crate::measure::child::Task;
use crate::workload::{Ints, Shape};

/// Measures every contender, each in a fresh process.
///
/// # Errors
/// A child that fails.
pub fn run(plan: &Plan) -> Result<Vec<Memory>, CompareError> {
    let task = |&contender: &Label| Task::CacheMemory {
        contender,
        capacity: plan.memory_objects,
    };
    plan.contenders
        .iter()
        .map(|label| task(label).in_child())
        .collect()
}

/// Measures a contender in this process, which must hold nothing else.
///
/// # Errors
/// A cache that can't be made, or a `/proc` that is not as on Linux.
pub fn measure(label: Label, capacity: u32) -> Result<Memory, CompareError> {
    visit(label, Measure { capacity })
}

/// Fills a cache twice and looks at the process. What a cache takes when it is made counts, too: some take it all then.
struct Measure {
    capacity: u32,
}

impl Visitor for Measure {
    type Output = Result<Memory, CompareError>;

    fn visit<C: Cache>(self) -> Self::Output {
        let before = own_resident_bytes()?;
        let cache = C::create(u64::from(self.capacity))?;
        let held_after = |indices| {
            insert_all(&cache, indices);
            Ok::<_, CompareError>(Held {
                resident_bytes: own_resident_bytes()?.saturating_sub(before),
                objects: cache.objects(),
            })
        };
        Ok(Memory {
            label: C::LABEL,
            capacity: self.capacity,
            filled: held_after(0..self.capacity)?,
            turned_over: held_after(self.capacity..2 * self.capacity)?,
        })
    }
}

/// Inserts the objects with these indices.
fn insert_all<C: Cache>(cache: &C, indices: std::ops::Range<u32>) {
    for index in indices {
        let key = Ints::key(index);
        cache.insert(key, Ints::value(&key, 0));
        if (index as usize).is_multiple_of(SETTLE_EVERY) {
            cache.settle();
        }
    }
    cache.settle();
}
