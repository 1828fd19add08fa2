//! Bare servers to compare the product with: as little as does the same work by hand.
//!
//! Each runs as a separate process: this program with the command `serve-bare`. Its processor time is therefore separate
//! from the client's.
#![expect(clippy::disallowed_methods, reason = "files are written between measurements, and no request waits")]

mod bookings;
mod bytes;

use std::ffi::OsStr;
use std::io::{self, Write};
use std::net::{SocketAddr, TcpListener};
use std::process::Stdio;

use hyper::header::HeaderValue;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

pub(crate) use bookings::{audit, create_tables, put_on_sale};

use super::Database;
use crate::Failure;
use crate::context::BenchContext;

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

/// A running bare server. It is killed when the value is dropped.
pub(crate) struct BareServer {
    /// Its address.
    pub(crate) http: SocketAddr,
    /// Its process id.
    pub(crate) process: u32,
    _child: Child,
    _folder: Option<TempDir>,
}

impl BareServer {
    /// Starts `hyper` or `poem`, which answers every request with this body and its ETag.
    pub(crate) async fn of_bytes(
        context: &BenchContext,
        framework: &str,
        body: &[u8],
        etag: &str,
    ) -> Result<Self, Failure> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("body");
        std::fs::write(&file, body)?;
        let server = Self::start(context, [framework.as_ref(), file.as_os_str(), etag.as_ref()]).await?;
        Ok(Self { _folder: Some(folder), ..server })
    }

    /// Starts the booking service on a database with its tables.
    pub(crate) async fn of_bookings(context: &BenchContext, database: &Database) -> Result<Self, Failure> {
        Self::start(context, ["bookings", &database.url]).await
    }

    async fn start(
        context: &BenchContext,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    ) -> Result<Self, Failure> {
        let mut command = Command::new(&context.driver);
        command.arg("serve-bare").args(arguments).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn()?;
        let process = child.id().ok_or("the bare server ended immediately")?;
        let mut lines = BufReader::new(child.stdout.take().ok_or("its output is piped")?).lines();
        let address = lines.next_line().await?.ok_or("the bare server did not start")?;
        Ok(Self { http: address.parse()?, process, _child: child, _folder: None })
    }
}

/// Runs the command `serve-bare`: prints the address and serves until it is killed.
pub(crate) async fn serve(arguments: &[&str]) -> Result<(), Failure> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    writeln!(io::stdout(), "{}", listener.local_addr()?)?;
    match arguments {
        ["bookings", database] => bookings::serve(listener, database).await,
        [framework, file, etag] => {
            let (body, etag) = (std::fs::read(file)?.into(), HeaderValue::from_str(etag)?);
            bytes::serve(framework, listener, body, etag).await
        }
        _ => Err("usage: serve-bare bookings DATABASE | hyper FILE ETAG | poem FILE ETAG".into()),
    }
}
