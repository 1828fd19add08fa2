//! The users of a benchmark. Their accounts and tokens are created before the clock starts.
//!
//! Registering hashes a password, which takes 14 ms on purpose. Here the product's own store writes the accounts, and the
//! product's own code signs the tokens with the configured key. No event registers these users, because the reference may
//! store events differently. Their version, which counts their events, is therefore 0.

use std::sync::Arc;

use boxoffice_adapters::db::Database as Tables;
use boxoffice_adapters::db::settings::DatabaseConfig;
use boxoffice_adapters::security::JwtTokens;
use boxoffice_adapters::system::{SystemClock, SystemIds};
use boxoffice_domain::events::{CommittedEvents, OutboxEntry};
use boxoffice_domain::shared::{Clock, IdGenerator, Role, UserId};
use boxoffice_domain::store::Store;
use boxoffice_domain::users::{AccessTokens, Email, User, UserStatus, UserUnit, Username};

use super::Database;
use super::shop::SIGNING_KEY;
use crate::Failure;

/// The number of accounts per unit.
const ACCOUNTS_A_UNIT: usize = 500;
/// The lifetime of the tokens, longer than every scenario.
const TOKEN_SECONDS: u32 = 86_400;

/// Access tokens.
pub(crate) struct Users {
    /// The token of a manager.
    pub(crate) manager: String,
    /// The tokens of the customers.
    fans: Vec<String>,
}

/// Ignores committed events.
struct NoListeners;

impl CommittedEvents for NoListeners {
    fn committed(&self, _: &[OutboxEntry]) {}
}

impl Users {
    /// No users.
    pub(crate) const fn none() -> Self {
        Self { manager: String::new(), fans: Vec::new() }
    }

    /// Creates a manager and fans, on a migrated database.
    pub(crate) async fn register(database: &Database, fans: usize) -> Result<Self, Failure> {
        let clock = Arc::new(SystemClock);
        let ids: Arc<dyn IdGenerator> = Arc::new(SystemIds::new(clock.clone()));
        let tables = Tables::open(&DatabaseConfig::new(database.url.clone()))?;
        let store = tables.store(Arc::new(NoListeners), Arc::clone(&ids));
        let tokens = tokens()?;

        let manager = account("the-manager", Role::Manager, ids.as_ref());
        let mut all_users = vec![manager];
        all_users.extend((0..fans).map(|number| account(&format!("fan-{number}"), Role::User, ids.as_ref())));
        for users in all_users.chunks(ACCOUNTS_A_UNIT) {
            let mut unit = Store::<dyn UserUnit>::begin(&store).await?;
            for user in users {
                unit.users().add(user).await?;
            }
            unit.commit().await?;
        }
        let now = clock.now();
        let mut tokens = all_users.iter().map(|user| Ok(tokens.issue(user, now)?.token));
        let manager = tokens.next().ok_or("no user was registered")??;
        Ok(Self { manager, fans: tokens.collect::<Result<_, Failure>>()? })
    }

    /// The token of a fan. The numbers alternate between the fans.
    pub(crate) fn fan(&self, number: u32) -> &str {
        let count = self.fans.len().max(1);
        let index = usize::try_from(number).unwrap_or(0).checked_rem(count).unwrap_or(0);
        self.fans.get(index).map_or("", String::as_str)
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
        version: 0,
        created_at: now,
        updated_at: now,
    }
}

/// The tokens that the product signs and accepts.
pub(super) fn tokens() -> Result<JwtTokens, Failure> {
    Ok(JwtTokens::new(&SIGNING_KEY.to_owned().into(), TOKEN_SECONDS)?)
}
