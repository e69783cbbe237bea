//! What stands above every report: on what it was measured, and how far the machine was quiet.

use crate::machine::Machine;

/// More than this share of the cores' time for others is too much.
const OTHERS_SHARE_MAX: f64 = 0.05;

/// The head of a report.
pub(crate) struct Head<'a> {
    /// As the command line names it.
    pub(crate) comparison: &'a str,
    /// On what.
    pub(crate) machine: &'a Machine,
    /// Whether it was a smoke run.
    pub(crate) quick: bool,
    /// How long the run took.
    pub(crate) seconds: f64,
    /// How many rounds of what length.
    pub(crate) rounds: String,
    /// The share of the cores' time that others took.
    pub(crate) others_share: f64,
}

impl Head<'_> {
    /// Prints it.
    pub(crate) fn print(&self) {
        println!("# Heirloom and its peers: compare {}\n", self.comparison);
        if self.quick {
            println!(
                "QUICK RUN: shows that it works; too short, and its largest tables too small, to be quoted."
            );
        }
        print_machine(self.machine);
        println!(
            "{}, {:.1} minutes, {}",
            self.machine.date,
            self.seconds / 60.0,
            self.rounds
        );
        let warning = if self.others_share > OTHERS_SHARE_MAX {
            ": TOO MUCH, measure again on a quiet machine"
        } else {
            ""
        };
        let others = self.others_share * 100.0;
        println!("Others took {others:.1} % of the cores' time{warning}.");
    }
}

/// The machine, the system and the versions.
fn print_machine(machine: &Machine) {
    println!(
        "{}, {} cores, {}",
        machine.processor,
        machine.cores,
        machine.caches.join(", ")
    );
    println!(
        "Linux {}, huge pages {}, {}",
        machine.kernel, machine.huge_pages, machine.rustc
    );
    let versions: Vec<String> = machine
        .crates
        .iter()
        .map(|(name, version)| format!("{name} {version}"))
        .collect();
    println!("{}", versions.join(", "));
}
