//! Which objects have which tags: trees of our own, from tag and cell, and from cell to tags.

use crate::engine::walk::{Direction, Edge, Piece};
use crate::engine::{Admission, Care, Objects, Tree};
use crate::matchspec::KeyPrefix;
use crate::slab::CellIndex;
use crate::sync::AtomicU64;
use crate::term::layout::small;
use crate::term::{Term, TermError, TermRef};

/// See the module. What concerns a cell is done under the lock of its shard.
pub(super) struct Tags {
    /// `{{Tag, Cell}}`
    cells: Tree,
    /// `{Cell, [Tag]}`
    tags: Tree,
    /// Nobody changes it.
    gate: AtomicU64,
}

impl Tags {
    pub(super) fn new() -> Tags {
        Tags {
            cells: Tree::new(1, Care::default()),
            tags: Tree::new(1, Care::default()),
            gate: AtomicU64::new(0),
        }
    }

    /// Tags a cell, which may be tagged already.
    pub(super) fn add(&self, tag: TermRef<'_>, cell: CellIndex) -> Result<(), TermError> {
        let entry = Term::tuple([entry_key(tag, cell)?.as_ref()])?;
        let mut all = self.tags_of(cell);
        if all.iter().any(|own| own.as_ref().numeric_eq(tag)) {
            return Ok(());
        }
        all.push(tag.to_term());
        self.set_tags(cell, all)?;
        self.insert(&self.cells, &entry);
        Ok(())
    }

    /// Tags a cell as another one is tagged.
    pub(super) fn copy(&self, from: CellIndex, to: CellIndex) {
        for tag in self.tags_of(from) {
            let added = self.add(tag.as_ref(), to);
            debug_assert!(added.is_ok(), "it was no longer than the other");
        }
    }

    /// Takes all tags of a cell away.
    pub(super) fn remove(&self, cell: CellIndex) {
        for tag in self.tags_of(cell) {
            if let Ok(key) = entry_key(tag.as_ref(), cell) {
                self.delete(&self.cells, key.as_ref());
            }
        }
        self.delete(&self.tags, cell_term(cell));
    }

    /// Whether a cell has a tag.
    pub(super) fn has(&self, tag: TermRef<'_>, cell: CellIndex) -> bool {
        entry_key(tag, cell).is_ok_and(|key| self.cells.contains(key.as_ref()))
    }

    /// The cells that have a tag.
    pub(super) fn cells(&self, tag: TermRef<'_>) -> Vec<CellIndex> {
        let prefix = KeyPrefix {
            arity: 2,
            elements: vec![tag.to_term()],
        };
        let (lower, upper) = (
            Edge::BeforePrefix(prefix.clone()),
            Edge::AfterPrefix(prefix),
        );
        let mut walk = self.cells.walk_between(lower, upper, Direction::Forwards);
        let (mut piece, mut cells) = (Piece::default(), Vec::new());
        while walk.read(&self.cells, &mut piece) {
            let found = (0..piece.len()).filter_map(|index| piece.key(index).element(2));
            cells.extend(found.filter_map(TermRef::as_u64));
            walk.advance(&piece, piece.len());
        }
        cells
    }

    pub(super) fn bytes(&self) -> usize {
        self.cells.bytes() + self.tags.bytes()
    }

    fn tags_of(&self, cell: CellIndex) -> Vec<Term> {
        let mut found = Objects::default();
        self.tags.fetch_all(cell_term(cell), &mut found);
        let list = (found.len() > 0)
            .then(|| found.get(0))
            .and_then(|object| object.element(2));
        let tags = list.and_then(TermRef::list_elements).into_iter().flatten();
        tags.map(TermRef::to_term).collect()
    }

    fn set_tags(&self, cell: CellIndex, tags: Vec<Term>) -> Result<(), TermError> {
        let tags = Term::list(tags)?;
        let object = Term::tuple([cell_term(cell), tags.as_ref()])?;
        self.insert(&self.tags, &object);
        Ok(())
    }

    fn insert(&self, tree: &Tree, object: &Term) {
        let inserted = tree.insert(object.as_ref().words(), false, &self.admission());
        debug_assert!(inserted.is_ok(), "nobody changes the gate");
    }

    fn delete(&self, tree: &Tree, key: TermRef<'_>) {
        let removed = tree.remove(key, None, &self.admission());
        debug_assert!(removed.is_ok(), "nobody changes the gate");
    }

    fn admission(&self) -> Admission<'_> {
        Admission::new(&self.gate, 0)
    }
}

fn entry_key(tag: TermRef<'_>, cell: CellIndex) -> Result<Term, TermError> {
    Term::tuple([tag, cell_term(cell)])
}

fn cell_term(cell: CellIndex) -> TermRef<'static> {
    let word = small(cell.cast_signed()).unwrap_or_else(|| unreachable!("cells have 40 bits"));
    TermRef::from_immediate(word)
}

#[cfg(all(test, not(heirloom_loom)))]
mod tests {
    use super::*;

    #[test]
    fn tags_are_found_by_cell_and_cells_by_tag() {
        let tags = Tags::new();
        let [red, new] = ["red", "new"].map(Term::from);
        for (tag, cell) in [(&red, 1), (&new, 1), (&red, 2), (&red, 1)] {
            tags.add(tag.as_ref(), cell).expect("it is short");
        }
        tags.copy(1, 3);
        assert_eq!(tags.cells(red.as_ref()), [1, 2, 3]);
        assert_eq!(tags.cells(new.as_ref()), [1, 3]);
        tags.remove(1);
        assert_eq!(tags.cells(red.as_ref()), [2, 3]);
        assert!(!tags.has(new.as_ref(), 1) && tags.has(new.as_ref(), 3));
        [2, 3].into_iter().for_each(|cell| tags.remove(cell));
        assert_eq!((tags.cells.len(), tags.tags.len()), (0, 0));
    }
}
