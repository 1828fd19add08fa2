//! The kind of installation.

/// The name in `BOXOFFICE_ENV`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// A developer's machine. The default.
    Development,
    /// A rehearsal for production.
    Staging,
    /// Real money and real tickets.
    Production,
    /// Automatic tests.
    Test,
}

impl Environment {
    const ALL: [Self; 4] = [Self::Development, Self::Staging, Self::Production, Self::Test];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Development => "development",
            Self::Staging => "staging",
            Self::Production => "production",
            Self::Test => "test",
        }
    }

    /// The environment with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|environment| environment.as_str() == name)
    }

    /// Whether convenient but unsafe settings are refused.
    pub const fn is_production(self) -> bool {
        matches!(self, Self::Production)
    }

    /// The built-in text of `config/<environment>.toml`.
    pub(super) const fn built_in_toml(self) -> &'static str {
        match self {
            Self::Development => include_str!("../../config/development.toml"),
            Self::Staging => include_str!("../../config/staging.toml"),
            Self::Production => include_str!("../../config/production.toml"),
            Self::Test => include_str!("../../config/test.toml"),
        }
    }
}
