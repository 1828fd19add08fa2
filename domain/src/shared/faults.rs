//! Every fault of a command at once, each with where it is.

/// One value that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// JSON pointer (RFC 6901) into the command, such as `/seats/3`.
    pub pointer: String,
    /// A stable word for programs, such as `too_long`; one of [`Fault::CODES`].
    pub code: &'static str,
    /// A sentence for people.
    pub detail: String,
}

impl Fault {
    /// Every code there is. Clients are told them, so that they can say each in their users' language.
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
    /// The most faults that are collected; more help nobody.
    pub const MAX: usize = 100;

    /// No fault yet.
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
        debug_assert!(Fault::CODES.contains(&code), "clients are not told of the fault {code}");
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

    /// Takes the value out of what was judged, or its faults in.
    pub fn take<T>(&mut self, judged: Result<T, Self>) -> Option<T> {
        match judged {
            Ok(value) => Some(value),
            Err(faults) => {
                for fault in faults.0 {
                    self.add(fault.pointer, fault.code, fault.detail);
                }
                None
            }
        }
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `Ok` when nothing was found.
    ///
    /// # Errors
    /// All the faults.
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
