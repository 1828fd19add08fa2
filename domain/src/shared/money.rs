//! Money in minor units of one currency.

use iso_currency::Currency as IsoCurrency;

/// An ISO 4217 currency that has an exponent, such as `IDR` or `EUR`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency(IsoCurrency);

impl Currency {
    /// The codes of all supported currencies, in alphabetical order.
    pub const CODES: [&str; 170] = [
        "AED", "AFN", "ALL", "AMD", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BGN", "BHD", "BIF", "BMD",
        "BND", "BOB", "BOV", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD", "CDF", "CHE", "CHF", "CHW", "CLF", "CLP",
        "CNY", "COP", "COU", "CRC", "CUC", "CUP", "CVE", "CZK", "DJF", "DKK", "DOP", "DZD", "EGP", "ERN", "ETB", "EUR",
        "FJD", "FKP", "GBP", "GEL", "GHS", "GIP", "GMD", "GNF", "GTQ", "GYD", "HKD", "HNL", "HRK", "HTG", "HUF", "IDR",
        "ILS", "INR", "IQD", "IRR", "ISK", "JMD", "JOD", "JPY", "KES", "KGS", "KHR", "KMF", "KPW", "KRW", "KWD", "KYD",
        "KZT", "LAK", "LBP", "LKR", "LRD", "LSL", "LYD", "MAD", "MDL", "MGA", "MKD", "MMK", "MNT", "MOP", "MRU", "MUR",
        "MVR", "MWK", "MXN", "MXV", "MYR", "MZN", "NAD", "NGN", "NIO", "NOK", "NPR", "NZD", "OMR", "PAB", "PEN", "PGK",
        "PHP", "PKR", "PLN", "PYG", "QAR", "RON", "RSD", "RUB", "RWF", "SAR", "SBD", "SCR", "SDG", "SEK", "SGD", "SHP",
        "SLE", "SLL", "SOS", "SRD", "SSP", "STN", "SVC", "SYP", "SZL", "THB", "TJS", "TMT", "TND", "TOP", "TRY", "TTD",
        "TWD", "TZS", "UAH", "UGX", "USD", "USN", "UYI", "UYU", "UYW", "UZS", "VED", "VES", "VND", "VUV", "WST", "XAD",
        "XAF", "XCD", "XCG", "XOF", "XPF", "YER", "ZAR", "ZMW", "ZWG", "ZWL",
    ];

    /// Parses an upper-case ISO 4217 code. `None` when there is no such currency or it has no minor unit defined
    /// (gold, testing codes).
    pub fn parse(code: &str) -> Option<Self> {
        let currency = IsoCurrency::from_code(code)?;
        currency.exponent().map(|_| Self(currency))
    }

    /// The three-letter code.
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// Decimal digits of the minor unit: 2 for EUR and IDR, 0 for JPY.
    pub fn exponent(self) -> u16 {
        self.0.exponent().unwrap_or(0)
    }
}

/// An amount that is never negative, in minor units (cents) of its currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

/// Why an amount is invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The amount is below zero, or above [`Money::MAX_MINOR`].
    #[error("the amount is out of range")]
    OutOfRange,
    /// The two amounts have different currencies.
    #[error("the amounts have different currencies")]
    CurrencyMismatch,
}

impl Money {
    /// The largest amount in minor units: the largest integer that JavaScript holds exactly.
    pub const MAX_MINOR: i64 = 9_007_199_254_740_991;

    /// An amount between 0 and [`Money::MAX_MINOR`].
    ///
    /// # Errors
    /// [`MoneyError::OutOfRange`] outside of that.
    pub fn new(minor: i64, currency: Currency) -> Result<Self, MoneyError> {
        if (0..=Self::MAX_MINOR).contains(&minor) { Ok(Self { minor, currency }) } else { Err(MoneyError::OutOfRange) }
    }

    /// Zero in a currency.
    pub const fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }

    /// The amount in minor units.
    pub const fn minor(self) -> i64 {
        self.minor
    }

    /// The currency of the amount.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// Whether the amount is zero.
    pub const fn is_zero(self) -> bool {
        self.minor == 0
    }

    /// The sum of two amounts.
    ///
    /// # Errors
    /// [`MoneyError`] when the currencies differ or the sum is too large.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, i64::checked_add)
    }

    /// The difference of two amounts.
    ///
    /// # Errors
    /// [`MoneyError`] when the currencies differ or the result would be negative.
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, i64::checked_sub)
    }

    fn combine(self, other: Self, operation: fn(i64, i64) -> Option<i64>) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::CurrencyMismatch);
        }
        Self::new(operation(self.minor, other.minor).ok_or(MoneyError::OutOfRange)?, self.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::{Currency, Money, MoneyError};

    fn eur(minor: i64) -> Money {
        Money::new(minor, Currency::parse("EUR").unwrap()).unwrap()
    }

    #[test]
    fn sums_and_differences_stay_in_range() {
        assert_eq!(eur(150).plus(eur(50)), Ok(eur(200)));
        assert_eq!(eur(150).minus(eur(151)), Err(MoneyError::OutOfRange));
        assert_eq!(eur(Money::MAX_MINOR).plus(eur(1)), Err(MoneyError::OutOfRange));
    }

    #[test]
    fn currencies_never_mix() {
        let rupiah = Money::zero(Currency::parse("IDR").unwrap());
        assert_eq!(eur(1).plus(rupiah), Err(MoneyError::CurrencyMismatch));
    }

    #[test]
    fn only_real_currencies_are_known() {
        assert_eq!(Currency::parse("JPY").map(Currency::exponent), Some(0));
        for code in ["eur", "XAU", "XDR", "ZZZ", ""] {
            assert_eq!(Currency::parse(code), None, "{code}");
        }
    }

    #[test]
    fn every_currency_is_listed() {
        let letters = || (b'A'..=b'Z').map(char::from);
        let codes = letters().flat_map(|a| letters().flat_map(move |b| letters().map(move |c| format!("{a}{b}{c}"))));
        let known: Vec<String> = codes.filter(|code| Currency::parse(code).is_some()).collect();
        assert_eq!(known, Currency::CODES);
    }
}
