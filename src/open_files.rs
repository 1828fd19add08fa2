//! The number of connections that the system's limit of open files permits.

use boxoffice_adapters::system::raise_open_files_limit;

use crate::settings::Settings;

/// Files that one SQLite connection keeps open: the database, its log and its index. A connection to a database server
/// needs one socket.
const FILES_OF_A_DATABASE_CONNECTION: u64 = 3;
/// Other open files: listeners, the admin port's connections, the log, files that are being read. Because of this
/// reserve, probes are answered even when the public side uses its whole share.
const RESERVE: u64 = 192;
/// The program does not start if fewer connections are possible.
const CONNECTIONS_MIN: u64 = 64;

/// The system's limit of open files is too low.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the limit of open files is {limit}, and {needed} are needed: raise it (ulimit -Hn, LimitNOFILE of systemd)")]
pub struct TooFewOpenFiles {
    limit: u64,
    needed: u64,
}

/// Raises the limit as far as possible, and returns how many of the configured connections it permits.
///
/// # Errors
/// Returns [`TooFewOpenFiles`] if it permits fewer than [`CONNECTIONS_MIN`], or fewer than configured if that is less.
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
    fn connections_get_the_remaining_files() {
        assert_eq!(connections_within(20_000, 10_000, 300), Ok(10_000));
        assert_eq!(connections_within(1_024, 10_000, 300), Ok(724));
        assert_eq!(connections_within(310, 10, 300), Ok(10));
    }

    #[test]
    fn a_limit_with_too_few_connections_is_refused() {
        assert_eq!(connections_within(256, 10_000, 300), Err(TooFewOpenFiles { limit: 256, needed: 364 }));
        assert_eq!(connections_within(309, 10, 300), Err(TooFewOpenFiles { limit: 309, needed: 310 }));
    }
}
