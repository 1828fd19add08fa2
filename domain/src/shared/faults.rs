//! Collects all validation faults of a command, each with the place of its value.

/// One value that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// JSON pointer (RFC 6901) into the command, such as `/seats/3`.
    pub pointer: String,
    /// A stable code for programs, such as `too_long`; one of [`Fault::CODES`].
    pub code: &'static str,
    /// A sentence for users.
    pub detail: String,
}

impl Fault {
    /// All codes. The API documents them, so that clients can translate each one.
    pub const CODES: &[&str] = &[
        "ambiguous",
        "characters",
        "count",
        "duplicate",
        "in_the_past",
        "length",
        "members_only",
        "not_allowed",
        "not_an_email",
        "out_of_range",
        "required",
        "reserved",
        "too_early",
        "too_late",
        "too_long",
        "too_many_tickets",
        "too_short",
        "too_weak",
        "unknown_category",
        "unknown_currency",
        "unknown_kind",
        "unknown_method",
        "unknown_organiser",
        "unknown_seat",
        "unknown_section",
        "unknown_time_zone",
    ];
}

/// The faults found so far while a command is built.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// The most faults that are collected. More do not help a client.
    pub const MAX: usize = 100;

    /// An empty list.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// A single fault.
    pub fn one(pointer: impl Into<String>, code: &'static str, detail: impl Into<String>) -> Self {
        let mut faults = Self::new();
        faults.add(pointer, code, detail);
        faults
    }

    /// Adds a fault; past [`Faults::MAX`] it is dropped.
    pub fn add(&mut self, pointer: impl Into<String>, code: &'static str, detail: impl Into<String>) {
        debug_assert!(Fault::CODES.contains(&code), "the fault code {code} is not listed in Fault::CODES");
        if self.0.len() < Self::MAX {
            self.0.push(Fault { pointer: pointer.into(), code, detail: detail.into() });
        }
    }

    /// Adds a fault unless `holds`.
    pub fn require(&mut self, holds: bool, pointer: impl Into<String>, code: &'static str, detail: impl Into<String>) {
        if !holds {
            self.add(pointer, code, detail);
        }
    }

    /// Returns the value of a checked result, or adds its faults to this list.
    pub fn take<T>(&mut self, checked: Result<T, Self>) -> Option<T> {
        match checked {
            Ok(value) => Some(value),
            Err(faults) => {
                for fault in faults.0 {
                    self.add(fault.pointer, fault.code, fault.detail);
                }
                None
            }
        }
    }

    /// Whether no fault was found.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `Ok` when no fault was found.
    ///
    /// # Errors
    /// All collected faults.
    pub fn into_result(self) -> Result<(), Self> {
        if self.is_empty() { Ok(()) } else { Err(self) }
    }

    /// The faults in the order found.
    pub fn into_vec(self) -> Vec<Fault> {
        self.0
    }

    /// The faults in the order found.
    pub fn as_slice(&self) -> &[Fault] {
        &self.0
    }
}
