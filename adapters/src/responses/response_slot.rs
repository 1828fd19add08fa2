//! Holds the rendered response of one resource.

use std::sync::{Arc, PoisonError, RwLock};

use super::cached_response::{CachedResponse, CompressionLimiter};

/// The newest rendered response of one resource, and the lock under which the next is made.
#[derive(Debug, Default)]
pub(crate) struct ResponseSlot {
    shown: RwLock<Option<Arc<CachedResponse>>>,
    /// Held while a response is made; the others wait for its result.
    pub(crate) turn: tokio::sync::Mutex<()>,
    pub(crate) pace: Arc<CompressionLimiter>,
}

impl ResponseSlot {
    /// The newest response, if it fulfils `is_good`.
    pub(crate) fn shown_if(&self, is_good: impl FnOnce(&CachedResponse) -> bool) -> Option<Arc<CachedResponse>> {
        let shown = self.shown.read().unwrap_or_else(PoisonError::into_inner);
        shown.as_ref().filter(|rendering| is_good(rendering)).cloned()
    }

    /// Stores a response, unless a newer one is stored.
    pub(crate) fn show(&self, rendering: &Arc<CachedResponse>) {
        let mut shown = self.shown.write().unwrap_or_else(PoisonError::into_inner);
        if shown.as_ref().is_none_or(|old| old.version <= rendering.version) {
            *shown = Some(Arc::clone(rendering));
        }
    }
}
