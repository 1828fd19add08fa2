//! When to stop.

use std::io;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// A token that is cancelled by the first SIGTERM or SIGINT. The second one ends the process at once: requests under way
/// are cut, and what they were doing is found again by their idempotency keys. SIGHUP, SIGUSR1 and SIGUSR2, which
/// would end a process that does not ask for them, are noted and ignored.
///
/// # Errors
/// When the operating system does not let signals be heard.
pub fn on_signal() -> io::Result<CancellationToken> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    ignore(SignalKind::hangup(), "SIGHUP")?;
    ignore(SignalKind::user_defined1(), "SIGUSR1")?;
    ignore(SignalKind::user_defined2(), "SIGUSR2")?;
    let stop = CancellationToken::new();
    let heard = stop.clone();
    tokio::spawn(async move {
        let name = tokio::select! {
            _ = terminate.recv() => "SIGTERM",
            _ = interrupt.recv() => "SIGINT",
        };
        tracing::info!(signal = name, "stopping; a second signal stops at once");
        heard.cancel();
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        std::process::exit(EXIT_CODE_KILLED);
    });
    Ok(stop)
}

/// Terminals that close and tools that rotate logs send signals that mean nothing here.
fn ignore(kind: SignalKind, name: &'static str) -> io::Result<()> {
    let mut heard = signal(kind)?;
    tokio::spawn(async move {
        while heard.recv().await.is_some() {
            tracing::info!(signal = name, "ignored");
        }
    });
    Ok(())
}

/// What shells report of a process that SIGINT ended.
const EXIT_CODE_KILLED: i32 = 130;
