//! Formats errors for the log.

use std::error::Error;
use std::fmt;

/// Displays an error with all its sources in one text, from the outermost to the root. JSON log lines have one field
/// for an error.
#[derive(Debug, Clone, Copy)]
pub struct Causes<'error>(pub &'error (dyn Error + 'error));

impl fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::Causes;
    use crate::shared::StoreError;

    #[test]
    fn an_error_is_displayed_with_all_its_sources() {
        let error = StoreError::Unavailable(Arc::from(Box::from("the line is cut")));
        assert_eq!(Causes(&error).to_string(), "the store cannot be reached: the line is cut");
        assert_eq!(Causes(&StoreError::Busy).to_string(), "too many use the store at once");
    }
}
