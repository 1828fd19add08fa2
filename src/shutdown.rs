//! Shutdown by signals.

use std::io;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Returns a token that the first SIGTERM or SIGINT cancels. The second one ends the process immediately: running
/// requests are cut, and clients find their results by their idempotency keys. SIGHUP, SIGUSR1 and SIGUSR2 end a
/// process by default; they are logged and ignored.
///
/// # Errors
/// If the operating system does not let the process handle a signal.
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
        tracing::info!(signal = name, "stopping; a second signal stops immediately");
        heard.cancel();
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        std::process::exit(EXIT_CODE_KILLED);
    });
    Ok(stop)
}

/// Closing terminals and log rotation send signals that have no meaning here.
fn ignore(kind: SignalKind, name: &'static str) -> io::Result<()> {
    let mut heard = signal(kind)?;
    tokio::spawn(async move {
        while heard.recv().await.is_some() {
            tracing::info!(signal = name, "ignored");
        }
    });
    Ok(())
}

/// The exit code that shells report for a process that SIGINT ended.
const EXIT_CODE_KILLED: i32 = 130;
