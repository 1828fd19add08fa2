//! The tables for Diesel, the same for both databases. Written by hand; a test compares them with the migrations.
//!
//! Every integer is a `BigInt` here, so that reading a row needs no narrowing. The columns may be smaller.

diesel::table! {
    users (id) {
        id -> Binary,
        username -> Text,
        email -> Text,
        password_hash -> Nullable<Text>,
        role -> Text,
        status -> Text,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    refresh_tokens (id) {
        id -> Binary,
        family_id -> Binary,
        user_id -> Binary,
        token_hash -> Binary,
        issued_at -> BigInt,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
        session_started_at -> BigInt,
        sealed_successor -> Nullable<Binary>,
        late_repeats -> BigInt,
    }
}

diesel::table! {
    organisers (id) {
        id -> Binary,
        name -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    organiser_members (organiser_id, user_id) {
        organiser_id -> Binary,
        user_id -> Binary,
        role -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    concerts (id) {
        id -> Binary,
        organiser_id -> Binary,
        name -> Text,
        artist -> Text,
        description -> Text,
        venue -> Text,
        location -> Text,
        search_text -> Text,
        search_artist -> Text,
        search_location -> Text,
        search_fold -> BigInt,
        time_zone -> Text,
        status -> Text,
        currency -> Text,
        starts_at -> BigInt,
        sales_start_at -> BigInt,
        sales_end_at -> BigInt,
        refundable_until -> Nullable<BigInt>,
        max_tickets_per_booking -> Nullable<BigInt>,
        max_tickets_per_user -> Nullable<BigInt>,
        max_pending_bookings_per_user -> Nullable<BigInt>,
        total -> BigInt,
        available -> BigInt,
        version -> BigInt,
        revision -> BigInt,
        cancelled_at -> Nullable<BigInt>,
        cancellation_done_at -> Nullable<BigInt>,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    sections (concert_id, position) {
        concert_id -> Binary,
        position -> BigInt,
        code -> Text,
        name -> Text,
        kind -> Text,
        layout -> Nullable<Text>,
        plan -> Nullable<Text>,
        first_number -> BigInt,
        last_number -> BigInt,
        total -> BigInt,
        available -> BigInt,
        held -> BigInt,
        sold -> BigInt,
        blocked -> BigInt,
        revenue -> BigInt,
    }
}

diesel::table! {
    prices (concert_id, position, code) {
        concert_id -> Binary,
        position -> BigInt,
        code -> Text,
        ordinal -> BigInt,
        name -> Text,
        amount -> BigInt,
        audience -> Text,
    }
}

diesel::table! {
    tickets (concert_id, number) {
        concert_id -> Binary,
        number -> BigInt,
        seat -> Text,
        status -> Text,
        booking_id -> Nullable<Binary>,
    }
}

diesel::table! {
    bookings (id) {
        id -> Binary,
        reference -> Text,
        concert_id -> Binary,
        user_id -> Nullable<Binary>,
        customer_name -> Nullable<Text>,
        customer_email -> Nullable<Text>,
        status -> Text,
        cancel_reason -> Nullable<Text>,
        expires_at -> BigInt,
        total_amount -> BigInt,
        currency -> Text,
        ticket_count -> BigInt,
        payment_id -> Nullable<Binary>,
        hold_extended -> BigInt,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    booking_tickets (booking_id, number) {
        booking_id -> Binary,
        concert_id -> Binary,
        number -> BigInt,
        seat -> Text,
        section_position -> BigInt,
        category -> Text,
        price -> BigInt,
    }
}

diesel::table! {
    purchases (concert_id, user_id) {
        concert_id -> Binary,
        user_id -> Binary,
        tickets -> BigInt,
        pending_bookings -> BigInt,
    }
}

diesel::table! {
    payments (id) {
        id -> Binary,
        booking_id -> Binary,
        user_id -> Nullable<Binary>,
        amount -> BigInt,
        refunded -> BigInt,
        currency -> Text,
        method -> Text,
        gateway -> Text,
        transaction_id -> Nullable<Text>,
        status -> Text,
        failure -> Nullable<Text>,
        next_action -> Nullable<Text>,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    refunds (id) {
        id -> Binary,
        payment_id -> Binary,
        amount -> BigInt,
        currency -> Text,
        reason -> Text,
        status -> Text,
        gateway_reference -> Nullable<Text>,
        attempts -> BigInt,
        next_attempt_at -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    outbox_entries (stream_kind, stream_id, position) {
        stream_kind -> Text,
        stream_id -> Binary,
        position -> BigInt,
        occurred_at -> BigInt,
        seats -> Nullable<Text>,
        events -> Text,
    }
}

diesel::table! {
    event_consumers (consumer) {
        consumer -> Text,
        holder -> Binary,
        leased_until -> BigInt,
    }
}

diesel::table! {
    event_cursors (consumer, stream_kind, stream_id) {
        consumer -> Text,
        stream_kind -> Text,
        stream_id -> Binary,
        position -> BigInt,
    }
}

diesel::table! {
    parked_events (consumer, event_id) {
        consumer -> Text,
        event_id -> Binary,
        stream_kind -> Text,
        stream_id -> Binary,
        position -> BigInt,
        aggregate -> Text,
        aggregate_id -> Binary,
        version -> BigInt,
        #[sql_name = "type"]
        kind -> Text,
        error -> Text,
        parked_at -> BigInt,
    }
}

diesel::table! {
    stream_floors (stream_kind, stream_id) {
        stream_kind -> Text,
        stream_id -> Binary,
        floor -> BigInt,
    }
}

diesel::table! {
    idempotency_keys (user_id, operation, idem_key) {
        user_id -> Binary,
        operation -> Text,
        idem_key -> Binary,
        command_hash -> Binary,
        resource_id -> Binary,
        created_at -> BigInt,
    }
}

diesel::table! {
    audit_log (event_id) {
        event_id -> Binary,
        occurred_at -> BigInt,
        actor -> Text,
        #[sql_name = "type"]
        kind -> Text,
        aggregate -> Text,
        aggregate_id -> Binary,
        data -> Text,
    }
}

diesel::allow_tables_to_appear_in_same_query!(concerts, organiser_members, prices, users);
diesel::allow_tables_to_appear_in_same_query!(bookings, users);
diesel::allow_tables_to_appear_in_same_query!(payments, refunds);

#[cfg(test)]
mod tests {
    use diesel::connection::SimpleConnection;
    use diesel::prelude::*;
    use diesel::sqlite::Sqlite;
    use diesel::{SqliteConnection, debug_query};
    use diesel_migrations::MigrationHarness;

    /// Reads every column of each table.
    macro_rules! read {
        ($connection:ident: $($table:ident)*) => {$(
            let query = debug_query::<Sqlite, _>(&super::$table::table.limit(0)).to_string();
            let sql = query.split(" -- ").next().unwrap().replace('?', "0");
            $connection.batch_execute(&sql).unwrap();
        )*};
    }

    #[test]
    fn every_column_exists() {
        let mut connection = SqliteConnection::establish(":memory:").unwrap();
        connection.run_pending_migrations(crate::db::migrate::SQLITE).unwrap();
        read! {
            connection:
            users refresh_tokens organisers organiser_members concerts sections prices tickets bookings
            booking_tickets purchases payments refunds outbox_entries event_consumers event_cursors parked_events stream_floors
            idempotency_keys audit_log
        }
    }
}
