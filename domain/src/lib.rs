//! boxoffice domain.
