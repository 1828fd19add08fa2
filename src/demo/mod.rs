//! Concerts and accounts to try things out with, written by the same use cases that people use. Writing them again
//! finds them there.

mod venues;

use boxoffice_domain::concerts::{
    ConcertSearch, ConcertStatus, ConcertStatusError, CreateConcertError, ListConcertsError, NewConcert,
};
use boxoffice_domain::shared::{Actor, PageLimit, Role, StoreError, Timestamp};
use boxoffice_domain::users::{ChangeUser, ChangeUserError, RegisterError, RegisterUser, User};

use crate::services::Services;

/// An account of the demo; everybody may know its password, so it must not exist where real tickets are sold.
#[derive(Debug, Clone, Copy)]
pub struct DemoAccount {
    /// The name to log in with.
    pub username: &'static str,
    /// The password.
    pub password: &'static str,
    /// What it may do.
    pub role: Role,
}

/// One account of each role.
pub const ACCOUNTS: [DemoAccount; 3] = [FAN, MANAGER, ADMIN];

const FAN: DemoAccount = DemoAccount { username: "fan", password: "encore-until-midnight", role: Role::User };
const MANAGER: DemoAccount =
    DemoAccount { username: "manager", password: "curtain-rises-at-eight", role: Role::Manager };
const ADMIN: DemoAccount = DemoAccount { username: "admin", password: "keys-to-the-stage-door", role: Role::Admin };

/// Why the demo data could not be written.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// An account could not be opened.
    #[error("the account {username} could not be opened")]
    Register {
        /// Whose.
        username: &'static str,
        /// Why.
        source: RegisterError,
    },
    /// Somebody else has the name or the address of a demo account.
    #[error("the account {0} belongs to somebody else")]
    Foreign(&'static str),
    /// An account did not get its role.
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
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Writes what is missing of the demo: three accounts, and three concerts on sale that begin weeks from now.
///
/// # Errors
/// [`DemoError`]; what was written before stays, and the next call goes on from there.
pub async fn write(services: &Services) -> Result<(), DemoError> {
    let admin = acting_as(&account(services, ADMIN).await?);
    let manager = account(services, MANAGER).await?;
    if manager.role < Role::Manager {
        let promotion = ChangeUser { role: Some(Role::Manager), status: None };
        services.accounts.change(&admin, manager.id, promotion).await?;
    }
    account(services, FAN).await?;

    let manager = Actor::User { id: manager.id, role: Role::Manager };
    let now = services.clock.now();
    for concert in [venues::stadium(now), venues::theatre(now), venues::club(now)] {
        put_on_sale(services, &manager, now, concert).await?;
    }
    Ok(())
}

/// The account, opened now if it is not there.
async fn account(services: &Services, account: DemoAccount) -> Result<User, DemoError> {
    let DemoAccount { username, password, role } = account;
    if let Some(user) = services.users.find_by_login(username).await? {
        return Ok(user);
    }
    let command = RegisterUser {
        username: username.to_owned(),
        email: format!("{username}@boxoffice.example"),
        password: password.to_owned(),
    };
    let opened = match role {
        Role::Admin => services.accounts.create_admin(command).await,
        Role::User | Role::Manager => services.accounts.register(&Actor::System, command).await,
    };
    opened.map_err(|source| DemoError::Register { username, source })?;
    services.users.find_by_login(username).await?.ok_or(DemoError::Foreign(username))
}

fn acting_as(user: &User) -> Actor {
    Actor::User { id: user.id, role: user.role }
}

/// Creates and publishes a concert unless the manager has one of that name that is still to come.
async fn put_on_sale(
    services: &Services,
    manager: &Actor,
    now: Timestamp,
    concert: NewConcert,
) -> Result<(), DemoError> {
    let search =
        ConcertSearch { artist: Some(concert.artist.clone()), from: Some(now), mine: true, ..ConcertSearch::default() };
    let page = services.catalogue.list(manager, search, None, PageLimit::DEFAULT).await?;
    let there = page.items.into_iter().map(|summary| summary.concert).find(|there| there.details.name == concert.name);
    let (id, status) = match there {
        Some(there) => (there.id, there.status),
        None => {
            let created = services.concerts.create(manager, concert).await?.concert;
            (created.id, created.status)
        }
    };
    if status == ConcertStatus::Draft {
        services.concerts.publish(manager, id).await?;
    }
    Ok(())
}
