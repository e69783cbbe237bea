//! Hashes that agree with the two equalities.
//!
//! The building block is the *folded multiply*: the 128-bit product of two words, its halves
//! combined by exclusive or. The construction (one fold per word, two words per fold in long
//! strings, a fold at the end) follows wyhash by Wang Yi (<https://github.com/wangyi-fudan/wyhash>,
//! described in "Modern Non-Cryptographic Hash Function and Pseudorandom Number Generator") and its
//! successor rapidhash by Nicolas De Carli. The constants are digits of pi, so that nobody chose
//! them. The hash is fast and seeded, not cryptographic.
//!
//! The hash of a term is that of the sequence of its words in pre-order, where a word that refers
//! to a box stands for the box's header. Offsets are left out, so a term hashes alike wherever it
//! stands.

use smallvec::SmallVec;

use super::TermRef;
use super::layout::{
    BIG_NEGATIVE, BIG_POSITIVE, BITS, BOXED, CONS, FLOAT, MAP, Node, TUPLE, bits_length,
    bits_parts, boxed_header, is_immediate, node, offset, pointer, small_from_i64, tag,
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

/// What is left to hash of a run of words: the elements of a tuple, a list cell, a map's keys or
/// values.
struct Run {
    at: usize,
    count: usize,
    /// Whether numbers hash by value, so that 1 and 1.0 hash alike.
    numeric: bool,
}

/// Runs that wait for one inside them; terms nested up to four deep stay on the stack.
type Waiting = SmallVec<[Run; 4]>;

/// Words that are taken in by independent lanes at once.
const BLOCK_WORDS: usize = 8;
/// Lanes of a long sequence: as many multiplications are under way at once.
const LANES: usize = BLOCK_WORDS / 2;

/// The state of hashing one term.
struct TermHasher {
    state: u64,
    secret: u64,
}

impl TermHasher {
    #[inline]
    fn new(seed: u64) -> Self {
        TermHasher {
            state: seed,
            secret: seed.rotate_left(32) ^ SECRET,
        }
    }

    #[inline]
    fn word(&mut self, word: u64) {
        self.state = step(self.state, word);
    }

    /// A sequence of known length: two words per multiplication, and four multiplications side by
    /// side where it is long. The secret keeps anybody who does not know the seed from choosing a
    /// word that makes the product, and with it the state, zero.
    #[inline]
    fn words(&mut self, words: &[u64]) {
        let (blocks, rest) = words.as_chunks::<BLOCK_WORDS>();
        if !blocks.is_empty() {
            self.blocks(blocks);
        }
        let (pairs, rest) = rest.as_chunks::<2>();
        for [first, second] in pairs {
            self.state = fold(first ^ self.secret, second ^ self.state);
        }
        for &word in rest {
            self.word(word);
        }
    }

    #[inline]
    fn bits(&mut self, header: u64, words: &[u64]) {
        self.word(pointer(BITS, bits_length(header)));
        self.words(words);
    }

    /// The lanes begin apart, and are put together in order: exchanging two of them changes the
    /// hash.
    fn blocks(&mut self, blocks: &[[u64; BLOCK_WORDS]]) {
        let mut lanes = [
            self.state,
            self.state ^ STEP,
            self.state ^ OFFSET,
            self.state ^ FINISH,
        ];
        for block in blocks {
            for lane in 0..LANES {
                lanes[lane] = fold(
                    block[2 * lane] ^ self.secret,
                    block[2 * lane + 1] ^ lanes[lane],
                );
            }
        }
        lanes.iter().for_each(|&lane| self.word(lane));
    }

    /// Takes in what a boxed word says itself, and makes what it contains the run to go on with.
    fn boxed(&mut self, node: Node<'_>, run: &mut Run, waiting: &mut Waiting) {
        match node {
            Node::Cons { at } => {
                self.word(CONS);
                enter(
                    run,
                    Run {
                        at,
                        count: 2,
                        ..*run
                    },
                    waiting,
                );
            }
            Node::Tuple { at, arity } => {
                self.word(pointer(TUPLE, arity));
                enter(
                    run,
                    Run {
                        at,
                        count: arity,
                        ..*run
                    },
                    waiting,
                );
            }
            Node::Map { at, count } => {
                self.word(pointer(BOXED, boxed_header(count, MAP) as usize));
                enter(
                    run,
                    Run {
                        at: at + count,
                        count,
                        ..*run
                    },
                    waiting,
                );
                enter(
                    run,
                    Run {
                        at,
                        count,
                        numeric: false,
                    },
                    waiting,
                );
            }
            Node::Bits { header, words } => self.bits(header, words),
            _ => self.number(node, run.numeric),
        }
    }

    /// Takes in a boxed number.
    fn number(&mut self, node: Node<'_>, numeric: bool) {
        match Number::of(node).map(|number| if numeric { number.normalised() } else { number }) {
            Some(Number::Small(value)) => self.word(small_from_i64(value)),
            Some(Number::Float(value)) => {
                self.word(FLOAT);
                self.word(value.to_bits());
            }
            Some(Number::Big { negative, limbs }) => {
                let kind = if negative { BIG_NEGATIVE } else { BIG_POSITIVE };
                self.word(pointer(BOXED, boxed_header(limbs.len(), kind) as usize));
                self.words(limbs);
            }
            None => {}
        }
    }
}

/// Leaves a run for one inside it; it waits only if something of it is left.
#[inline]
fn enter(run: &mut Run, inner: Run, waiting: &mut Waiting) {
    let outer = std::mem::replace(run, inner);
    if outer.count > 0 {
        waiting.push(outer);
    }
}

/// The hash of the most usual boxed keys: bit strings, and tuples of immediate values and bit strings.
/// `None` for any other. The same as [`boxed`] finds.
#[inline]
fn flat(term: TermRef<'_>, seed: u64) -> Option<u64> {
    let mut hasher = TermHasher::new(seed);
    match term.node() {
        Node::Bits { header, words } => hasher.bits(header, words),
        Node::Tuple { at, arity } => {
            hasher.word(pointer(TUPLE, arity));
            for &word in &term.words[at..at + arity] {
                if is_immediate(word) {
                    hasher.word(word);
                } else if tag(word) == BITS {
                    let (header, words) = bits_parts(term.words, offset(word));
                    hasher.bits(header, words);
                } else {
                    return None;
                }
            }
        }
        _ => return None,
    }
    Some(finish(hasher.state))
}

/// The hash of a bit string.
#[inline]
pub(crate) fn bit_string(header: u64, words: &[u64], seed: u64) -> u64 {
    let mut hasher = TermHasher::new(seed);
    hasher.bits(header, words);
    finish(hasher.state)
}

/// The hash of a boxed term. With `numeric`, terms that are numerically equal hash alike; otherwise
/// terms that are exactly equal.
pub(crate) fn boxed(term: TermRef<'_>, seed: u64, numeric: bool) -> u64 {
    if let Some(hash) = flat(term, seed) {
        return hash;
    }
    let mut hasher = TermHasher::new(seed);
    let mut waiting = Waiting::new();
    let mut run = Run {
        at: 0,
        count: 0,
        numeric,
    };
    hasher.boxed(term.node(), &mut run, &mut waiting);
    loop {
        while run.count > 0 {
            let word = term.words[run.at];
            run.at += 1;
            run.count -= 1;
            if is_immediate(word) {
                hasher.word(word);
            } else {
                hasher.boxed(node(word, term.words), &mut run, &mut waiting);
            }
        }
        match waiting.pop() {
            Some(outer) => run = outer,
            None => return finish(hasher.state),
        }
    }
}
