//! The functions that expressions may call, by name and number of arguments.

use std::cmp::Ordering;

/// What a type test asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Test {
    Atom,
    Binary,
    BitString,
    Boolean,
    Float,
    /// There are no functions among our terms.
    Function,
    Integer,
    List,
    Map,
    Number,
    Pid,
    /// There are no ports among our terms.
    Port,
    /// Identifiers of tables are references.
    Reference,
    Tuple,
}

/// How two terms are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    /// `==`
    Equal,
    /// `/=`
    NotEqual,
    /// `=:=`
    Same,
    /// `=/=`
    NotSame,
}

impl Comparison {
    /// Whether it holds of two values that are in this order, and the same only if they are equal.
    #[inline]
    pub(super) fn holds(self, order: Ordering) -> bool {
        match self {
            Comparison::Less => order.is_lt(),
            Comparison::LessOrEqual => order.is_le(),
            Comparison::Greater => order.is_gt(),
            Comparison::GreaterOrEqual => order.is_ge(),
            Comparison::Equal | Comparison::Same => order.is_eq(),
            Comparison::NotEqual | Comparison::NotSame => order.is_ne(),
        }
    }
}

/// Arithmetic on one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unary {
    Plus,
    Minus,
    Abs,
    Float,
    Round,
    Trunc,
    Ceil,
    Floor,
    BitNot,
}

/// Arithmetic on two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Binary {
    Add,
    Subtract,
    Multiply,
    Divide,
    Quotient,
    Remainder,
    BitAnd,
    BitOr,
    BitXor,
    ShiftLeft,
    ShiftRight,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Size {
    /// `size`: elements of a tuple or whole bytes of a bit string.
    Any,
    Tuple,
    Map,
    List,
    /// `byte_size`: bytes that hold the bits.
    Bytes,
    Bits,
}

/// A function that evaluates all its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Test(Test),
    Compare(Comparison),
    Unary(Unary),
    Binary(Binary),
    Size(Size),
    Not,
    Xor,
    Max,
    Min,
    Element,
    Head,
    Tail,
    MapGet,
    IsMapKey,
    IsRecord,
    IsFunctionOfArity,
    BinaryPart,
    Node,
    NodeOf,
}

impl Function {
    /// The function of a name that takes so many arguments.
    pub(super) fn named(name: &str, arguments: usize) -> Option<Function> {
        match arguments {
            0 => (name == "node").then_some(Function::Node),
            1 => Self::of_one(name),
            2 => Self::of_two(name),
            3 => Self::of_three(name),
            _ => None,
        }
    }

    fn of_one(name: &str) -> Option<Function> {
        Some(match name {
            "not" => Function::Not,
            "hd" => Function::Head,
            "tl" => Function::Tail,
            "node" => Function::NodeOf,
            _ => {
                let test = Test::named(name).map(Function::Test);
                let size = || Size::named(name).map(Function::Size);
                let unary = || Unary::named(name).map(Function::Unary);
                return test.or_else(size).or_else(unary);
            }
        })
    }

    fn of_two(name: &str) -> Option<Function> {
        Some(match name {
            "element" => Function::Element,
            "map_get" => Function::MapGet,
            "is_map_key" => Function::IsMapKey,
            "max" => Function::Max,
            "min" => Function::Min,
            "xor" => Function::Xor,
            "binary_part" => Function::BinaryPart,
            "is_function" => Function::IsFunctionOfArity,
            _ => {
                let comparison = Comparison::named(name).map(Function::Compare);
                return comparison.or_else(|| Binary::named(name).map(Function::Binary));
            }
        })
    }

    fn of_three(name: &str) -> Option<Function> {
        Some(match name {
            "is_record" => Function::IsRecord,
            "binary_part" => Function::BinaryPart,
            _ => return None,
        })
    }
}

impl Test {
    fn named(name: &str) -> Option<Test> {
        Some(match name {
            "is_atom" => Test::Atom,
            "is_binary" => Test::Binary,
            "is_bitstring" => Test::BitString,
            "is_boolean" => Test::Boolean,
            "is_float" => Test::Float,
            "is_function" => Test::Function,
            "is_integer" => Test::Integer,
            "is_list" => Test::List,
            "is_map" => Test::Map,
            "is_number" => Test::Number,
            "is_pid" => Test::Pid,
            "is_port" => Test::Port,
            "is_reference" => Test::Reference,
            "is_tuple" => Test::Tuple,
            _ => return None,
        })
    }
}

impl Comparison {
    pub(super) fn named(name: &str) -> Option<Comparison> {
        Some(match name {
            "<" => Comparison::Less,
            "=<" => Comparison::LessOrEqual,
            ">" => Comparison::Greater,
            ">=" => Comparison::GreaterOrEqual,
            "==" => Comparison::Equal,
            "/=" => Comparison::NotEqual,
            "=:=" => Comparison::Same,
            "=/=" => Comparison::NotSame,
            _ => return None,
        })
    }

    /// The comparison that says the same with its sides exchanged.
    pub(super) fn mirrored(self) -> Comparison {
        match self {
            Comparison::Less => Comparison::Greater,
            Comparison::LessOrEqual => Comparison::GreaterOrEqual,
            Comparison::Greater => Comparison::Less,
            Comparison::GreaterOrEqual => Comparison::LessOrEqual,
            symmetric => symmetric,
        }
    }
}

impl Unary {
    fn named(name: &str) -> Option<Unary> {
        Some(match name {
            "+" => Unary::Plus,
            "-" => Unary::Minus,
            "abs" => Unary::Abs,
            "float" => Unary::Float,
            "round" => Unary::Round,
            "trunc" => Unary::Trunc,
            "ceil" => Unary::Ceil,
            "floor" => Unary::Floor,
            "bnot" => Unary::BitNot,
            _ => return None,
        })
    }
}

impl Binary {
    fn named(name: &str) -> Option<Binary> {
        Some(match name {
            "+" => Binary::Add,
            "-" => Binary::Subtract,
            "*" => Binary::Multiply,
            "/" => Binary::Divide,
            "div" => Binary::Quotient,
            "rem" => Binary::Remainder,
            "band" => Binary::BitAnd,
            "bor" => Binary::BitOr,
            "bxor" => Binary::BitXor,
            "bsl" => Binary::ShiftLeft,
            "bsr" => Binary::ShiftRight,
            _ => return None,
        })
    }
}

impl Size {
    fn named(name: &str) -> Option<Size> {
        Some(match name {
            "size" => Size::Any,
            "tuple_size" => Size::Tuple,
            "map_size" => Size::Map,
            "length" => Size::List,
            "byte_size" => Size::Bytes,
            "bit_size" => Size::Bits,
            _ => return None,
        })
    }
}

/// Whether a function exists only in the specifications that Erlang traces with.
pub(super) fn is_trace_only(name: &str) -> bool {
    matches!(
        name,
        "message"
            | "return_trace"
            | "exception_trace"
            | "display"
            | "process_dump"
            | "set_seq_token"
            | "get_seq_token"
            | "is_seq_trace"
            | "enable_trace"
            | "disable_trace"
            | "trace"
            | "caller"
            | "caller_line"
            | "current_stacktrace"
            | "silent"
            | "get_tcw"
            | "set_tcw"
    )
}
