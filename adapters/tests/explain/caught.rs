//! Records the queries that a call runs.

use std::sync::Mutex;

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};

/// The recorded queries, while a recording is active.
static CAUGHT: Mutex<Option<Vec<String>>> = Mutex::new(None);

struct Catch;

impl Instrumentation for Catch {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let InstrumentationEvent::StartQuery { query, .. } = event
            && let Some(caught) = CAUGHT.lock().unwrap().as_mut()
        {
            caught.push(query.to_string());
        }
    }
}

/// Lets the queries of connections opened from now on be recorded.
pub(crate) fn listen() {
    set_default_instrumentation(|| Some(Box::new(Catch))).unwrap();
}

/// The queries that a call runs, each with its values after ` -- binds: `.
pub(crate) async fn queries_of(call: impl AsyncFnOnce()) -> Vec<String> {
    *CAUGHT.lock().unwrap() = Some(Vec::new());
    call().await;
    let caught = CAUGHT.lock().unwrap().take().unwrap();
    let statements = ["SELECT", "UPDATE", "DELETE", "INSERT", "WITH"];
    let is_query = |query: &String| {
        query.contains(" -- binds: [") && statements.iter().any(|statement| query.starts_with(statement))
    };
    caught.into_iter().filter(is_query).collect()
}
