//! Changes that a call asks an engine for.

use crate::term::Term;
use crate::term::layout::{SMALL, small as small_word, small_value, tag};

/// Which element of its object the value of a pair is.
pub(super) const VALUE_POSITION: usize = 2;

/// What an update makes of an object.
pub(crate) enum Change {
    /// Nothing.
    Keep,
    /// This object, which has the same key, takes its place.
    Replace(Term),
    /// It is deleted.
    Remove,
}

/// What became of an addition to a counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counted {
    /// The new value, which is stored.
    Value(i64),
    /// Nothing was done: the general way must be taken, which also finds out what is wrong.
    NotSimple,
}

/// The word of the sum of a word that is a small integer and a number, if it is one, too.
#[inline(always)]
pub(super) fn add_words(word: u64, increment: i64) -> Option<u64> {
    if tag(word) != SMALL {
        return None;
    }
    small_word(small_value(word).checked_add(increment)?)
}
