//! The place of one rendering.

use std::sync::{Arc, PoisonError, RwLock};

use super::rendering::{Pace, Rendering};

/// The newest rendering of one thing, and who renders the next.
#[derive(Debug, Default)]
pub(super) struct Slot {
    shown: RwLock<Option<Arc<Rendering>>>,
    /// Held by whoever renders; the others wait for it.
    pub(super) turn: tokio::sync::Mutex<()>,
    pub(super) pace: Arc<Pace>,
}

impl Slot {
    /// The newest rendering if it is good enough.
    pub(super) fn shown_if(&self, is_good: impl FnOnce(&Rendering) -> bool) -> Option<Arc<Rendering>> {
        let shown = self.shown.read().unwrap_or_else(PoisonError::into_inner);
        shown.as_ref().filter(|rendering| is_good(rendering)).cloned()
    }

    /// Shows a rendering, unless a newer one is there.
    pub(super) fn show(&self, rendering: &Arc<Rendering>) {
        let mut shown = self.shown.write().unwrap_or_else(PoisonError::into_inner);
        if shown.as_ref().is_none_or(|old| old.version <= rendering.version) {
            *shown = Some(Arc::clone(rendering));
        }
    }
}
