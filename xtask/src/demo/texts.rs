//! The texts to index, in memory, so that the demo measures tables and not the disk.

use anyhow::ensure;
use std::borrow::Cow;
use std::path::Path;
use walkdir::{DirEntry, WalkDir};

/// Directories that hold no sources.
const LEFT_OUT: [&str; 2] = ["target", ".git"];

/// One file.
pub struct Text {
    /// Its path below the directory.
    pub file: String,
    content: String,
}

impl Text {
    /// Its words, in lower case: runs of at least two letters, of any script.
    pub fn words(&self) -> impl Iterator<Item = Cow<'_, str>> {
        let runs = self
            .content
            .split(|character: char| !character.is_alphabetic());
        runs.filter(|run| run.chars().nth(1).is_some())
            .map(lower_case)
    }
}

fn lower_case(word: &str) -> Cow<'_, str> {
    if word.chars().any(char::is_uppercase) {
        word.to_lowercase().into()
    } else {
        word.into()
    }
}

/// The files of a directory.
pub struct Texts {
    texts: Vec<Text>,
    /// How many files and directories could not be read, and are left out.
    pub unreadable: usize,
}

impl Texts {
    /// Reads every file below `directory`, in order of their names. What is no UTF-8 is read with
    /// replacement characters, which are no part of a word.
    pub fn read(directory: &Path) -> anyhow::Result<Texts> {
        ensure!(
            directory.is_dir(),
            "{} is no directory",
            directory.display()
        );
        let mut texts = Texts {
            texts: Vec::new(),
            unreadable: 0,
        };
        for entry in WalkDir::new(directory)
            .sort_by_file_name()
            .into_iter()
            .filter_entry(is_wanted)
        {
            match entry
                .map_err(anyhow::Error::from)
                .and_then(|entry| read_text(directory, &entry))
            {
                Ok(text) => texts.texts.extend(text),
                Err(_) => texts.unreadable += 1,
            }
        }
        Ok(texts)
    }

    /// Texts that are no files: pairs of a name and a content.
    #[cfg(test)]
    pub fn of(texts: &[(&str, &str)]) -> Texts {
        let text = |(file, content): &(&str, &str)| Text {
            file: file.to_string(),
            content: content.to_string(),
        };
        Texts {
            texts: texts.iter().map(text).collect(),
            unreadable: 0,
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// The length of all, in bytes.
    pub fn bytes(&self) -> usize {
        self.texts.iter().map(|text| text.content.len()).sum()
    }

    /// One of them, counted from 0.
    pub fn get(&self, at: usize) -> &Text {
        &self.texts[at]
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Text> {
        self.texts.iter()
    }
}

fn is_wanted(entry: &DirEntry) -> bool {
    entry.depth() == 0 || !LEFT_OUT.iter().any(|name| entry.file_name() == *name)
}

/// The text of an entry; none if it is no file.
fn read_text(directory: &Path, entry: &DirEntry) -> anyhow::Result<Option<Text>> {
    if !entry.file_type().is_file() {
        return Ok(None);
    }
    let content = String::from_utf8_lossy(&std::fs::read(entry.path())?).into_owned();
    let file = entry
        .path()
        .strip_prefix(directory)
        .unwrap_or(entry.path())
        .to_string_lossy()
        .into_owned();
    Ok(Some(Text { file, content }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_runs_of_letters_in_lower_case() {
        let content = "The cat's HAT-trick, größe ÉTÉ: u64\u{fffd}is__an 1st".to_string();
        let text = Text {
            file: String::new(),
            content,
        };
        let words: Vec<_> = text.words().collect();
        assert_eq!(
            words,
            [
                "the", "cat", "hat", "trick", "größe", "été", "is", "an", "st"
            ]
        );
    }
}
