//! Limits equal warnings to one per second, because in an outage every request would log the same line.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata, callsite};
use tracing_subscriber::layer::{Context, Filter};

/// How long one warning stands for all further ones of its kind.
const INTERVAL: Duration = Duration::from_secs(1);

/// The fields by which one line of code warns of different things: the code of a problem, the table of a row.
const KINDS: [&str; 2] = ["code", "table"];
/// Where an event keeps its text.
const MESSAGE: &str = "message";

/// Passes one warning of each kind per [`INTERVAL`] and counts the others. Events of other levels always pass.
#[derive(Clone, Default)]
pub(super) struct Sampling {
    kinds: Arc<Mutex<HashMap<Kind, Recent>>>,
}

/// Warnings of one line of code with the same problem code.
type Kind = (callsite::Identifier, String);

struct Recent {
    since: Instant,
    message: String,
    omitted: u64,
}

/// The omitted warnings of a kind.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct OmittedWarnings {
    /// Their message.
    pub(super) message: String,
    /// Their number.
    pub(super) count: u64,
}

impl Sampling {
    /// Returns what was omitted since the last call.
    pub(super) fn take_omitted(&self) -> Vec<OmittedWarnings> {
        let mut kinds = self.kinds();
        let omitted = kinds
            .values_mut()
            .filter(|recent| recent.omitted > 0)
            .map(|recent| OmittedWarnings {
                message: recent.message.clone(),
                count: std::mem::take(&mut recent.omitted),
            })
            .collect();
        kinds.retain(|_, recent| recent.since.elapsed() < INTERVAL);
        omitted
    }

    fn lets_through(&self, kind: Kind, message: String) -> bool {
        let mut kinds = self.kinds();
        if let Some(recent) = kinds.get_mut(&kind)
            && recent.since.elapsed() < INTERVAL
        {
            recent.omitted = recent.omitted.saturating_add(1);
            return false;
        }
        let omitted = kinds.get(&kind).map_or(0, |recent| recent.omitted);
        kinds.insert(kind, Recent { since: Instant::now(), message, omitted });
        true
    }

    fn kinds(&self) -> MutexGuard<'_, HashMap<Kind, Recent>> {
        self.kinds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S> Filter<S> for Sampling {
    fn enabled(&self, _: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        true
    }

    fn event_enabled(&self, event: &Event<'_>, _: &Context<'_, S>) -> bool {
        if *event.metadata().level() != Level::WARN {
            return true;
        }
        let mut texts = Texts::default();
        event.record(&mut texts);
        self.lets_through((event.metadata().callsite(), texts.kind), texts.message)
    }
}

/// The texts that distinguish events of one line of code.
#[derive(Default)]
struct Texts {
    kind: String,
    message: String,
}

impl Visit for Texts {
    fn record_str(&mut self, field: &Field, value: &str) {
        if KINDS.contains(&field.name()) {
            value.clone_into(&mut self.kind);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == MESSAGE {
            self.message = format!("{value:?}");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::layer::{Layer, SubscriberExt};

    use super::{OmittedWarnings, Sampling};

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn warnings_of_one_kind_are_written_once_and_counted() {
        let (lines, sampling) = (Lines::default(), Sampling::default());
        let writer = lines.clone();
        let layer = tracing_subscriber::fmt::layer().with_writer(move || writer.clone()).with_filter(sampling.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            for _ in 0..500 {
                for code in ["busy", "unavailable"] {
                    tracing::warn!(code, "the request was refused");
                }
                tracing::error!("this is always logged");
            }
        });
        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        let count = |words: &str| text.lines().filter(|line| line.contains(words)).count();
        assert_eq!(count("always logged"), 500);
        let written = count("busy");
        // More than one only if the machine needed more than a second for all of them.
        assert!((1..100).contains(&written), "{written} lines");
        let omitted = sampling.take_omitted();
        assert_eq!(omitted.len(), 2, "{omitted:?}");
        let message = "the request was refused".to_owned();
        assert!(
            omitted.contains(&OmittedWarnings { message, count: u64::try_from(500 - written).unwrap() }),
            "{omitted:?}"
        );
        assert_eq!(sampling.take_omitted(), []);
    }
}
