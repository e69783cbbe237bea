//! Records: what the cells of a table hold, and how a reader copies them.
//!
//! ```text
//!  word 0 of every record:   63        32 31   24 23        0
//!                           +------------+-------+-----------+
//!                           |   words    | form  |   arity   |
//!                           +------------+-------+-----------+
//!
//!  ROW      [head] e1 e2 … parts…          an object, as the words of its tuple term
//!  SHARED   [head] address length          an object over CELL_WORDS_MAX, in an Arc<[u64]>
//!  BAG      [head] cell1 cell2 …           the objects of one key, oldest first; words - 1 of them
//!  LONG_BAG [head] list count index        likewise, for many objects: see `bag`
//!  PENDING  [head] stamp new.. old..       a list insert under way: see `batch`
//! ```
//!
//! An object of two one-word elements in a `set` has no record: it stands in its slot (see `line`).
//!
//! A record is read by copying its words and asking the bucket afterwards whether it was
//! still there. Nothing in a copy is believed before: not its length (it is checked against
//! the cell), not an offset in it, not an address.

use crate::slab::{CELL_WORDS_MAX, CellIndex, Slab, WORD_BYTES};
use crate::sync::{Arc, AtomicU64, Ordering};
use crate::term::layout::{TUPLE, pointer};
use crate::term::{PlainObject, Term, TermRef};
use std::mem::MaybeUninit;

/// The root word of an object: a tuple at the start of its block.
pub(crate) const ROW_ROOT: u64 = pointer(TUPLE, 0);

/// The words of a row as a term.
#[inline(always)]
pub(super) fn object_term(row: &[u64]) -> TermRef<'_> {
    TermRef::from_parts(ROW_ROOT, row)
}

/// The words of an object of two one-word elements.
pub(crate) type PairWords = [u64; 3];

/// The words of the object of this key and value, each a word.
#[inline(always)]
pub(crate) fn object_of_pair(key: u64, value: u64) -> PairWords {
    [2, key, value]
}

/// An object's words in the cell itself.
pub(super) const ROW: u64 = 0;
/// A reference to an object's words.
pub(super) const SHARED: u64 = 1;
/// Some objects of one key.
pub(super) const BAG: u64 = 2;
/// Many objects of one key.
pub(super) const LONG_BAG: u64 = 3;
/// Two slots, and who decides between them.
pub(super) const PENDING: u64 = 4;

/// Words of a SHARED record.
const SHARED_WORDS: usize = 3;

const FORM_SHIFT: u32 = 24;
const FORM_MASK: u64 = 0xff;
const WORDS_SHIFT: u32 = 32;
const ARITY_MASK: u64 = (1 << FORM_SHIFT) - 1;

/// The first word of a record.
#[inline(always)]
pub(super) const fn head(form: u64, words: usize, arity: u64) -> u64 {
    (words as u64) << WORDS_SHIFT | form << FORM_SHIFT | arity
}

/// Which of the forms a record has.
#[inline(always)]
pub(super) fn form_of(head: u64) -> u64 {
    (head >> FORM_SHIFT) & FORM_MASK
}

/// Whether a record is that of one object.
#[inline(always)]
pub(super) fn is_object(head: u64) -> bool {
    const { assert!(ROW == 0 && SHARED == 1) };
    form_of(head) <= SHARED
}

/// How many elements a row's object has.
#[inline(always)]
pub(super) fn arity_of(head: u64) -> usize {
    (head & ARITY_MASK) as usize
}

/// How many words a record has, its head included.
#[inline(always)]
pub(super) fn words_of(head: u64) -> usize {
    (head >> WORDS_SHIFT) as usize
}

/// Room for one object: for the words of a row, on the stack, unset until one is copied in, or for
/// a reference to a large one.
///
/// Its length starts as a 0 that the compiler cannot see: a constant beside unset words makes it
/// set all of them, and filling a kibibyte costs more than a lookup.
pub(crate) struct RowBuffer {
    words: MaybeUninit<[u64; CELL_WORDS_MAX]>,
    filled: usize,
    shared: Option<Arc<[u64]>>,
}

impl RowBuffer {
    #[inline(always)]
    pub(crate) fn new() -> RowBuffer {
        RowBuffer {
            words: MaybeUninit::uninit(),
            filled: std::hint::black_box(0),
            shared: None,
        }
    }

    /// The object that was fetched into it.
    #[inline(always)]
    pub(crate) fn object(&self) -> TermRef<'_> {
        match &self.shared {
            None => object_term(self.row()),
            Some(block) => object_term(block),
        }
    }

    /// The object that was fetched into it, on its own; a large one by reference.
    pub(crate) fn to_term(&self) -> Term {
        match &self.shared {
            None => Term::from_parts(ROW_ROOT, self.row()),
            Some(block) => Term::from_shared(ROW_ROOT, Arc::clone(block)),
        }
    }

    /// The large object that was fetched, if it is one.
    pub(super) fn shared(&self) -> Option<&Arc<[u64]>> {
        self.shared.as_ref()
    }

    /// Makes a large object the one that was fetched.
    pub(super) fn set_shared(&mut self, block: Arc<[u64]>) {
        self.shared = Some(block);
    }

    /// Lets go of a large object that was fetched before.
    #[inline(always)]
    pub(super) fn forget_shared(&mut self) {
        self.shared = None;
    }

    /// The row that was copied in last; nothing at first.
    #[inline(always)]
    pub(crate) fn row(&self) -> &[u64] {
        // SAFETY: `copy_row`, `set_pair` or `set_row` wrote the first `filled` words, at most `CELL_WORDS_MAX`.
        unsafe { std::slice::from_raw_parts(self.words.as_ptr().cast::<u64>(), self.filled) }
    }

    /// Makes the object of a pair the row.
    #[inline(always)]
    pub(super) fn set_pair(&mut self, object: PairWords) {
        let to = self.words.as_mut_ptr().cast::<PairWords>();
        // SAFETY: `to` is the start of `CELL_WORDS_MAX` words.
        unsafe { to.write(object) };
        self.filled = object.len();
    }

    /// Makes a short object the row.
    pub(super) fn set_row(&mut self, object: &PlainObject) {
        let to = self.words.as_mut_ptr().cast::<u64>();
        let length = object.len().min(CELL_WORDS_MAX);
        // SAFETY: `to` is the start of `CELL_WORDS_MAX` words, and the object lies elsewhere.
        unsafe { to.copy_from_nonoverlapping(object.as_ptr(), length) };
        self.filled = length;
    }

    /// Copies the row whose first word is `head` out of its cell. False if it can be none.
    #[inline(always)]
    pub(super) fn copy_row(&mut self, cell: &[AtomicU64], head: u64) -> bool {
        let to = self.words.as_mut_ptr().cast::<u64>();
        // SAFETY: `to` is the start of `CELL_WORDS_MAX` words.
        let copied = unsafe { copy_row_to(to, cell, head) };
        self.filled = copied.unwrap_or(self.filled);
        copied.is_some()
    }
}

/// Copies the row whose first word is `head` out of its cell: how many words it has, at most `CELL_WORDS_MAX`. `None` if
/// it can be none.
///
/// # Safety
/// There is room for as many words as `head` says, or for `CELL_WORDS_MAX` if it says more.
#[inline(always)]
pub(super) unsafe fn copy_row_to(to: *mut u64, cell: &[AtomicU64], head: u64) -> Option<usize> {
    let words = words_of(head);
    if words == 0 || words > cell.len() || words > CELL_WORDS_MAX {
        return None;
    }
    // SAFETY: the caller's promise.
    unsafe { to.write(head & ARITY_MASK) };
    let (fours, rest) = cell[1..words].as_chunks::<4>();
    let mut index = 1;
    for four in fours {
        let words = four.each_ref().map(|word| word.load(Ordering::Relaxed));
        // SAFETY: `index + 4` is at most `words`, which is what `head` says, and at most `CELL_WORDS_MAX`.
        unsafe { to.add(index).cast::<[u64; 4]>().write(words) };
        index += four.len();
    }
    for word in rest {
        // SAFETY: `index` is below `words`.
        unsafe { to.add(index).write(word.load(Ordering::Relaxed)) };
        index += 1;
    }
    Some(words)
}

/// Writes an object into a new record, behind which so many words are free. Complexity: the object's words.
pub(super) fn store_row(slab: &Slab, object: &[u64], free: usize) -> CellIndex {
    if object.len() + free > CELL_WORDS_MAX {
        return store_shared(slab, Arc::from(object), free);
    }
    let index = slab.allocate(object.len() + free);
    if let Some(cell) = slab.cell(index) {
        write_row(cell, object);
    }
    index
}

/// Writes an object over the row in `cell`, or into a cell of our own.
#[inline(always)]
pub(super) fn write_row(cell: &[AtomicU64], object: &[u64]) {
    let head = head(ROW, object.len(), object[0]);
    cell[0].store(head, Ordering::Relaxed);
    for (to, &from) in cell[1..].iter().zip(&object[1..]) {
        to.store(from, Ordering::Relaxed);
    }
}

fn store_shared(slab: &Slab, block: Arc<[u64]>, free: usize) -> CellIndex {
    let length = block.len();
    let address = Arc::into_raw(block).cast::<u64>().expose_provenance();
    write_record(slab, SHARED, &[address as u64, length as u64], free)
}

/// Writes a record of these words behind a head, in a cell with at least so many `free` words more.
pub(super) fn write_record(slab: &Slab, form: u64, words: &[u64], free: usize) -> CellIndex {
    let index = slab.allocate(words.len() + 1 + free);
    if let Some(cell) = slab.cell(index) {
        cell[0].store(head(form, words.len() + 1, 0), Ordering::Relaxed);
        for (to, &from) in cell[1..].iter().zip(words) {
            to.store(from, Ordering::Relaxed);
        }
    }
    index
}

/// The address and length in a SHARED record; to be believed only when it is known that the
/// record is still the one that was meant.
pub(super) struct SharedAddress {
    address: u64,
    length: u64,
}

impl SharedAddress {
    pub(super) fn read(cell: &[AtomicU64]) -> Option<SharedAddress> {
        let [_, address, length] = cell.first_chunk::<SHARED_WORDS>()?;
        Some(SharedAddress {
            address: address.load(Ordering::Relaxed),
            length: length.load(Ordering::Relaxed),
        })
    }

    fn pointer(&self) -> *const [u64] {
        let start = std::ptr::with_exposed_provenance::<u64>(self.address as usize);
        std::ptr::slice_from_raw_parts(start, self.length as usize)
    }

    /// The block itself, one reference more.
    ///
    /// # Safety
    /// The address was read from a SHARED record that was seen to be in its bucket still after
    /// the caller pinned the epoch (which it still does), or whose bucket the caller holds, or
    /// that is the caller's own.
    pub(super) unsafe fn share(&self) -> Arc<[u64]> {
        let pointer = self.pointer();
        // SAFETY: the caller's promise: the record's own reference exists, since it is given
        // up only after the record was unpublished and the epoch of the pin has passed.
        unsafe { Arc::increment_strong_count(pointer) };
        // SAFETY: the reference just counted is the one that this handle stands for.
        unsafe { Arc::from_raw(pointer) }
    }

    /// Bytes of the block.
    pub(super) fn bytes(&self) -> u64 {
        self.length * WORD_BYTES as u64
    }

    /// The record's own reference.
    ///
    /// # Safety
    /// The record is unpublished, the caller is the one who did it, and this is called once.
    pub(super) unsafe fn own(&self) -> Arc<[u64]> {
        // SAFETY: the pointer came from `Arc::into_raw` in `store_shared`, and the caller
        // promises to take it back once.
        unsafe { Arc::from_raw(self.pointer()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_copied_as_it_was_stored() {
        let slab = Slab::new();
        let object = [2, 8, 16];
        let index = store_row(&slab, &object, 0);
        let cell = slab.cell(index).expect("just allocated");
        let head = cell[0].load(Ordering::Relaxed);
        assert_eq!(form_of(head), ROW);
        let mut buffer = RowBuffer::new();
        assert!(buffer.copy_row(cell, head));
        assert_eq!(buffer.row(), object);
    }

    #[test]
    fn a_length_that_lies_is_refused() {
        let slab = Slab::new();
        let index = store_row(&slab, &[2, 8, 16], 0);
        let cell = slab.cell(index).expect("just allocated");
        let mut buffer = RowBuffer::new();
        assert!(!buffer.copy_row(cell, head(ROW, cell.len() + 1, 2)));
        assert!(!buffer.copy_row(cell, head(ROW, 0, 2)));
    }

    #[test]
    fn a_large_object_is_shared_not_copied() {
        let slab = Slab::new();
        let object = vec![7; CELL_WORDS_MAX + 1];
        let index = store_row(&slab, &object, 0);
        let cell = slab.cell(index).expect("just allocated");
        assert_eq!(form_of(cell[0].load(Ordering::Relaxed)), SHARED);
        let address = SharedAddress::read(cell).expect("a SHARED record");
        // SAFETY: the record is ours alone, nobody unpublished it.
        let shared = unsafe { address.share() };
        assert_eq!(&shared[..], &object[..]);
        // SAFETY: nobody else can reach the record; its reference is taken back once.
        let own = unsafe { address.own() };
        assert_eq!(Arc::strong_count(&own), 2);
    }
}
