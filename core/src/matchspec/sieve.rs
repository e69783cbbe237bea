//! What a clause surely refuses, told by the words of a tuple's elements.
//!
//! Most objects that a selection looks at are not wanted, and most of these because of one element: another atom than
//! the head has there, an integer that a guard does not allow. That takes a look at one word, before a register is
//! loaded or a variable bound.

use smallvec::SmallVec;

use super::function::Comparison;
use super::program::{HeadStep, Instruction, Place};
use crate::term::TermRef;
use crate::term::layout::{SMALL, TUPLE, offset, small_value, tag};

/// Looks at an object before a clause does. What it lets through may still not match.
#[derive(Clone, Debug, Default)]
pub(super) struct Sieve {
    /// The number of elements that the head's tuple has. `None` where the head is no tuple: all objects pass.
    arity: Option<usize>,
    tests: Vec<Test>,
}

/// What one element of the tuple must be like; the first is at 1.
#[derive(Clone, Copy, Debug)]
enum Test {
    /// This word.
    Word { element: usize, word: u64 },
    /// No small integer, or one that is between the two, or outside of them if it must not be `within`.
    Small {
        element: usize,
        least: i64,
        most: i64,
        within: bool,
    },
}

impl Sieve {
    /// What the steps of a head and the instructions of its guards have in front.
    pub(super) fn of(head: &[HeadStep], guards: &[Instruction]) -> Sieve {
        let Some((&HeadStep::Tuple { arity, into, .. }, steps)) = head.split_first() else {
            return Sieve::default();
        };
        let mut sieve = Sieve {
            arity: Some(arity),
            tests: Vec::new(),
        };
        // Which element each variable is, by slot.
        let mut bound: SmallVec<[Option<usize>; 8]> = SmallVec::new();
        for step in steps {
            match *step {
                HeadStep::Word { place, word } => {
                    let element = element_in(into, place);
                    let test = element.map(|element| Test::Word { element, word });
                    sieve.tests.extend(test);
                }
                HeadStep::Bind { place, slot } => {
                    bound.resize(bound.len().max(slot + 1), None);
                    bound[slot] = element_in(into, place);
                }
                _ => {}
            }
            if step.writes_to() == Some(into) {
                break;
            }
        }
        for guard in guards {
            if let Instruction::CompareSmall {
                slot,
                comparison,
                word,
                ..
            } = *guard
                && let Some(&Some(element)) = bound.get(slot)
            {
                sieve.tests.push(small(element, comparison, word));
            }
        }
        sieve
    }

    /// How many steps a look at an object takes at most.
    #[inline]
    pub(super) fn steps(&self) -> usize {
        1 + self.tests.len()
    }

    /// Whether the object surely does not match.
    #[inline]
    pub(super) fn refuses(&self, object: TermRef<'_>) -> bool {
        let Some(arity) = self.arity else {
            return false;
        };
        let (root, words) = (object.root(), object.words());
        let is_tuple = tag(root) == TUPLE && words[offset(root)] == arity as u64;
        !is_tuple || {
            let tuple = &words[offset(root)..][..=arity];
            self.tests.iter().any(|test| test.refuses(tuple))
        }
    }
}

impl Test {
    /// Whether a tuple, given by the words of its box, is not like this.
    #[inline]
    fn refuses(self, tuple: &[u64]) -> bool {
        match self {
            Test::Word { element, word } => tuple[element] != word,
            Test::Small {
                element,
                least,
                most,
                within,
            } => {
                let word = tuple[element];
                tag(word) == SMALL && (least..=most).contains(&small_value(word)) != within
            }
        }
    }
}

/// Which element of the tuple in a register a place is.
fn element_in(register: usize, place: Place) -> Option<usize> {
    match place {
        Place::Inside {
            register: holder,
            index,
        } if holder == register => Some(index),
        _ => None,
    }
}

/// What a guard says that compares an element with a small integer. Those have 61 bits: the next one is no overflow.
fn small(element: usize, comparison: Comparison, word: u64) -> Test {
    let value = small_value(word);
    let (least, most) = match comparison {
        Comparison::Less => (i64::MIN, value - 1),
        Comparison::LessOrEqual => (i64::MIN, value),
        Comparison::Greater => (value + 1, i64::MAX),
        Comparison::GreaterOrEqual => (value, i64::MAX),
        _ => (value, value),
    };
    let within = !matches!(comparison, Comparison::NotEqual | Comparison::NotSame);
    Test::Small {
        element,
        least,
        most,
        within,
    }
}
