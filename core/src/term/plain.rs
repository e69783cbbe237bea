//! Plain values: what a program keeps in eight bytes, whatever its term takes.
//!
//! An integer beyond 61 bits and a float are terms with a box. A place that knows which *kind* of plain value it
//! holds can do with their 64 bits.

use smallvec::SmallVec;

use super::layout::{
    BIG_NEGATIVE, BIG_POSITIVE, BOXED, FLOAT, NIL, Node, SMALL, TUPLE, boxed_header, pointer,
    small, small_value, tag,
};
use super::{Term, TermRef};

/// A plain value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Plain {
    /// A term of one word.
    Word(u64),
    Unsigned(u64),
    Signed(i64),
    /// Never NaN or infinite.
    Float(f64),
}

/// Which plain values stand in a place, and how their bits are to be read. A value of another kind cannot stand there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PlainKind {
    /// Terms of one word.
    #[default]
    Word,
    /// Integers from 0 to 2^64 - 1.
    Unsigned,
    /// Integers from -2^63 to 2^63 - 1.
    Signed,
    Float,
}

impl Plain {
    /// The empty list.
    pub(crate) const NIL: Plain = Plain::Word(NIL);

    /// The plain value that a term is, if it is one. Integers are `Word`, `Unsigned` or `Signed`.
    #[inline]
    pub(crate) fn of_term(term: TermRef<'_>) -> Option<Plain> {
        if term.is_immediate() {
            return Some(Plain::Word(term.root()));
        }
        match term.node() {
            Node::Float(value) => Some(Plain::Float(value)),
            Node::Big {
                negative,
                limbs: &[limb],
            } => {
                if negative {
                    0i64.checked_sub_unsigned(limb).map(Plain::Signed)
                } else {
                    Some(Plain::Unsigned(limb))
                }
            }
            _ => None,
        }
    }

    /// The value as a term of one word, if that is enough.
    #[inline(always)]
    pub(crate) fn word(self) -> Option<u64> {
        match self {
            Plain::Word(word) => Some(word),
            Plain::Unsigned(value) => small(i64::try_from(value).ok()?),
            Plain::Signed(value) => small(value),
            Plain::Float(_) => None,
        }
    }

    /// The value as an integer from -2^63 to 2^63 - 1.
    #[inline(always)]
    pub(crate) fn as_i64(self) -> Option<i64> {
        match self {
            Plain::Word(word) => (tag(word) == SMALL).then(|| small_value(word)),
            Plain::Unsigned(value) => i64::try_from(value).ok(),
            Plain::Signed(value) => Some(value),
            Plain::Float(_) => None,
        }
    }

    /// The value as an integer from 0 to 2^64 - 1.
    #[inline(always)]
    pub(crate) fn as_u64(self) -> Option<u64> {
        match self {
            Plain::Unsigned(value) => Some(value),
            other => other.as_i64().and_then(|value| u64::try_from(value).ok()),
        }
    }

    /// Appends the box of the value as a term, if it has one, to a block; the word that stands for the value.
    fn append_to(self, block: &mut PlainObject) -> u64 {
        if let Some(word) = self.word() {
            return word;
        }
        let at = block.len();
        match self {
            Plain::Float(value) => {
                block.push(value.to_bits());
                pointer(FLOAT, at)
            }
            Plain::Signed(value) => {
                let sign = if value < 0 {
                    BIG_NEGATIVE
                } else {
                    BIG_POSITIVE
                };
                block.extend([boxed_header(1, sign), value.unsigned_abs()]);
                pointer(BOXED, at)
            }
            Plain::Word(value) | Plain::Unsigned(value) => {
                block.extend([boxed_header(1, BIG_POSITIVE), value]);
                pointer(BOXED, at)
            }
        }
    }
}

/// The words of an object of two plain values: three for the tuple, and at most two for each box.
pub(crate) type PlainObject = SmallVec<[u64; 7]>;

/// The object of these two elements.
pub(crate) fn object_of_plain(key: Plain, value: Plain) -> PlainObject {
    let mut block = SmallVec::from_slice(&[2, 0, 0]);
    block[1] = key.append_to(&mut block);
    block[2] = value.append_to(&mut block);
    block
}

impl PlainKind {
    /// The bits of a value, if it is of this kind.
    #[inline(always)]
    pub(crate) fn bits_of(self, value: Plain) -> Option<u64> {
        match (self, value) {
            (PlainKind::Word, value) => value.word(),
            (PlainKind::Unsigned, value) => value.as_u64(),
            (PlainKind::Signed, value) => value.as_i64().map(i64::cast_unsigned),
            (PlainKind::Float, Plain::Float(value)) => Some(value.to_bits()),
            (PlainKind::Float, _) => None,
        }
    }

    /// The bits of a term, if it is of this kind.
    #[inline]
    pub(crate) fn bits_of_term(self, term: TermRef<'_>) -> Option<u64> {
        self.bits_of(Plain::of_term(term)?)
    }

    /// The value of these bits.
    #[inline(always)]
    pub(crate) fn value_of(self, bits: u64) -> Plain {
        match self {
            PlainKind::Word => Plain::Word(bits),
            PlainKind::Unsigned => Plain::Unsigned(bits),
            PlainKind::Signed => Plain::Signed(bits.cast_signed()),
            PlainKind::Float => Plain::Float(f64::from_bits(bits)),
        }
    }
}

impl Term {
    /// The object of two plain elements.
    pub(crate) fn of_pair(key: Plain, value: Plain) -> Term {
        Term::from_parts(pointer(TUPLE, 0), &object_of_plain(key, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::term::ToTerm;

    /// Values at the borders of what takes one word, 64 bits with a sign, and 64 bits without.
    fn terms() -> Vec<Term> {
        let integers = [0, 1, -1, 1 << 60, (1 << 60) - 1, -(1 << 60), -(1 << 60) - 1];
        let borders = [i128::from(i64::MIN), i64::MAX.into(), u64::MAX.into()];
        let integers = integers.into_iter().chain(borders);
        let all = integers.flat_map(|value| [value - 1, value, value + 1]);
        let integers = all.map(|value| value.to_term().expect("a term"));
        let floats = [0.0, -0.0, 1.0, f64::MAX].map(|value| value.to_term().expect("a term"));
        let others = [
            Term::from(true),
            Term::NIL,
            "text".to_term().expect("a term"),
        ];
        integers.chain(floats).chain(others).collect()
    }

    #[test]
    fn a_plain_term_comes_back_from_the_bits_of_each_kind_that_it_is_of() {
        let kinds = [
            PlainKind::Word,
            PlainKind::Unsigned,
            PlainKind::Signed,
            PlainKind::Float,
        ];
        for (key, value) in terms().iter().zip(terms().iter().rev()) {
            for (own, other) in kinds
                .into_iter()
                .flat_map(|own| kinds.map(|other| (own, other)))
            {
                let parts = own
                    .bits_of_term(key.as_ref())
                    .zip(other.bits_of_term(value.as_ref()));
                let Some((key_bits, value_bits)) = parts else {
                    continue;
                };
                let object = Term::of_pair(own.value_of(key_bits), other.value_of(value_bits));
                let expected = Term::tuple([key, value]).expect("two elements");
                assert_eq!(object, expected);
                assert_eq!(object.as_ref().words(), expected.as_ref().words());
            }
        }
    }

    #[test]
    fn each_kind_has_the_terms_of_its_range() {
        let of = |kind: PlainKind| {
            let bits = |term: &&Term| kind.bits_of_term(term.as_ref()).is_some();
            terms()
                .iter()
                .filter(bits)
                .map(Term::to_string)
                .collect::<Vec<_>>()
        };
        let integers = terms()
            .iter()
            .filter_map(|term| i128::try_from(term.as_ref()).ok())
            .collect::<Vec<_>>();
        let within = |low: i128, high: i128| {
            integers
                .iter()
                .filter(|&&value| low <= value && value <= high)
                .map(i128::to_string)
                .collect::<Vec<_>>()
        };
        assert_eq!(of(PlainKind::Unsigned), within(0, u64::MAX.into()));
        assert_eq!(
            of(PlainKind::Signed),
            within(i64::MIN.into(), i64::MAX.into())
        );
        assert_eq!(of(PlainKind::Float).len(), 4);
    }
}
