//! One unit of work that starts payments: reads once, decides in order, writes once.

use std::collections::HashMap;

use uuid::Uuid;

use crate::bookings::{Booking, BookingStatus, CancelReason};
use crate::concerts::ConcertStatus;
use crate::idempotency::{BatchKeys, KeyUses};
use crate::payments::{Payment, PaymentStatus};
use crate::sales::{ChangeSet, SalesUnit};
use crate::shared::{BookingId, ConcertId, IdGenerator, PaymentId, StoreError, Timestamp, UserId};

use super::payment_recorder::StartRequest;
use super::{StartPaymentError, StartedPayment};

type Outcome = Result<StartedPayment, StartPaymentError>;

/// A unit of work with all that starting payments needs.
pub(super) struct StartPaymentUnit<'unit> {
    pub(super) unit: &'unit mut dyn SalesUnit,
    pub(super) ids: &'unit dyn IdGenerator,
    pub(super) now: Timestamp,
    pub(super) grace_seconds: i64,
}

/// The data that decides the new requests.
struct PaymentData {
    bookings: HashMap<BookingId, Booking>,
    /// The concert of the bookings, and whether it is cancelled.
    concert: Option<(ConcertId, bool)>,
}

impl StartPaymentUnit<'_> {
    /// Starts the payments whose bookings can be paid. Returns the outcomes in the order of the requests.
    pub(super) async fn run(mut self, requests: &[StartRequest]) -> Result<Vec<Outcome>, StoreError> {
        let keys = BatchKeys::new(requests.iter().map(StartRequest::idempotent));
        let key_uses = self.compare_keys(&keys).await?;
        let replayed = self.replayed_payments(&key_uses).await?;
        let new = key_uses.new_requests().filter_map(|index| requests.get(index));
        let mut data = self.read_data(new).await?;
        let mut changes = data.concert.map(|(concert, _)| ChangeSet::new(concert, self.now));
        let mut records = Vec::new();
        let outcomes = key_uses.outcomes(
            |index| {
                let request = requests.get(index).ok_or_else(no_request)?;
                let payment = self.start(request, &mut data, changes.as_mut())?;
                records.extend(keys.record(index, payment.id.uuid(), self.now));
                Ok(StartedPayment { payment, replayed: false })
            },
            |id| match replayed.get(&id) {
                Some(payment) => Ok(StartedPayment { payment: payment.clone(), replayed: true }),
                None => Err(StoreError::inconsistent("a remembered payment is gone").into()),
            },
        );
        if !records.is_empty() {
            self.unit.idempotency().remember(&records).await?;
        }
        if let Some(changes) = changes {
            changes.write(self.unit, self.ids).await?;
        }
        Ok(outcomes)
    }

    async fn compare_keys(&mut self, keys: &BatchKeys) -> Result<KeyUses, StoreError> {
        let distinct = keys.distinct();
        let records = if distinct.is_empty() { Vec::new() } else { self.unit.idempotency().find(&distinct).await? };
        Ok(keys.compare(&records))
    }

    /// Reads the payments that earlier requests with the same keys started.
    async fn replayed_payments(&mut self, key_uses: &KeyUses) -> Result<HashMap<Uuid, Payment>, StoreError> {
        let ids: Vec<PaymentId> = key_uses.replayed_resources().into_iter().map(PaymentId::from_uuid).collect();
        let payments = if ids.is_empty() { Vec::new() } else { self.unit.payments().get(&ids).await? };
        Ok(payments.into_iter().map(|payment| (payment.id.uuid(), payment)).collect())
    }

    async fn read_data(&mut self, new: impl Iterator<Item = &StartRequest>) -> Result<PaymentData, StoreError> {
        let with_payer = new.filter(|request| request.actor.user_id().is_some());
        let mut ids: Vec<BookingId> = with_payer.map(|request| request.command.booking).collect();
        ids.sort_unstable();
        ids.dedup();
        let bookings = if ids.is_empty() { Vec::new() } else { self.unit.bookings().get(&ids).await? };
        let concert = match bookings.first().map(|booking| booking.concert) {
            None => None,
            Some(id) => Some((id, self.will_not_take_place(id).await?)),
        };
        let bookings = bookings.into_iter().map(|booking| (booking.id, booking)).collect();
        Ok(PaymentData { bookings, concert })
    }

    async fn will_not_take_place(&mut self, id: ConcertId) -> Result<bool, StoreError> {
        let concert = self.unit.concerts().get(id).await?;
        let concert = concert.ok_or_else(|| StoreError::inconsistent("a booking's concert is gone"))?;
        Ok(concert.status == ConcertStatus::Cancelled)
    }

    /// Starts a payment if its booking can be paid.
    fn start(
        &self,
        request: &StartRequest,
        data: &mut PaymentData,
        changes: Option<&mut ChangeSet>,
    ) -> Result<Payment, StartPaymentError> {
        let payer = request.actor.user_id().ok_or(StartPaymentError::LoginRequired)?;
        let found = data.bookings.get_mut(&request.command.booking);
        let booking = found.filter(|booking| booking.user == Some(payer)).ok_or(StartPaymentError::BookingNotFound)?;
        let (Some((concert, is_cancelled)), Some(changes)) = (data.concert, changes) else {
            return Err(StartPaymentError::BookingNotFound);
        };
        if booking.concert != concert {
            return Err(StoreError::inconsistent("a batch is about bookings of several concerts").into());
        }
        check_payable(booking, is_cancelled, self.now)?;
        let payment = self.payment(booking, payer, request);
        let extended = booking.clone().with_extended_hold(self.now.plus_seconds(self.grace_seconds));
        let expires_at = extended.expires_at;
        changes.change_payment(request.actor, extended, Some(payment.id), expires_at);
        changes.start_payment(request.actor, payment.clone());
        // Later requests of this batch for the same booking get `PaymentInProgress`.
        booking.payment = Some(payment.id);
        Ok(payment)
    }

    fn payment(&self, booking: &Booking, payer: UserId, request: &StartRequest) -> Payment {
        Payment {
            id: PaymentId::generate(self.ids),
            booking: booking.id,
            user: Some(payer),
            amount: booking.total,
            refunded: 0,
            method: request.command.method.clone(),
            gateway: request.gateway.to_owned(),
            transaction_id: None,
            status: PaymentStatus::Pending,
            failure: None,
            next_action: None,
            version: 1,
            created_at: self.now,
            updated_at: self.now,
        }
    }
}

fn no_request() -> StoreError {
    StoreError::inconsistent("a batch has fewer requests than keys")
}

fn check_payable(booking: &Booking, concert_is_cancelled: bool, now: Timestamp) -> Result<(), StartPaymentError> {
    match booking.status_at(now) {
        (BookingStatus::Pending, _) => {}
        (BookingStatus::Cancelled, Some(CancelReason::Expired)) => return Err(StartPaymentError::BookingExpired),
        (BookingStatus::Cancelled, Some(CancelReason::ConcertCancelled)) => {
            return Err(StartPaymentError::ConcertCancelled);
        }
        (BookingStatus::Cancelled | BookingStatus::Confirmed, _) => return Err(StartPaymentError::BookingNotPayable),
    }
    if concert_is_cancelled {
        return Err(StartPaymentError::ConcertCancelled);
    }
    if booking.payment.is_some() { Err(StartPaymentError::PaymentInProgress) } else { Ok(()) }
}
