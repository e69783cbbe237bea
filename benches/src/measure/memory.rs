//! Memory per object: in a table that was filled, and on the way there.

use super::child::Task;
use super::points::insert_all;
use crate::contender::{Contender, Label, Visitor, visit_shape};
use crate::error::CompareError;
use crate::ets::Ets;
use crate::machine::own_resident_bytes;
use crate::plan::Plan;
use crate::results::{Growing, Memory};
use crate::workload::{Shape, ShapeKind};

/// Measures every contender at the largest number of objects, each in a fresh process.
///
/// # Errors
/// A child that fails.
pub fn run(plan: &Plan) -> Result<Vec<Memory>, CompareError> {
    let objects = plan.objects_max();
    let mut results = Vec::new();
    for &shape in &plan.shapes {
        for contender in plan.rust_contenders() {
            results.push(
                Task::Memory {
                    contender,
                    shape,
                    objects,
                }
                .in_child()?,
            );
        }
        results.extend(measure_ets(plan, shape, objects)?);
    }
    Ok(results)
}

/// Measures a contender in this process, which must hold nothing else.
///
/// # Errors
/// A label that is not a Rust map, or a `/proc` that is not as on Linux.
pub fn measure(label: Label, shape: ShapeKind, objects: u32) -> Result<Memory, CompareError> {
    visit_shape(label, shape, Measure { objects }).unwrap_or_else(|| {
        Err(CompareError::Child {
            arguments: Vec::new(),
            output: format!("{label:?} is not measured in a child"),
        })
    })
}

/// Doublings during which somebody looks. With fewer objects, what a process has besides would count for too much.
const DOUBLINGS: u32 = 3;
/// Looks during each.
const LOOKS: u32 = 32;

/// The numbers of objects with which somebody looks: ascending by the same factor, up to this one.
fn looks(objects: u32) -> impl Iterator<Item = u32> {
    let before = |look| f64::from(look) / f64::from(LOOKS);
    (0..=DOUBLINGS * LOOKS)
        .rev()
        .map(move |look| (f64::from(objects) / before(look).exp2()) as u32)
}

/// Fills a table and looks at the process before, meanwhile and after.
struct Measure {
    objects: u32,
}

impl Visitor for Measure {
    type Output = Result<Memory, CompareError>;

    fn visit<S: Shape, C: Contender<S>>(self) -> Self::Output {
        // What is not the table's is there before the first look.
        let mut seen = Vec::with_capacity((DOUBLINGS * LOOKS + 1) as usize);
        let (mut indices, mut inserted) = (S::filling(self.objects), 0);
        let table = C::create()?;
        let before = own_resident_bytes()?;
        for objects in looks(self.objects) {
            insert_all(&table, indices.by_ref().take((objects - inserted) as usize));
            inserted = objects;
            seen.push((objects, own_resident_bytes()?.saturating_sub(before)));
        }
        let resident_bytes = seen.last().map_or(0, |&(_, bytes)| bytes);
        let own_count_bytes = table.own_count_bytes().map(|bytes| bytes as u64);
        Ok(Memory {
            label: C::LABEL,
            shape: S::KIND,
            objects: self.objects,
            resident_bytes,
            own_count_bytes,
            growing: Growing::of(&seen),
        })
    }
}

/// Measures ETS in a fresh Erlang node, if there is one.
fn measure_ets(
    plan: &Plan,
    shape: ShapeKind,
    objects: u32,
) -> Result<Option<Memory>, CompareError> {
    if !plan.contenders.contains(&Label::Ets) {
        return Ok(None);
    }
    let Some(mut ets) = Ets::start(1)? else {
        return Ok(None);
    };
    ets.create(shape)?;
    let before = ets.resident_bytes()?;
    ets.fill(objects)?;
    let resident_bytes = ets.resident_bytes()?.saturating_sub(before);
    let own_count_bytes = Some(ets.own_count_bytes()?);
    Ok(Some(Memory {
        label: Label::Ets,
        shape,
        objects,
        resident_bytes,
        own_count_bytes,
        growing: None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_look_is_at_the_whole_table() {
        let looks: Vec<u32> = looks(4_000_000).collect();
        assert_eq!(looks.first(), Some(&500_000));
        assert_eq!(looks[LOOKS as usize], 1_000_000);
        assert_eq!(looks.last(), Some(&4_000_000));
        assert!(looks.is_sorted());
    }
}
