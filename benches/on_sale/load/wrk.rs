//! wrk, for reads. It can send faster than the server answers.

use std::time::Duration;

use tokio::process::Command;

use crate::Failure;

/// The result of a run of wrk.
#[derive(Debug, PartialEq)]
pub(crate) struct Wrk {
    /// Responses per second.
    pub(crate) per_second: f64,
    /// The number of responses.
    pub(crate) answers: u32,
    /// The median latency in milliseconds.
    pub(crate) p50_ms: f64,
    /// The 99th percentile in milliseconds.
    pub(crate) p99_ms: f64,
}

/// Runs `wrk -t1` with this number of connections and this duration.
///
/// # Errors
/// If wrk does not run, or a response was an error.
pub(crate) async fn wrk(
    url: &str,
    headers: &[(&str, &str)],
    connections: u32,
    lasting: Duration,
) -> Result<Wrk, Failure> {
    let mut command = Command::new("wrk");
    command.args(["-t1", "--latency"]).arg(format!("-c{connections}")).arg(format!("-d{}s", lasting.as_secs()));
    for (name, value) in headers {
        command.arg("-H").arg(format!("{name}: {value}"));
    }
    let output = command.arg(url).kill_on_drop(true).output().await?;
    let text = String::from_utf8_lossy(&output.stdout);
    parsed(&text).map_err(|fault| format!("wrk on {url}: {fault}\n{text}").into())
}

fn parsed(text: &str) -> Result<Wrk, String> {
    if let Some(line) = text.lines().find(|line| line.contains("Non-2xx") || line.contains("Socket errors")) {
        return Err(line.trim().to_owned());
    }
    let after = |label: &str| {
        let line = text.lines().find_map(|line| line.trim().strip_prefix(label));
        line.map(str::trim).ok_or_else(|| format!("`{label}` is missing"))
    };
    let requests = text.lines().find_map(|line| line.trim().split_once(" requests in "));
    let requests = requests.ok_or("the number of requests is missing")?.0;
    Ok(Wrk {
        per_second: after("Requests/sec:")?.parse().map_err(|_| "no rate")?,
        answers: requests.parse().map_err(|_| "no number of requests")?,
        p50_ms: milliseconds(after("50%")?).ok_or("no median")?,
        p99_ms: milliseconds(after("99%")?).ok_or("no 99th percentile")?,
    })
}

/// Converts `830.00us`, `1.70ms` or `2.03s` to milliseconds.
fn milliseconds(text: &str) -> Option<f64> {
    let (factor, digits) = [("us", 0.001), ("ms", 1.0), ("s", 1000.0)]
        .into_iter()
        .find_map(|(unit, factor)| Some((factor, text.strip_suffix(unit)?)))?;
    Some(digits.parse::<f64>().ok()? * factor)
}

#[cfg(test)]
mod tests {
    use super::{Wrk, milliseconds, parsed};

    const OUTPUT: &str = "Running 4s test @ http://127.0.0.1:1/\n  1 threads and 64 connections\n  Thread Stats   Avg\n    \
        Latency   334.00us\n  Latency Distribution\n     50%  340.00us\n     75%  380.00us\n     90%  420.00us\n     99%    \
        1.70ms\n  633280 requests in 4.00s, 1.13GB read\nRequests/sec: 158123.45\nTransfer/sec:    288.68MB\n";

    #[test]
    fn the_report_is_read() {
        let expected = Wrk { per_second: 158_123.45, answers: 633_280, p50_ms: 0.34, p99_ms: 1.7 };
        assert_eq!(parsed(OUTPUT), Ok(expected));
    }

    #[test]
    fn a_run_with_errors_has_no_number() {
        for line in ["  Non-2xx or 3xx responses: 7\n", "  Socket errors: connect 0, read 1, write 0, timeout 0\n"] {
            assert_eq!(parsed(&format!("{OUTPUT}{line}")), Err(line.trim().to_owned()));
        }
        assert!(parsed("unable to connect").is_err());
    }

    #[test]
    fn units_are_distinguished() {
        assert_eq!(["250.00us", "1.50ms", "2.00s", "3"].map(milliseconds), [Some(0.25), Some(1.5), Some(2000.0), None]);
    }
}
