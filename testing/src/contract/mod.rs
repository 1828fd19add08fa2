//! The contract of all stores, as tests that run unchanged against each of them.
//!
//! A crate with a store writes `async fn fresh(listener: Arc<dyn CommittedEvents>) -> Ports`, which makes an empty
//! store for one test, and calls [`store_contract!`](crate::store_contract) with its name.

pub mod audit;
pub mod bookings;
pub mod concerts;
pub mod consumers;
pub mod events;
pub mod holdings;
pub mod idempotency;
pub mod organisers;
pub mod payments;
pub mod pruning;
pub mod queries;
pub mod reports;
pub mod sections;
pub mod sessions;
pub mod settlements;
pub mod tickets;
pub mod units;
pub mod users;

use std::any::Any;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use boxoffice_domain::bookings::BookingQueries;
use boxoffice_domain::concerts::{ConcertQueries, OrganiserQueries};
use boxoffice_domain::events::{
    AuditLog, CommittedEvents, Event, EventCursors, EventLog, OutboxEntry, ParkedEventStore,
};
use boxoffice_domain::idempotency::IdempotencyQueries;
use boxoffice_domain::maintenance::{Auditor, Pruner};
use boxoffice_domain::payments::PaymentQueries;
use boxoffice_domain::reports::ReportQueries;
use boxoffice_domain::sales::SalesUnit;
use boxoffice_domain::shared::{EventId, IdGenerator, Page, StoreError, Timestamp};
use boxoffice_domain::store::Store;
use boxoffice_domain::users::UserQueries;

use crate::given::Given;
use crate::ids::SequentialIds;

/// A future that can be spawned.
pub type BoxFuture<'work, T> = Pin<Box<dyn Future<Output = T> + Send + 'work>>;

/// A time with microseconds, which a coarser column would lose.
pub const INSTANT: Timestamp = Timestamp::from_micros(1_777_636_812_345_678);

/// All ports of the store under test, over one empty store that only this test uses.
pub struct Ports {
    /// Units.
    pub store: Arc<dyn Store<dyn SalesUnit>>,
    /// Users.
    pub users: Arc<dyn UserQueries>,
    /// Memberships.
    pub organisers: Arc<dyn OrganiserQueries>,
    /// Concerts.
    pub concerts: Arc<dyn ConcertQueries>,
    /// Bookings.
    pub bookings: Arc<dyn BookingQueries>,
    /// Idempotency keys.
    pub keys: Arc<dyn IdempotencyQueries>,
    /// Payments.
    pub payments: Arc<dyn PaymentQueries>,
    /// Reports.
    pub reports: Arc<dyn ReportQueries>,
    /// How far consumers are in streams.
    pub cursors: Arc<dyn EventCursors>,
    /// What consumers left behind.
    pub parked: Arc<dyn ParkedEventStore>,
    /// A concert's stream for those who follow its seats.
    pub event_log: Arc<dyn EventLog>,
    /// Makes an event one of a type that this version of the program does not know.
    pub make_unreadable: Box<dyn Fn(EventId) -> BoxFuture<'static, ()> + Send + Sync>,
    /// Who did what and when.
    pub audit_log: Arc<dyn AuditLog>,
    /// The audit.
    pub auditor: Arc<dyn Auditor>,
    /// Pruning.
    pub pruner: Arc<dyn Pruner>,
    /// Resources to drop when the test ends, such as a folder or a server.
    pub keep: Box<dyn Any + Send + Sync>,
}

/// The functions of the async runtime that a test needs.
pub trait Runtime: Send + Sync {
    /// Starts work at once on any thread. The returned future completes with it, and panics if it panicked.
    fn spawn(&self, work: BoxFuture<'static, ()>) -> BoxFuture<'static, ()>;

    /// Runs work for at most `limit`. Returns whether it ended in time; if not, it is dropped.
    fn within<'work>(&self, limit: Duration, work: BoxFuture<'work, ()>) -> BoxFuture<'work, bool>;
}

/// A listener that records committed events.
#[derive(Debug, Default)]
pub struct EventRecorder(Mutex<Vec<OutboxEntry>>);

impl EventRecorder {
    /// The committed entries so far, in order.
    pub fn entries(&self) -> Vec<OutboxEntry> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The committed events so far, in order.
    pub fn events(&self) -> Vec<Event> {
        self.entries().into_iter().flat_map(|entry| entry.events).collect()
    }
}

impl CommittedEvents for EventRecorder {
    fn committed(&self, entries: &[OutboxEntry]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(entries);
    }
}

/// The fixture of a contract test.
pub struct Fixture {
    /// The store under test.
    pub ports: Ports,
    /// Writes the initial data of the test.
    pub given: Given,
    /// The events that the store's units committed.
    pub recorder: Arc<EventRecorder>,
    runtime: Box<dyn Runtime>,
}

impl Fixture {
    /// The fixture over an empty store whose units notify `recorder`.
    pub fn new(ports: Ports, recorder: Arc<EventRecorder>, runtime: Box<dyn Runtime>) -> Self {
        let given = Given::new(ports.store.clone(), Arc::new(SequentialIds::new()));
        Self { ports, given, recorder, runtime }
    }

    /// The id generator of this test.
    pub fn ids(&self) -> &dyn IdGenerator {
        self.given.ids()
    }

    /// A new unit.
    pub async fn unit(&self) -> Box<dyn SalesUnit> {
        self.given.unit().await
    }

    /// Runs all work concurrently, on all threads, and returns the results in the given order.
    pub async fn together<T: Send + 'static>(&self, work: Vec<BoxFuture<'static, T>>) -> Vec<T> {
        let outcomes: Arc<Mutex<Vec<Option<T>>>> = Arc::new(Mutex::new(work.iter().map(|_| None).collect()));
        let tasks = work.into_iter().enumerate().map(|(index, work)| {
            let outcomes = outcomes.clone();
            self.runtime.spawn(Box::pin(async move {
                let outcome = work.await;
                outcomes.lock().unwrap()[index] = Some(outcome);
            }))
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await;
        }
        let outcomes = std::mem::take(&mut *outcomes.lock().unwrap());
        outcomes.into_iter().map(Option::unwrap).collect()
    }

    /// Waits for this time.
    pub async fn pause(&self, time: Duration) {
        assert!(!self.runtime.within(time, Box::pin(std::future::pending())).await, "a pending future has ended");
    }

    /// Panics unless the work ends within `limit`.
    pub async fn assert_within(&self, limit: Duration, what: &str, work: impl Future<Output = ()> + Send) {
        assert!(self.runtime.within(limit, Box::pin(work)).await, "{what} took longer than {limit:?}");
    }
}

/// Reads all pages of a list, each after the position that the page before returned.
async fn read_all_pages<T, P>(mut read: impl AsyncFnMut(Option<P>) -> Result<Page<T, P>, StoreError>) -> Vec<T> {
    let mut items = Vec::new();
    let mut after = None;
    loop {
        let page = read(after).await.unwrap();
        assert!(!page.items.is_empty() || page.next.is_none(), "an empty page with a next position");
        items.extend(page.items);
        assert!(items.len() < 1_000, "the pages repeat");
        after = page.next;
        if after.is_none() {
            return items;
        }
    }
}

/// Generates the contract's tests for the store that the given function makes. The crate needs tokio with its
/// macros, its timer and the multi-threaded runtime.
#[macro_export]
macro_rules! store_contract {
    ($fresh:ident) => {
        $crate::store_contract!(@topics $fresh;
            users [
                a_user_comes_back_as_written,
                names_and_addresses_are_taken_once,
                accounts_that_changed_are_found_in_order,
                addresses_that_differ_by_case_only_are_the_same,
                a_save_takes_the_next_version_only,
                a_save_cannot_take_the_name_or_address_of_another,
                unknown_users_are_not_found,
                only_active_admins_count,
                one_of_two_admins_at_most_leaves,
                the_list_is_filtered,
                the_list_is_read_without_gaps_and_doubles,
            ]
            sessions [
                a_token_is_found_by_its_hash,
                a_token_is_used_once,
                late_repeats_are_counted,
                one_of_many_uses_a_token,
                a_family_is_revoked_at_once,
                all_tokens_of_a_user_are_revoked,
                a_hash_names_one_token,
            ]
            organisers [
                a_member_is_known_inside_and_outside_of_units,
                memberships_count_for_active_managers_only,
                organisers_come_oldest_membership_first,
            ]
            concerts [
                a_concert_comes_back_as_written,
                created_concerts_are_counted,
                a_save_takes_the_revision_it_was_read_at,
                a_save_leaves_the_counters_alone,
                advancing_counts_versions_and_tickets,
                the_counter_stays_in_its_range,
                versions_count_every_unit,
                a_draft_is_deleted_with_all_it_has,
                a_changed_draft_is_not_deleted,
            ]
            sections [
                sections_come_back_with_rows_and_prices,
                prices_are_replaced,
                a_section_knows_how_many_tickets_are_available,
                counters_move_together,
                no_counter_falls_below_zero,
            ]
            tickets [
                new_tickets_are_available,
                thousands_are_added_at_once,
                numbers_and_labels_are_unique_in_a_concert,
                claims_are_for_several_bookings_at_once,
                a_claim_is_all_or_nothing,
                tickets_are_sold_to_their_booking_only,
                tickets_are_released_from_what_they_are,
                blocked_tickets_cannot_be_claimed,
                empty_lists_change_nothing,
                concerts_do_not_share_tickets,
                one_of_twenty_gets_the_seat,
                overlapping_claims_have_one_winner_each,
            ]
            bookings [
                a_booking_comes_back_as_written,
                hundreds_are_added_at_once,
                a_reference_is_given_once,
                a_save_writes_what_can_change,
                a_save_over_another_version_changes_nothing,
                bookings_of_a_concert_come_oldest_first,
                the_longest_overdue_come_first,
                lists_come_newest_first_without_gaps_and_doubles,
                the_bookings_of_a_concert_are_filtered_by_status,
                the_bookings_of_a_concert_are_searched,
                bookings_are_named_after_their_account,
                concerts_with_overdue_bookings_are_found,
                cancelled_concerts_with_bookings_are_found,
            ]
            holdings [
                holdings_are_summed,
                a_maximum_is_never_exceeded,
                a_first_row_needs_no_announcement,
                sums_never_fall_below_zero,
                many_units_of_one_user_stay_within_the_cap,
            ]
            payments [
                a_payment_comes_back_as_written,
                a_payment_is_saved_over_the_version_before,
                a_transaction_settles_one_payment,
                a_refund_comes_back_as_written,
                a_refund_is_saved_until_it_is_completed,
                refunds_come_by_payment_and_oldest_first,
                pending_payments_are_found_oldest_first,
                due_refunds_are_found,
            ]
            settlements [
                only_an_expired_booking_is_confirmed_by_a_late_payment,
                an_expired_booking_stays_so_while_nothing_is_on_sale,
                late_payments_keep_to_the_caps_in_any_order,
            ]
            idempotency [
                a_request_is_remembered,
                keys_are_compared_exactly,
                a_key_is_remembered_once,
                a_unit_undone_remembers_nothing,
            ]
            events [
                every_event_comes_back_as_written,
                a_position_is_written_once,
                committed_entries_are_heard,
                an_event_is_recorded_once,
                the_seats_of_a_concert_are_followed_in_order,
                who_follows_seats_reads_no_events,
            ]
            consumers [
                streams_are_delivered_in_order,
                committed_entries_are_delivered_without_a_query,
                a_unit_that_commits_late_is_not_passed_over,
                what_cannot_be_decoded_is_parked,
                a_poison_event_delays_no_other,
                a_lease_keeps_other_processes_out,
                a_cursor_moves_only_from_where_it_was,
                each_consumer_has_its_own_cursors,
                a_backlog_is_bounded,
                a_replay_delivers_again,
                two_processes_pass_nothing_over,
            ]
            units [
                a_unit_sees_its_own_changes_and_others_do_not,
                a_unit_rolled_back_leaves_nothing,
                a_unit_dropped_half_way_leaves_nothing_and_locks_nothing,
                many_dropped_units_leave_room_for_others,
                a_lost_unit_is_run_again,
                one_of_two_equal_users_is_refused,
            ]
            queries [
                the_public_sees_what_is_on_sale_and_not_over,
                members_see_all_of_their_own,
                words_are_searched_without_accents,
                artist_place_and_time_narrow_the_list,
                each_order_is_read_without_gaps_and_doubles,
                the_lowest_price_is_shown,
                availability_tells_every_counter,
                seats_are_shown_by_number,
                availability_is_one_snapshot,
                seats_are_one_snapshot,
            ]
            reports [
                sections_tell_what_they_sold,
                bookings_are_counted_by_slot_and_outcome,
                bookings_have_slots_within_the_span_only,
                refunds_are_summed,
                exported_bookings_tell_their_money,
                bookings_are_exported_newest_first,
                a_report_of_no_concert_is_none,
            ]
            pruning [
                only_what_every_consumer_passed_is_pruned,
                what_is_parked_is_not_pruned,
                pruning_moves_the_floor_and_keeps_the_audit_clean,
                a_little_is_pruned_at_a_time,
                old_keys_are_forgotten,
                old_tokens_are_deleted,
            ]
            audit [
                an_empty_store_is_sound,
                a_store_in_use_is_sound,
                a_ticket_without_a_booking_is_found,
                a_ticket_of_a_dead_booking_is_found,
                a_booking_without_its_tickets_is_found,
                a_confirmed_booking_without_payment_is_found,
                a_payment_of_another_amount_is_found,
                a_payment_refunded_too_much_is_found,
                a_payment_that_is_kept_is_found,
                wrong_counters_are_found,
                wrong_holdings_are_found,
                a_gap_between_versions_is_found,
                a_change_without_an_event_is_found,
                an_undone_cancellation_is_found,
                an_overdue_hold_is_found,
            ]
        );

        struct TokioRuntime;

        impl $crate::contract::Runtime for TokioRuntime {
            fn spawn(
                &self,
                work: $crate::contract::BoxFuture<'static, ()>,
            ) -> $crate::contract::BoxFuture<'static, ()> {
                let task = tokio::spawn(work);
                Box::pin(async move { task.await.unwrap() })
            }

            fn within<'work>(
                &self,
                limit: std::time::Duration,
                work: $crate::contract::BoxFuture<'work, ()>,
            ) -> $crate::contract::BoxFuture<'work, bool> {
                Box::pin(async move { tokio::time::timeout(limit, work).await.is_ok() })
            }
        }
    };
    (@topics $fresh:ident; $($topic:ident [$($test:ident,)*])*) => {$(
        mod $topic {$(
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $test() {
                use $crate::contract::{Fixture, EventRecorder};
                let recorder = std::sync::Arc::new(EventRecorder::default());
                let ports = super::$fresh(recorder.clone()).await;
                let fixture = Fixture::new(ports, recorder, Box::new(super::TokioRuntime));
                $crate::contract::$topic::$test(&fixture).await;
            }
        )*}
    )*};
}

#[cfg(test)]
mod tests {
    /// The name and the source of each topic.
    macro_rules! sources {
        ($($topic:literal)*) => { [$(($topic, include_str!(concat!($topic, ".rs")))),*] };
    }

    #[test]
    fn every_test_of_every_topic_is_run() {
        let list = include_str!("mod.rs").split("macro_rules! store_contract").nth(1).unwrap();
        let sources = sources! {
            "audit" "bookings" "concerts" "consumers" "events" "idempotency" "organisers" "payments" "pruning"
            "holdings" "queries" "reports" "sections" "sessions" "settlements" "tickets" "units" "users"
        };
        let modules = include_str!("mod.rs").lines().filter(|line| line.starts_with("pub mod ")).count();
        assert_eq!(modules, sources.len(), "a topic is missing here");
        for (topic, source) in sources {
            let of_topic = list.split(&format!(" {topic} [")).nth(1).unwrap().split(']').next().unwrap();
            let tests = source.split("\npub async fn ").skip(1);
            for test in tests.map(|rest| rest.split('(').next().unwrap()) {
                assert!(of_topic.contains(&format!(" {test},")), "{topic}::{test} is never run");
            }
        }
    }
}
