//! A property test of the bookings of a concert over random sequences of steps. After each step the audit finds no
//! violation, no seat is in two live bookings, statuses follow the state table, and refusals are correct. A booking
//! that a user cancelled is never confirmed later. A late payment confirms its booking if that is allowed, and is
//! refunded otherwise. In the end money and tickets agree.

mod model;
mod system;

use proptest::prelude::*;
use proptest::sample::subsequence;

use boxoffice_testing::{ChargeScript, VoidScript};

use model::{FANS, SEATS};
use system::SystemUnderTest;

/// One step of a sequence.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// A customer books, possibly with one of their idempotency keys.
    Place(TicketRequest, Option<usize>),
    /// Several customers book in one batch.
    PlaceBatch(Vec<TicketRequest>),
    /// A booking is cancelled, by its customer or by a member.
    Cancel {
        booking: usize,
        by_member: bool,
    },
    /// A booking's customer pays, and the gateway follows this script.
    Pay {
        booking: usize,
        script: ChargeScript,
    },
    /// The gateway decides about a waiting payment.
    Settle {
        approved: bool,
    },
    /// The workers run.
    Reconcile,
    Expire,
    CancelConcertBookings,
    /// The sale is paused or resumed.
    Pause(bool),
    /// What the gateway does with the next request to void a charge.
    Void(VoidScript),
    /// Time passes, in seconds.
    Wait(i64),
    /// The concert is cancelled.
    CancelConcert,
}

/// A customer's request for tickets.
#[derive(Debug, Clone)]
pub(crate) struct TicketRequest {
    pub(crate) fan: usize,
    pub(crate) wanted: TicketSelection,
}

#[derive(Debug, Clone)]
pub(crate) enum TicketSelection {
    Seats(Vec<&'static str>),
    Best(&'static str, u32),
}

fn ticket_request() -> impl Strategy<Value = TicketRequest> {
    let named = subsequence(SEATS.to_vec(), 1..=3).prop_shuffle().prop_map(TicketSelection::Seats);
    let best = (prop_oneof![4 => Just("A"), 3 => Just("GA"), 1 => Just("FREE")], 1..=5_u32)
        .prop_map(|(section, quantity)| TicketSelection::Best(section, quantity));
    (0..FANS, prop_oneof![named, best]).prop_map(|(fan, wanted)| TicketRequest { fan, wanted })
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let script = prop_oneof![
        4 => Just(ChargeScript::Approve),
        1 => Just(ChargeScript::Decline),
        3 => Just(ChargeScript::Wait),
        1 => Just(ChargeScript::NoAnswer),
        1 => Just(ChargeScript::AnswerLost),
    ];
    let void = proptest::sample::select(vec![VoidScript::Refuse, VoidScript::NoAnswer, VoidScript::AnswerLost]);
    let booking = || 0..64_usize;
    let step = prop_oneof![
        30 => (ticket_request(), proptest::option::weighted(0.3, 0..3_usize))
            .prop_map(|(request, key)| Step::Place(request, key)),
        10 => proptest::collection::vec(ticket_request(), 2..6).prop_map(Step::PlaceBatch),
        15 => (booking(), any::<bool>()).prop_map(|(booking, by_member)| Step::Cancel { booking, by_member }),
        25 => (booking(), script).prop_map(|(booking, script)| Step::Pay { booking, script }),
        5 => any::<bool>().prop_map(|approved| Step::Settle { approved }),
        8 => Just(Step::Reconcile),
        8 => Just(Step::Expire),
        3 => Just(Step::CancelConcertBookings),
        15 => prop_oneof![Just(1), Just(60), Just(130), Just(599), Just(600)].prop_map(Step::Wait),
        4 => any::<bool>().prop_map(Step::Pause),
        3 => void.prop_map(Step::Void),
        1 => Just(Step::CancelConcert),
    ];
    proptest::collection::vec(step, 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(96) })]

    #[test]
    fn seats_bookings_and_money_agree_after_any_steps(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut system = SystemUnderTest::new().await;
            for step in steps {
                system.take(step).await;
            }
            system.settle().await;
        });
    }
}
