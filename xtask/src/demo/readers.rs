//! Threads that look words up all the while, also at the moment when the tables change their owner.

use super::index::Index;
use super::texts::Texts;
use anyhow::anyhow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Running reader threads.
pub struct Readers {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<anyhow::Result<Reads>>>,
    start: Instant,
}

/// What the readers did.
#[derive(Default)]
pub struct Reads {
    /// Words looked up.
    pub lookups: u64,
    /// Of these, words that were in the index already.
    pub found: u64,
    /// How long it took.
    pub took: Duration,
}

impl Readers {
    /// Starts this many threads.
    pub fn start(number: u16, index: &Index, texts: &Arc<Texts>) -> Readers {
        let stop = Arc::new(AtomicBool::new(false));
        let reader = |_| {
            let (index, texts, stop) = (index.clone(), Arc::clone(texts), Arc::clone(&stop));
            thread::spawn(move || look_up(&index, &texts, &stop))
        };
        let threads = (0..number).map(reader).collect();
        Readers {
            stop,
            threads,
            start: Instant::now(),
        }
    }

    /// Stops them; an error if one lookup failed.
    pub fn stop(self) -> anyhow::Result<Reads> {
        self.stop.store(true, Ordering::Relaxed);
        let mut sum = Reads {
            took: self.start.elapsed(),
            ..Reads::default()
        };
        for thread in self.threads {
            let reads = thread.join().map_err(|_| anyhow!("a reader panicked"))??;
            sum.lookups += reads.lookups;
            sum.found += reads.found;
        }
        Ok(sum)
    }
}

/// One reader: goes through the words of the texts, again and again, until it is told to stop.
fn look_up(index: &Index, texts: &Texts, stop: &AtomicBool) -> anyhow::Result<Reads> {
    let mut reads = Reads::default();
    loop {
        for word in texts.iter().flat_map(|text| text.words()) {
            if stop.load(Ordering::Relaxed) {
                return Ok(reads);
            }
            reads.lookups += 1;
            reads.found += u64::from(index.count(&word)? > 0);
        }
        if reads.lookups == 0 {
            return Ok(reads);
        }
    }
}
