//! The error of status changes.

use crate::shared::StoreError;

/// A change that a payment or refund does not allow in its current status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a payment or refund in this state cannot change like that")]
pub struct IllegalChange;

/// Within a unit, the status that the unit read allows the change, so this is a defect.
impl From<IllegalChange> for StoreError {
    fn from(error: IllegalChange) -> Self {
        Self::inconsistent(error.to_string())
    }
}
