//! The API's document, `/openapi.json`, and its page, `/docs`.

mod addresses;
mod complete;
mod dialect;
mod docs;
mod events;
mod requests;

use std::collections::HashMap;
use std::marker::PhantomData;

use poem::endpoint::BoxEndpoint;
use poem::http::Method;
use poem_openapi::registry::{MetaApi, MetaPath, Registry};
use poem_openapi::{LicenseObject, OpenApi, OpenApiService, ServerObject, Tags as ApiTags};
use serde_json::Value;

pub(crate) use addresses::{Address, Addresses, Operation};
pub(crate) use docs::{docs_endpoint, document_endpoint};

/// The base path of the API.
pub(crate) const API_BASE: &str = "/api/v1";

const DESCRIPTION: &str = "Concert tickets: put concerts on sale, book seats, pay.\n\n\
    Money is an integer in minor units beside its `currency`. Instants are RFC 3339: requests may use any offset, \
    responses use UTC. Errors are RFC 9457 problem documents; program against their `code`. Every response has \
    `X-Request-Id`. Lists come in pages: pass `next_cursor` as `cursor` with the same other parameters; each carries an \
    `ETag` for `If-None-Match`. A request that is repeated with the same `Idempotency-Key` is carried out once; keys are \
    remembered for a day.";

/// The groups of operations.
#[derive(ApiTags)]
pub(crate) enum Tags {
    /// Accounts: registering, reading, changing, erasing.
    Users,
    /// Logging in and out.
    Sessions,
    /// Concerts on sale, and their availability.
    Concerts,
    /// Placing and cancelling bookings.
    Bookings,
    /// Payments and refunds.
    Payments,
    /// Sales reports and exports.
    Reports,
    /// Events that a consumer could not handle, for admins.
    Events,
}

/// The service of `api`, with the document's general information.
pub(crate) fn service<T: OpenApi>(api: T) -> OpenApiService<T, ()> {
    OpenApiService::new(api, "boxoffice", env!("CARGO_PKG_VERSION"))
        .description(DESCRIPTION)
        .license(LicenseObject::new("Apache-2.0").url("https://www.apache.org/licenses/LICENSE-2.0"))
        .server(ServerObject::new(API_BASE))
}

/// The document of an API. Its text is deterministic.
pub(crate) fn document_of<T: OpenApi>() -> String {
    let written = service(Described::<T>(PhantomData)).spec();
    let Ok(mut document) = serde_json::from_str::<Value>(&written) else {
        return written;
    };
    dialect::modernise(&mut document);
    requests::complete(&mut document);
    events::describe(&mut document);
    complete::complete(&mut document);
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

/// The addresses of an API.
pub(crate) fn addresses<T: OpenApi>() -> Addresses {
    addresses_of::<T>(T::meta())
}

/// The addresses of some resources of an API.
pub(crate) fn addresses_of<T: OpenApi>(resources: Vec<MetaApi>) -> Addresses {
    let mut registry = Registry::new();
    T::register(&mut registry);
    Addresses::new(joined(resources), &registry)
}

/// The metadata of an API with each address once: two resources may share an address, which poem-openapi would write
/// twice, and JSON parsers keep only one of two equal keys.
fn joined(apis: Vec<MetaApi>) -> Vec<MetaApi> {
    let mut paths: Vec<MetaPath> = Vec::new();
    for path in apis.into_iter().flat_map(|api| api.paths) {
        match paths.iter_mut().find(|known| known.path == path.path) {
            Some(known) => known.operations.extend(path.operations),
            None => paths.push(path),
        }
    }
    vec![MetaApi { paths }]
}

/// An API that is described but never called, so that no services are needed.
struct Described<T>(PhantomData<fn() -> T>);

impl<T: OpenApi> OpenApi for Described<T> {
    fn meta() -> Vec<MetaApi> {
        joined(T::meta())
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }

    fn add_routes(self, _routes: &mut HashMap<String, HashMap<Method, BoxEndpoint<'static>>>) {}
}
