//! What changed between two looks at a concert, as its watchers read it.

use boxoffice_domain::concerts::{SectionKind, TicketNumber};
use bytes::Bytes;
use serde::Serialize;

use crate::cache::Picture;

/// The most seats that one delta names. With more it is quicker to read the seats anew.
const SEATS_MAX: usize = 5_000;

/// Something to be sent to all who watch, and the versions between which it leads.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    /// Whoever has this version or a later one ...
    pub(super) from: u64,
    /// ... has this one afterwards.
    pub(super) version: u64,
    /// The event as it is sent.
    pub(super) bytes: Bytes,
}

/// The states are those at `version`, whatever they were before: whoever has a version in between may apply it, too.
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
    /// Leads from one look at a concert to a later one: by the changes, or, when they are too many or are not about
    /// seats, by asking everybody to read anew.
    pub(super) fn between(before: &Picture, after: &Picture) -> serde_json::Result<Self> {
        let same_concert =
            before.concert().revision == after.concert().revision && before.concert().status == after.concert().status;
        match seats_changed(before, after) {
            Some(seats) if same_concert => Self::delta(before, after, seats),
            _ => Self::resync(after.concert().version),
        }
    }

    /// Says which version is the newest, and nothing else.
    pub(super) fn greeting(picture: &Picture) -> serde_json::Result<Self> {
        Self::delta(picture, picture, Vec::new())
    }

    /// Asks to read everything anew, because what happened cannot be told.
    pub(super) fn resync(version: u64) -> serde_json::Result<Self> {
        Ok(Self { from: 0, version, bytes: event("resync", version, &ResyncDocument { version })? })
    }

    fn delta(before: &Picture, after: &Picture, seats: Vec<(String, char)>) -> serde_json::Result<Self> {
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

/// The seats whose letter changed, in their order; `None` when they are too many. Where people stand, the section's
/// number says everything.
fn seats_changed(before: &Picture, after: &Picture) -> Option<Vec<(String, char)>> {
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

/// An event of a stream: its name, the version for `Last-Event-ID`, and its data on one line.
fn event(name: &str, version: u64, data: &impl Serialize) -> serde_json::Result<Bytes> {
    let data = serde_json::to_string(data)?;
    Ok(Bytes::from(format!("id: {version}\nevent: {name}\ndata: {data}\n\n")))
}
