//! Cached availability, compared with bare servers that send the same bytes.

use std::time::Duration;

use futures_util::FutureExt;

use super::Scenario;
use super::common::{NO_WORKERS, statements_of};
use crate::context::BenchContext;
use crate::load::{Connection, wrk};
use crate::report::{Bound, Findings, Goal, Line, Run};
use crate::subject::{BareServer, CommitMode, Concert, Kind, Meter, Rig, VenueLayout};
use crate::{Failure, progress, requests};

const FULL: &str = "cached availability, full middleware, against bare hyper";
const NOT_MODIFIED: &str = "the same with If-None-Match (304), against bare hyper 304";
const STATEMENTS: &str = "database statements during 10 s of cached reads of one key";

const CONNECTIONS: u32 = 64;
const STATEMENTS_WINDOW: Duration = Duration::from_secs(10);
/// One per second.
const STATEMENTS_MAX: f64 = 10.0;

pub(super) const SCENARIO: Scenario = Scenario {
    name: "reads",
    title: "Cached reads",
    how: "`wrk -t1 -c64`. The bare servers answer every request with the bytes of the product's own answer, its ETag and \
          its content type. wrk takes a core of its own, so CPU per request says more than the ratio. Statements are what \
          MariaDB counted (`PlacementQuery`) during reads of a program without workers.",
    goals: &[
        Goal { what: FULL, unit: "", reach: Bound::AtLeast(0.75), moonshot: Some(Bound::AtLeast(0.95)) },
        Goal { what: NOT_MODIFIED, unit: "", reach: Bound::AtLeast(0.75), moonshot: Some(Bound::AtLeast(0.95)) },
        Goal { what: STATEMENTS, unit: "", reach: Bound::AtMost(STATEMENTS_MAX), moonshot: None },
    ],
    run: |context| run(context).boxed_local(),
};

/// A server under a read load.
struct Source {
    name: &'static str,
    url: String,
    process: u32,
}

async fn run(context: &BenchContext) -> Result<Findings, Failure> {
    let rig = Rig::open(context, Kind::MariaDb, CommitMode::Group, 1, &[]).await?;
    let concert = rig.concert(VenueLayout::THEATRE).await?;
    let shop = rig.shop()?;
    let (body, etag) = availability(shop.http, &concert).await?;
    let hyper = BareServer::of_bytes(context, "hyper", &body, &etag).await?;
    let poem = BareServer::of_bytes(context, "poem", &body, &etag).await?;
    let url = |address| format!("http://{address}/api/v1{}", concert.path("/availability"));
    let sources = [
        Source { name: "bare hyper", url: url(hyper.http), process: hyper.process },
        Source { name: "bare poem", url: url(poem.http), process: poem.process },
        Source { name: "boxoffice", url: url(shop.http), process: shop.process },
    ];

    let known = [("If-None-Match", etag.as_str())];
    let mut whole = sources.each_ref().map(|source| Line::reads(format!("{}, 200", source.name)));
    let mut unchanged = sources.each_ref().map(|source| Line::reads(format!("{}, 304", source.name)));
    for run in 1..=context.runs {
        progress(&format!("reads: run {run}"));
        for ((source, whole), unchanged) in sources.iter().zip(&mut whole).zip(&mut unchanged) {
            whole.push(read(source, &[], context.lasting).await?);
            unchanged.push(read(source, &known, context.lasting).await?);
        }
    }

    let mut findings = Findings::default();
    let [bare, _, ours] = &whole;
    findings.compare(FULL, ours, bare);
    let [bare, _, ours] = &unchanged;
    findings.compare(NOT_MODIFIED, ours, bare);
    findings.lines.extend(whole.into_iter().chain(unchanged));
    findings.remarks.push(format!("The body has {} bytes.", body.len()));
    rig.close().await?;
    findings.measure(STATEMENTS, Some(statements_of_reads(context).await?));
    Ok(findings)
}

/// The product's response and its ETag.
async fn availability(http: std::net::SocketAddr, concert: &Concert) -> Result<(Vec<u8>, String), Failure> {
    let mut connection = Connection::open(http).await?;
    let answer = connection.ask(&requests::get(&concert.path("/availability"), &[])).await?;
    let etag = answer.header("etag").ok_or("availability has no ETag")?.to_owned();
    Ok((answer.body.to_vec(), etag))
}

async fn read(source: &Source, headers: &[(&str, &str)], lasting: Duration) -> Result<Run, Failure> {
    let before = Meter::read(&[source.process], None)?;
    let wrk = wrk(&source.url, headers, CONNECTIONS, lasting).await?;
    Ok(Run::of_wrk(&wrk, Meter::read(&[source.process], None)?.since(before)))
}

/// The number of statements during ten seconds of reads.
async fn statements_of_reads(context: &BenchContext) -> Result<f64, Failure> {
    progress("reads: statements");
    let rig = Rig::open(context, Kind::MariaDb, CommitMode::Group, 1, NO_WORKERS).await?;
    let concert = rig.concert(VenueLayout::THEATRE).await?;
    let shop = rig.shop()?;
    availability(shop.http, &concert).await?;
    let url = format!("http://{}/api/v1{}", shop.http, concert.path("/availability"));
    let ours = Source { name: "boxoffice", url, process: shop.process };
    let (a_second, _) = statements_of(&rig, read(&ours, &[], STATEMENTS_WINDOW)).await?;
    rig.close().await?;
    Ok(a_second * STATEMENTS_WINDOW.as_secs_f64())
}
