//! Iterators over what terms contain.

use std::iter::FusedIterator;

use super::TermRef;

/// The elements of a tuple.
#[derive(Clone)]
pub struct Elements<'a> {
    words: &'a [u64],
    elements: std::slice::Iter<'a, u64>,
}

impl<'a> Elements<'a> {
    pub(super) fn new(words: &'a [u64], at: usize, arity: usize) -> Self {
        Elements {
            words,
            elements: words[at..at + arity].iter(),
        }
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = TermRef<'a>;

    #[inline]
    fn next(&mut self) -> Option<TermRef<'a>> {
        self.elements
            .next()
            .map(|&word| TermRef::from_parts(word, self.words))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.elements.size_hint()
    }
}

impl DoubleEndedIterator for Elements<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.elements
            .next_back()
            .map(|&word| TermRef::from_parts(word, self.words))
    }
}

impl ExactSizeIterator for Elements<'_> {}
impl FusedIterator for Elements<'_> {}

/// The elements of a list.
#[derive(Clone)]
pub struct ListElements<'a> {
    rest: TermRef<'a>,
}

impl<'a> ListElements<'a> {
    pub(super) fn new(list: TermRef<'a>) -> Self {
        ListElements { rest: list }
    }

    /// The list from the next element on. After the last one: the empty list if the list is proper,
    /// otherwise its tail.
    pub fn tail(&self) -> TermRef<'a> {
        self.rest
    }
}

impl<'a> Iterator for ListElements<'a> {
    type Item = TermRef<'a>;

    #[inline]
    fn next(&mut self) -> Option<TermRef<'a>> {
        let (head, tail) = self.rest.uncons()?;
        self.rest = tail;
        Some(head)
    }
}

impl FusedIterator for ListElements<'_> {}

/// The pairs of a map.
#[derive(Clone)]
pub struct MapPairs<'a> {
    keys: Elements<'a>,
    values: Elements<'a>,
}

impl<'a> MapPairs<'a> {
    pub(super) fn new(words: &'a [u64], at: usize, count: usize) -> Self {
        MapPairs {
            keys: Elements::new(words, at, count),
            values: Elements::new(words, at + count, count),
        }
    }
}

impl<'a> Iterator for MapPairs<'a> {
    type Item = (TermRef<'a>, TermRef<'a>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.keys.next().zip(self.values.next())
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.keys.size_hint()
    }
}

impl ExactSizeIterator for MapPairs<'_> {}
impl FusedIterator for MapPairs<'_> {}
