//! `cargo xtask demo`: an index of all the words in a directory, built by many threads, that
//! outlives the process that began it.
//!
//! Two tables hold the index: `words`, a `set` of `{Word, Count}`, and `files`, a `bag` of `{Word,
//! File}`. Worker threads fill them while reader threads look words up. Halfway the process that
//! owns the tables ends. Its tables would end with it, but they have an heir: another process,
//! which finds them in its mailbox and goes on.
//!
//! In the end the words are put in order: the most frequent ones first, and those that begin alike
//! together.
//!
//! This file tells that story; [`index`] is what is done with the tables, [`readers`] looks words
//! up, [`texts`] reads the directory, [`check`] counts again without a table, [`order`] is what ordered
//! tables are asked, and [`report`] prints.

mod check;
mod index;
mod order;
mod readers;
mod report;
mod texts;

use crate::shell::project_root;
use anyhow::{anyhow, ensure};
use heirloom::process::{self, ProcessHandle};
use heirloom::{Pid, Process};
use index::Index;
use indicatif::{ProgressBar, ProgressStyle};
use readers::Readers;
use report::Run;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Instant;
use texts::Texts;

/// Indexes the words of a directory of texts, changes the tables' owner halfway, and checks the
/// result.
#[derive(clap::Args)]
pub struct Arguments {
    /// The directory; `target` and `.git` are left out [default: this project's own sources].
    #[arg(value_name = "PATH")]
    path: Option<PathBuf>,
    /// Threads that fill the index.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=1024))]
    workers: u16,
    /// Threads that look words up meanwhile.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(0..=1024))]
    readers: u16,
    /// The word whose files are listed at the end [default: the most frequent long one].
    #[arg(long)]
    word: Option<String>,
}

/// Reads the texts, lets two processes index them, one after the other, checks the result and
/// prints it.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let path = arguments.path.clone().unwrap_or_else(project_root);
    let texts = Arc::new(Texts::read(&path)?);
    ensure!(!texts.is_empty(), "there is no file in {}", path.display());
    report::print_texts(&path, &texts);
    let run = index_in_two_lives(&texts, arguments.workers, arguments.readers)?;
    check::against_sequential_count(&run.index, &texts)?;
    report::print(&run, &texts, arguments.word.as_deref())?;
    run.index.delete()
}

/// The story: an owner that begins, an heir that finishes, and readers that notice nothing.
fn index_in_two_lives(texts: &Arc<Texts>, workers: u16, readers: u16) -> anyhow::Result<Run> {
    let job = Arc::new(Job::new(texts, workers));
    let start = Instant::now();

    // Each of these is a process on a thread of its own: it can own tables, has a mailbox, and ends
    // when its closure returns.
    let heir = process::spawn({
        let job = Arc::clone(&job);
        move || inherit_and_finish(&job)
    });
    let (announce, announced) = channel();
    let owner = process::spawn({
        let (job, heir) = (Arc::clone(&job), heir.process().clone());
        move || create_and_begin(&job, &heir, &announce)
    });
    let first_owner = owner.process().pid();

    // The readers use the same handles from the first word to the last, whoever owns the tables.
    let readers = announced
        .recv()
        .map(|index| Readers::start(readers, &index, texts));
    result_of("the owner", owner)?;
    let (index, inherited_from) = result_of("the heir", heir)?;
    ensure!(
        inherited_from == first_owner,
        "the heir inherited from {inherited_from} and not from {first_owner}"
    );
    let took = start.elapsed();
    let reads = readers?.stop()?;
    job.progress.finish_and_clear();
    Ok(Run {
        index,
        first_owner,
        took,
        reads,
    })
}

/// Waits for the end of a process, and says whose it was if it ended by a panic.
fn result_of<T>(name: &str, process: ProcessHandle<anyhow::Result<T>>) -> anyhow::Result<T> {
    process
        .join()
        .map_err(|exit| anyhow!("{name} ended badly: {exit}"))?
}

/// The first owner: makes the tables, with `heir` as their heir, and fills them from the first half
/// of the texts.
///
/// When this returns the process ends, and its tables go to the heir.
fn create_and_begin(job: &Job, heir: &Process, announce: &Sender<Index>) -> anyhow::Result<()> {
    let index = Index::create(heir)?;
    announce.send(index.clone())?;
    job.fill(&index, 0..job.half())
}

/// The second owner: waits until the tables come to it, and fills them from the other half of the
/// texts.
///
/// This process ends too, so it gives the tables away to the root process, which lives as long as
/// the program.
fn inherit_and_finish(job: &Job) -> anyhow::Result<(Index, Pid)> {
    let (index, from) = Index::inherit()?;
    job.fill(&index, job.half()..job.texts.len())?;
    index.give_away(&Process::root())?;
    Ok((index, from))
}

/// What both owners need for their half of the work.
struct Job {
    texts: Arc<Texts>,
    workers: u16,
    progress: ProgressBar,
}

impl Job {
    fn new(texts: &Arc<Texts>, workers: u16) -> Job {
        Job {
            texts: Arc::clone(texts),
            workers,
            progress: progress_bar(texts.len()),
        }
    }

    fn half(&self) -> usize {
        self.texts.len() / 2
    }

    /// Adds these texts to the index, with all the workers. They are plain threads and no owner:
    /// they may write because the tables are public.
    fn fill(&self, index: &Index, part: Range<usize>) -> anyhow::Result<()> {
        let next = AtomicUsize::new(part.start);
        thread::scope(|scope| {
            let work = || self.work(index, &next, part.end);
            let workers: Vec<_> = (0..self.workers).map(|_| scope.spawn(work)).collect();
            workers
                .into_iter()
                .try_for_each(|worker| worker.join().map_err(|_| anyhow!("a worker panicked"))?)
        })
    }

    /// One worker: takes the next text until there is none.
    fn work(&self, index: &Index, next: &AtomicUsize, end: usize) -> anyhow::Result<()> {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            if at >= end {
                return Ok(());
            }
            index.add(self.texts.get(at))?;
            self.progress.inc(1);
        }
    }
}

/// Shows itself only if the standard error is a terminal.
fn progress_bar(files: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} files");
    ProgressBar::new(files as u64)
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_directory_is_indexed_across_the_change_of_owner() {
        let directory = std::env::temp_dir().join(format!("demo_{}", std::process::id()));
        std::fs::create_dir_all(directory.join("target")).unwrap();
        for number in 0..20 {
            std::fs::write(
                directory.join(format!("{number}.txt")),
                format!("One two TWO {number}"),
            )
            .unwrap();
        }
        std::fs::write(directory.join("target/ignored.txt"), "three").unwrap();
        std::fs::write(directory.join("bytes"), b"two \xff\xfe two").unwrap();
        let arguments = Arguments {
            path: Some(directory.clone()),
            workers: 3,
            readers: 2,
            word: Some("two".into()),
        };
        let result = run(&arguments);
        std::fs::remove_dir_all(&directory).unwrap();
        result.unwrap();
    }
}
