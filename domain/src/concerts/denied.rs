//! Why access to a concert, or to what was sold of it, is denied.

use crate::shared::StoreError;

/// Why an actor may not manage a concert, or read what was sold of it.
#[derive(Debug, Clone)]
pub(crate) enum Denied {
    /// The request has no logged-in user.
    LoginRequired,
    /// The concert does not exist, or the actor may not see it.
    NotFound,
    /// The actor sees the concert, and may not do this.
    Forbidden,
    /// The database failed.
    Store(StoreError),
}

impl From<StoreError> for Denied {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// The errors of use cases with the same reasons: each variant becomes the one of the same name.
macro_rules! denied_as {
    ($($error:ident),*) => {$(
        impl From<$crate::concerts::Denied> for $error {
            fn from(denied: $crate::concerts::Denied) -> Self {
                use $crate::concerts::Denied;
                match denied {
                    Denied::LoginRequired => Self::LoginRequired,
                    Denied::NotFound => Self::NotFound,
                    Denied::Forbidden => Self::Forbidden,
                    Denied::Store(error) => Self::Store(error),
                }
            }
        }
    )*};
}

pub(crate) use denied_as;
