//! Memory per object.

use super::child::Task;
use super::points::fill;
use crate::contender::{Contender, Label, Visitor, visit_shape};
use crate::error::CompareError;
use crate::ets::Ets;
use crate::machine::own_resident_bytes;
use crate::plan::Plan;
use crate::results::Memory;
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

/// Fills a table and looks at the process before and after.
struct Measure {
    objects: u32,
}

impl Visitor for Measure {
    type Output = Result<Memory, CompareError>;

    fn visit<S: Shape, C: Contender<S>>(self) -> Self::Output {
        let table = C::create()?;
        let before = own_resident_bytes()?;
        fill(&table, self.objects);
        let resident_bytes = own_resident_bytes()?.saturating_sub(before);
        let own_count_bytes = table.own_count_bytes().map(|bytes| bytes as u64);
        Ok(Memory {
            label: C::LABEL,
            shape: S::KIND,
            objects: self.objects,
            resident_bytes,
            own_count_bytes,
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
    }))
}
