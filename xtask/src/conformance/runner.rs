//! Plays the scenarios of a vector file on a face and judges each answer.

use super::answer::printed;
use super::composite::Caller;
use super::differences::Differences;
use super::emulation;
use super::face::{Face, Feature, Outcome};
use super::report::{AreaReport, Failed};
use super::terms::{atom, atom_text, term};
use super::vectors::{self, Call, Expected, Line, Step};
use super::world::{Skip, World, changes_table};
use heirloom::Term;
use std::cmp::Ordering;
use std::path::Path;

/// What became of a line that is to be compared.
enum Verdict {
    Passed,
    Failed { expected: String, got: String },
    Skipped(Skip),
}

/// Runs every line of a file.
pub fn run_area(
    face: &mut dyn Face,
    differences: &Differences,
    file: &Path,
) -> std::io::Result<AreaReport> {
    let area = file
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let mut runner = Runner {
        face,
        differences,
        world: World::default(),
        scenario: 0,
        report: AreaReport::new(area),
    };
    for line in vectors::lines(file)? {
        runner.line(&line?);
    }
    runner.face.start_scenario();
    for number in differences.unused(&runner.report) {
        runner.report.fail(Failed::unused_difference(number));
    }
    Ok(runner.report)
}

struct Runner<'a> {
    face: &'a mut dyn Face,
    differences: &'a Differences,
    world: World,
    scenario: usize,
    report: AreaReport,
}

impl Runner<'_> {
    /// Runs a line and counts it, unless it only sets the scene.
    fn line(&mut self, line: &Line) {
        let verdict = match round_trip(&line.text) {
            Ok(term) => {
                self.report.texts += 1;
                self.step(line.number, &term)
            }
            Err(verdict) => Some(verdict),
        };
        match verdict {
            Some(Verdict::Passed) => self.report.passed.push(line.number),
            Some(Verdict::Skipped(skip)) => self.report.skip(line.number, skip),
            Some(Verdict::Failed { expected, got }) => self.report.fail(Failed {
                number: line.number,
                scenario: self.scenario,
                line: line.text.clone(),
                expected,
                got,
            }),
            None => {}
        }
    }

    /// Runs what a line says; a verdict if there is something to compare.
    fn step(&mut self, number: usize, line: &Term) -> Option<Verdict> {
        let Some(step) = Step::from_term(line) else {
            return Some(failed("a line of the vector format", "another term"));
        };
        match step {
            Step::Header => None,
            Step::Scenario(number) => {
                self.start_scenario(number);
                None
            }
            Step::Process(name) => {
                let identifier = self.face.start_process();
                self.world.add_process(name, identifier);
                None
            }
            Step::Exit(name) => self.exit(&name),
            Step::Mailbox { process, messages } => Some(self.mailbox(number, &process, messages)),
            Step::New {
                process,
                table,
                name,
                options,
                expected,
            } => Some(self.new_table(number, &process, table, &name, &options, &expected)),
            Step::Call(call) => Some(self.call(number, &call)),
            Step::DiskOpen {
                process,
                table,
                kind,
                key_position,
            } => Some(self.open_disk(number, &process, table, &kind, &key_position)),
            Step::DiskReopen { process, table } => Some(self.reopen_disk(number, &process, table)),
            Step::Compare {
                left,
                right,
                order,
                exact,
            } => {
                let got = self.compare(&left, &right);
                Some(self.judge(number, &Expected::Value(term((order, exact))), &Ok(got)))
            }
            Step::Sorted(terms) => Some(self.sorted(&terms)),
            Step::Run {
                specification,
                objects,
                expected,
            } => Some(self.run_specification(number, &specification, &objects, &expected)),
        }
    }

    fn start_scenario(&mut self, number: usize) {
        self.face.start_scenario();
        self.world = World::default();
        self.scenario = number;
    }

    fn exit(&mut self, name: &Term) -> Option<Verdict> {
        let Some(process) = self.world.process(name) else {
            return Some(unknown_process(name));
        };
        self.face.exit_process(process);
        None
    }

    /// The messages are fetched even where they can't be compared: the next line is about those
    /// that come after.
    fn mailbox(&mut self, number: usize, process: &Term, messages: Vec<Term>) -> Verdict {
        let Some(identifier) = self.world.process(process) else {
            return unknown_process(process);
        };
        let got = self.face.mailbox(identifier);
        if let Some(skip) = self.world.skip_mailbox(&messages) {
            return Verdict::Skipped(skip);
        }
        let got: Vec<Term> = got
            .iter()
            .map(|message| self.world.message_out(message))
            .collect();
        self.judge(number, &Expected::Value(term(messages)), &Ok(term(got)))
    }

    fn new_table(
        &mut self,
        number: usize,
        process: &Term,
        table: Term,
        name: &Term,
        options: &Term,
        expected: &Expected,
    ) -> Verdict {
        if let Some(skip) = self.world.skip_new(self.face, name, options) {
            self.world.add_absent_table(table, name, options, skip);
            return Verdict::Skipped(skip);
        }
        let Some(caller) = self.world.process(process) else {
            return unknown_process(process);
        };
        let made = self
            .face
            .new_table(caller, name, &self.world.options_in(options));
        let outcome = made.map(|made| {
            self.world.add_table(table, made);
            atom("ok")
        });
        self.judge(number, expected, &outcome)
    }

    fn call(&mut self, number: usize, call: &Call) -> Verdict {
        if let Some(skip) = self.world.skip_call(self.face, call) {
            self.world.note_skipped(call);
            self.repeat_skipped_change(call, skip);
            return Verdict::Skipped(skip);
        }
        let Some(process) = self.world.process(&call.process) else {
            return unknown_process(&call.process);
        };
        let arguments = self.world.arguments_in(call.function, &call.arguments);
        let table = self.world.table(&call.table);
        let outcome = Caller {
            face: self.face,
            process,
            table: &table,
        }
        .run(call.function, &arguments);
        self.judge(
            number,
            &call.expected,
            &outcome.map(|value| self.world.name_out(value)),
        )
    }

    /// Does by simpler calls what a skipped line did to its table, or notes that the table is no
    /// longer what was recorded.
    fn repeat_skipped_change(&mut self, call: &Call, skip: Skip) {
        if skip != Skip::Needs(Feature::Patterns) || !changes_table(call) {
            return;
        }
        let pattern = emulation::deleted_pattern(call.function, &call.arguments);
        let table = self.world.table(&call.table);
        let done = match (pattern, self.world.process(&call.process)) {
            (Some(pattern), Some(process)) => {
                let mut caller = Caller {
                    face: self.face,
                    process,
                    table: &table,
                };
                emulation::delete_matching(&mut caller, &pattern).is_ok()
            }
            _ => false,
        };
        if !done {
            self.world.make_uncertain(&call.table);
        }
    }

    fn open_disk(
        &mut self,
        number: usize,
        process: &Term,
        table: Term,
        kind: &Term,
        key_position: &Term,
    ) -> Verdict {
        if !self.face.supports(Feature::Disk) {
            let skip = Skip::Needs(Feature::Disk);
            self.world
                .add_absent_table(table.clone(), &table, &atom("none"), skip);
            return Verdict::Skipped(skip);
        }
        let Some(caller) = self.world.process(process) else {
            return unknown_process(process);
        };
        let outcome = self.face.open_disk(caller, kind, key_position);
        self.judge_opened(number, table, outcome)
    }

    fn reopen_disk(&mut self, number: usize, process: &Term, table: Term) -> Verdict {
        if !self.face.supports(Feature::Disk) {
            return Verdict::Skipped(Skip::Needs(Feature::Disk));
        }
        let Some(caller) = self.world.process(process) else {
            return unknown_process(process);
        };
        let outcome = self.face.reopen_disk(caller, &self.world.table(&table));
        self.judge_opened(number, table, outcome)
    }

    fn judge_opened(&mut self, number: usize, table: Term, opened: Outcome) -> Verdict {
        let outcome = opened.map(|opened| {
            self.world.add_table(table, opened);
            atom("ok")
        });
        self.judge(number, &Expected::Value(atom("ok")), &outcome)
    }

    fn run_specification(
        &mut self,
        number: usize,
        specification: &Term,
        objects: &Term,
        expected: &Expected,
    ) -> Verdict {
        if !self.face.supports(Feature::Specifications) {
            return Verdict::Skipped(Skip::Needs(Feature::Specifications));
        }
        let outcome = self.face.run_specification(specification, objects);
        self.judge(number, expected, &outcome)
    }

    /// The order of two terms and whether they are exactly equal, as the vectors write it.
    fn compare(&mut self, left: &Term, right: &Term) -> Term {
        let (order, exact) = self.face.compare(left, right);
        let order = match order {
            Ordering::Less => "less",
            Ordering::Equal => "equal",
            Ordering::Greater => "greater",
        };
        term((atom(order), exact))
    }

    /// Every pair, both ways round: neighbours alone would not show an order that is not
    /// transitive.
    fn sorted(&mut self, terms: &[Term]) -> Verdict {
        for (index, low) in terms.iter().enumerate() {
            for high in &terms[index + 1..] {
                let orders = (
                    self.face.compare(low, high).0,
                    self.face.compare(high, low).0,
                );
                if orders != (Ordering::Less, Ordering::Greater) {
                    return failed(&format!("{low} < {high}"), &format!("{orders:?}"));
                }
            }
        }
        Verdict::Passed
    }

    /// Compares an answer with what Erlang answered, or with what we answer on purpose.
    fn judge(&self, number: usize, expected: &Expected, outcome: &Outcome) -> Verdict {
        let Some(difference) = self.differences.at(&self.report.area, number) else {
            return verdict(expected.admits(outcome), || expected.to_string(), outcome);
        };
        if !difference.recorded.same_as(expected) {
            return failed(
                &expected.to_string(),
                &format!("{} in the list of differences", difference.recorded),
            );
        }
        if expected.admits(outcome) {
            return failed(
                &format!("{} as listed", difference.ours),
                &format!("Erlang's answer {expected}"),
            );
        }
        verdict(
            difference.ours.admits(outcome),
            || format!("{} as listed", difference.ours),
            outcome,
        )
    }
}

fn verdict(passed: bool, expected: impl FnOnce() -> String, outcome: &Outcome) -> Verdict {
    if passed {
        Verdict::Passed
    } else {
        failed(&expected(), &printed(outcome))
    }
}

fn failed(expected: &str, got: &str) -> Verdict {
    Verdict::Failed {
        expected: expected.into(),
        got: got.into(),
    }
}

fn unknown_process(name: &Term) -> Verdict {
    failed(
        "a process that was started",
        atom_text(name).unwrap_or("no name"),
    )
}

/// Parses a line, prints it and parses that: the term, or how they differ.
fn round_trip(text: &str) -> Result<Term, Verdict> {
    let parsed = parse(text)?;
    let printed = parsed.to_string();
    let again = parse(&printed)?;
    if again.as_ref().exact_eq(parsed.as_ref()) {
        Ok(parsed)
    } else {
        Err(failed("an equal term", &printed))
    }
}

fn parse(text: &str) -> Result<Term, Verdict> {
    text.parse::<Term>()
        .map_err(|error| failed("a term", &format!("{error} in {text}")))
}
