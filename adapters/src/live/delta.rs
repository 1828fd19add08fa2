//! The events of a concert's stream: what changed between two snapshots.

use boxoffice_domain::concerts::{SectionKind, TicketNumber};
use bytes::Bytes;
use serde::Serialize;

use crate::concert_state::ConcertSnapshot;

/// The most seats that one delta names. With more, reading all seats again is faster.
const SEATS_MAX: usize = 5_000;

/// A serialised event, and the versions between which it leads.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    /// A client that has this version or a later one ...
    pub(super) from: u64,
    /// ... has this version after applying the event.
    pub(super) version: u64,
    /// The event in the format of `text/event-stream`.
    pub(super) bytes: Bytes,
}

/// The states are those at `version`, not differences, so a client with a version in between may apply it
/// too.
#[derive(Serialize)]
struct DeltaDocument<'a> {
    from: u64,
    version: u64,
    sections: Vec<SectionLeft<'a>>,
    seats: Vec<(String, char)>,
}

#[derive(Serialize)]
struct SectionLeft<'a> {
    code: &'a str,
    available: u32,
}

#[derive(Serialize)]
struct ResyncDocument {
    version: u64,
}

impl Frame {
    /// The event from one snapshot to a later one: a delta, or a resync when too many seats changed or when the concert
    /// itself changed.
    pub(super) fn between(before: &ConcertSnapshot, after: &ConcertSnapshot) -> serde_json::Result<Self> {
        let same_concert =
            before.concert().revision == after.concert().revision && before.concert().status == after.concert().status;
        match seats_changed(before, after) {
            Some(seats) if same_concert => Self::delta(before, after, seats),
            _ => Self::resync(after.concert().version),
        }
    }

    /// An empty delta that announces the current version.
    pub(super) fn greeting(snapshot: &ConcertSnapshot) -> serde_json::Result<Self> {
        Self::delta(snapshot, snapshot, Vec::new())
    }

    /// An event that makes clients read all seats again, because the changes cannot be sent.
    pub(super) fn resync(version: u64) -> serde_json::Result<Self> {
        Ok(Self { from: 0, version, bytes: event("resync", version, &ResyncDocument { version })? })
    }

    fn delta(
        before: &ConcertSnapshot,
        after: &ConcertSnapshot,
        seats: Vec<(String, char)>,
    ) -> serde_json::Result<Self> {
        let (from, version) = (before.concert().version, after.concert().version);
        let sections = before.sections().zip(after.sections());
        let sections = sections
            .filter(|((_, left_before), (_, left))| left_before != left)
            .map(|(_, (section, available))| SectionLeft { code: section.code.as_str(), available })
            .collect();
        let document = DeltaDocument { from, version, sections, seats };
        Ok(Self { from, version, bytes: event("delta", version, &document)? })
    }
}

/// The seats whose state changed, in order; `None` when they are too many. A standing section has no seats to name: its
/// available count says everything.
fn seats_changed(before: &ConcertSnapshot, after: &ConcertSnapshot) -> Option<Vec<(String, char)>> {
    let mut changed = Vec::new();
    for (section, _) in after.sections() {
        let (old, new) = (before.states_of(section), after.states_of(section));
        if matches!(section.kind, SectionKind::Standing { .. }) || old == new {
            continue;
        }
        for (number, (_, state)) in
            (section.first.get()..).zip(old.iter().zip(new)).filter(|(_, (old, new))| old != new)
        {
            if changed.len() >= SEATS_MAX {
                return None;
            }
            let label = after.plan().label(TicketNumber::new(number))?;
            changed.push((label.as_str().to_owned(), state.letter()));
        }
    }
    Some(changed)
}

/// One server-sent event: its name, the version for `Last-Event-ID`, and its data on one line.
fn event(name: &str, version: u64, data: &impl Serialize) -> serde_json::Result<Bytes> {
    let data = serde_json::to_string(data)?;
    Ok(Bytes::from(format!("id: {version}\nevent: {name}\ndata: {data}\n\n")))
}
