//! The short way to objects of two one-word elements whose key is a small integer.
//!
//! As in the hash tables: it asks few questions, and where it does not lead there it answers `None` and the
//! caller goes the general way.

use super::Tree;
use super::latch::Seen;
use crate::engine::slot::Slot;
use crate::term::layout::{SMALL, tag};

impl Tree {
    /// The value of a key, if there is one.
    #[inline(always)]
    pub(crate) fn get_pair(&self, key: u64) -> Option<Option<u64>> {
        if tag(key) != SMALL {
            return None;
        }
        let head = super::head_of_word(key);
        let leaf = self.leaf_of_small(head)?;
        let index = leaf.page.heads_below(head);
        let found = match leaf.page.entry(index) {
            Some((own, word)) if own == head => {
                let (_, value) = Slot::from_words([own, word]).as_pair()?;
                Some(value)
            }
            _ => None,
        };
        leaf.is_unchanged().then_some(found)
    }

    /// The leaf of a small integer.
    #[inline(always)]
    fn leaf_of_small(&self, head: u64) -> Option<Seen<'_>> {
        let root = self.root();
        let mut seen = Seen::look(self.page(root.page())?)?;
        if self.root() != root {
            return None;
        }
        while seen.page.level() > 0 {
            let page = seen.page;
            let last = page.heads_up_to(head).max(1) - 1;
            if last > 0 && page.head(last) == head && page.child(last).has_fence() {
                return None;
            }
            seen = self.look_below(&seen, last)?;
        }
        Some(seen)
    }
}
