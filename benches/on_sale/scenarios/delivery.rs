//! The statements that follow the answers: the delivery of events to the audit log.

use std::collections::HashMap;

use futures_util::FutureExt;

use super::Scenario;
use super::common::{BOOKED, FANS, warm_up, write_run};
use super::paid::{PAID, buy_pairs};
use crate::context::BenchContext;
use crate::numbers::{median, number};
use crate::report::{Bound, Findings, Goal, Line};
use crate::subject::{CommitMode, Kind, Rig, VenueLayout};
use crate::{Failure, progress};

const STATEMENTS: &str = "statements of the relay and the audit log a paid booking, after its answer";

/// The tables that only the delivery of events reads and writes.
const TABLES: [&str; 4] = ["event_consumers", "event_cursors", "parked_events", "audit_log"];

pub(super) const SCENARIO: Scenario = Scenario {
    name: "delivery",
    title: "Statements after the answer",
    how: "256 clients, closed loop, group commit, MariaDB: booked, paid and confirmed. MariaDB logs every statement from the \
          first request until the events are delivered. Counted are statements on the tables of the relay and of the audit \
          log, and all others of the same transactions, `BEGIN` and `COMMIT` among them. The log takes time, so \
          the rates say nothing.",
    goals: &[Goal { what: STATEMENTS, unit: "", reach: Bound::AtMost(0.1), moonshot: Some(Bound::AtMost(0.03)) }],
    run: |context| run(context).boxed_local(),
};

async fn run(context: &BenchContext) -> Result<Findings, Failure> {
    let rig = Rig::open(context, Kind::MariaDb, CommitMode::Group, FANS, &[]).await?;
    warm_up(&rig).await?;
    let mut line = Line::writes("booked, paid and confirmed, with a log of statements");
    let (mut delivering, mut all) = (Vec::new(), Vec::new());
    for run in 1..=context.runs {
        progress(&format!("delivery: run {run}"));
        let concert = rig.concert(VenueLayout::ARENA).await?;
        rig.wait_until_idle().await?;
        let log = rig.database.log_statements().await?;
        let (run, tally) = write_run(&rig, PAID, &[BOOKED], buy_pairs(context, &rig, &concert)).await?;
        let statements = log.end().await?;
        let paid = number(tally.count(PAID.0, PAID.1).max(1));
        delivering.push(number(delivery_statements(&statements)) / paid);
        all.push(number(statements.lines().filter_map(logged).count()) / paid);
        line.push(run);
    }
    let mut findings = Findings::default();
    findings.measure(STATEMENTS, median(delivering));
    findings.remarks.push(format!("{:.2} statements a paid booking in all.", median(all).unwrap_or_default()));
    findings.lines.push(line);
    rig.close().await?;
    Ok(findings)
}

/// Counts the statements of the delivery in a log.
fn delivery_statements(log: &str) -> usize {
    let mut transactions: HashMap<&str, (usize, bool)> = HashMap::new();
    let mut count = 0;
    for (thread, statement) in log.lines().filter_map(logged) {
        let delivers = TABLES.iter().any(|table| statement.contains(table));
        if ["BEGIN", "START TRANSACTION"].contains(&statement) {
            transactions.insert(thread, (1, false));
        } else if let Some((statements, is_delivery)) = transactions.get_mut(thread) {
            *statements += 1;
            *is_delivery |= delivers;
            if ["COMMIT", "ROLLBACK"].contains(&statement) {
                count += if *is_delivery { *statements } else { 0 };
                transactions.remove(thread);
            }
        } else if delivers {
            count += 1;
        }
    }
    count
}

/// The connection and the text of a statement from a line of the log. The time is left out of lines of the same second.
fn logged(line: &str) -> Option<(&str, &str)> {
    let (_, line) = line.split_once('\t')?;
    let (what, statement) = line.trim_start_matches('\t').split_once('\t')?;
    let (thread, command) = what.trim().split_once(' ')?;
    matches!(command, "Query" | "Execute").then_some((thread, statement))
}

#[cfg(test)]
mod tests {
    use super::{delivery_statements, logged};

    const LOG: &str = "Time\t\t    Id Command\tArgument\n\
        261128  4:50:01\t     7 Query\tBEGIN\n\
        \t\t     8 Query\tBEGIN\n\
        \t\t     7 Prepare\tINSERT INTO audit_log VALUES (?)\n\
        \t\t     7 Execute\tINSERT INTO audit_log VALUES ('\t')\n\
        \t\t     8 Execute\tINSERT INTO outbox_entries VALUES (1)\n\
        \t\t     7 Query\tCOMMIT\n\
        261128  4:50:02\t     8 Query\tCOMMIT\n\
        \t\t     8 Execute\tSELECT * FROM event_cursors\n\
        \t\t     8 Execute\tSELECT * FROM bookings\n";

    #[test]
    fn whole_transactions_of_the_delivery_count_and_no_others() {
        assert_eq!(LOG.lines().filter_map(logged).count(), 8);
        assert_eq!(delivery_statements(LOG), 4);
    }
}
