//! boxoffice adapters.
