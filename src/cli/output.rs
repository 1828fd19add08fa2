//! What commands show to the user.

use std::error::Error;
use std::io::{self, Write};

use boxoffice_domain::shared::Causes;

/// The error that ends a command early. It is only shown to the user.
pub(super) type Failure = Box<dyn Error + Send + Sync>;

/// Writes the result of a command to standard output.
pub(super) fn say(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{text}")?;
    stdout.flush()?;
    Ok(())
}

/// Writes an error with its causes to standard error.
pub(super) fn complain(failure: &dyn Error) {
    let text = format!("boxoffice: {}", Causes(failure));
    // If standard error is closed, the message cannot be shown anywhere.
    let _ = writeln!(io::stderr(), "{}", text.trim_end());
}
