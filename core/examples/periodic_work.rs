//! Periodic work: a table of jobs that expire when they are due. Its owner sleeps until the next one.

use heirloom::{RemovalCause, Table, TableError};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

fn main() -> Result<(), TableError> {
    let (due, jobs_due) = mpsc::channel();
    let jobs = Table::set("jobs").expiring().on_removal(move |removal| {
        if removal.cause == RemovalCause::Expired {
            // Who listens may be gone.
            let _ = due.send(removal.object.clone());
        }
    });
    let jobs = jobs.create()?;
    jobs.insert_with_ttl(("rotate logs", 20), Duration::from_millis(20))?;
    jobs.insert_with_ttl(("send report", 50), Duration::from_millis(50))?;

    let mut done = Vec::new();
    while done.len() < 7 {
        thread::sleep(jobs.next_expiry()?.unwrap_or_default());
        jobs.maintain()?;
        for job in jobs_due.try_iter() {
            let job = job.as_ref();
            let (name, millis) = (job.element(1), job.element(2));
            let name = name.and_then(|name| name.as_str()).unwrap_or("?");
            let millis = millis.and_then(|millis| millis.as_u64()).unwrap_or(1000);
            println!("{name}");
            done.push(name.to_owned());
            // Once more.
            jobs.insert_with_ttl(job, Duration::from_millis(millis))?;
        }
    }
    let reports = done.iter().filter(|name| *name == "send report").count();
    assert!((1..=3).contains(&reports), "{done:?}");
    Ok(())
}
