//! Tests of the rules of a booking.

use boxoffice_testing::{BookingBuilder, ConcertBuilder, FixedClock, SequentialIds};

#[test]
fn only_the_first_payment_extends_a_hold_and_never_shortens_it() {
    let ids = SequentialIds::new();
    let view = ConcertBuilder::new(&ids).build();
    let end = |seconds| FixedClock::START.plus_seconds(seconds);
    let booking = BookingBuilder::new(&ids, &view).tickets([1]).expires_at(end(600)).build();
    let extended = booking.clone().with_extended_hold(end(700));
    assert_eq!((extended.expires_at, extended.hold_extended), (end(700), true));
    assert_eq!(extended.clone().with_extended_hold(end(800)), extended);
    let in_time = booking.with_extended_hold(end(500));
    assert_eq!((in_time.expires_at, in_time.hold_extended), (end(600), true));
    assert_eq!(in_time.clone().with_extended_hold(end(800)), in_time);
}
