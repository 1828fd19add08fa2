//! Everybody who comes: their accounts and tokens are made before the clock starts.
//!
//! Registering hashes a password, which takes 14 ms on purpose. Here accounts are written through the product's own store,
//! with the same rows and events as if they had registered, and tokens are signed by the product's own code with the
//! configured key.

use std::sync::Arc;

use boxoffice_adapters::db::Database as Tables;
use boxoffice_adapters::db::settings::DatabaseConfig;
use boxoffice_adapters::security::JwtTokens;
use boxoffice_adapters::system::{SystemClock, SystemIds};
use boxoffice_domain::events::{Aggregate, Event, EventPayload, OutboxEntry, Stream};
use boxoffice_domain::shared::{Actor, Clock, IdGenerator, Role, UserId};
use boxoffice_domain::store::{CommittedEvents, Store};
use boxoffice_domain::users::{AccessTokens, Email, User, UserStatus, Username};

use super::Database;
use super::shop::SIGNING_KEY;
use crate::Failure;

/// Accounts written in one unit.
const ACCOUNTS_A_UNIT: usize = 500;
/// Tokens outlive every scenario.
const TOKEN_SECONDS: u32 = 86_400;

/// Access tokens.
pub(crate) struct People {
    /// Of somebody who may sell concerts.
    pub(crate) manager: String,
    /// Of those who buy.
    fans: Vec<String>,
}

/// Nobody listens.
struct Silence;

impl CommittedEvents for Silence {
    fn committed(&self, _: &[OutboxEntry]) {}
}

impl People {
    /// Nobody yet.
    pub(crate) const fn nobody() -> Self {
        Self { manager: String::new(), fans: Vec::new() }
    }

    /// A manager and so many fans, on a migrated database.
    pub(crate) async fn register(database: &Database, fans: usize) -> Result<Self, Failure> {
        let clock = Arc::new(SystemClock);
        let ids: Arc<dyn IdGenerator> = Arc::new(SystemIds::new(clock.clone()));
        let tables = Tables::open(&DatabaseConfig::new(database.url.clone()))?;
        let store = tables.store(Arc::new(Silence), Arc::clone(&ids));
        let tokens = JwtTokens::new(&SIGNING_KEY.to_owned().into(), TOKEN_SECONDS)?;

        let manager = account("the-manager", Role::Manager, ids.as_ref());
        let mut everybody = vec![manager];
        everybody.extend((0..fans).map(|number| account(&format!("fan-{number}"), Role::User, ids.as_ref())));
        for users in everybody.chunks(ACCOUNTS_A_UNIT) {
            let mut unit = store.begin().await?;
            for user in users {
                unit.users().add(user).await?;
            }
            for user in users {
                unit.outbox().append(registered(user, ids.as_ref())).await?;
            }
            unit.commit().await?;
        }
        let now = clock.now();
        let mut tokens = everybody.iter().map(|user| Ok(tokens.issue(user, now)?.token));
        let manager = tokens.next().ok_or("nobody was registered")??;
        Ok(Self { manager, fans: tokens.collect::<Result<_, Failure>>()? })
    }

    /// The token of one of the fans; fans take turns.
    pub(crate) fn fan(&self, number: u32) -> &str {
        let count = self.fans.len().max(1);
        let turn = usize::try_from(number).unwrap_or(0).checked_rem(count).unwrap_or(0);
        self.fans.get(turn).map_or("", String::as_str)
    }
}

fn account(name: &str, role: Role, ids: &dyn IdGenerator) -> User {
    let now = SystemClock.now();
    User {
        id: UserId::generate(ids),
        username: Username::from_stored(name.to_owned()),
        email: Email::from_stored(format!("{name}@example.com")),
        password_hash: None,
        role,
        status: UserStatus::Active,
        version: 1,
        created_at: now,
        updated_at: now,
    }
}

fn registered(user: &User, ids: &dyn IdGenerator) -> OutboxEntry {
    let payload = EventPayload::UserRegistered { role: user.role };
    let event = Event::new(ids, user.created_at, Actor::System, Aggregate::User(user.id), user.version, payload);
    OutboxEntry::of(Stream::User(user.id), user.version, event)
}
