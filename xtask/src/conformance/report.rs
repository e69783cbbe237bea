//! What a run of the vectors came to, and how it is printed.

use super::face::Feature;
use super::world::Skip;

/// A line whose answer was not the expected one.
pub struct Failed {
    /// The line's number in its file.
    pub number: usize,
    /// The scenario it is in.
    pub scenario: usize,
    /// Its text.
    pub line: String,
    /// What was to come.
    pub expected: String,
    /// What came.
    pub got: String,
}

impl Failed {
    /// A difference is listed for a line that compares nothing.
    pub fn unused_difference(number: usize) -> Failed {
        Failed {
            number,
            scenario: 0,
            line: String::new(),
            expected: "a line to which the listed difference belongs".into(),
            got: "none, or one that only sets the scene".into(),
        }
    }
}

/// The counts of skipped lines, by reason.
#[derive(Clone, Copy, Default)]
pub struct Skipped {
    ordered_set: usize,
    pattern: usize,
    disk: usize,
    follows: usize,
}

impl Skipped {
    fn count(&mut self, skip: Skip) {
        match skip {
            Skip::Needs(Feature::OrderedSet) => self.ordered_set += 1,
            Skip::Needs(Feature::Patterns | Feature::Specifications) => self.pattern += 1,
            Skip::Needs(Feature::Disk) => self.disk += 1,
            Skip::FollowsSkippedChange => self.follows += 1,
        }
    }

    fn add(&mut self, other: Skipped) {
        self.ordered_set += other.ordered_set;
        self.pattern += other.pattern;
        self.disk += other.disk;
        self.follows += other.follows;
    }

    fn total(self) -> usize {
        self.ordered_set + self.pattern + self.disk + self.follows
    }
}

/// What became of the lines of one file. Lines that only set the scene (a scenario, a process, its
/// end) are not counted.
#[derive(Default)]
pub struct AreaReport {
    /// The file's name without its extension.
    pub area: String,
    /// The numbers of the lines that passed.
    pub passed: Vec<usize>,
    /// The lines that failed.
    pub failed: Vec<Failed>,
    /// The lines, of all kinds, that were parsed, printed and parsed again to an equal term.
    pub texts: usize,
    skipped_lines: Vec<usize>,
    skipped: Skipped,
}

impl AreaReport {
    /// Nothing has run yet.
    pub fn new(area: String) -> AreaReport {
        AreaReport {
            area,
            ..AreaReport::default()
        }
    }

    /// Counts a failed line.
    pub fn fail(&mut self, failed: Failed) {
        self.failed.push(failed);
    }

    /// Counts a skipped line.
    pub fn skip(&mut self, number: usize, skip: Skip) {
        self.skipped_lines.push(number);
        self.skipped.count(skip);
    }

    /// The number of skipped lines.
    #[cfg(test)]
    pub fn skipped(&self) -> usize {
        self.skipped.total()
    }

    /// Whether the line was compared, or would have been were it not skipped.
    pub fn has_compared(&self, number: usize) -> bool {
        let failed = self.failed.iter().any(|failed| failed.number == number);
        failed
            || [&self.passed, &self.skipped_lines]
                .iter()
                .any(|lines| lines.contains(&number))
    }
}

/// The sums over the areas.
#[derive(Default)]
pub struct Totals {
    /// Lines that passed.
    pub passed: usize,
    /// Lines that failed.
    pub failed: usize,
    texts: usize,
    skipped: Skipped,
}

impl Totals {
    /// Counts an area.
    pub fn add(&mut self, area: &AreaReport) {
        self.passed += area.passed.len();
        self.failed += area.failed.len();
        self.texts += area.texts;
        self.skipped.add(area.skipped);
    }
}

/// Prints the heading of the areas' columns.
pub fn print_heading() {
    println!(
        "{:<20} {:>8} {:>8} {:>8}",
        "area", "passed", "failed", "skipped"
    );
}

/// Prints an area's line, and if `verbose` its failures.
pub fn print_area(area: &AreaReport, verbose: bool) {
    let (passed, failed, skipped) = (area.passed.len(), area.failed.len(), area.skipped.total());
    println!("{:<20} {passed:>8} {failed:>8} {skipped:>8}", area.area);
    if verbose {
        area.failed
            .iter()
            .for_each(|failed| print_failed(&area.area, failed));
    }
}

fn print_failed(area: &str, failed: &Failed) {
    println!(
        "  {area}.vectors:{} (scenario {}) {}",
        failed.number, failed.scenario, failed.line
    );
    println!("    expected {}", failed.expected);
    println!("    got      {}", failed.got);
}

/// Prints the sums; the last line is `N passed, M failed`.
pub fn print_totals(totals: &Totals, verbose: bool) {
    let Skipped {
        ordered_set,
        pattern,
        disk,
        follows,
    } = totals.skipped;
    println!(
        "text round trip: {} lines parse, and print back to an equal term",
        totals.texts
    );
    println!(
        "{} skipped: {ordered_set} need an ordered_set, {pattern} need a pattern or a match specification, \
         {disk} need a table on disk, {follows} follow a change that was skipped",
        totals.skipped.total()
    );
    if totals.failed > 0 && !verbose {
        println!("--verbose prints what was expected and what came");
    }
    println!("{} passed, {} failed", totals.passed, totals.failed);
}
