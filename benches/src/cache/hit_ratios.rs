//! Hit ratios: each key is looked up, and inserted if it is not there.

use super::SETTLE_EVERY;
use super::contender::{Cache, Visitor, visit};
use super::plan::Plan;
use super::results::HitRatio;
use super::workload::{Case, Workload};
use crate::error::CompareError;

/// Every contender with every workload and capacity.
///
/// # Errors
/// A trace that can't be read, or a cache that gives another key's value.
pub fn run(plan: &Plan) -> Result<Vec<HitRatio>, CompareError> {
    let mut results = Vec::new();
    for &workload in &plan.workloads {
        eprintln!("  {}", workload.title());
        for case in workload.cases(plan.draws)? {
            for &label in &plan.contenders {
                let case = &case;
                results.push(visit(label, Replay { workload, case })?);
            }
        }
    }
    Ok(results)
}

/// Sends the requests to a new cache.
struct Replay<'a> {
    workload: Workload,
    case: &'a Case,
}

impl Visitor for Replay<'_> {
    type Output = Result<HitRatio, CompareError>;

    fn visit<C: Cache>(self) -> Self::Output {
        let Self { workload, case } = self;
        let cache = C::create(case.capacity)?;
        let (mut hits, mut wrong) = (0, 0);
        for requests in case.requests.chunks(SETTLE_EVERY) {
            for &key in requests {
                match cache.get(key) {
                    Some(value) => {
                        hits += 1;
                        wrong += u64::from(value != key);
                    }
                    None => cache.insert(key, key),
                }
            }
            cache.settle();
        }
        if wrong > 0 {
            return Err(CompareError::WrongAnswers {
                who: C::LABEL.title(),
                wrong,
                reads: hits,
                place: format!("{} with room for {}", workload.title(), case.capacity),
            });
        }
        Ok(HitRatio {
            workload,
            capacity: case.capacity,
            footprint: case.footprint,
            requests: case.requests.len() as u64,
            label: C::LABEL,
            hits,
            objects: cache.objects(),
        })
    }
}
