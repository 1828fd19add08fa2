//! The goals.

use crate::numbers::shown;

/// A bound for a figure.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Bound {
    /// This value or more.
    AtLeast(f64),
    /// This value or less.
    AtMost(f64),
}

/// A row of the table of goals.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Goal {
    /// The name of the figure.
    pub(crate) what: &'static str,
    /// The suffix of the figure, such as ` ms`.
    pub(crate) unit: &'static str,
    /// The bound that is good enough.
    pub(crate) reach: Bound,
    /// The bound beyond all expectations.
    pub(crate) moonshot: Option<Bound>,
}

impl Bound {
    fn holds(self, figure: f64) -> bool {
        match self {
            Self::AtLeast(least) => figure >= least,
            Self::AtMost(most) => figure <= most,
        }
    }

    /// Formats a bound, such as `≥ 0.75`.
    pub(crate) fn shown(self, unit: &str) -> String {
        match self {
            Self::AtLeast(least) => format!("≥ {}{unit}", plain(least)),
            Self::AtMost(most) => format!("≤ {}{unit}", plain(most)),
        }
    }
}

impl Goal {
    /// Compares a measured figure with the goal.
    pub(crate) fn verdict(&self, figure: Option<f64>) -> &'static str {
        match figure {
            None => "not measured",
            Some(figure) if self.moonshot.is_some_and(|moonshot| moonshot.holds(figure)) => "moonshot",
            Some(figure) if self.reach.holds(figure) => "reached",
            Some(_) => "**missed**",
        }
    }

    /// The figure with its unit.
    pub(crate) fn shown(&self, figure: Option<f64>) -> String {
        figure.map_or("—".to_owned(), |figure| format!("{}{}", shown(figure), self.unit))
    }
}

/// Formats a number without trailing zeros.
fn plain(value: f64) -> String {
    if value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value}") }
}

#[cfg(test)]
mod tests {
    use super::{Bound, Goal};

    #[test]
    fn a_figure_is_judged_by_both_bounds() {
        let rate = Goal { what: "", unit: "x", reach: Bound::AtLeast(3.0), moonshot: Some(Bound::AtLeast(5.0)) };
        let verdicts = [None, Some(2.99), Some(3.0), Some(5.0)].map(|figure| rate.verdict(figure));
        assert_eq!(verdicts, ["not measured", "**missed**", "reached", "moonshot"]);
        let latency = Goal { what: "", unit: " ms", reach: Bound::AtMost(50.0), moonshot: None };
        assert_eq!([50.0, 50.1].map(|figure| latency.verdict(Some(figure))), ["reached", "**missed**"]);
        assert_eq!((latency.reach.shown(" ms"), rate.shown(Some(3.25))), ("≤ 50 ms".to_owned(), "3.25x".to_owned()));
    }
}
