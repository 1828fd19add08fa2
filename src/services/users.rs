//! Accounts and sessions.

use std::sync::Arc;

use boxoffice_adapters::http::{UseCases, UserUseCases};
use boxoffice_adapters::security::Argon2Hasher;
use boxoffice_domain::users::{Accounts, Sessions, UserQueries};

use super::{Module, ServicesError, Shared};
use crate::settings::Settings;

/// The use cases of accounts and sessions.
#[derive(Clone)]
pub struct UsersModule {
    /// Registration and accounts.
    pub accounts: Arc<Accounts>,
    /// Log-ins.
    pub sessions: Arc<Sessions>,
    /// Users as they are stored.
    pub users: Arc<dyn UserQueries>,
}

impl UsersModule {
    pub(super) fn build(settings: &Settings, shared: &Shared) -> Result<Self, ServicesError> {
        let Shared { database, store, clock, ids, .. } = shared;
        let hasher = Arc::new(Argon2Hasher::new(settings.auth.password_cost(), ids.clone())?);
        let accounts = Accounts::new(store.clone(), database.clone(), hasher.clone(), clock.clone(), ids.clone());
        let sessions = Sessions::new(
            store.clone(),
            database.clone(),
            hasher,
            shared.token_issuer.clone(),
            clock.clone(),
            ids.clone(),
            settings.auth.session_lifetimes(),
        );
        Ok(Self { accounts: Arc::new(accounts), sessions: Arc::new(sessions), users: database.clone() })
    }
}

impl Module for UsersModule {
    fn add_use_cases(&self, served: &mut UseCases) {
        served.users = Some(UserUseCases { accounts: self.accounts.clone(), sessions: self.sessions.clone() });
    }
}
