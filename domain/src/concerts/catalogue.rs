//! Reading concerts: lists, details, availability and seats.

use std::sync::Arc;

use crate::shared::{Actor, Clock, ConcertId, Faults, Page, PageLimit, StoreError, Timestamp};

use super::{
    Availability, Concert, ConcertFilter, ConcertOrder, ConcertPosition, ConcertQueries, ConcertSummary, ConcertView,
    ListConcertsError, OrganiserQueries, ReadConcertError, ReadSeatsError, SeatStates, SectionCode,
};
use crate::text::{SEARCH_LENGTH_MAX, fold, search_terms};

/// A search for concerts, as the user typed it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConcertSearch {
    /// Words that all occur in name, artist, venue or location.
    pub search: Option<String>,
    /// A part of the artist's name.
    pub artist: Option<String>,
    /// A part of the location's name.
    pub location: Option<String>,
    /// Only concerts that start at or after this time.
    pub from: Option<Timestamp>,
    /// Only concerts that start before this time.
    pub to: Option<Timestamp>,
    /// The order of the list.
    pub order: ConcertOrder,
    /// Only concerts of the organisers that the actor is a member of, but in every status.
    pub mine: bool,
}

/// The use cases to read concerts. Only members of its organiser and admins see a draft.
pub struct Catalogue {
    concerts: Arc<dyn ConcertQueries>,
    organisers: Arc<dyn OrganiserQueries>,
    clock: Arc<dyn Clock>,
}

impl Catalogue {
    /// Creates the service over these ports.
    pub fn new(
        concerts: Arc<dyn ConcertQueries>,
        organisers: Arc<dyn OrganiserQueries>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { concerts, organisers, clock }
    }

    /// A page of the published concerts that have not started, or of the actor's own concerts.
    ///
    /// # Errors
    /// [`ListConcertsError`]; each variant is one reason.
    pub async fn list(
        &self,
        actor: &Actor,
        search: ConcertSearch,
        after: Option<ConcertPosition>,
        limit: PageLimit,
    ) -> Result<Page<ConcertSummary, ConcertPosition>, ListConcertsError> {
        let order = search.order;
        let member = match (search.mine, actor.user_id()) {
            (false, _) => None,
            (true, None) => return Err(ListConcertsError::LoginRequired),
            (true, user) => user,
        };
        let filter = ConcertFilter { member, ..search.judge().map_err(ListConcertsError::Invalid)? };
        Ok(self.concerts.list(&filter, order, after, limit, self.clock.now()).await?)
    }

    /// A concert with its sections.
    ///
    /// # Errors
    /// [`ReadConcertError`]; each variant is one reason.
    pub async fn get(&self, actor: &Actor, id: ConcertId) -> Result<ConcertView, ReadConcertError> {
        let view = self.concerts.get(id).await?.ok_or(ReadConcertError::NotFound)?;
        if self.is_shown_to(actor, &view.concert).await? { Ok(view) } else { Err(ReadConcertError::NotFound) }
    }

    /// How many tickets of each section are available.
    ///
    /// # Errors
    /// [`ReadConcertError`]; each variant is one reason.
    pub async fn availability(&self, actor: &Actor, id: ConcertId) -> Result<Availability, ReadConcertError> {
        let availability = self.concerts.availability(id).await?.ok_or(ReadConcertError::NotFound)?;
        let shown = self.is_shown_to(actor, &availability.concert).await?;
        if shown { Ok(availability) } else { Err(ReadConcertError::NotFound) }
    }

    /// The state of all seats, or of the seats of the section with this code.
    ///
    /// # Errors
    /// [`ReadSeatsError`]; each variant is one reason.
    pub async fn seats(
        &self,
        actor: &Actor,
        id: ConcertId,
        section: Option<&str>,
    ) -> Result<SeatStates, ReadSeatsError> {
        let unknown_section =
            || ReadSeatsError::Invalid(Faults::one("/section", "unknown_section", "there is no such section"));
        let code = section.map(SectionCode::parse);
        // An invalid code is reported only after the check that the actor may see the concert.
        let wanted = code.clone().flatten();
        let seats = self.concerts.seats(id, wanted.clone()).await?.ok_or(ReadSeatsError::NotFound)?;
        if !self.is_shown_to(actor, &seats.concert).await? {
            return Err(ReadSeatsError::NotFound);
        }
        match (code, wanted) {
            (Some(None), _) => Err(unknown_section()),
            (_, Some(wanted)) if seats.plan.section_coded(&wanted).is_none() => Err(unknown_section()),
            _ => Ok(seats),
        }
    }

    async fn is_shown_to(&self, actor: &Actor, concert: &Concert) -> Result<bool, StoreError> {
        match actor {
            _ if concert.is_public() || actor.is_admin() => Ok(true),
            Actor::System => Ok(true),
            Actor::Anonymous => Ok(false),
            Actor::User { id, .. } => Ok(self.organisers.role_in(*id, concert.organiser).await?.is_some()),
        }
    }
}

impl ConcertSearch {
    /// Checks the search and turns it into a filter on stored values.
    fn judge(self) -> Result<ConcertFilter, Faults> {
        let mut faults = Faults::new();
        let words = search_words(self.search.as_deref().unwrap_or_default(), &mut faults);
        let artist = search_text(self.artist.as_deref(), "/artist", &mut faults);
        let location = search_text(self.location.as_deref(), "/location", &mut faults);
        if let (Some(from), Some(to)) = (self.from, self.to) {
            faults.require(from < to, "/to", "too_early", "the time to search in ends after it begins");
        }
        faults.into_result()?;
        Ok(ConcertFilter { words, artist, location, from: self.from, to: self.to, member: None })
    }
}

fn search_words(text: &str, faults: &mut Faults) -> Vec<String> {
    let words = search_terms(text);
    let short_enough = words.iter().all(|word| word.chars().count() <= SEARCH_LENGTH_MAX);
    faults.require(short_enough, "/search", "too_long", format!("a word has at most {SEARCH_LENGTH_MAX} letters"));
    require_characters(text, !words.is_empty(), "/search", faults);
    words
}

fn search_text(text: Option<&str>, pointer: &str, faults: &mut Faults) -> Option<String> {
    let text = text?;
    let folded = Some(fold(text)).filter(|folded| !folded.is_empty());
    require_characters(text, folded.is_some(), pointer, faults);
    let folded = folded?;
    let short_enough = folded.chars().count() <= SEARCH_LENGTH_MAX;
    faults.require(short_enough, pointer, "too_long", format!("this has at most {SEARCH_LENGTH_MAX} letters"));
    Some(folded)
}

/// Refuses a text without searchable characters, because it would match every concert. A blank text means no search.
fn require_characters(text: &str, has_some: bool, pointer: &str, faults: &mut Faults) {
    let is_blank = text.trim().is_empty();
    faults.require(has_some || is_blank, pointer, "characters", "a search has letters, digits or signs that are seen");
}
