//! Concerts and their sections, inside units.

use async_trait::async_trait;
use boxoffice_domain::concerts::{
    Concert, ConcertRepository, ConcertStatus, CountChange, PriceCategory, Section, SectionRepository,
};
use boxoffice_domain::shared::{ConcertId, OrganiserId, StoreError, Timestamp};

use super::refused;
use super::state::SectionRow;
use super::unit::MemoryUnit;

#[async_trait]
impl ConcertRepository for MemoryUnit {
    async fn add(&mut self, concert: &Concert) -> Result<(), StoreError> {
        if !self.state.concerts.insert(concert.id, concert.clone()) {
            return Err(refused("a concert has this id"));
        }
        Ok(())
    }

    async fn get(&mut self, id: ConcertId) -> Result<Option<Concert>, StoreError> {
        Ok(self.state.concerts.get(&id).cloned())
    }

    async fn count_created_since(&mut self, organiser: OrganiserId, since: Timestamp) -> Result<u64, StoreError> {
        let concerts = self.state.concerts.values();
        let counted = concerts.filter(|concert| concert.organiser == organiser && concert.created_at >= since);
        Ok(counted.map(|_| 1).sum())
    }

    async fn save(&mut self, concert: &Concert) -> Result<u64, StoreError> {
        match self.state.concerts.get_mut(&concert.id) {
            Some(stored) if stored.revision == concert.revision => {
                *stored = Concert {
                    organiser: stored.organiser,
                    currency: stored.currency,
                    total: stored.total,
                    available: stored.available,
                    version: stored.version + 1,
                    revision: stored.revision + 1,
                    created_at: stored.created_at,
                    ..concert.clone()
                };
                Ok(stored.version)
            }
            _ => Err(self.contention()),
        }
    }

    async fn advance(&mut self, id: ConcertId, available: i64) -> Result<u64, StoreError> {
        let concert = self.state.concerts.get_mut(&id).ok_or_else(|| refused("no such concert"))?;
        let left = moved(concert.available, available).filter(|left| *left <= concert.total);
        concert.available = left.ok_or_else(|| refused("the concert's counter left its range"))?;
        concert.version += 1;
        Ok(concert.version)
    }

    async fn delete_draft(&mut self, id: ConcertId, revision: u64) -> Result<(), StoreError> {
        let deletable = self
            .state
            .concerts
            .get(&id)
            .is_some_and(|concert| concert.status == ConcertStatus::Draft && concert.revision == revision);
        if !deletable || self.state.bookings_of(id).next().is_some() {
            return Err(self.contention());
        }
        self.state.concerts.remove(&id);
        self.state.sections.retain(|(concert, _), _| *concert != id);
        self.state.tickets.remove(&id);
        Ok(())
    }
}

#[async_trait]
impl SectionRepository for MemoryUnit {
    async fn add_all(&mut self, concert: ConcertId, sections: &[Section]) -> Result<(), StoreError> {
        for section in sections {
            let code_is_new = self.state.sections_of(concert).all(|row| row.section.code != section.code);
            let available = section.capacity();
            let row = SectionRow { section: section.clone(), available, held: 0, sold: 0, blocked: 0, revenue: 0 };
            if !code_is_new || !self.state.sections.insert((concert, section.position), row) {
                return Err(refused("a section of the concert has this position or code"));
            }
        }
        Ok(())
    }

    async fn of_concert(&mut self, concert: ConcertId) -> Result<Vec<Section>, StoreError> {
        Ok(self.state.sections_of(concert).map(|row| row.section.clone()).collect())
    }

    async fn prices(&mut self, concert: ConcertId) -> Result<Vec<(u16, PriceCategory)>, StoreError> {
        let sections = self.state.sections_of(concert).map(|row| &row.section);
        Ok(sections.flat_map(|section| section.prices.iter().map(|price| (section.position, price.clone()))).collect())
    }

    async fn available(&mut self, concert: ConcertId, position: u16) -> Result<u32, StoreError> {
        self.state.sections.get(&(concert, position)).map(|row| row.available).ok_or_else(|| refused("no such section"))
    }

    async fn replace_prices(&mut self, concert: ConcertId, sections: &[Section]) -> Result<(), StoreError> {
        for section in sections {
            let row = self.state.sections.get_mut(&(concert, section.position));
            row.ok_or_else(|| refused("no such section"))?.section.prices.clone_from(&section.prices);
        }
        Ok(())
    }

    async fn change_counts(&mut self, concert: ConcertId, changes: &[CountChange]) -> Result<(), StoreError> {
        for change in changes {
            let row = self.state.sections.get_mut(&(concert, change.position));
            let row = row.ok_or_else(|| refused("no such section"))?;
            if change.available + change.held + change.sold + change.blocked != 0 {
                return Err(refused("a section's counters no longer sum to its tickets"));
            }
            let below_zero = || refused("a section's counter fell below 0");
            row.available = moved(row.available, change.available).ok_or_else(below_zero)?;
            row.held = moved(row.held, change.held).ok_or_else(below_zero)?;
            row.sold = moved(row.sold, change.sold).ok_or_else(below_zero)?;
            row.blocked = moved(row.blocked, change.blocked).ok_or_else(below_zero)?;
            row.revenue += change.revenue;
            if row.revenue < 0 {
                return Err(below_zero());
            }
        }
        Ok(())
    }
}

/// The sum; `None` below 0.
fn moved(counter: u32, by: i64) -> Option<u32> {
    u32::try_from(i64::from(counter).checked_add(by)?).ok()
}
