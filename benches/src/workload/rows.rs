//! The objects that are asked by match specifications, and the questions.
//!
//! An object is an order, `{{Customer, Number}, Amount, State}`. Each customer has 16; amounts are random below 1,000,
//! so that a bound on them lets a known share pass, and no processor learns which.

use super::cell::Work;
use super::ordered::mixed;

/// Orders of each customer.
pub const ORDERS_EACH: u32 = 16;
/// Amounts are below this.
pub const AMOUNTS: u64 = 1_000;
/// One order in a hundred has at least this amount.
pub const HUNDREDTH_FROM: u64 = 990;
/// Every other order has at least this amount.
pub const HALF_FROM: u64 = 500;
/// Customers in the range of keys that is asked for.
pub const RANGE_CUSTOMERS: u64 = 10;

/// Bits of the random number that an order's amount and state are made of.
const RANDOM_BITS: u32 = 40;

/// What became of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It came.
    Open,
    /// The money came.
    Paid,
    /// It went out.
    Sent,
    /// It was called off.
    Gone,
}

impl State {
    /// All, in the order of their numbers.
    const ALL: [Self; 4] = [Self::Open, Self::Paid, Self::Sent, Self::Gone];

    /// The atom.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Paid => "paid",
            Self::Sent => "sent",
            Self::Gone => "gone",
        }
    }
}

/// An order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Who ordered; the first half of the key.
    pub customer: u64,
    /// Which of the customer's orders; the second half.
    pub number: u64,
    /// For how much.
    pub amount: u64,
    /// What became of it.
    pub state: State,
}

impl Row {
    /// The order with this index.
    #[must_use]
    pub fn at(index: u32) -> Self {
        let random = mixed(index, RANDOM_BITS);
        Self {
            customer: u64::from(index / ORDERS_EACH),
            number: u64::from(index % ORDERS_EACH),
            amount: random % AMOUNTS,
            state: State::ALL[(random / AMOUNTS) as usize % State::ALL.len()],
        }
    }
}

/// What is asked. The answer is a list of `{Key, Amount}`, for the first two also of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// The order with this key.
    Key {
        /// The key's first element.
        customer: u64,
        /// Its second.
        number: u64,
    },
    /// All orders of a customer.
    Prefix {
        /// The key's first element.
        customer: u64,
    },
    /// The orders whose keys are at least `{from, 0}` and below `{to, 0}`.
    Range {
        /// The first customer.
        from: u64,
        /// The customer after the last.
        to: u64,
    },
    /// All orders of at least this amount.
    Amount {
        /// The least.
        from: u64,
    },
}

impl Question {
    /// What an operation asks. `None` for work that is no question.
    #[must_use]
    pub fn of(work: Work, index: u32) -> Option<Self> {
        let Row {
            customer, number, ..
        } = Row::at(index);
        Some(match work {
            Work::SelectKey => Self::Key { customer, number },
            Work::SelectPrefix => Self::Prefix { customer },
            Work::SelectRange => Self::Range {
                from: customer,
                to: customer + RANGE_CUSTOMERS,
            },
            Work::SelectHundredth => Self::Amount {
                from: HUNDREDTH_FROM,
            },
            Work::SelectHalf => Self::Amount { from: HALF_FROM },
            _ => return None,
        })
    }

    /// How many answers it has among the first `objects` orders.
    #[must_use]
    pub fn answers(self, objects: u32) -> u64 {
        let below = |customer: u64| (customer * u64::from(ORDERS_EACH)).min(u64::from(objects));
        match self {
            Self::Key { .. } => 1,
            Self::Prefix { customer } => below(customer + 1) - below(customer),
            Self::Range { from, to } => below(to) - below(from),
            Self::Amount { from } => {
                let enough = |&index: &u32| Row::at(index).amount >= from;
                (0..objects).filter(enough).count() as u64
            }
        }
    }

    /// Whether an order is an answer.
    #[must_use]
    pub fn wants(self, row: &Row) -> bool {
        match self {
            Self::Key { customer, number } => row.customer == customer && row.number == number,
            Self::Prefix { customer } => row.customer == customer,
            Self::Range { from, to } => (from..to).contains(&row.customer),
            Self::Amount { from } => row.amount >= from,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_counted_right() {
        const OBJECTS: u32 = 1_003;
        for work in Work::SELECTS {
            for index in [0, 500, 990, 1_002] {
                let question = Question::of(work, index).expect("it is a question");
                let wanted = (0..OBJECTS).filter(|&index| question.wants(&Row::at(index)));
                assert_eq!(question.answers(OBJECTS), wanted.count() as u64);
            }
        }
    }

    #[test]
    fn amounts_have_their_shares() {
        let share = |from| Question::Amount { from }.answers(100_000);
        assert!(share(HUNDREDTH_FROM).abs_diff(1_000) < 100);
        assert!(share(HALF_FROM).abs_diff(50_000) < 1_000);
    }
}
