//! The errors of the crate in the words of the model.

use super::super::call::Cause;
use heirloom::TableError;

/// Why the crate says that a call failed, in the words of the model.
pub fn cause(error: TableError) -> Cause {
    match error {
        TableError::NoSuchTable { .. } => Cause::NoSuchTable,
        TableError::AccessDenied { .. } => Cause::AccessDenied,
        TableError::NotOwner { .. } => Cause::NotOwner,
        TableError::AlreadyOwner { .. } => Cause::AlreadyOwner,
        TableError::WrongKind { .. } => Cause::WrongKind,
        TableError::KeyNotFound { .. } => Cause::NoSuchKey,
        TableError::NotATuple { .. } => Cause::NotATuple,
        TableError::NoKey { .. } => Cause::TooShort,
        TableError::ImproperList => Cause::ImproperList,
        TableError::NotAPosition { .. } | TableError::PositionOutOfRange { .. } => Cause::Position,
        TableError::KeyPosition { .. } => Cause::KeyPosition,
        TableError::NotAnInteger { .. } => Cause::NotAnInteger,
        TableError::NotAnUpdate { .. } => Cause::BadOperation,
        TableError::BadOption { .. } => Cause::BadOption,
        TableError::BadName { .. } => Cause::BadName,
        TableError::NameTaken { .. } => Cause::NameTaken,
        TableError::NoSuchProcess { .. } => Cause::NoSuchProcess,
        TableError::NoSuchItem { .. } => Cause::BadItem,
        TableError::Spec(_) => Cause::BadSpecification,
        TableError::KeyNotKept { .. } => Cause::KeyNotKept,
        TableError::BadLimit { .. } => Cause::BadLimit,
        other => Cause::Other(other.to_string()),
    }
}
