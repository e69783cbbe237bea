//! A sequence of steps, on the model and on the crate, compared step by step and once more at the
//! end.

use super::call::*;
use super::engine::Engine;
use super::text;
use super::value::Value;
use super::world::World;
use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

type Verdict = Result<(), TestCaseError>;

/// Tables of more objects are compared as a whole only at the end, not after each failed call.
const SMALL_TABLE_OBJECTS: usize = 200;

/// Runs the steps. Fails at the first answer that is not one of the right ones.
pub fn check(steps: &[Step]) -> Verdict {
    check_on(Engine::default(), steps)
}

/// As `check`, on the crate in this state, in which nothing has been done.
pub fn check_on(engine: Engine, steps: &[Step]) -> Verdict {
    let mut both = Both {
        world: World::default(),
        engine,
    };
    for step in steps {
        both.step(step)?;
    }
    both.compare_everything()?;
    both.engine.end()
}

/// The model and the crate in the same state, as far as we know.
struct Both {
    world: World,
    engine: Engine,
}

impl Both {
    fn step(&mut self, step: &Step) -> Verdict {
        let step = self.world.resolve(step);
        let Some(expected) = self.world.step(&step) else {
            return Ok(());
        };
        let outcome = self.engine.step(&step);
        if !expected.allows(&outcome) {
            return Err(TestCaseError::fail(format!(
                "{step:?}\n  answered {outcome:?}\n  expected {expected:?}"
            )));
        }
        self.world.learn(&step, &outcome);
        match outcome {
            Err(_) => self.compare_small_tables(),
            Ok(_) => Ok(()),
        }
    }

    fn call(&mut self, by: ProcessNumber, slot: SlotNumber, call: Call) -> Verdict {
        self.step(&Step::Call { by, slot, call })
    }

    /// A failed call must have changed nothing.
    fn compare_small_tables(&mut self) -> Verdict {
        let small = |contents: &&super::contents::Contents| contents.size() <= SMALL_TABLE_OBJECTS;
        let tables: Vec<_> = self
            .world
            .living()
            .filter(|(_, _, contents)| small(contents))
            .map(|(slot, owner, _)| (slot, owner))
            .collect();
        for (slot, owner) in tables {
            self.call(owner, slot, Call::ToList)?;
            self.call(owner, slot, Call::Size)?;
        }
        Ok(())
    }

    fn compare_everything(&mut self) -> Verdict {
        let tables: Vec<(SlotNumber, ProcessNumber, Vec<Value>)> = self
            .world
            .living()
            .map(|(slot, owner, contents)| (slot, owner, contents.keys()))
            .collect();
        for (slot, owner, keys) in tables {
            for call in calls_on_everything() {
                self.call(owner, slot, call)?;
            }
            for place in 0..PLACES {
                self.continue_to_the_end(owner, slot, place)?;
            }
            for key in keys {
                self.call(owner, slot, Call::Lookup(key))?;
            }
            self.engine.check_order(owner, slot)?;
        }
        Ok(())
    }

    fn continue_to_the_end(
        &mut self,
        by: ProcessNumber,
        slot: SlotNumber,
        place: PlaceNumber,
    ) -> Verdict {
        while self.world.is_open(slot, place) {
            self.call(by, slot, Call::Continue(place))?;
        }
        Ok(())
    }
}

/// Calls that show everything that a table holds.
fn calls_on_everything() -> Vec<Call> {
    let anything = || Query::MatchObject(Value::atom("_"));
    let backwards = text::parse("[{'_',[],['$_']}].");
    vec![
        Call::Size,
        Call::ToList,
        Call::FoldLeft,
        Call::FoldRight,
        Call::Slots,
        Call::Walk,
        Call::WalkBack,
        Call::WalkLookup,
        Call::WalkLookupBack,
        Call::All(anything()),
        Call::All(Query::SelectReverse(backwards.clone())),
        Call::Chunks(anything(), 3),
        Call::Chunks(Query::SelectReverse(backwards), 7),
    ]
}

/// Runs `body` on as many random cases as `HEIRLOOM_CASES` says, or `cases`. The same cases every
/// time, unless `HEIRLOOM_SEED` gives another number to begin with.
pub fn for_all<S: Strategy>(cases: u32, strategy: S, body: impl Fn(S::Value) -> Verdict) {
    let config = Config {
        cases: from_environment("HEIRLOOM_CASES").unwrap_or(cases),
        failure_persistence: None,
        ..Config::default()
    };
    let seed = from_environment("HEIRLOOM_SEED").unwrap_or(0u64);
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(config, rng);
    if let Err(failure) = runner.run(&strategy, body) {
        panic!("seed {seed}: {failure}");
    }
}

pub fn from_environment<T: std::str::FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}
