//! Bare servers that answer every request with the same bytes: hyper, and poem above it.
//!
//! Each runs as a separate process: this program with the command `serve-reference`. Its processor time is therefore
//! separate from the client's.
#![expect(clippy::disallowed_methods, reason = "files are read between measurements, and no request waits")]

use std::convert::Infallible;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{CONTENT_TYPE, ETAG, HeaderValue, IF_NONE_MATCH};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};

use crate::Failure;
use crate::context::BenchContext;

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

/// A running bare server. It is killed when the value is dropped.
pub(crate) struct Reference {
    /// Its address.
    pub(crate) http: SocketAddr,
    /// Its process id.
    pub(crate) process: u32,
    _child: Child,
    _folder: TempDir,
}

impl Reference {
    /// Starts `hyper` or `poem` with a body and its ETag.
    pub(crate) async fn start(
        context: &BenchContext,
        framework: &str,
        body: &[u8],
        etag: &str,
    ) -> Result<Self, Failure> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("body");
        std::fs::write(&file, body)?;
        let mut command = Command::new(&context.driver);
        command.args(["serve-reference", framework]).arg(&file).arg(etag).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn()?;
        let process = child.id().ok_or("the reference ended immediately")?;
        let mut lines = BufReader::new(child.stdout.take().ok_or("its output is piped")?).lines();
        let address = lines.next_line().await?.ok_or("the reference did not start")?;
        Ok(Self { http: address.parse()?, process, _child: child, _folder: folder })
    }
}

/// Runs the command `serve-reference FRAMEWORK FILE ETAG`: prints the address and serves until it is killed.
pub(crate) async fn serve(framework: &str, file: &Path, etag: &str) -> Result<(), Failure> {
    let body = Bytes::from(std::fs::read(file)?);
    let etag = HeaderValue::from_str(etag)?;
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    writeln!(io::stdout(), "{}", listener.local_addr()?)?;
    match framework {
        "hyper" => Ok(bare_hyper(TcpListener::from_std(listener)?, body, etag).await?),
        "poem" => Ok(bare_poem(listener, body, etag).await?),
        other => Err(format!("there is no reference called {other}").into()),
    }
}

async fn bare_hyper(listener: TcpListener, body: Bytes, etag: HeaderValue) -> io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let (body, etag) = (body.clone(), etag.clone());
        let answer = service_fn(move |request: Request<hyper::body::Incoming>| {
            let known = request.headers().get(IF_NONE_MATCH) == Some(&etag);
            let mut response = Response::new(Full::new(if known { Bytes::new() } else { body.clone() }));
            let headers = response.headers_mut();
            headers.insert(ETAG, etag.clone());
            if known {
                *response.status_mut() = StatusCode::NOT_MODIFIED;
            } else {
                headers.insert(CONTENT_TYPE, JSON);
            }
            async move { Ok::<_, Infallible>(response) }
        });
        tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answer));
    }
}

async fn bare_poem(listener: std::net::TcpListener, body: Bytes, etag: HeaderValue) -> io::Result<()> {
    let endpoint = poem::endpoint::make_sync(move |request| {
        let known = request.headers().get(IF_NONE_MATCH) == Some(&etag);
        let response = poem::Response::builder().header(ETAG, etag.clone());
        if known {
            response.status(StatusCode::NOT_MODIFIED).finish()
        } else {
            response.header(CONTENT_TYPE, JSON).body(body.clone())
        }
    });
    let acceptor = poem::listener::TcpAcceptor::from_std(listener)?;
    poem::Server::new_with_acceptor(acceptor).run(endpoint).await
}
