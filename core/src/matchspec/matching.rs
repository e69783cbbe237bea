//! One step of matching a head.

use super::error::RunError;
use super::program::{HeadStep, Place};
use super::run::Run;
use crate::term::TermRef;
use crate::term::layout::{BOXED, CONS, MAP, TUPLE, boxed_parts, offset, tag};

/// Whether the part of the object that a step is about is as it should be.
#[inline]
pub(super) fn step(run: &mut Run<'_>, step: &HeadStep) -> Result<bool, RunError> {
    Ok(match *step {
        HeadStep::Word { place, word } => at(run, place) == word,
        HeadStep::Constant { place, word } => {
            let constant = run.program.constants.view(word);
            return equal(run, at(run, place), constant);
        }
        HeadStep::Bind { place, slot } => {
            run.scratch.variables[slot] = at(run, place);
            true
        }
        HeadStep::Same { place, slot } => {
            let bound = part(run, run.scratch.variables[slot]);
            return equal(run, at(run, place), bound);
        }
        HeadStep::Tuple { place, arity, into } => enter(run, place, into, |words, word| {
            tag(word) == TUPLE && words[offset(word)] == arity as u64
        }),
        HeadStep::Cell { place, into } => enter(run, place, into, |_, word| tag(word) == CONS),
        HeadStep::Map { place, into } => enter(run, place, into, |words, word| {
            tag(word) == BOXED && boxed_parts(words[offset(word)]).1 == MAP
        }),
        HeadStep::MapValue { map, key, into } => map_value(run, map, key, into),
    })
}

/// A part of the object as a term.
#[inline]
fn part<'a>(run: &Run<'a>, word: u64) -> TermRef<'a> {
    TermRef::from_parts(word, run.object.words())
}

/// The word at a place.
#[inline]
fn at(run: &Run<'_>, place: Place) -> u64 {
    match place {
        Place::Register(register) => run.scratch.registers[register],
        Place::Inside { register, index } => {
            run.object.words()[offset(run.scratch.registers[register]) + index]
        }
    }
}

/// Puts the part at a place into a register, if it is as it should be.
#[inline]
fn enter(
    run: &mut Run<'_>,
    place: Place,
    into: usize,
    fits: impl FnOnce(&[u64], u64) -> bool,
) -> bool {
    let word = at(run, place);
    let fits = fits(run.object.words(), word);
    if fits {
        run.scratch.registers[into] = word;
    }
    fits
}

fn map_value(run: &mut Run<'_>, map: usize, key: u64, into: usize) -> bool {
    let key = run.program.constants.view(key);
    let value = part(run, run.scratch.registers[map]).map_get(key);
    if let Some(value) = value {
        run.scratch.registers[into] = value.root();
    }
    value.is_some()
}

/// Exact equality of a part of the object with a term. It costs as many steps as the smaller block
/// has words.
#[inline]
fn equal(run: &mut Run<'_>, word: u64, other: TermRef<'_>) -> Result<bool, RunError> {
    let part = part(run, word);
    run.spend(steps_to_compare(part, other))?;
    Ok(part.exact_eq(other))
}

/// The most steps that comparing two terms takes.
#[inline]
pub(super) fn steps_to_compare(a: TermRef<'_>, b: TermRef<'_>) -> usize {
    if a.is_immediate() || b.is_immediate() {
        0
    } else {
        a.words().len().min(b.words().len())
    }
}
