//! The consumer that writes the audit log.

use std::sync::Arc;

use async_trait::async_trait;

use crate::shared::{Causes, StoreError};

use super::{AuditLog, Event, EventHandler, HandlerError};

/// Writes every event into the audit log.
pub struct RecordAuditLog {
    log: Arc<dyn AuditLog>,
}

impl RecordAuditLog {
    /// A consumer that writes into `log`.
    pub fn new(log: Arc<dyn AuditLog>) -> Self {
        Self { log }
    }
}

#[async_trait]
impl EventHandler for RecordAuditLog {
    fn consumer(&self) -> &'static str {
        "audit_log"
    }

    async fn handle(&self, events: &[Event]) -> Result<(), HandlerError> {
        self.log.record(events).await.map_err(|error| {
            let causes = Causes(&error).to_string();
            match error {
                StoreError::Rejected(_) | StoreError::Inconsistent(_) => HandlerError::Failed(causes),
                StoreError::Busy | StoreError::Contention | StoreError::Unavailable(_) => {
                    HandlerError::Unavailable(causes)
                }
            }
        })
    }
}
