//! A cache of an expensive call: what a rate-limited service said, shared by all workers, and not lost with one of them.

use heirloom::{Process, Set};
use std::error::Error;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

const WORKERS: u32 = 8;
const FRESH: Duration = Duration::from_secs(600);

fn main() -> Result<(), Box<dyn Error>> {
    let (worker, keeper) = (Process::new(), Process::new());
    let forecasts = Set::<String, String>::options("forecasts").ttl(FRESH);
    let forecasts = forecasts.owner(&worker).heir(&keeper, "forecasts");
    let forecasts = forecasts.create()?;

    // All ask at once; one asks the service, and the others wait for its answer.
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                let forecast = forecasts.get_or_load("Graz".into(), || ask_service("Graz"));
                assert_eq!(forecast.expect("the service answers"), "Graz: sunny");
            });
        }
    });

    // The worker that owns the table crashes. Its heir has the table now, and nothing is asked twice.
    worker.exit("crash");
    let forecast = forecasts.get_or_load("Graz".into(), || ask_service("Graz"))?;
    println!("{forecast}; the service was asked {} time(s)", requests());
    assert_eq!(requests(), 1);
    Ok(())
}

static REQUESTS: AtomicU32 = AtomicU32::new(0);

/// A service that must not be asked often.
fn ask_service(town: &str) -> Result<String, std::io::Error> {
    REQUESTS.fetch_add(1, Ordering::Relaxed);
    thread::sleep(Duration::from_millis(50));
    Ok(format!("{town}: sunny"))
}

fn requests() -> u32 {
    REQUESTS.load(Ordering::Relaxed)
}
