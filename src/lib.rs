//! boxoffice.
