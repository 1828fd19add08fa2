//! Hashing and checking of passwords. Argon2id is slow and takes much memory on purpose, and rating a password's
//! strength takes long as well, so all of it runs on the blocking pool, a few at a time.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread::available_parallelism;

use argon2::password_hash::phc::PasswordHash as Phc;
use argon2::password_hash::{Error, PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use async_trait::async_trait;
use boxoffice_domain::shared::IdGenerator;
use boxoffice_domain::users::{HasherError, Password, PasswordHash, PasswordHasher, PasswordStrength, SecurityError};
use tokio::task::spawn_blocking;

use super::fair_queue::{FairQueue, QueueFull};
use crate::client_disconnect::{client_gone, client_network};

const SALT_BYTES: usize = 16;

/// The longest word, in letters, that stays easy to guess with digits and signs around it.
const DECORATED_WORD_LETTERS_MAX: usize = 7;

/// The number of characters of a new password whose strength is rated.
const JUDGED_CHARACTERS_MAX: usize = 32;

/// How many passwords may wait for each worker. At 14 ms a password the last one waits for a second; clients do not
/// wait much longer.
const WAITING_MAX_PER_WORKER: usize = 64;

/// The cost of one hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Argon2Cost {
    /// Memory in KiB, at least 8 a lane.
    pub memory_kib: u32,
    /// Passes over the memory, at least 1.
    pub passes: u32,
    /// Lanes, at least 1.
    pub lanes: u32,
}

impl Argon2Cost {
    /// The recommendation of OWASP: 19 MiB, 2 passes, 1 lane.
    pub const RECOMMENDED: Self = Self { memory_kib: 19 * 1024, passes: 2, lanes: 1 };
    /// The lowest cost that Argon2 allows: for tests of other things.
    pub const LEAST: Self = Self { memory_kib: 8, passes: 1, lanes: 1 };
}

impl Default for Argon2Cost {
    fn default() -> Self {
        Self::RECOMMENDED
    }
}

/// Hashes passwords on all cores but one.
pub struct Argon2Hasher {
    argon2: Argon2<'static>,
    /// The hash to check against when the account does not exist, so that the time taken does not tell.
    unknown_account: PasswordHash,
    queue: FairQueue,
    ids: Arc<dyn IdGenerator>,
}

impl Argon2Hasher {
    /// A hasher of this cost, with salts from `ids`. Computes one hash before it returns.
    ///
    /// # Errors
    /// Returns [`SecurityError`] when the cost is out of bounds.
    pub fn new(cost: Argon2Cost, ids: Arc<dyn IdGenerator>) -> Result<Self, SecurityError> {
        let cores = available_parallelism().map_or(1, NonZeroUsize::get);
        let workers = cores.saturating_sub(1).max(1);
        Self::with_bounds(cost, ids, workers, workers * WAITING_MAX_PER_WORKER)
    }

    fn with_bounds(
        cost: Argon2Cost,
        ids: Arc<dyn IdGenerator>,
        workers: usize,
        waiting_max: usize,
    ) -> Result<Self, SecurityError> {
        let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, None)
            .map_err(|error| SecurityError(format!("the cost of hashing passwords is out of bounds: {error}")))?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let mut password = [0; SALT_BYTES];
        ids.fill_random(&mut password);
        let unknown_account = hash(&argon2, &password, salt(ids.as_ref()))?;
        Ok(Self { argon2, unknown_account, queue: FairQueue::new(workers, waiting_max), ids })
    }

    /// Runs `work` when the queue grants its client a slot. A client that disconnects before that leaves the queue.
    /// Work that has begun is finished although its client disconnects, and keeps its slot: otherwise a client that
    /// disconnects again and again could start any number.
    #[expect(clippy::disallowed_methods, reason = "the queue bounds how many of these run and wait")]
    async fn run_queued<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Argon2<'static>) -> Result<T, SecurityError> + Send + 'static,
    ) -> Result<T, HasherError> {
        let slot = tokio::select! {
            biased;
            slot = self.queue.acquire(client_network()) => slot.map_err(|QueueFull| HasherError::Busy)?,
            () = client_gone() => return Err(HasherError::Busy),
        };
        let argon2 = self.argon2.clone();
        let running = spawn_blocking(move || {
            let outcome = work(&argon2);
            drop(slot);
            outcome
        });
        Ok(running.await.map_err(|error| SecurityError(error.to_string()))??)
    }
}

fn salt(ids: &dyn IdGenerator) -> [u8; SALT_BYTES] {
    let mut salt = [0; SALT_BYTES];
    ids.fill_random(&mut salt);
    salt
}

#[expect(clippy::disallowed_methods, reason = "it runs on the blocking pool, bounded by the queue")]
fn hash(argon2: &Argon2<'_>, password: &[u8], salt: [u8; SALT_BYTES]) -> Result<PasswordHash, SecurityError> {
    let hashed = argon2.hash_password_with_salt(password, &salt).map_err(|error| broken(&error))?;
    Ok(PasswordHash::new(hashed.to_string()))
}

#[expect(clippy::disallowed_methods, reason = "it runs on the blocking pool, bounded by the queue")]
fn verify(argon2: &Argon2<'_>, password: &Password, hash: &PasswordHash) -> Result<bool, SecurityError> {
    let hash = Phc::new(hash.expose()).map_err(|error| SecurityError(format!("a stored hash is broken: {error}")))?;
    for text in [Some(password.expose()), password.expose_as_typed()].into_iter().flatten() {
        match argon2.verify_password(text.as_bytes(), &hash) {
            Ok(()) => return Ok(true),
            Err(Error::PasswordInvalid) => {}
            Err(error) => return Err(broken(&error)),
        }
    }
    Ok(false)
}

/// Only the first [`JUDGED_CHARACTERS_MAX`] characters are rated: the work grows faster than the text, and a prefix
/// that is hard to guess makes the whole password hard to guess.
#[expect(clippy::disallowed_methods, reason = "it runs on the blocking pool, bounded by the queue")]
fn strength(password: &Password, hints: &[String]) -> PasswordStrength {
    let judged: String = password.expose().chars().take(JUDGED_CHARACTERS_MAX).collect();
    if is_a_decorated_word(&judged) {
        return PasswordStrength::WEAKEST;
    }
    let hints: Vec<&str> = hints.iter().map(String::as_str).collect();
    PasswordStrength::from_score(zxcvbn::zxcvbn(&judged, &hints).score().into())
}

/// Whether it is a short word of any language with digits and signs around it, such as `Sommer2026!`. zxcvbn knows
/// English words only.
fn is_a_decorated_word(password: &str) -> bool {
    let word = password.trim_matches(|c: char| !c.is_alphabetic());
    word.chars().count() <= DECORATED_WORD_LETTERS_MAX && word.chars().all(char::is_alphabetic)
}

fn broken(error: &Error) -> SecurityError {
    SecurityError(format!("argon2 failed: {error}"))
}

#[async_trait]
impl PasswordHasher for Argon2Hasher {
    async fn strength(&self, password: Password, hints: Vec<String>) -> Result<PasswordStrength, HasherError> {
        self.run_queued(move |_| Ok(strength(&password, &hints))).await
    }

    async fn hash(&self, password: Password) -> Result<PasswordHash, HasherError> {
        let salt = salt(self.ids.as_ref());
        self.run_queued(move |argon2| hash(argon2, password.expose().as_bytes(), salt)).await
    }

    async fn verify(&self, password: Password, hash: Option<PasswordHash>) -> Result<bool, HasherError> {
        let unknown_account = self.unknown_account.clone();
        self.run_queued(move |argon2| match hash {
            Some(hash) => verify(argon2, &password, &hash),
            None => verify(argon2, &password, &unknown_account).map(|_| false),
        })
        .await
    }
}

impl fmt::Debug for Argon2Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Argon2Hasher").field("params", self.argon2.params()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use boxoffice_domain::users::{HasherError, Password, PasswordHash, PasswordHasher, PasswordStrength};
    use boxoffice_testing::SequentialIds;
    use tokio::task::yield_now;

    use super::{Argon2Cost, Argon2Hasher};
    use crate::client_disconnect::with_client;

    fn hasher(workers: usize, waiting_max: usize) -> Argon2Hasher {
        Argon2Hasher::with_bounds(Argon2Cost::LEAST, Arc::new(SequentialIds::new()), workers, waiting_max).unwrap()
    }

    fn password(text: &str) -> Password {
        Password::offered(text).unwrap()
    }

    #[tokio::test]
    async fn a_hash_verifies_its_own_password_only() {
        let hasher = hasher(1, 1);
        let hash = hasher.hash(password("velvet otter")).await.unwrap();
        assert!(hash.expose().starts_with("$argon2id$v=19$m=8,t=1,p=1$"));
        assert!(hasher.verify(password("velvet otter"), Some(hash.clone())).await.unwrap());
        assert!(!hasher.verify(password("velvet otteR"), Some(hash.clone())).await.unwrap());
        let again = hasher.hash(password("velvet otter")).await.unwrap();
        assert!(again != hash, "each hash has a salt of its own");
    }

    #[tokio::test]
    async fn a_hash_of_the_unnormalised_password_still_verifies() {
        let hasher = hasher(1, 1);
        let decomposed = "cafe\u{301} harbour 12";
        let old = super::hash(&hasher.argon2, decomposed.as_bytes(), [7; super::SALT_BYTES]).unwrap();
        assert!(hasher.verify(password(decomposed), Some(old.clone())).await.unwrap());
        let new = hasher.hash(password(decomposed)).await.unwrap();
        assert!(hasher.verify(password("caf\u{e9} harbour 12"), Some(new)).await.unwrap());
        assert!(!hasher.verify(password("caf\u{e9} harbour 13"), Some(old)).await.unwrap());
    }

    #[tokio::test]
    async fn no_password_verifies_without_an_account() {
        let hasher = hasher(1, 1);
        assert!(!hasher.verify(password(""), None).await.unwrap());
        assert!(!hasher.verify(password("velvet otter"), None).await.unwrap());
    }

    #[tokio::test]
    async fn hashes_of_another_cost_still_verify() {
        let cost = Argon2Cost { memory_kib: 32, passes: 2, lanes: 2 };
        let other = Argon2Hasher::new(cost, Arc::new(SequentialIds::new())).unwrap();
        let hash = other.hash(password("velvet otter")).await.unwrap();
        assert!(hash.expose().contains("m=32,t=2,p=2"));
        assert!(hasher(1, 1).verify(password("velvet otter"), Some(hash)).await.unwrap());
    }

    #[tokio::test]
    async fn a_broken_stored_hash_is_an_error() {
        let hasher = hasher(1, 1);
        for stored in ["", "secret", "$argon2id$v=19$m=8,t=1,p=1$AAAA"] {
            let outcome = hasher.verify(password("secret"), Some(PasswordHash::new(stored.to_owned()))).await;
            assert!(matches!(outcome, Err(HasherError::Broken(_))), "{stored}: {outcome:?}");
        }
    }

    #[test]
    fn a_cost_out_of_bounds_is_refused() {
        let cost = Argon2Cost { memory_kib: 7, ..Argon2Cost::LEAST };
        assert!(Argon2Hasher::new(cost, Arc::new(SequentialIds::new())).is_err());
    }

    #[tokio::test]
    async fn easy_passwords_are_told_from_good_ones() {
        let hasher = hasher(1, 1);
        let hints = ["margarethe", "margarethe@example.com", "boxoffice"].map(str::to_owned);
        let strength = async |text: &str| hasher.strength(password(text), hints.to_vec()).await.unwrap();
        let easy = ["password12", "aaaaaaaaaaaaaaaa", "margarethe1", "margarethe"];
        let of_the_season =
            ["summer2026!", "boxoffice2026", "correcthorse", "Sommer2026!", "musik2026!!", "2026konser2026"];
        for text in easy.into_iter().chain(of_the_season) {
            assert!(strength(text).await < PasswordStrength::REQUIRED, "{text}");
        }
        assert!(strength("velvet otter harbour 9").await >= PasswordStrength::REQUIRED);
        assert!(strength(&"velvet otter harbour 9".repeat(5)).await >= PasswordStrength::REQUIRED);
    }

    #[tokio::test]
    async fn a_full_queue_refuses_at_once() {
        let hasher = Arc::new(hasher(1, 2));
        let slot = hasher.queue.acquire(None).await.unwrap();
        let waiting: Vec<_> = (0..2)
            .map(|_| {
                let hasher = hasher.clone();
                tokio::spawn(async move { hasher.hash(password("velvet otter")).await })
            })
            .collect();
        while hasher.queue.waiting() < 2 {
            yield_now().await;
        }
        assert!(matches!(hasher.hash(password("velvet otter")).await, Err(HasherError::Busy)));
        assert!(matches!(hasher.verify(password("velvet otter"), None).await, Err(HasherError::Busy)));
        assert!(matches!(hasher.strength(password("velvet otter"), Vec::new()).await, Err(HasherError::Busy)));
        drop(slot);
        for task in waiting {
            task.await.unwrap().unwrap();
        }
        hasher.hash(password("velvet otter")).await.unwrap();
    }

    #[tokio::test]
    async fn a_client_that_disconnects_while_waiting_leaves_the_queue() {
        let hasher = Arc::new(hasher(1, 1));
        let slot = hasher.queue.acquire(None).await.unwrap();
        let (work, client) = with_client(None, {
            let hasher = hasher.clone();
            async move { hasher.hash(password("velvet otter")).await }
        });
        let waiting = tokio::spawn(work);
        while hasher.queue.waiting() == 0 {
            yield_now().await;
        }
        drop(client);
        assert!(matches!(waiting.await.unwrap(), Err(HasherError::Busy)));
        assert_eq!(hasher.queue.waiting(), 0);
        drop(slot);
        hasher.hash(password("velvet otter")).await.unwrap();
    }

    #[tokio::test]
    async fn work_that_has_begun_keeps_its_slot_when_its_client_disconnects() {
        let hasher = hasher(1, 0);
        let (began, has_begun) = std::sync::mpsc::channel();
        let (finish, is_to_finish) = std::sync::mpsc::channel();
        let (work, client) = with_client(
            None,
            hasher.run_queued(move |_| {
                began.send(()).unwrap();
                is_to_finish.recv().unwrap();
                Ok(())
            }),
        );
        let mut work = Box::pin(work);
        assert!(futures_util::poll!(&mut work).is_pending());
        has_begun.recv().unwrap();
        drop((client, work));
        assert!(matches!(hasher.hash(password("velvet otter")).await, Err(HasherError::Busy)));
        finish.send(()).unwrap();
        while matches!(hasher.hash(password("velvet otter")).await, Err(HasherError::Busy)) {
            yield_now().await;
        }
    }
}
