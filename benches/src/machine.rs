//! On what it was measured. Linux only: the figures come from `/proc` and `/sys`.

use std::fs;
use std::path::Path;
use std::process;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::CompareError;

/// The workspace's lock file, for the versions of the peers.
const LOCK_FILE: &str = include_str!("../../Cargo.lock");
/// The machine, the system and the versions.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Machine {
    /// The processor's name.
    pub processor: String,
    /// Cores this process may use.
    pub cores: usize,
    /// The caches of core 0, such as `L2 Unified 1024K`.
    pub caches: Vec<String>,
    /// Memory in KiB.
    pub memory_kibibytes: u64,
    /// When transparent huge pages are used.
    pub huge_pages: String,
    /// The kernel's release.
    pub kernel: String,
    /// The compiler.
    pub rustc: String,
    /// Crates and their versions.
    pub crates: Vec<(String, String)>,
    /// The Erlang release, if there is one.
    pub erlang: Option<String>,
    /// When the run started, in UTC.
    pub date: String,
    /// Processes waiting for a core in the minute before the run.
    pub load_before: f64,
}

impl Machine {
    /// Looks at the machine this runs on, and up the versions of these crates.
    #[must_use]
    pub fn look(cores: usize, erlang: Option<String>, crates: &[&str]) -> Self {
        Self {
            processor: cpu_field("model name"),
            cores,
            caches: caches(),
            memory_kibibytes: kibibytes("/proc/meminfo", "MemTotal:").unwrap_or(0),
            huge_pages: text("/sys/kernel/mm/transparent_hugepage/enabled"),
            kernel: text("/proc/sys/kernel/osrelease"),
            rustc: env!("COMPARE_RUSTC").to_owned(),
            crates: versions(crates),
            erlang,
            date: humantime::format_rfc3339_seconds(std::time::SystemTime::now()).to_string(),
            load_before: text("/proc/loadavg")
                .split(' ')
                .next()
                .and_then(|load| load.parse().ok())
                .unwrap_or(0.0),
        }
    }
}

/// The bytes of memory that a process has in use, shared pages included.
///
/// Read from `smaps_rollup`, which counts pages when asked; the counters in `statm` lag behind.
///
/// # Errors
/// Where `/proc` is not as on Linux.
pub fn resident_bytes(process: u32) -> Result<u64, CompareError> {
    let path = format!("/proc/{process}/smaps_rollup");
    let missing = || CompareError::io(path.clone())(std::io::ErrorKind::InvalidData.into());
    kibibytes(&path, "Rss:")
        .map(|kibibytes| kibibytes * 1024)
        .ok_or_else(missing)
}

/// [`resident_bytes`] of this process.
///
/// # Errors
/// As [`resident_bytes`].
pub fn own_resident_bytes() -> Result<u64, CompareError> {
    resident_bytes(process::id())
}

/// How much of the cores' time went to this process and its children, and how much to all others.
#[derive(Clone, Copy, Debug)]
pub struct CpuTimes {
    busy_ticks: i64,
    own_ticks: i64,
    all_ticks: i64,
}

impl CpuTimes {
    /// The counters now, in clock ticks.
    #[must_use]
    pub fn now() -> Self {
        let stat = text("/proc/stat");
        let all = numbers(stat.lines().next().unwrap_or(""));
        let own = text("/proc/self/stat");
        // After the name in parentheses; user, system, children's user and children's system time are 11 fields on.
        let own = own.rsplit(')').next().map(numbers).unwrap_or_default();
        let idle: i64 = all.iter().skip(3).take(2).sum();
        let all_ticks: i64 = all.iter().take(8).sum();
        Self {
            busy_ticks: all_ticks - idle,
            own_ticks: own.iter().skip(10).take(4).sum(),
            all_ticks,
        }
    }

    /// The share of the cores' time since `before` that went to others, stolen time included.
    #[must_use]
    pub fn others_share_since(&self, before: &Self) -> f64 {
        let busy = self.busy_ticks - before.busy_ticks;
        let own = self.own_ticks - before.own_ticks;
        (busy - own).max(0) as f64 / (self.all_ticks - before.all_ticks).max(1) as f64
    }
}

/// Whose waits are counted.
#[derive(Clone, Copy, Debug)]
pub enum Waiting {
    /// The thread that asks.
    This,
    /// The first schedulers of an Erlang node.
    Schedulers {
        /// The node's process.
        process: u32,
        /// How many of them.
        count: usize,
    },
}

/// How long threads were ready to run while other threads had the cores, as the kernel counts it: time that belongs
/// to what else runs on the machine, not to what is measured. Where the kernel does not say, it is 0.
#[derive(Debug)]
pub struct Waits {
    who: Waiting,
    nanoseconds: u64,
}

impl Waits {
    /// Begins to count.
    #[must_use]
    pub fn begin(who: Waiting) -> Self {
        Self {
            who,
            nanoseconds: Self::all(who),
        }
    }

    /// The waits since this was last called, or since the beginning.
    pub fn since_last(&mut self) -> Duration {
        let all = Self::all(self.who);
        let since = all.saturating_sub(self.nanoseconds);
        self.nanoseconds = all;
        Duration::from_nanos(since)
    }

    /// All waits so far.
    fn all(who: Waiting) -> u64 {
        match who {
            Waiting::This => Self::of_thread(Path::new("/proc/thread-self")),
            Waiting::Schedulers { process, count } => {
                let threads = fs::read_dir(format!("/proc/{process}/task"));
                let paths = threads
                    .into_iter()
                    .flatten()
                    .flatten()
                    .map(|thread| thread.path());
                paths
                    .filter(|path| is_scheduler(path, count))
                    .map(|path| Self::of_thread(&path))
                    .sum()
            }
        }
    }

    /// The second number of `schedstat`.
    fn of_thread(directory: &Path) -> u64 {
        let text = fs::read_to_string(directory.join("schedstat")).unwrap_or_default();
        text.split_whitespace()
            .nth(1)
            .and_then(|word| word.parse().ok())
            .unwrap_or(0)
    }
}

/// Whether a thread is one of the first `count` schedulers, by its name before and since Erlang/OTP 26.
fn is_scheduler(directory: &Path, count: usize) -> bool {
    let name = fs::read_to_string(directory.join("comm")).unwrap_or_default();
    let name = name.trim_end();
    let number = name
        .strip_suffix("_scheduler")
        .or_else(|| name.strip_prefix("erts_sched_"));
    number
        .and_then(|number| number.parse().ok())
        .is_some_and(|number: usize| number <= count)
}

/// The numbers of a line, words left out.
fn numbers(line: &str) -> Vec<i64> {
    line.split_whitespace()
        .filter_map(|word| word.parse().ok())
        .collect()
}

/// A file's text without the line break; empty if there is no such file.
fn text(path: &str) -> String {
    fs::read_to_string(path)
        .unwrap_or_default()
        .trim_end()
        .to_owned()
}

/// The number after `name` in a file of lines such as `MemTotal:  123 kB`.
fn kibibytes(path: &str, name: &str) -> Option<u64> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

/// A field of the first processor in `/proc/cpuinfo`.
fn cpu_field(name: &str) -> String {
    let text = text("/proc/cpuinfo");
    let line = text.lines().find(|line| line.starts_with(name));
    line.and_then(|line| line.split_once(": "))
        .map_or("unknown", |(_, value)| value)
        .to_owned()
}

/// The caches of core 0.
fn caches() -> Vec<String> {
    let directory = |index| format!("/sys/devices/system/cpu/cpu0/cache/index{index}");
    let describe = |path: String| {
        let part = |name| text(&format!("{path}/{name}"));
        format!("L{} {} {}", part("level"), part("type"), part("size"))
    };
    (0..8)
        .map(directory)
        .filter(|path| fs::exists(path).unwrap_or(false))
        .map(describe)
        .collect()
}

/// The versions of these crates in the lock file; of a crate that is there twice, the newest.
fn versions(crates: &[&str]) -> Vec<(String, String)> {
    let version = |name: &&str| {
        let head = format!("name = \"{name}\"\nversion = \"");
        let rest = LOCK_FILE.rsplit_once(&head)?.1;
        Some(((*name).to_owned(), rest.split('"').next()?.to_owned()))
    };
    crates.iter().filter_map(version).collect()
}
