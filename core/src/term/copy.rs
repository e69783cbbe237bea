//! Copying a term out of a larger block, into canonical form.

use std::ops::DerefMut;

use smallvec::{Array, SmallVec};

use super::TermRef;
use super::layout::{
    BITS, FLOAT, Node, bits_length, boxed_parts, is_immediate, node, offset, pointer, tag,
    words_of_bits,
};

/// Something that words are appended to.
pub(crate) trait WordBuffer: DerefMut<Target = [u64]> + Extend<u64> {
    /// Appends words.
    fn append(&mut self, words: &[u64]);
}

impl WordBuffer for Vec<u64> {
    #[inline]
    fn append(&mut self, words: &[u64]) {
        self.extend_from_slice(words);
    }
}

impl<A: Array<Item = u64>> WordBuffer for SmallVec<A> {
    #[inline]
    fn append(&mut self, words: &[u64]) {
        self.extend_from_slice(words);
    }
}

/// Words of the copy that still hold words of the original.
struct Run {
    at: usize,
    count: usize,
}

/// Appends what the term reaches to `out`, depth first in pre-order, and returns the root word.
/// Where `out` was empty the result is a canonical block.
///
/// Each box is copied as it is, its references still to the original, and its words then replaced
/// one by one, so the copy itself says what is left to do.
pub(crate) fn append<B: WordBuffer>(term: TermRef<'_>, out: &mut B) -> u64 {
    if is_immediate(term.root) {
        return term.root;
    }
    let mut waiting: SmallVec<[Run; 4]> = SmallVec::new();
    let (root, mut run) = copy_box(term.root, term.words, out);
    loop {
        while run.count == 0 {
            match waiting.pop() {
                Some(outer) => run = outer,
                None => return root,
            }
        }
        let word = out[run.at];
        let slot = run.at;
        run.at += 1;
        run.count -= 1;
        if !is_immediate(word) {
            let (copied, inner) = copy_box(word, term.words, out);
            out[slot] = copied;
            if inner.count > 0 {
                let outer = std::mem::replace(&mut run, inner);
                if outer.count > 0 {
                    waiting.push(outer);
                }
            }
        }
    }
}

/// Copies one box; returns the word that refers to the copy and the words in it that are to be gone
/// through.
fn copy_box<B: WordBuffer>(word: u64, words: &[u64], out: &mut B) -> (u64, Run) {
    let from = offset(word);
    let to = out.len();
    let (size, run) = match node(word, words) {
        Node::Cons { .. } => (2, Run { at: to, count: 2 }),
        Node::Tuple { arity, .. } => (
            1 + arity,
            Run {
                at: to + 1,
                count: arity,
            },
        ),
        Node::Map { count, .. } => (
            1 + 2 * count,
            Run {
                at: to + 1,
                count: 2 * count,
            },
        ),
        _ => (leaf_size(word, words), Run { at: to, count: 0 }),
    };
    out.append(&words[from..from + size]);
    (pointer(tag(word), to), run)
}

/// The words of a box that refers to nothing.
fn leaf_size(word: u64, words: &[u64]) -> usize {
    let header = words[offset(word)];
    match tag(word) {
        FLOAT => 1,
        BITS => 1 + words_of_bits(bits_length(header)),
        _ => 1 + boxed_parts(header).0,
    }
}
