//! Tests of what the states of concerts serve.

mod public_concert_cache;
mod seat_maps;
