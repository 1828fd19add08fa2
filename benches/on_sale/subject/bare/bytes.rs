//! Bare servers that answer every request with the same bytes: hyper, and poem above it.

use std::convert::Infallible;
use std::io;
use std::net::TcpListener;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{CONTENT_TYPE, ETAG, HeaderValue, IF_NONE_MATCH};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;

use super::JSON;
use crate::Failure;

pub(super) async fn serve(
    framework: &str,
    listener: TcpListener,
    body: Bytes,
    etag: HeaderValue,
) -> Result<(), Failure> {
    match framework {
        "hyper" => Ok(bare_hyper(tokio::net::TcpListener::from_std(listener)?, body, etag).await?),
        "poem" => Ok(bare_poem(listener, body, etag).await?),
        other => Err(format!("there is no bare server called {other}").into()),
    }
}

async fn bare_hyper(listener: tokio::net::TcpListener, body: Bytes, etag: HeaderValue) -> io::Result<()> {
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

async fn bare_poem(listener: TcpListener, body: Bytes, etag: HeaderValue) -> io::Result<()> {
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
