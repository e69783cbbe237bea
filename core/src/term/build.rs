//! Building terms from the inside out.
//!
//! ```text
//!  events:   push 1   push 2   make_tuple(2)   push x    make_list(2)
//!  stack:    1        1 2      {1,2}           {1,2} x   [{1,2},x]
//!  arena:    -        -        boxes of finished values, children before parents
//! ```
//!
//! `finish` copies the arena into canonical form, parents before children, unless there is nothing
//! to turn round.

use num_bigint::{BigInt, Sign};
use smallvec::SmallVec;

use super::error::TermError;
use super::layout::{
    BOXED, CONS, MAP, NIL, PID, TABLE_ID, TUPLE, TUPLE_ARITY_MAX, boxed_header, identifier,
    is_immediate, offset, pointer, words_of_bits,
};
use super::limits::Limits;
use super::to_term::{ToTerm, atom_word};
use super::write::{append_bits, append_float, append_integer, limbs};
use super::{Atom, Origin, Pid, TableId, Term, TermRef, copy};

/// Bytes in a word.
const WORD_BYTES: usize = size_of::<u64>();
/// Words of boxes, and values that wait, before there is an allocation.
const INLINE_WORDS: usize = 64;
const INLINE_VALUES: usize = 16;

/// Builds a term from leaves upwards, as parsers and decoders meet it: push the parts, then make
/// them one.
///
/// Every call costs time proportional to what it pushes or takes; nothing recurses. A call that
/// fails has pushed and taken nothing.
///
/// ```
/// use heirloom::TermBuilder;
///
/// let mut builder = TermBuilder::new();
/// builder.push(&1)?;
/// builder.push("two")?;
/// builder.make_tuple(2)?;
/// assert_eq!(builder.finish()?.to_string(), r#"{1,<<"two">>}"#);
/// # Ok::<(), heirloom::TermError>(())
/// ```
#[derive(Clone, Debug)]
pub struct TermBuilder {
    /// Boxes of the values on the stack; nothing else is ever in it.
    arena: SmallVec<[u64; INLINE_WORDS]>,
    /// Root words of finished values.
    stack: SmallVec<[u64; INLINE_VALUES]>,
    /// Values pushed so far.
    elements: usize,
    bytes_max: usize,
    elements_max: usize,
}

impl TermBuilder {
    /// A builder without limits of its own.
    pub fn new() -> TermBuilder {
        TermBuilder {
            arena: SmallVec::new(),
            stack: SmallVec::new(),
            elements: 0,
            bytes_max: usize::MAX,
            elements_max: usize::MAX,
        }
    }

    /// A builder that stops at the limits' size and number of elements. Depth is for the caller to
    /// watch, who knows it first.
    pub fn with_limits(limits: &Limits) -> TermBuilder {
        TermBuilder {
            bytes_max: limits.bytes_max,
            elements_max: limits.elements_max,
            ..TermBuilder::new()
        }
    }

    /// The value that was pushed or made last.
    pub(crate) fn last(&self) -> Option<TermRef<'_>> {
        let word = self.stack.last()?;
        Some(TermRef::from_parts(*word, &self.arena))
    }

    /// How many values wait to be made part of another.
    pub fn values(&self) -> usize {
        self.stack.len()
    }

    /// Pushes any value.
    ///
    /// # Errors
    /// What the value's conversion says, and the limits: [`TermError::TooManyBytes`],
    /// [`TermError::TooManyElements`].
    pub fn push<T: ToTerm + ?Sized>(&mut self, value: &T) -> Result<(), TermError> {
        value.with_term(|term| self.push_term(term))?
    }

    /// Pushes a copy of a term.
    ///
    /// # Errors
    /// The limits.
    pub fn push_term(&mut self, term: TermRef<'_>) -> Result<(), TermError> {
        // A canonical block's size is known; that of a part of a block is found out by copying it.
        let known = if term.is_canonical() && !term.is_immediate() {
            term.words().len()
        } else {
            0
        };
        self.check_room(known)?;
        let start = self.arena.len();
        let word = copy::append(term, &mut self.arena);
        self.check_room(0)
            .inspect_err(|_| self.arena.truncate(start))?;
        self.push_word(word);
        Ok(())
    }

    /// Pushes an integer.
    ///
    /// # Errors
    /// The limits.
    pub fn push_i64(&mut self, value: i64) -> Result<(), TermError> {
        self.push_limbs(value < 0, &[value.unsigned_abs()])
    }

    /// Pushes an integer of any size.
    ///
    /// # Errors
    /// [`TermError::IntegerTooLarge`], and the limits.
    pub fn push_big_integer(&mut self, value: &BigInt) -> Result<(), TermError> {
        self.push_limbs(value.sign() == Sign::Minus, &limbs(value))
    }

    /// Pushes an integer of sign and magnitude, whose 64-bit limbs stand least significant first.
    /// Leading zeros are allowed.
    ///
    /// # Errors
    /// [`TermError::IntegerTooLarge`], and the limits.
    pub fn push_limbs(&mut self, negative: bool, limbs: &[u64]) -> Result<(), TermError> {
        self.check_room(1 + limbs.len())?;
        let word = append_integer(&mut self.arena, negative, limbs)?;
        self.push_word(word);
        Ok(())
    }

    /// Pushes a float.
    ///
    /// # Errors
    /// [`TermError::NotFinite`], and the limits.
    pub fn push_f64(&mut self, value: f64) -> Result<(), TermError> {
        self.check_room(1)?;
        let word = append_float(&mut self.arena, value)?;
        self.push_word(word);
        Ok(())
    }

    /// Pushes an atom.
    ///
    /// # Errors
    /// The limits.
    pub fn push_atom(&mut self, atom: Atom) -> Result<(), TermError> {
        self.push_immediate(atom_word(atom))
    }

    /// Pushes a process id.
    ///
    /// # Errors
    /// The limits.
    pub fn push_pid(&mut self, pid: Pid) -> Result<(), TermError> {
        self.push_immediate(identifier(PID, pid.raw()))
    }

    /// Pushes a table id.
    ///
    /// # Errors
    /// The limits.
    pub fn push_table_id(&mut self, table: TableId) -> Result<(), TermError> {
        self.push_immediate(identifier(TABLE_ID, table.raw()))
    }

    /// Pushes the empty list.
    ///
    /// # Errors
    /// The limits.
    pub fn push_nil(&mut self) -> Result<(), TermError> {
        self.push_immediate(NIL)
    }

    /// Pushes a binary.
    ///
    /// # Errors
    /// The limits.
    pub fn push_bytes(&mut self, bytes: &[u8], origin: Origin) -> Result<(), TermError> {
        self.check_room(1 + words_of_bits(bytes.len().saturating_mul(8)))?;
        let word = append_bits(&mut self.arena, bytes, bytes.len() * 8, origin);
        self.push_word(word);
        Ok(())
    }

    /// Pushes a bit string: the first `bit_length` bits of some bytes, the highest bit of a byte
    /// first.
    ///
    /// # Errors
    /// [`TermError::MissingBits`] where the bytes have fewer bits, and the limits.
    pub fn push_bits(
        &mut self,
        bytes: &[u8],
        bit_length: usize,
        origin: Origin,
    ) -> Result<(), TermError> {
        let used = bytes.get(..bit_length.div_ceil(8));
        let used = used.ok_or(TermError::MissingBits {
            bytes: bytes.len(),
            bits: bit_length,
        })?;
        self.check_room(1 + words_of_bits(bit_length))?;
        let word = append_bits(&mut self.arena, used, bit_length, origin);
        if !bit_length.is_multiple_of(8) {
            self.clear_unused_bits(bit_length);
        }
        self.push_word(word);
        Ok(())
    }

    /// Clears what the last byte of the bit string just appended has beyond its bits.
    fn clear_unused_bits(&mut self, bit_length: usize) {
        if let Some(last) = self.arena.last_mut() {
            let used = bit_length % 64;
            *last = (u64::from_be(*last) & !(u64::MAX >> used)).to_be();
        }
    }

    /// Makes the last `arity` values a tuple.
    ///
    /// # Errors
    /// [`TermError::ArityTooLarge`], [`TermError::MissingValues`], and the limits.
    pub fn make_tuple(&mut self, arity: usize) -> Result<(), TermError> {
        if arity > TUPLE_ARITY_MAX {
            return Err(TermError::ArityTooLarge {
                arity,
                arity_max: TUPLE_ARITY_MAX,
            });
        }
        let first = self.first_of(arity)?;
        self.check_room(1 + arity)?;
        let at = self.arena.len();
        self.arena.push(arity as u64);
        self.arena.extend(self.stack.drain(first..));
        self.push_word(pointer(TUPLE, at));
        Ok(())
    }

    /// Makes the last `count` values a tuple behind an atom: `{tag, a, b}`.
    pub(crate) fn make_tagged_tuple(&mut self, tag: Atom, count: usize) -> Result<(), TermError> {
        let first = self.first_of(count)?;
        self.push_atom(tag)?;
        self.stack[first..].rotate_right(1);
        self.make_tuple(count + 1)
    }

    /// Makes the last `count` values a proper list.
    ///
    /// # Errors
    /// [`TermError::MissingValues`], and the limits.
    pub fn make_list(&mut self, count: usize) -> Result<(), TermError> {
        let first = self.first_of(count)?;
        self.check_room(2 * count)?;
        self.cells(first, NIL);
        Ok(())
    }

    /// Makes the last `count` values but one a list whose tail is the last value: `[a, b | tail]`.
    /// With a count of 0 the tail stays as it is.
    ///
    /// # Errors
    /// [`TermError::MissingValues`], and the limits.
    pub fn make_improper_list(&mut self, count: usize) -> Result<(), TermError> {
        let first = self.first_of(count.saturating_add(1))?;
        self.check_room(2 * count)?;
        let tail = self.stack.pop().unwrap_or(NIL);
        self.cells(first, tail);
        Ok(())
    }

    /// Replaces the values from `first` on by a list of them.
    fn cells(&mut self, first: usize, tail: u64) {
        let count = self.stack.len() - first;
        let at = self.arena.len();
        for (index, head) in self.stack.drain(first..).enumerate() {
            let next = if index + 1 == count {
                tail
            } else {
                pointer(CONS, at + 2 * (index + 1))
            };
            self.arena.extend([head, next]);
        }
        self.push_word(if count == 0 { tail } else { pointer(CONS, at) });
    }

    /// Makes the last `2 * count` values, keys and values in turn, a map. O(n log n), O(n) where
    /// the keys are in order.
    ///
    /// # Errors
    /// [`TermError::DuplicateKey`], after which the pairs stand in the order of their keys;
    /// [`TermError::MissingValues`], and the limits.
    pub fn make_map(&mut self, count: usize) -> Result<(), TermError> {
        let first = self.first_of(count.saturating_mul(2))?;
        self.check_room(1 + 2 * count)?;
        let (pairs, _) = self.stack[first..].as_chunks_mut::<2>();
        let view = |word| TermRef::from_parts(word, &self.arena);
        pairs.sort_by(|[a, _], [b, _]| view(*a).key_cmp(view(*b)));
        if pairs
            .windows(2)
            .any(|pair| view(pair[0][0]).key_cmp(view(pair[1][0])).is_eq())
        {
            return Err(TermError::DuplicateKey);
        }
        let at = self.arena.len();
        self.arena.push(boxed_header(count, MAP));
        self.arena.extend(pairs.iter().map(|[key, _]| *key));
        self.arena.extend(pairs.iter().map(|[_, value]| *value));
        self.stack.truncate(first);
        self.push_word(pointer(BOXED, at));
        Ok(())
    }

    /// The one value that is left.
    ///
    /// # Errors
    /// [`TermError::Unfinished`] where there are none or several.
    pub fn finish(self) -> Result<Term, TermError> {
        let &[root] = self.stack.as_slice() else {
            return Err(TermError::Unfinished {
                values: self.stack.len(),
            });
        };
        // Boxes of children stand before those of parents: a root at offset 0 has no boxed children
        // and is canonical.
        if is_immediate(root) || offset(root) == 0 {
            return Ok(Term::from_parts(root, &self.arena));
        }
        let mut words: SmallVec<[u64; INLINE_WORDS]> = SmallVec::with_capacity(self.arena.len());
        let root = copy::append(TermRef::from_parts(root, &self.arena), &mut words);
        drop(self);
        Ok(Term::from_parts(root, &words))
    }

    /// Where the last `count` values begin on the stack.
    fn first_of(&self, needed: usize) -> Result<usize, TermError> {
        let values = self.stack.len();
        values
            .checked_sub(needed)
            .ok_or(TermError::MissingValues { values, needed })
    }

    /// Pushes a value that is complete in one word.
    fn push_immediate(&mut self, word: u64) -> Result<(), TermError> {
        self.check_room(0)?;
        self.push_word(word);
        Ok(())
    }

    /// Pushes a finished value. `check_room` came before.
    fn push_word(&mut self, word: u64) {
        self.elements += 1;
        self.stack.push(word);
    }

    /// Checks the limits before one more value, of so many words, is made: what was appended for a
    /// value that then is refused would stay in the arena.
    fn check_room(&self, words: usize) -> Result<(), TermError> {
        let total = self
            .arena
            .len()
            .saturating_add(words)
            .saturating_mul(WORD_BYTES);
        if total > self.bytes_max {
            return Err(TermError::TooManyBytes {
                bytes_max: self.bytes_max,
            });
        }
        if self.elements >= self.elements_max {
            return Err(TermError::TooManyElements {
                elements_max: self.elements_max,
            });
        }
        Ok(())
    }
}

impl Default for TermBuilder {
    fn default() -> TermBuilder {
        TermBuilder::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What was refused once left its words in the block of the term that was finished.
    fn check_refusal(limits: Limits, refused: impl FnOnce(&mut TermBuilder) -> Option<TermError>) {
        let mut builder = TermBuilder::with_limits(&limits);
        let pushed = builder.push("abc");
        assert_eq!(pushed, Ok(()));
        assert!(refused(&mut builder).is_some(), "it is too much");
        assert_eq!(builder.finish(), Ok(Term::from("abc")));
    }

    #[test]
    fn a_refused_value_leaves_nothing_behind() {
        let one = || Limits::default().with_elements_max(1);
        check_refusal(one(), |builder| builder.push("def").err());
        check_refusal(one(), |builder| builder.push_f64(1.5).err());
        check_refusal(one(), |builder| builder.push_i64(i64::MAX).err());
        check_refusal(one(), |builder| builder.make_tuple(1).err());
        check_refusal(one(), |builder| builder.make_list(1).err());
        check_refusal(one(), |builder| builder.make_improper_list(0).err());
    }

    #[test]
    fn a_part_of_a_block_that_is_too_large_leaves_nothing_behind() {
        let object = Term::tuple([1.5, 2.5]).expect("two floats");
        let object = Term::tuple([object]).expect("a tuple");
        let part = object.as_ref().element(1).expect("one element");
        let limits = Limits::default().with_bytes_max(4 * WORD_BYTES);
        check_refusal(limits, |builder| builder.push_term(part).err());
    }

    #[test]
    fn a_list_that_is_too_large_takes_nothing() {
        let limits = Limits::default().with_bytes_max(3 * WORD_BYTES);
        let mut builder = TermBuilder::with_limits(&limits);
        let pushed = builder.push("abc").and_then(|()| builder.push(&1));
        assert_eq!(pushed, Ok(()));
        assert!(builder.make_improper_list(1).is_err());
        assert_eq!(builder.values(), 2);
    }
}
