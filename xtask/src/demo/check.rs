//! The same index made by one thread in plain maps: what the tables must hold at the end.

use super::index::Index;
use super::texts::Texts;
use anyhow::ensure;
use std::collections::{BTreeMap, BTreeSet};

/// What is known of a word.
#[derive(Default)]
struct Word<'a> {
    count: u64,
    files: BTreeSet<&'a str>,
}

/// Fails if the index is not exactly what one thread counts.
pub fn against_sequential_count(index: &Index, texts: &Texts) -> anyhow::Result<()> {
    let expected = count(texts);
    let size = index.words.size()?;
    ensure!(
        size == expected.len() as u64,
        "{size} words in the table, and {} in the texts",
        expected.len()
    );
    for (word, expected) in &expected {
        let count = index.count(word)?;
        ensure!(
            count == expected.count,
            "{word:?} is counted {count} times and occurs {} times",
            expected.count
        );
        let files = index.files_of(word)?;
        ensure!(
            files.iter().eq(&expected.files),
            "{word:?} is noted in {files:?} and occurs in {:?}",
            expected.files
        );
    }
    Ok(())
}

fn count(texts: &Texts) -> BTreeMap<String, Word<'_>> {
    let mut words: BTreeMap<String, Word<'_>> = BTreeMap::new();
    for text in texts.iter() {
        for word in text.words() {
            let word = words.entry(word.into_owned()).or_default();
            word.count += 1;
            word.files.insert(&text.file);
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use heirloom::Table;

    fn indexed(texts: &Texts) -> Index {
        let words = Table::set("checked_words").public().create().unwrap();
        let files = Table::bag("checked_files").public().create().unwrap();
        let index = Index { words, files };
        texts.iter().for_each(|text| index.add(text).unwrap());
        index
    }

    #[test]
    fn a_wrong_index_is_found_out() {
        let texts = Texts::of(&[("a", "one two two"), ("b", "two three")]);
        let fails = |spoil: &dyn Fn(&Index)| {
            let index = indexed(&texts);
            spoil(&index);
            against_sequential_count(&index, &texts).is_err()
        };
        assert!(!fails(&|_| ()));
        assert!(fails(
            &|index| _ = index.words.update_counter("two", 1).unwrap()
        ));
        assert!(fails(&|index| index.words.delete("three").unwrap()));
        assert!(fails(&|index| index.words.insert(("four", 1)).unwrap()));
        assert!(fails(&|index| index
            .files
            .delete_object(("two", "b"))
            .unwrap()));
        assert!(fails(&|index| index.files.insert(("one", "b")).unwrap()));
    }
}
