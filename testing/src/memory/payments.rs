//! Payments and refunds.

use std::collections::BTreeSet;

use async_trait::async_trait;
use boxoffice_domain::payments::{
    CLOCK_AHEAD_SECONDS, Payment, PaymentPosition, PaymentQueries, PaymentRepository, PaymentStatus, Refund,
    RefundRepository, RefundStatus,
};
use boxoffice_domain::shared::{BookingId, ConcertId, Due, PaymentId, RefundId, StoreError, Timestamp};

use super::bookings::items;
use super::state::State;
use super::unit::MemoryUnit;
use super::{InMemoryStore, refused};

/// Checks that no two payments have the same transaction of a gateway.
fn check_unique(state: &State, payment: &Payment) -> Result<(), StoreError> {
    let same = |other: &Payment| {
        other.id != payment.id && other.gateway == payment.gateway && other.transaction_id == payment.transaction_id
    };
    if payment.transaction_id.is_some() && state.payments.values().any(same) {
        return Err(refused("another payment has this transaction"));
    }
    Ok(())
}

#[async_trait]
impl PaymentRepository for MemoryUnit {
    async fn add(&mut self, payments: &[Payment]) -> Result<(), StoreError> {
        for payment in payments {
            check_unique(&self.state, payment)?;
            if !self.state.payments.insert(payment.id, payment.clone()) {
                return Err(refused("a payment has this id"));
            }
        }
        Ok(())
    }

    async fn get(&mut self, ids: &[PaymentId]) -> Result<Vec<Payment>, StoreError> {
        let ids: BTreeSet<&PaymentId> = ids.iter().collect();
        Ok(ids.into_iter().filter_map(|id| self.state.payments.get(id)).cloned().collect())
    }

    async fn save(&mut self, payments: &[Payment]) -> Result<(), StoreError> {
        let mut lost = false;
        for payment in payments {
            check_unique(&self.state, payment)?;
            match self.state.payments.get_mut(&payment.id) {
                Some(stored) if stored.version + 1 == payment.version => {
                    stored.status = payment.status;
                    stored.refunded = payment.refunded;
                    stored.transaction_id.clone_from(&payment.transaction_id);
                    stored.failure.clone_from(&payment.failure);
                    stored.next_action.clone_from(&payment.next_action);
                    stored.version = payment.version;
                    stored.updated_at = payment.updated_at;
                }
                _ => lost = true,
            }
        }
        if lost { Err(self.contention()) } else { Ok(()) }
    }
}

#[async_trait]
impl RefundRepository for MemoryUnit {
    async fn add(&mut self, refunds: &[Refund]) -> Result<(), StoreError> {
        for refund in refunds {
            let paid = self.state.payments.get(&refund.payment).is_some();
            if !paid || !self.state.refunds.insert(refund.id, refund.clone()) {
                return Err(refused("a refund has this id, or there is no such payment"));
            }
        }
        Ok(())
    }

    async fn get(&mut self, id: RefundId) -> Result<Option<Refund>, StoreError> {
        Ok(self.state.refunds.get(&id).cloned())
    }

    async fn of_payments(&mut self, payments: &[PaymentId]) -> Result<Vec<Refund>, StoreError> {
        let payments: BTreeSet<&PaymentId> = payments.iter().collect();
        Ok(payments.into_iter().flat_map(|payment| self.state.refunds_of(*payment)).collect())
    }

    async fn save(&mut self, refund: &Refund) -> Result<(), StoreError> {
        match self.state.refunds.get_mut(&refund.id) {
            Some(stored) if stored.status != RefundStatus::Completed => {
                stored.status = refund.status;
                stored.gateway_reference.clone_from(&refund.gateway_reference);
                stored.attempts = refund.attempts;
                stored.next_attempt_at = refund.next_attempt_at;
                stored.updated_at = refund.updated_at;
                Ok(())
            }
            _ => Err(self.contention()),
        }
    }
}

#[async_trait]
impl PaymentQueries for InMemoryStore {
    async fn get(&self, id: PaymentId) -> Result<Option<Payment>, StoreError> {
        Ok(self.snapshot().payments.get(&id).cloned())
    }

    async fn refund(&self, id: RefundId) -> Result<Option<Refund>, StoreError> {
        Ok(self.snapshot().refunds.get(&id).cloned())
    }

    async fn refunds_of(&self, payment: PaymentId) -> Result<Vec<Refund>, StoreError> {
        Ok(self.snapshot().refunds_of(payment))
    }

    async fn concert_of(&self, booking: BookingId) -> Result<Option<ConcertId>, StoreError> {
        Ok(self.snapshot().bookings.get(&booking).map(|booking| booking.concert))
    }

    async fn pending_since(
        &self,
        gateway: &str,
        before: Timestamp,
        after: Option<PaymentPosition>,
        limit: u32,
    ) -> Result<Vec<Payment>, StoreError> {
        let state = self.snapshot();
        let place = |payment: &Payment| (payment.created_at, payment.id);
        let due = Due::at(before, CLOCK_AHEAD_SECONDS);
        let is_asked_for = |at: Timestamp| at < due.by || at > due.beyond;
        let waits = |payment: &&Payment| {
            payment.status == PaymentStatus::Pending && payment.gateway == gateway && is_asked_for(payment.created_at)
        };
        let follows = |payment: &&Payment| after.is_none_or(|at| place(payment) > (at.created_at, at.id));
        let mut found: Vec<Payment> = state.payments.values().filter(waits).filter(follows).cloned().collect();
        found.sort_by_key(place);
        found.truncate(items(limit));
        Ok(found)
    }

    async fn refunds_due(&self, gateway: &str, now: Timestamp, limit: u32) -> Result<Vec<Refund>, StoreError> {
        let state = self.snapshot();
        let clock_was_ahead = Due::at(now, CLOCK_AHEAD_SECONDS).beyond;
        let may_be_tried = |refund: &Refund| refund.next_attempt_at <= now || refund.updated_at > clock_was_ahead;
        let is_of_gateway =
            |refund: &Refund| state.payments.get(&refund.payment).is_some_and(|payment| payment.gateway == gateway);
        let is_due = |refund: &&Refund| {
            refund.status != RefundStatus::Completed && may_be_tried(refund) && is_of_gateway(refund)
        };
        let mut found: Vec<Refund> = state.refunds.values().filter(is_due).cloned().collect();
        found.sort_by_key(|refund| (refund.next_attempt_at, refund.id));
        found.truncate(items(limit));
        Ok(found)
    }
}
