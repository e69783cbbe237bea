//! The slowest single insert while a table grows from nothing.

use super::calls::{idle, time_each};
use super::child::Task;
use crate::contender::{Hashed, HashedVisitor, Label, visit_hashed};
use crate::error::CompareError;
use crate::ets::Ets;
use crate::plan::Plan;
use crate::results::{CallTimes, Timed};
use crate::workload::{Ints, Shape};

/// Grows every contender to the largest number of objects, each time in a fresh process; rounds take turns.
///
/// # Errors
/// A child that fails.
pub fn run(plan: &Plan) -> Result<Vec<Timed<Label>>, CompareError> {
    let objects = plan.objects_max();
    let mut labels: Vec<Option<Label>> = vec![None];
    labels.extend(plan.contenders.iter().copied().map(Some));
    let mut results: Vec<_> = labels.into_iter().map(Timed::new).collect();
    for _ in 0..plan.growth_rounds {
        for growth in &mut results {
            growth.rounds.extend(grow_once(growth.label, objects)?);
        }
    }
    results.retain(|growth| !growth.rounds.is_empty());
    Ok(results)
}

/// Grows one contender in a process of its own; `None` if it isn't there.
fn grow_once(label: Option<Label>, objects: u32) -> Result<Option<CallTimes>, CompareError> {
    if label != Some(Label::Ets) {
        return Task::Growth {
            contender: label,
            objects,
        }
        .in_child()
        .map(Some);
    }
    Ets::start(1)?
        .map(|mut ets| ets.growth(objects))
        .transpose()
}

/// Grows a contender in this process. Without one, only reads the clock until as many readings are taken.
///
/// # Errors
/// A label that is not a Rust map.
pub fn measure(label: Option<Label>, objects: u32) -> Result<CallTimes, CompareError> {
    let Some(label) = label else {
        return Ok(time_each(objects, |_| idle()));
    };
    visit_hashed::<Ints, _>(label, Grow { objects }).unwrap_or_else(|| {
        Err(CompareError::Child {
            arguments: Vec::new(),
            output: format!("{label:?} is not grown in a child"),
        })
    })
}

/// Inserts into an empty table.
struct Grow {
    objects: u32,
}

impl HashedVisitor for Grow {
    type Output = Result<CallTimes, CompareError>;

    fn visit<S: Shape, C: Hashed<S>>(self) -> Self::Output {
        let table = C::create()?;
        Ok(time_each(self.objects, |index| {
            let key = S::key(index);
            table.write(&key, S::value(&key, 0));
        }))
    }
}
