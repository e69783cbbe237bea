//! What a lookup returns.

use crate::engine;
use crate::term::Term;
use smallvec::SmallVec;

/// Objects of one key, oldest first. Reads like a slice of [`Term`]s; one object, the rule in a
/// `set`, lies in it without an allocation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Objects(SmallVec<[Term; 1]>);

impl Objects {
    pub(super) fn one(object: Term) -> Objects {
        Objects(SmallVec::from_buf([object]))
    }

    pub(super) fn from_range(
        objects: &engine::Objects,
        range: impl Iterator<Item = usize>,
    ) -> Objects {
        Objects(range.map(|index| objects.to_term(index)).collect())
    }

    /// The only object of a `set`'s key, or the oldest of a bag's.
    pub fn into_first(self) -> Option<Term> {
        self.0.into_iter().next()
    }
}

impl From<Vec<Term>> for Objects {
    fn from(objects: Vec<Term>) -> Objects {
        Objects(SmallVec::from_vec(objects))
    }
}

impl std::ops::Deref for Objects {
    type Target = [Term];

    fn deref(&self) -> &[Term] {
        &self.0
    }
}

impl IntoIterator for Objects {
    type Item = Term;
    type IntoIter = smallvec::IntoIter<[Term; 1]>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Objects {
    type Item = &'a Term;
    type IntoIter = std::slice::Iter<'a, Term>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<const N: usize> PartialEq<[Term; N]> for Objects {
    fn eq(&self, other: &[Term; N]) -> bool {
        self[..] == other[..]
    }
}

impl PartialEq<Vec<Term>> for Objects {
    fn eq(&self, other: &Vec<Term>) -> bool {
        self[..] == other[..]
    }
}
