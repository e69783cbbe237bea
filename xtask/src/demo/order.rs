//! The finished index in order: two ordered tables made of it, and what they can be asked.

use super::index::Index;
use anyhow::Context;
use heirloom::{MatchSpec, Table, Term, TermRef, match_spec};

/// Letters that words are grouped by.
const BEGINNING_LETTERS: usize = 4;

/// The words once more, twice in order.
pub struct Order {
    /// `{{-Count, Word}}`: the most frequent come first.
    by_count: Table,
    /// `{{Beginning, Word}, Count}`: those that begin alike stand together.
    by_beginning: Table,
}

/// Words with their counts.
pub type Words = Vec<(String, u64)>;

impl Order {
    /// Puts the words of an index in order.
    pub fn of(index: &Index) -> anyhow::Result<Order> {
        let order = Order {
            by_count: Table::ordered_set("by_count").create()?,
            by_beginning: Table::ordered_set("by_beginning").create()?,
        };
        for (word, count) in &index.words()? {
            order.by_count.insert(((-count.cast_signed(), &**word),))?;
            let key = (beginning(word), &**word);
            order.by_beginning.insert((key, *count))?;
        }
        Ok(order)
    }

    /// How many words there are.
    pub fn len(&self) -> anyhow::Result<u64> {
        Ok(self.by_count.size()?)
    }

    /// The most frequent words, the first one first.
    pub fn most_frequent(&self) -> impl Iterator<Item = anyhow::Result<(String, u64)>> {
        self.by_count.keys().map(|key| {
            let key = key?;
            let count = key.element(1).and_then(TermRef::as_i64);
            let word = key.element(2).and_then(TermRef::as_str);
            let (count, word) = count.zip(word).context("a key is a count and a word")?;
            Ok((word.to_string(), count.unsigned_abs()))
        })
    }

    /// The question for words that begin like this one.
    pub fn beginning_like(word: &str) -> anyhow::Result<MatchSpec> {
        let start = beginning(word);
        Ok(match_spec!(|{{const(&*start), word}, count}| => {word, count})?)
    }

    /// What the question finds, in the order of the alphabet.
    pub fn ask(&self, question: &MatchSpec) -> anyhow::Result<Words> {
        let found = self.by_beginning.select(question)?;
        let pair = |pair: &Term| {
            let word = pair.element(1).and_then(TermRef::as_str);
            let count = pair.element(2).and_then(TermRef::as_u64);
            word.map(String::from).zip(count)
        };
        Ok(found.iter().filter_map(pair).collect())
    }

    /// How the table goes about a question.
    pub fn explain(&self, question: &MatchSpec) -> String {
        self.by_beginning.explain(question).to_string()
    }

    /// Ends both tables.
    pub fn delete(&self) -> anyhow::Result<()> {
        self.by_count.delete_table()?;
        self.by_beginning.delete_table()?;
        Ok(())
    }
}

/// The first letters of a word.
pub fn beginning(word: &str) -> String {
    word.chars().take(BEGINNING_LETTERS).collect()
}
