//! Reading payments, against mocks.

use std::sync::Arc;

use boxoffice_domain::concerts::{MemberRole, MockOrganiserQueries};
use boxoffice_domain::payments::{MockPaymentQueries, Payments, ReadPaymentError};
use boxoffice_domain::shared::{Actor, RefundId, Role, StoreError};
use boxoffice_testing::{RefundBuilder, SequentialIds};

use crate::sales::payment::fixtures::{Sale, fan, stranger, user};

/// The ports of the service under test.
#[derive(Default)]
struct Outside {
    payments: MockPaymentQueries,
    organisers: MockOrganiserQueries,
}

impl Outside {
    fn service(self) -> Payments {
        Payments::new(Arc::new(self.payments), Arc::new(self.organisers))
    }
}

/// The ports when an actor with `role` at the organiser reads `sale`.
fn outside(sale: &Sale, role: Option<MemberRole>) -> Outside {
    let mut outside = Outside::default();
    let Sale { payment, booking, concert } = sale.clone();
    let (booking, concert) = (booking.id, concert.id);
    outside.payments.expect_get().returning(move |_| Ok(Some(payment.clone())));
    outside.payments.expect_concert_of().returning(move |asked| Ok(Some(concert).filter(|_| asked == booking)));
    outside.organisers.expect_role_at().returning(move |_, at| Ok(role.filter(|_| at == concert)));
    outside
}

async fn is_shown(actor: Actor, role: Option<MemberRole>) -> bool {
    let sale = Sale::paid();
    match outside(&sale, role).service().get(&actor, sale.payment.id).await {
        Ok(payment) => payment == sale.payment,
        Err(ReadPaymentError::NotFound) => false,
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn a_payment_is_shown_to_its_customer_to_members_who_read_bookings_and_to_admins() {
    let admin = Actor::User { id: fan(), role: Role::Admin };
    assert!(is_shown(user(fan()), None).await);
    assert!(is_shown(admin, None).await);
    assert!(is_shown(Actor::System, None).await);
    for role in [MemberRole::Owner, MemberRole::Manager, MemberRole::BoxOffice, MemberRole::Viewer] {
        assert!(is_shown(stranger(), Some(role)).await, "{role:?}");
    }
    assert!(!is_shown(stranger(), Some(MemberRole::Scanner)).await);
    assert!(!is_shown(stranger(), None).await);
}

#[tokio::test]
async fn refunds_are_shown_to_actors_who_see_their_payment() {
    let sale = Sale::paid();
    let refund = RefundBuilder::new(&SequentialIds::new(), &sale.payment).amount(500).build();
    for (actor, role, is_shown) in [
        (user(fan()), None, true),
        (stranger(), Some(MemberRole::Viewer), true),
        (stranger(), Some(MemberRole::Scanner), false),
        (stranger(), None, false),
    ] {
        let mut outside = outside(&sale, role);
        let (listed, found) = (refund.clone(), refund.clone());
        outside.payments.expect_refunds_of().returning(move |_| Ok(vec![listed.clone()]));
        outside.payments.expect_refund().returning(move |id| Ok(Some(found.clone()).filter(|refund| refund.id == id)));
        let service = outside.service();
        let list = service.refunds_of(&actor, sale.payment.id).await;
        let one = service.get_refund(&actor, refund.id).await;
        if is_shown {
            assert_eq!((list.unwrap(), one.unwrap()), (vec![refund.clone()], refund.clone()));
        } else {
            assert!(matches!(list, Err(ReadPaymentError::NotFound)), "{list:?}");
            assert!(matches!(one, Err(ReadPaymentError::NotFound)), "{one:?}");
        }
    }
}

#[tokio::test]
async fn a_missing_refund_is_not_found_and_anonymous_actors_read_none() {
    let id = RefundId::generate(&SequentialIds::new());
    let mut outside = Outside::default();
    outside.payments.expect_refund().times(1).returning(|_| Ok(None));
    let service = outside.service();
    assert!(matches!(service.get_refund(&user(fan()), id).await, Err(ReadPaymentError::NotFound)));
    assert!(matches!(service.get_refund(&Actor::Anonymous, id).await, Err(ReadPaymentError::LoginRequired)));
}

#[tokio::test]
async fn anonymous_actors_read_no_payments() {
    let refused = Outside::default().service().get(&Actor::Anonymous, Sale::paid().payment.id).await;
    assert!(matches!(refused, Err(ReadPaymentError::LoginRequired)));
}

#[tokio::test]
async fn a_missing_payment_is_not_found() {
    let mut outside = Outside::default();
    outside.payments.expect_get().times(1).returning(|_| Ok(None));
    let refused = outside.service().get(&user(fan()), Sale::paid().payment.id).await;
    assert!(matches!(refused, Err(ReadPaymentError::NotFound)));
}

#[tokio::test]
async fn a_payment_without_a_booking_is_still_shown_to_its_customer() {
    let sale = Sale::paid();
    for (actor, shown) in [(user(fan()), true), (stranger(), false)] {
        let mut outside = Outside::default();
        let payment = sale.payment.clone();
        outside.payments.expect_get().returning(move |_| Ok(Some(payment.clone())));
        outside.payments.expect_concert_of().returning(|_| Ok(None));
        assert_eq!(outside.service().get(&actor, sale.payment.id).await.is_ok(), shown);
    }
}

#[tokio::test]
async fn failures_of_the_queries_are_returned() {
    let sale = Sale::paid();
    let mut no_payments = Outside::default();
    no_payments.payments.expect_get().returning(|_| Err(StoreError::Busy));
    let mut no_bookings = Outside::default();
    let payment = sale.payment.clone();
    no_bookings.payments.expect_get().returning(move |_| Ok(Some(payment.clone())));
    no_bookings.payments.expect_concert_of().returning(|_| Err(StoreError::Busy));
    let mut no_members = Outside::default();
    let Sale { payment, concert, .. } = sale.clone();
    no_members.payments.expect_get().returning(move |_| Ok(Some(payment.clone())));
    no_members.payments.expect_concert_of().returning(move |_| Ok(Some(concert.id)));
    no_members.organisers.expect_role_at().returning(|_, _| Err(StoreError::Busy));
    for outside in [no_payments, no_bookings, no_members] {
        let failed = outside.service().get(&stranger(), sale.payment.id).await;
        assert!(matches!(failed, Err(ReadPaymentError::Store(StoreError::Busy))));
    }
}
