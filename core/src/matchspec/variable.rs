//! Variables of patterns: the atoms `'$0'`, `'$1'`, `'$2'`, …

use smallvec::SmallVec;

use super::error::{SpecError, SpecPlace};
use super::walk::Parts;
use crate::term::{Atom, TermRef};

/// What an atom means in a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// `'_'`
    Anything,
    /// `'$N'`
    Variable(u32),
    /// An atom `'$N'` whose number is out of range.
    TooLarge,
    /// Any other atom, which stands for itself.
    Itself,
}

impl Meaning {
    /// What a part of a pattern means; what is no atom stands for itself.
    pub(super) fn of_term(part: TermRef<'_>) -> Meaning {
        part.as_atom().map_or(Meaning::Itself, Meaning::of)
    }

    /// What the atom means. `'$01'` and `'$a'` are no variables.
    pub(super) fn of(atom: Atom) -> Meaning {
        if let Some(number) = atom.variable_number() {
            return Meaning::Variable(number);
        }
        if atom.is_predefined() {
            return if atom == Atom::UNDERSCORE {
                Meaning::Anything
            } else {
                Meaning::Itself
            };
        }
        let digits = atom.as_str().strip_prefix('$').unwrap_or_default();
        let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
        if !plain || digits.is_empty() || (digits.starts_with('0') && digits != "0") {
            return Meaning::Itself;
        }
        digits.parse().map_or(Meaning::TooLarge, Meaning::Variable)
    }
}

/// The number of a variable, if the term is one.
pub(super) fn variable_number(term: TermRef<'_>) -> Option<u32> {
    match Meaning::of_term(term) {
        Meaning::Variable(number) => Some(number),
        _ => None,
    }
}

/// The variables of one clause's head. Each has a slot; slots are in the order of the numbers, which
/// is the order of `'$$'`.
#[derive(Debug)]
pub(super) struct Variables {
    numbers: SmallVec<[u32; 8]>,
}

impl Variables {
    /// The variables of a head.
    pub(super) fn of(head: TermRef<'_>, at: SpecPlace) -> Result<Variables, SpecError> {
        let mut numbers = SmallVec::new();
        for part in Parts::of_pattern(head) {
            match Meaning::of_term(part) {
                Meaning::Variable(number) => numbers.push(number),
                Meaning::TooLarge => return Err(SpecError::variable_too_large(at, part)),
                _ => {}
            }
        }
        numbers.sort_unstable();
        numbers.dedup();
        Ok(Variables { numbers })
    }

    /// Those of a head that binds nothing.
    pub(super) fn none() -> Variables {
        Variables {
            numbers: SmallVec::new(),
        }
    }

    /// The slot of a variable.
    pub(super) fn slot(&self, number: u32) -> Option<usize> {
        self.numbers.binary_search(&number).ok()
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.numbers.len()
    }
}
