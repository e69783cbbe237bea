//! Size classes: how many words a cell has.

/// The largest cell, in words. A row that needs more is a block of its own.
pub(crate) const CELL_WORDS_MAX: usize = 128;

/// Words of a cell, by class. Steps of at most a third, so that little is lost to rounding;
/// 3 is the object of two small integers, 8 is one cache line.
pub(crate) const CLASS_WORDS: [usize; 18] = [
    2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 40, 48, 64, 80, 96, 128,
];

/// How many classes there are.
pub(crate) const CLASSES: usize = CLASS_WORDS.len();

/// The class of each number of words up to [`CELL_WORDS_MAX`].
const CLASS_OF: [u8; CELL_WORDS_MAX + 1] = {
    let mut table = [0; CELL_WORDS_MAX + 1];
    let mut class = 0;
    let mut words = 0;
    while words <= CELL_WORDS_MAX {
        if words > CLASS_WORDS[class] {
            class += 1;
        }
        table[words] = class as u8;
        words += 1;
    }
    table
};

/// The smallest class whose cells have at least `words` words (1 to [`CELL_WORDS_MAX`]).
#[inline(always)]
pub(crate) fn class_of(words: usize) -> usize {
    usize::from(CLASS_OF[words])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_size_gets_the_smallest_class_that_holds_it() {
        for words in 1..=CELL_WORDS_MAX {
            let class = class_of(words);
            assert!(CLASS_WORDS[class] >= words);
            assert!(class == 0 || CLASS_WORDS[class - 1] < words);
        }
    }
}
