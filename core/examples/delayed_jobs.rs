//! Delayed jobs: each is done once it is due, by one of two consumers.

use heirloom::{Table, match_spec};
use std::error::Error;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

const JOBS: u64 = 1_000;

fn main() -> Result<(), Box<dyn Error>> {
    let jobs = Table::ordered_set("jobs").create()?;
    for number in 0..JOBS {
        // Due at a time; the number tells jobs of one time apart.
        let due = number * 37 % 100;
        jobs.insert(((due, number), "mow the lawn"))?;
    }
    let done = AtomicU64::new(0);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| consume(&jobs, &done).expect("the table is there"));
        }
    });
    println!("{} jobs done", done.load(Ordering::Relaxed));
    assert_eq!(done.load(Ordering::Relaxed), JOBS);
    assert_eq!(jobs.size()?, 0);
    Ok(())
}

/// Does what is due, as time goes by.
fn consume(jobs: &Table, done: &AtomicU64) -> Result<(), Box<dyn Error>> {
    for now in 0_u64..100 {
        // A bound for the whole key: so only what is due is looked at. Each is given to one consumer only.
        let due = match_spec!(|{key, job}| if key < const((now + 1, 0)) => job)?;
        for _job in jobs.select_take(&due)? {
            done.fetch_add(1, Ordering::Relaxed);
        }
    }
    Ok(())
}
