//! Hashes that agree with the two equalities.
//!
//! The building block is the *folded multiply*: the 128-bit product of two words, its halves combined by exclusive or. The
//! construction (one fold per word, two words per fold in long strings, a fold at the end) follows wyhash by Wang Yi
//! (<https://github.com/wangyi-fudan/wyhash>, described in "Modern Non-Cryptographic Hash Function and Pseudorandom Number
//! Generator") and its successor rapidhash by Nicolas De Carli; the constants are digits of pi, here and there for no other purpose than
//! being nobody's choice. It is fast and seeded, not cryptographic.
//!
//! The hash of a term is that of the sequence of its words in pre-order, where a word that refers to a box stands for the box's header.
//! Offsets are left out, so a term hashes alike wherever it stands.

use smallvec::SmallVec;

use super::TermRef;
use super::layout::{BIG_NEGATIVE, BIG_POSITIVE, BITS, MAP};
use super::layout::{
    CONS, FLOAT, Node, TAG_BITS, TUPLE, bits_length, boxed_header, node, pointer, small,
};
use super::number::Number;

/// Digits of pi: what data is multiplied with.
const STEP: u64 = 0x243f_6a88_85a3_08d3;
/// Digits of pi: the multiplier of the final fold, odd.
const FINISH: u64 = 0xa409_3822_299f_31d1;
/// Digits of pi: keeps the final fold from meeting a zero.
const OFFSET: u64 = 0x1319_8a2e_0370_7344;
/// Digits of pi: turns the seed into a second secret.
const SECRET: u64 = 0x082e_fa98_ec4e_6c89;

/// Exclusive or of the halves of the product.
#[inline]
const fn fold(a: u64, b: u64) -> u64 {
    let product = a as u128 * b as u128;
    product as u64 ^ (product >> 64) as u64
}

/// Takes one word into the state.
#[inline]
const fn step(state: u64, word: u64) -> u64 {
    fold(state ^ word, STEP)
}

/// Spreads the state over all bits of the hash.
#[inline]
const fn finish(state: u64) -> u64 {
    // The first shift brings the high bits down, where the multiplication carries them everywhere.
    fold(state ^ (state >> 32) ^ OFFSET, FINISH)
}

/// The hash of a term that is one word.
#[inline]
pub(crate) const fn immediate(word: u64, seed: u64) -> u64 {
    finish(step(seed, word))
}

/// A waiting run of words.
struct Run {
    at: usize,
    count: usize,
    /// Whether numbers hash by value, so that 1 and 1.0 hash alike.
    numeric: bool,
}

/// The state of hashing one term.
struct TermHasher {
    state: u64,
    secret: u64,
}

impl TermHasher {
    #[inline]
    fn word(&mut self, word: u64) {
        self.state = step(self.state, word);
    }

    /// A sequence of known length: two words per multiplication. The secret keeps anybody who does not know the seed from choosing a word that
    /// makes the product, and with it the state, zero.
    #[inline]
    fn words(&mut self, words: &[u64]) {
        let (pairs, rest) = words.as_chunks::<2>();
        for [first, second] in pairs {
            self.state = fold(first ^ self.secret, second ^ self.state);
        }
        for &word in rest {
            self.word(word);
        }
    }

    /// Takes in what a word says itself; what it contains is returned.
    fn node(&mut self, node: Node<'_>, word: u64, numeric: bool) -> [Run; 2] {
        let inside = |at, count, numeric| Run { at, count, numeric };
        let nothing = || inside(0, 0, false);
        match node {
            Node::Cons { at } => {
                self.word(CONS);
                [inside(at, 2, numeric), nothing()]
            }
            Node::Tuple { at, arity } => {
                self.word(pointer(TUPLE, arity));
                [inside(at, arity, numeric), nothing()]
            }
            Node::Map { at, count } => {
                self.word(boxed_header(count, MAP) << TAG_BITS);
                [inside(at, count, false), inside(at + count, count, numeric)]
            }
            Node::Bits { header, words } => {
                self.word(pointer(BITS, bits_length(header)));
                self.words(words);
                [nothing(), nothing()]
            }
            _ => {
                self.leaf(node, word, numeric);
                [nothing(), nothing()]
            }
        }
    }

    /// Takes in a number, or a word that is a whole value.
    fn leaf(&mut self, node: Node<'_>, word: u64, numeric: bool) {
        match Number::of(node).map(|number| if numeric { number.normalised() } else { number }) {
            None => self.word(word),
            Some(Number::Small(value)) => self.word(small(value).unwrap_or(word)),
            Some(Number::Float(value)) => {
                self.word(FLOAT);
                self.word(value.to_bits());
            }
            Some(Number::Big { negative, limbs }) => {
                let kind = if negative { BIG_NEGATIVE } else { BIG_POSITIVE };
                self.word(boxed_header(limbs.len(), kind) << TAG_BITS | CONS);
                self.words(limbs);
            }
        }
    }
}

/// The hash of any term. With `numeric`, terms that are numerically equal hash alike; otherwise terms that are exactly equal.
pub(crate) fn term(term: TermRef<'_>, seed: u64, numeric: bool) -> u64 {
    let mut hasher = TermHasher {
        state: seed,
        secret: seed.rotate_left(32) ^ SECRET,
    };
    let mut waiting: SmallVec<[Run; 4]> = SmallVec::new();
    let mut run = Run {
        at: 0,
        count: 0,
        numeric,
    };
    let mut word = term.root;
    loop {
        let [first, second] = hasher.node(node(word, term.words), word, run.numeric);
        for inner in [second, first] {
            if inner.count > 0 {
                let outer = std::mem::replace(&mut run, inner);
                if outer.count > 0 {
                    waiting.push(outer);
                }
            }
        }
        while run.count == 0 {
            match waiting.pop() {
                Some(outer) => run = outer,
                None => return finish(hasher.state),
            }
        }
        word = term.words[run.at];
        run.at += 1;
        run.count -= 1;
    }
}
