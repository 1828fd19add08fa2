//! How many connections the system's limit of open files leaves room for.

use boxoffice_adapters::system::raise_open_files_limit;

use crate::settings::Settings;

/// Files that one connection to a SQLite database keeps open: the database, its log, its index. One to a server has a
/// socket.
const FILES_OF_A_DATABASE_CONNECTION: u64 = 3;
/// What else is open: listeners, the admin port's connections, the log, files that are read at the moment. Probes are
/// answered out of it when the public side takes all it may.
const RESERVE: u64 = 192;
/// With room for fewer connections the program does not start.
const CONNECTIONS_MIN: u64 = 64;

/// The system lets this process open too few files.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the limit of open files is {limit}, and {needed} are needed: raise it (ulimit -Hn, LimitNOFILE of systemd)")]
pub struct TooFewOpenFiles {
    limit: u64,
    needed: u64,
}

/// Raises the limit as far as it goes, and returns how many of the connections that the settings ask for it leaves room
/// for.
///
/// # Errors
/// For hardly any.
pub(crate) fn connections_max(settings: &Settings) -> Result<usize, TooFewOpenFiles> {
    let database = u64::from(settings.database.connections_max());
    let (limit, wanted) = (raise_open_files_limit(), u64::from(settings.http.max_connections));
    let connections = connections_within(limit, wanted, RESERVE + FILES_OF_A_DATABASE_CONNECTION * database)?;
    if connections < wanted {
        tracing::warn!(
            limit,
            wanted,
            connections,
            "the limit of open files leaves room for fewer connections than set"
        );
    }
    Ok(usize::try_from(connections).unwrap_or(usize::MAX))
}

fn connections_within(limit: u64, wanted: u64, others: u64) -> Result<u64, TooFewOpenFiles> {
    let possible = wanted.min(limit.saturating_sub(others));
    let least = wanted.min(CONNECTIONS_MIN);
    if possible < least { Err(TooFewOpenFiles { limit, needed: others + least }) } else { Ok(possible) }
}

#[cfg(test)]
mod tests {
    use super::{TooFewOpenFiles, connections_within};

    #[test]
    fn connections_get_what_others_leave() {
        assert_eq!(connections_within(20_000, 10_000, 300), Ok(10_000));
        assert_eq!(connections_within(1_024, 10_000, 300), Ok(724));
        assert_eq!(connections_within(310, 10, 300), Ok(10));
    }

    #[test]
    fn a_limit_that_leaves_room_for_hardly_any_is_refused() {
        assert_eq!(connections_within(256, 10_000, 300), Err(TooFewOpenFiles { limit: 256, needed: 364 }));
        assert_eq!(connections_within(309, 10, 300), Err(TooFewOpenFiles { limit: 309, needed: 310 }));
    }
}
