//! The pools of one installation.

use boxoffice_domain::shared::StoreError;
use diesel::result::QueryResult;
use secrecy::SecretString;

use super::connection_pool::{ConnectionPool, Connections, PoolUsage};
use super::database_file::DatabaseFile;
use super::mysql;
use super::open_error::OpenError;
use super::query::SendQuery;
use super::replica::Replica;
use super::sqlite::{SqliteReaders, SqliteWriter};
use super::sqlite_connection;
use crate::db::conn::Conn;
use crate::db::errors::unavailable;
use crate::db::settings::{DatabaseConfig, Location, UrlFault};

/// The largest SQLite file, in bytes, that is read completely before the program serves requests. This takes a second
/// or two on a slow disk.
const INSPECTED_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// The pools of one installation, named by their purpose.
pub(in crate::db) struct Pools {
    /// For units of work.
    pub(in crate::db) units: ConnectionPool,
    /// For reads that must see every committed unit.
    pub(in crate::db) reads: ConnectionPool,
    /// For reads that may lag a little. `None` without a replica.
    replica: Option<Replica>,
}

impl Pools {
    /// Opens no connection yet. Only the folder and file of an SQLite database are created.
    pub(in crate::db) fn open(config: &DatabaseConfig) -> Result<Self, OpenError> {
        match config.location()? {
            Location::MySql(url) => {
                let pool = |purpose, url: &SecretString, size| {
                    Ok::<_, OpenError>(ConnectionPool {
                        purpose,
                        connections: Connections::MySql(mysql::pool(url, size, config)?),
                    })
                };
                let replica = match &config.replica_url {
                    None => None,
                    Some(url) => match Location::parse(url)? {
                        Location::MySql(url) => Some(Replica::new(pool("replica", &url, config.read_connections)?)),
                        Location::Sqlite(_) => return Err(UrlFault::ReplicaNeedsMySql.into()),
                    },
                };
                Ok(Self {
                    units: pool("units", &url, config.unit_connections)?,
                    reads: pool("reads", &url, config.read_connections)?,
                    replica,
                })
            }
            Location::Sqlite(_) if config.replica_url.is_some() => Err(UrlFault::ReplicaNeedsMySql.into()),
            Location::Sqlite(path) => {
                sqlite_connection::create(&path).map_err(OpenError::File)?;
                let file = DatabaseFile::at(&path).map_err(OpenError::File)?;
                Ok(Self {
                    units: ConnectionPool {
                        purpose: "units",
                        connections: Connections::Writer(SqliteWriter::new(&path, config, file.clone())),
                    },
                    reads: ConnectionPool {
                        purpose: "reads",
                        connections: Connections::Readers(SqliteReaders::new(&path, config, file)),
                    },
                    replica: None,
                })
            }
        }
    }

    /// Runs a query whose result may lag a little: on the replica, or on the primary if there is no replica or it
    /// fails. Do not base a decision on the result, and do not use it to show callers a change that they have just
    /// made.
    pub(in crate::db) async fn read_lagging<T, Q>(&self, query: Q) -> Result<T, StoreError>
    where
        Q: AsyncFn(&mut Conn) -> QueryResult<T> + for<'c> SendQuery<'c, T>,
    {
        if let Some(replica) = &self.replica
            && let Some(found) = replica.attempt(replica.pool.read(&query)).await
        {
            return Ok(found);
        }
        self.reads.read(query).await
    }

    /// Like [`read_lagging`](Self::read_lagging), for one item that the replica may not have received yet.
    pub(in crate::db) async fn find_lagging<T, Q>(&self, query: Q) -> Result<Option<T>, StoreError>
    where
        Q: AsyncFn(&mut Conn) -> QueryResult<Option<T>> + for<'c> SendQuery<'c, Option<T>>,
    {
        if let Some(replica) = &self.replica
            && let Some(Some(found)) = replica.attempt(replica.pool.read(&query)).await
        {
            return Ok(Some(found));
        }
        self.reads.read(query).await
    }

    /// Like [`find_lagging`](Self::find_lagging), for one item that several queries assemble from one snapshot.
    pub(in crate::db) async fn find_lagging_in_snapshot<T, Q>(&self, queries: Q) -> Result<Option<T>, StoreError>
    where
        Q: AsyncFn(&mut Conn) -> QueryResult<Option<T>> + for<'c> SendQuery<'c, Option<T>>,
    {
        if let Some(replica) = &self.replica
            && let Some(Some(found)) = replica.attempt(replica.pool.snapshot(&queries)).await
        {
            return Ok(Some(found));
        }
        self.reads.snapshot(queries).await
    }

    /// Checks that the database responds and takes writes. A busy SQLite writer is not an error.
    pub(in crate::db) async fn check(&self) -> Result<(), StoreError> {
        match &self.units.connections {
            Connections::Writer(_) => match self.units.write(Conn::probe).await {
                Err(StoreError::Busy) => Ok(()),
                outcome => outcome,
            },
            Connections::MySql(pool) => {
                pool.check_disk_space()?;
                self.reads.read(Conn::probe).await
            }
            Connections::Readers(_) => self.reads.read(Conn::probe).await,
        }
    }

    /// Checks, before the program serves requests, that an SQLite file takes writes and, if it is small enough to read
    /// completely, that it is undamaged. A database server checks its own files.
    pub(in crate::db) async fn inspect_file(&self) -> Result<(), StoreError> {
        let Connections::Writer(writer) = &self.units.connections else { return Ok(()) };
        let file = writer.file();
        if file.bytes().map_err(unavailable)? > INSPECTED_BYTES_MAX {
            tracing::info!(
                bytes_max = INSPECTED_BYTES_MAX,
                "the database file is too large to be read completely at start"
            );
        } else if let Some(damage) = self.reads.read(Conn::first_damage).await? {
            file.note_damage(&damage);
        }
        file.check()?;
        self.check().await
    }

    /// The current usage of each pool.
    pub(in crate::db) fn usage(&self) -> Vec<PoolUsage> {
        let replica = self.replica.as_ref().map(|replica| &replica.pool);
        [Some(&self.units), Some(&self.reads), replica].into_iter().flatten().map(ConnectionPool::usage).collect()
    }
}
