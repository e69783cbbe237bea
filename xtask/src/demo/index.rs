//! The index: a `set` that counts words and a `bag` that says in which files they are.

use super::texts::Text;
use anyhow::{Context, bail, ensure};
use heirloom::process::Message;
use heirloom::{Pid, Process, Table, Term};
use std::collections::HashSet;

/// The two tables. A clone is another handle on the same tables, and keeps nothing alive: that is
/// the owner's part.
#[derive(Clone)]
pub struct Index {
    /// `{Word, Count}`, a set.
    pub words: Table,
    /// `{Word, File}`, a bag: as many objects for a word as files it is in.
    pub files: Table,
}

impl Index {
    /// Makes the tables, owned by the current process and open to everybody. With each the heir is
    /// to get the table's name.
    pub fn create(heir: &Process) -> anyhow::Result<Index> {
        let words = Table::set("words")
            .named()
            .public()
            .heir(heir, "words")
            .create()?;
        let files = Table::bag("files")
            .named()
            .public()
            .heir(heir, "files")
            .create()?;
        Ok(Index { words, files })
    }

    /// Waits until both tables have come to the current process, and says from whom.
    pub fn inherit() -> anyhow::Result<(Index, Pid)> {
        let (words, from) = inherit_table("words")?;
        let (files, also_from) = inherit_table("files")?;
        ensure!(
            from == also_from,
            "the tables come from {from} and {also_from}"
        );
        Ok((Index { words, files }, from))
    }

    /// Passes both tables to another process.
    pub fn give_away(&self, to: &Process) -> anyhow::Result<()> {
        self.words.give_away(to, "words")?;
        self.files.give_away(to, "files")?;
        Ok(())
    }

    /// Adds a text: counts each word once for every time it occurs, and notes the file once for
    /// each word.
    pub fn add(&self, text: &Text) -> anyhow::Result<()> {
        let mut noted = HashSet::new();
        for word in text.words() {
            // Atomic: no count is lost, whoever else counts the same word now.
            self.words.update_counter_or(&*word, 1, (&*word, 0))?;
            if noted.insert(word.clone()) {
                self.files.insert((&*word, &*text.file))?;
            }
        }
        Ok(())
    }

    /// How often a word has been counted. The closure sees the object where it lies; nothing is
    /// copied.
    pub fn count(&self, word: &str) -> anyhow::Result<u64> {
        let count = self.words.with(word, |object| {
            object.element(2).and_then(|count| count.as_i64())
        })?;
        Ok(count.flatten().unwrap_or(0).unsigned_abs())
    }

    /// The files that a word is in, sorted.
    pub fn files_of(&self, word: &str) -> anyhow::Result<Vec<String>> {
        let objects = self.files.lookup(word)?;
        let file = |object: &Term| {
            object
                .element(2)
                .and_then(|file| file.as_str().map(String::from))
        };
        let mut files: Vec<String> = objects.iter().filter_map(file).collect();
        files.sort();
        Ok(files)
    }

    /// Every word with its count, in no order.
    pub fn words(&self) -> anyhow::Result<Vec<(String, u64)>> {
        Ok(self.words.foldl(Vec::new(), |mut words, object| {
            let word = object
                .element(1)
                .and_then(|word| word.as_str().map(String::from));
            let count = object.element(2).and_then(|count| count.as_i64());
            words.extend(word.zip(count.map(i64::unsigned_abs)));
            words
        })?)
    }

    /// Ends both tables.
    pub fn delete(&self) -> anyhow::Result<()> {
        self.words.delete_table()?;
        self.files.delete_table()?;
        Ok(())
    }
}

/// The next message must bring this table: it says so in the data that its first owner left for the
/// heir.
fn inherit_table(name: &str) -> anyhow::Result<(Table, Pid)> {
    let heir = Process::current();
    let message = heir.receive()?;
    let Message::Transfer {
        table, from, data, ..
    } = message
    else {
        bail!("expected the table {name} and got {message:?}");
    };
    ensure!(
        data.as_str() == Some(name),
        "inherited {data} before {name}"
    );
    let table = Table::find(table).context("an inherited table is gone")?;
    ensure!(
        table.owner() == Some(heir.pid()),
        "{name} has come, but belongs to another"
    );
    Ok((table, from))
}
