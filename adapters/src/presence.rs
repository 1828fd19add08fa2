//! Whether the client that something is done for still waits for it.
//!
//! What changes something runs in a task of its own, so nothing is cut off when its client hangs up. Whoever has not
//! begun yet may ask here whether there is still anybody to begin for.

use std::future::{Future, pending};

use tokio_util::sync::{CancellationToken, DropGuard};

tokio::task_local! {
    static CLIENT_GONE: CancellationToken;
}

/// `work` for a client who waits for as long as the guard lives.
pub(crate) fn accompanied<F: Future>(work: F) -> (impl Future<Output = F::Output>, DropGuard) {
    let gone = CancellationToken::new();
    (CLIENT_GONE.scope(gone.clone(), work), gone.drop_guard())
}

/// Waits until the client of this task is gone; for ever when there is none.
pub(crate) async fn client_gone() {
    match CLIENT_GONE.try_with(Clone::clone) {
        Ok(gone) => gone.cancelled().await,
        Err(_) => pending().await,
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::{accompanied, client_gone};

    #[tokio::test]
    async fn work_learns_that_its_client_is_gone() {
        let (work, client) = accompanied(client_gone());
        let mut work = Box::pin(work);
        assert_eq!(work.as_mut().now_or_never(), None);
        drop(client);
        work.await;
    }

    #[tokio::test]
    async fn work_for_no_client_is_never_left_alone() {
        assert_eq!(client_gone().now_or_never(), None);
    }
}
