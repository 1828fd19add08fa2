//! The responses that are rendered from a concert's snapshots, one for each view.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use boxoffice_domain::concerts::SectionCode;
use boxoffice_domain::shared::Timestamp;

use super::concert_snapshot::ConcertSnapshot;
use super::view::{Renderers, View};
use crate::responses::{CachedResponse, ResponseSlot};

/// The newest response for each view of one concert. The concert itself is counted by its revision, all else by its
/// version.
#[derive(Default)]
pub(super) struct RenderedViews {
    concert: ResponseSlot,
    availability: ResponseSlot,
    seats: ResponseSlot,
    sections: RwLock<HashMap<SectionCode, Arc<ResponseSlot>>>,
}

impl RenderedViews {
    /// The response for a view, if it shows this version (or revision).
    pub(super) fn get(&self, view: View<'_>, version: u64) -> Option<Arc<CachedResponse>> {
        let is_current = |response: &CachedResponse| response.version == version;
        match view {
            View::Concert => self.concert.shown_if(is_current),
            View::Availability => self.availability.shown_if(is_current),
            View::Seats(None) => self.seats.shown_if(is_current),
            View::Seats(Some(code)) => self.sections().get(code)?.shown_if(is_current),
        }
    }

    /// The response for a view, of the snapshot's version or later. One reader renders it for all that wait. `None` when
    /// the concert has no such section.
    pub(super) async fn render(
        &self,
        renderers: &Renderers,
        view: View<'_>,
        snapshot: &ConcertSnapshot,
        now: Timestamp,
    ) -> serde_json::Result<Option<Arc<CachedResponse>>> {
        let section;
        let slot = match view {
            View::Concert => &self.concert,
            View::Availability => &self.availability,
            View::Seats(None) => &self.seats,
            View::Seats(Some(code)) => {
                section = self.section_slot(code, snapshot);
                let Some(slot) = &section else { return Ok(None) };
                slot.as_ref()
            }
        };
        let version = match view {
            View::Concert => snapshot.concert().revision,
            View::Availability | View::Seats(_) => snapshot.concert().version,
        };
        let is_current = |response: &CachedResponse| response.version >= version;
        if let Some(response) = slot.shown_if(is_current) {
            return Ok(Some(response));
        }
        let _rendering_lock = slot.turn.lock().await;
        if let Some(response) = slot.shown_if(is_current) {
            return Ok(Some(response));
        }
        let body = renderers.render(view, snapshot)?;
        let response = Arc::new(CachedResponse::new(version, now, version.to_string(), body, Arc::clone(&slot.pace)));
        slot.show(&response);
        Ok(Some(response))
    }

    fn sections(&self) -> RwLockReadGuard<'_, HashMap<SectionCode, Arc<ResponseSlot>>> {
        self.sections.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn section_slot(&self, code: &str, snapshot: &ConcertSnapshot) -> Option<Arc<ResponseSlot>> {
        if let Some(slot) = self.sections().get(code) {
            return Some(Arc::clone(slot));
        }
        let code = SectionCode::parse(code)?;
        snapshot.plan().section_coded(&code)?;
        let mut sections = self.sections.write().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(sections.entry(code).or_default()))
    }
}
