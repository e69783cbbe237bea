//! Zeroed memory that stays where it is: the ground under slab chunks and bucket arrays.

use crate::sync::AtomicU64;
use memmap2::MmapMut;

/// Bytes of a huge page, and the alignment of blocks that are at least as large.
const HUGE_PAGE_BYTES: usize = 2 << 20;

/// Blocks from this size on come from the operating system, so that their pages cost
/// nothing before they are touched and can be given back without unmapping.
const MAPPED_BYTES_MIN: usize = 64 << 10;

/// Bytes of a word.
pub(crate) const WORD_BYTES: usize = 8;

/// Bytes of the unit in which memory is given back.
const PAGE_BYTES: usize = 4 << 10;

/// A block of zeroed atomic words that neither moves nor is unmapped while it lives.
///
/// Readers may look at a block long after it went out of use; that is why nothing in here
/// ever unmaps: [`Pages::release`] only lets the operating system take the content back,
/// after which the words read as zero.
pub(crate) struct Pages {
    ground: Ground,
    words: usize,
}

enum Ground {
    Heap(Box<[AtomicU64]>),
    Mapped { map: MmapMut, offset_bytes: usize },
}

/// The alignment of small blocks: a bucket is to lie in two cache lines that the processor fetches
/// together.
const ALIGNMENT_WORDS: usize = 16;

impl Pages {
    /// `words` zeroed words, the first one at the start of a cache line.
    pub(crate) fn zeroed(words: usize) -> Pages {
        let bytes = words * WORD_BYTES;
        let mapped = if cfg!(any(heirloom_loom, heirloom_shuttle)) || bytes < MAPPED_BYTES_MIN {
            None
        } else {
            map(bytes)
        };
        let ground = mapped.unwrap_or_else(|| heap(words));
        Pages { ground, words }
    }

    /// The words. The reference is good for as long as the block.
    pub(crate) fn words(&self) -> &[AtomicU64] {
        match &self.ground {
            Ground::Heap(block) => {
                let skip = lead_in(block.as_ptr());
                &block[skip..skip + self.words]
            }
            Ground::Mapped { map, offset_bytes } => {
                // SAFETY: the mapping is at least `offset_bytes + words * 8` bytes long (see
                // `map`), aligned to its pages, zero-initialised by the operating system and
                // only ever accessed as atomic words; it lives as long as `self`.
                unsafe {
                    std::slice::from_raw_parts(
                        map.as_ptr().add(*offset_bytes).cast::<AtomicU64>(),
                        self.words,
                    )
                }
            }
        }
    }

    /// Lets the operating system take back the memory under words `from..to`, as far as whole
    /// pages lie inside. Afterwards those words read as zero, or as before where that is not
    /// to be had. True if memory went back.
    pub(crate) fn release(&self, from: usize, to: usize) -> bool {
        let Ground::Mapped { map, offset_bytes } = &self.ground else {
            return false;
        };
        let start = (offset_bytes + from * WORD_BYTES).next_multiple_of(PAGE_BYTES);
        let end = (offset_bytes + to * WORD_BYTES) / PAGE_BYTES * PAGE_BYTES;
        start < end && advise_unneeded(map, start, end - start)
    }
}

/// How many words to skip for the rest to begin on a cache line.
fn lead_in(start: *const AtomicU64) -> usize {
    if cfg!(any(heirloom_loom, heirloom_shuttle)) {
        return 0;
    }
    (start.addr() / WORD_BYTES).wrapping_neg() % ALIGNMENT_WORDS
}

fn heap(words: usize) -> Ground {
    let block = (0..words + ALIGNMENT_WORDS).map(|_| AtomicU64::new(0));
    Ground::Heap(block.collect())
}

/// An anonymous mapping in which the block starts on a huge page if it is as large as one.
/// `None` where the system refuses; the heap then either serves or reports exhaustion.
fn map(bytes: usize) -> Option<Ground> {
    let large = bytes >= HUGE_PAGE_BYTES;
    let slack = if large { HUGE_PAGE_BYTES } else { 0 };
    let map = MmapMut::map_anon(bytes + slack).ok()?;
    let offset_bytes = if large {
        map.as_ptr().addr().wrapping_neg() % HUGE_PAGE_BYTES
    } else {
        0
    };
    #[cfg(target_os = "linux")]
    if large {
        // The first touch of a huge page clears two mebibytes, and making one of small pages copies as
        // much, both while somebody waits; in a virtual machine whose host has yet to find the memory
        // that takes milliseconds. Advice only: where it is not taken everything works.
        let _ = map.advise_range(memmap2::Advice::NoHugePage, offset_bytes, bytes);
    }
    Some(Ground::Mapped { map, offset_bytes })
}

#[cfg(target_os = "linux")]
fn advise_unneeded(map: &MmapMut, start: usize, bytes: usize) -> bool {
    // SAFETY: the range is page aligned and inside the mapping. Its words are atomics that
    // any thread may read at any time; to them this is a store of zero, which every reader
    // of released memory expects (a zero bucket header sends it back to the root, a zero
    // row fails the bucket's version check).
    unsafe { map.unchecked_advise_range(memmap2::UncheckedAdvice::DontNeed, start, bytes) }.is_ok()
}

#[cfg(not(target_os = "linux"))]
fn advise_unneeded(_map: &MmapMut, _start: usize, _bytes: usize) -> bool {
    false
}
