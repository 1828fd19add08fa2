//! What all modules build on: the database, the time, ids, access tokens, and the news of committed events.

use std::fmt::Write;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use boxoffice_adapters::db::{Database, OpenError, SqlStore};
use boxoffice_adapters::group_commit::{BatchLimits, BatchSlots};
use boxoffice_adapters::security::{CurrentTokens, JwtTokens, TokenRevocations, WeakSecret};
use boxoffice_adapters::system::{ClockWatch, MonotonicClock, SystemIds};
use boxoffice_domain::events::{CommittedEvents, OutboxEntry};
use boxoffice_domain::payments::AmbiguousGateways;
use boxoffice_domain::shared::{Clock, IdGenerator};
use boxoffice_domain::users::SecurityError;
use secrecy::SecretString;

use crate::settings::{BookingSettings, CommitMode, Settings};

/// The parts that several modules use. Cheap to clone.
#[derive(Clone)]
pub struct Shared {
    /// The database, and all queries.
    pub database: Arc<Database>,
    /// Begins units of work.
    pub store: Arc<SqlStore>,
    /// Hears of the events of each unit that this process commits.
    pub listeners: Arc<CommitListeners>,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// Compares the clock with the database's.
    pub clock_watch: Arc<ClockWatch>,
    /// The age of an item in memory must not depend on the time of day, which may be corrected.
    pub age_clock: Arc<dyn Clock>,
    /// Generates ids and random bytes.
    pub ids: Arc<dyn IdGenerator>,
    /// Signs page cursors.
    pub signing_key: SecretString,
    /// Signs access tokens.
    pub token_issuer: Arc<JwtTokens>,
    /// Verifies access tokens.
    pub tokens: Arc<CurrentTokens>,
    /// Knows which access tokens are revoked.
    pub revocations: Arc<TokenRevocations>,
    /// How requests are committed together, if the settings select it.
    pub group_commit: Option<GroupCommit>,
}

/// The slots and limits of all batches of this process.
#[derive(Clone)]
pub struct GroupCommit {
    /// The right to have a batch under way.
    pub slots: BatchSlots,
    /// The size of batches, and how long they wait.
    pub limits: BatchLimits,
}

/// Why the use cases cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum ServicesError {
    /// The database cannot be opened.
    #[error("the database cannot be used")]
    Database(#[from] OpenError),
    /// The settings of password hashing do not work.
    #[error("passwords cannot be hashed")]
    Hasher(#[from] SecurityError),
    /// The signing key is too weak.
    #[error(transparent)]
    SigningKey(#[from] WeakSecret),
    /// Two payment gateways share a name or a method.
    #[error(transparent)]
    Gateways(#[from] AmbiguousGateways),
}

impl Shared {
    /// Builds the parts. No connection is opened yet.
    ///
    /// # Errors
    /// Returns [`ServicesError::SigningKey`].
    pub fn build(settings: &Settings, database: Arc<Database>, clock: Arc<dyn Clock>) -> Result<Self, ServicesError> {
        let ids: Arc<dyn IdGenerator> = Arc::new(SystemIds::new(Arc::clone(&clock)));
        let listeners = Arc::new(CommitListeners::default());
        let revocations = Arc::new(TokenRevocations::new(database.clone(), clock.clone()));
        listeners.add(revocations.clone());
        let signing_key = signing_key(settings, ids.as_ref());
        let token_issuer = Arc::new(JwtTokens::new(&signing_key, settings.auth.access_token_seconds)?);
        Ok(Self {
            store: Arc::new(database.store(listeners.clone(), ids.clone())),
            listeners,
            clock_watch: Arc::new(ClockWatch::new(clock.clone(), database.clone())),
            age_clock: Arc::new(MonotonicClock::beginning_at(clock.now())),
            clock,
            ids,
            signing_key,
            tokens: Arc::new(CurrentTokens::new(token_issuer.clone(), revocations.clone())),
            token_issuer,
            revocations,
            group_commit: group_commit(&settings.bookings, &database),
            database,
        })
    }
}

fn group_commit(settings: &BookingSettings, database: &Database) -> Option<GroupCommit> {
    let slots =
        || if database.has_one_writer() { BatchSlots::one_in_the_database() } else { BatchSlots::two_at_a_concert() };
    match settings.commit_mode {
        CommitMode::Direct => None,
        CommitMode::Group => Some(GroupCommit {
            slots: slots(),
            limits: BatchLimits::default().with_wait(Duration::from_millis(settings.wait_ms.into())),
        }),
    }
}

/// The configured key, or a random one that is lost when the process ends.
fn signing_key(settings: &Settings, ids: &dyn IdGenerator) -> SecretString {
    if let Some(key) = &settings.auth.signing_key {
        return key.clone();
    }
    let mut bytes = [0_u8; JwtTokens::SECRET_BYTES_MIN];
    ids.fill_random(&mut bytes);
    let hex = bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    hex.into()
}

/// Notifies the modules of this process of committed events.
#[derive(Default)]
pub struct CommitListeners(RwLock<Vec<Arc<dyn CommittedEvents>>>);

impl CommitListeners {
    /// Adds a listener, which is notified after those that were added before.
    pub(super) fn add(&self, listener: Arc<dyn CommittedEvents>) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).push(listener);
    }
}

impl CommittedEvents for CommitListeners {
    fn committed(&self, entries: &[OutboxEntry]) {
        let listeners = self.0.read().unwrap_or_else(PoisonError::into_inner);
        listeners.iter().for_each(|listener| listener.committed(entries));
    }
}
