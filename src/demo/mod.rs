//! Demo concerts and accounts, written through the use cases that people use. A second run finds the existing data.

mod clock;
mod sales;
mod venues;

use std::sync::Arc;

use boxoffice_adapters::db::Database;
use boxoffice_adapters::system::SystemClock;
use boxoffice_domain::concerts::{
    ConcertSearch, ConcertStatus, ConcertStatusError, CreateConcertError, ListConcertsError, NewConcert,
};
use boxoffice_domain::shared::{Actor, Clock, ConcertId, PageLimit, Role, StoreError, Timestamp};
use boxoffice_domain::users::{ChangeUser, ChangeUserError, RegisterError, RegisterUser, User};
use futures_util::future::try_join_all;

use crate::services::{Modules, ServicesError};
use crate::settings::Settings;
use clock::DemoClock;
use sales::Demand;

/// A demo account. Its password is public, so it must not exist where real tickets are sold.
#[derive(Debug, Clone, Copy)]
pub struct DemoAccount {
    /// The name to log in with.
    pub username: &'static str,
    /// The password.
    pub password: &'static str,
    /// Its role.
    pub role: Role,
}

/// One account per role.
pub const ACCOUNTS: [DemoAccount; 3] = [FAN, MANAGER, ADMIN];

const FAN: DemoAccount = DemoAccount { username: "fan", password: "encore-until-midnight", role: Role::User };
const MANAGER: DemoAccount =
    DemoAccount { username: "manager", password: "curtain-rises-at-eight", role: Role::Manager };
const ADMIN: DemoAccount = DemoAccount { username: "admin", password: "keys-to-the-stage-door", role: Role::Admin };

/// The accounts that have already bought tickets. They all have the fan's password.
const CUSTOMERS: [&str; 20] = [
    "agus", "ayu", "bagus", "bayu", "citra", "dewi", "dian", "eka", "fajar", "gita", "hana", "indra", "joko",
    "kartika", "lestari", "maya", "nanda", "putri", "rama", "sari",
];

/// How long before the sale the accounts and concerts were created, in seconds.
const PREPARING_SECONDS: i64 = 24 * 60 * 60;

/// Why the demo data could not be written.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The use cases cannot be built for the demo's past.
    #[error(transparent)]
    Services(#[from] ServicesError),
    /// An account could not be registered.
    #[error("the account {username} could not be opened")]
    Register {
        /// The username of the account.
        username: &'static str,
        /// The reason.
        source: RegisterError,
    },
    /// The name or address of a demo account is already taken.
    #[error("the account {0} belongs to another user")]
    Foreign(&'static str),
    /// The role of an account could not be changed.
    #[error("a demo account did not get its role")]
    Role(#[from] ChangeUserError),
    /// The concerts could not be listed.
    #[error("the concerts of the demo could not be listed")]
    List(#[from] ListConcertsError),
    /// A concert could not be created.
    #[error("a concert of the demo could not be created")]
    Create(#[from] CreateConcertError),
    /// A concert could not be put on sale.
    #[error("a concert of the demo could not be put on sale")]
    Publish(#[from] ConcertStatusError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Writes the missing demo data: accounts, and three concerts that start in some weeks and have been on sale for some
/// days. Past sales are only added to a concert when it is created.
///
/// # Errors
/// Returns [`DemoError`]. Data that was already written stays, and the next call continues from there.
pub async fn write(settings: &Settings, database: &Arc<Database>) -> Result<(), DemoError> {
    let now = SystemClock.now();
    let clock = Arc::new(DemoClock::at(sales::opening(now).plus_seconds(-PREPARING_SECONDS)));
    let mut settings = settings.clone();
    // What was paid in the past is not waited for.
    settings.payments.sandbox_latency_ms = 0;
    let past = Modules::over(&settings, database.clone(), clock.clone())?;

    let admin = acting_as(&account(&past, ADMIN).await?);
    let manager = account(&past, MANAGER).await?;
    if manager.role < Role::Manager {
        let promotion = ChangeUser { role: Some(Role::Manager), status: None };
        past.users.accounts.change(&admin, manager.id, promotion).await?;
    }
    account(&past, FAN).await?;
    let customers = CUSTOMERS.map(|username| account(&past, DemoAccount { username, ..FAN }));
    let customers: Vec<Actor> = try_join_all(customers).await?.iter().map(acting_as).collect();

    let manager = Actor::User { id: manager.id, role: Role::Manager };
    let mut demands = Vec::new();
    for (concert, sections, share, has_students) in [
        (venues::stadium(now), venues::STADIUM_FAVOURITES, 1, true),
        (venues::theatre(now), venues::THEATRE_FAVOURITES, 2, true),
        (venues::club(now), venues::CLUB_FAVOURITES, 3, false),
    ] {
        let created = put_on_sale(&past, &manager, now, concert).await?;
        demands.extend(created.map(|concert| Demand { concert, sections, share, has_students }));
    }
    Ok(sales::sell(&past, &clock, now, &customers, &demands).await?)
}

/// The account. It is registered if it does not exist.
async fn account(modules: &Modules, account: DemoAccount) -> Result<User, DemoError> {
    let DemoAccount { username, password, role } = account;
    if let Some(user) = modules.users.users.find_by_login(username).await? {
        return Ok(user);
    }
    let command = RegisterUser {
        username: username.to_owned(),
        email: format!("{username}@boxoffice.example"),
        password: password.to_owned(),
    };
    let opened = match role {
        Role::Admin => modules.users.accounts.create_admin(command).await,
        Role::User | Role::Manager => modules.users.accounts.register(&Actor::System, command).await,
    };
    opened.map_err(|source| DemoError::Register { username, source })?;
    modules.users.users.find_by_login(username).await?.ok_or(DemoError::Foreign(username))
}

fn acting_as(user: &User) -> Actor {
    Actor::User { id: user.id, role: user.role }
}

/// Creates and publishes a concert unless the manager has a future concert of that name. Returns the id of a created
/// one.
async fn put_on_sale(
    modules: &Modules,
    manager: &Actor,
    now: Timestamp,
    concert: NewConcert,
) -> Result<Option<ConcertId>, DemoError> {
    let search =
        ConcertSearch { artist: Some(concert.artist.clone()), from: Some(now), mine: true, ..ConcertSearch::default() };
    let page = modules.concerts.catalogue.list(manager, search, None, PageLimit::DEFAULT).await?;
    let there = page.items.into_iter().map(|summary| summary.concert).find(|there| there.details.name == concert.name);
    let (id, status, is_new) = match there {
        Some(there) => (there.id, there.status, false),
        None => {
            let created = modules.concerts.concerts.create(manager, concert, None).await?.view.concert;
            (created.id, created.status, true)
        }
    };
    if status == ConcertStatus::Draft {
        modules.concerts.concerts.publish(manager, id).await?;
    }
    Ok(is_new.then_some(id))
}
