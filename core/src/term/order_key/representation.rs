//! What the numeric encoding leaves out: whether a whole number was an integer or a float.

use smallvec::SmallVec;

use super::encode::ByteBuffer;
use super::tag;
use crate::term::number::Number;

/// A byte for each representation of a whole number, in the order of keys of maps.
const INTEGER: u8 = 1;
/// `-0.0`.
const NEGATIVE_ZERO: u8 = 2;
/// Any other float.
const FLOAT: u8 = 3;

/// The representations of the whole numbers of a term.
///
/// Numerically equal terms have their whole numbers in the same places, so the first difference
/// between two such sequences is the first between the terms. Integers are the least, so those at
/// the end can be left out: most terms need no byte but the last.
#[derive(Default)]
pub(super) struct Representations {
    bytes: SmallVec<[u8; 24]>,
    /// Integers since the last float.
    integers: usize,
}

impl Representations {
    /// Takes in the next number of the term.
    #[inline]
    pub(super) fn note(&mut self, number: Number<'_>) {
        match number {
            Number::Float(value) => self.float(value),
            _ => self.integers += 1,
        }
    }

    /// A number with a fraction is a float wherever it stands: it needs no byte.
    fn float(&mut self, value: f64) {
        if value != value.trunc() {
            return;
        }
        let negative_zero = value == 0.0 && value.is_sign_negative();
        self.bytes.resize(self.bytes.len() + self.integers, INTEGER);
        self.bytes
            .push(if negative_zero { NEGATIVE_ZERO } else { FLOAT });
        self.integers = 0;
    }

    /// Appends the representations and their end.
    pub(super) fn append<B: ByteBuffer>(&self, out: &mut B) {
        out.append(&self.bytes);
        out.push(tag::END);
    }
}
