//! A pass of background work over several concerts.

use crate::shared::StoreError;

/// The most concerts that one pass processes.
pub(super) const CONCERTS_IN_A_PASS_MAX: u32 = 100;

/// The result of a pass over several concerts. A failure at one concert does not stop the others.
#[derive(Default)]
pub(super) struct PassOutcome {
    done: u32,
    failure: Option<StoreError>,
}

impl PassOutcome {
    /// Adds the result of one concert. Returns an error at once only when every other concert would fail with it too.
    pub(super) fn add(&mut self, outcome: Result<u32, StoreError>) -> Result<(), StoreError> {
        match outcome {
            Ok(done) => self.done += done,
            Err(error @ (StoreError::Busy | StoreError::Unavailable(_))) => return Err(error),
            Err(error) => {
                self.failure.get_or_insert(error);
            }
        }
        Ok(())
    }

    /// The total count, or the first failure.
    pub(super) fn into_result(self) -> Result<u32, StoreError> {
        self.failure.map_or(Ok(self.done), Err)
    }
}
