//! E-mail addresses: which are valid, and their normal form.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_security::MixedScript;

use crate::shared::Faults;
use crate::text::is_invisible;

/// The domain of an erased user's address. No address in it can be registered.
const ERASED_MAIL_DOMAIN: &str = "erased.invalid";

/// An e-mail address in its normal form: compatibility composed (NFKC), lower case, the domain in ASCII (IDNA). A valid
/// address need not have a mailbox.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Email(String);

impl Email {
    /// The longest address, in bytes of UTF-8 (RFC 5321, 4.5.3.1.3, without the angle brackets).
    pub const MAX_LENGTH: usize = 254;
    /// The longest part before the `@`, in bytes of UTF-8 (RFC 5321, 4.5.3.1.1).
    const LOCAL_MAX_LENGTH: usize = 64;

    /// Parses an address: a dot-atom (RFC 5321, with the letters of RFC 6531) and a domain of at least two labels.
    /// Quoted local parts and address literals are refused: no user's mailbox needs them. A part that mixes scripts is
    /// refused, because it can look like another address.
    ///
    /// # Errors
    /// All faults of the address, at `pointer`.
    pub fn parse(text: &str, pointer: &str) -> Result<Self, Faults> {
        if text.len() > 2 * Self::MAX_LENGTH {
            return Err(too_long(pointer));
        }
        let Some(address) = canonical(text) else {
            return Err(Faults::one(pointer, "not_an_email", "this is no e-mail address"));
        };
        if address.len() > Self::MAX_LENGTH {
            return Err(too_long(pointer));
        }
        Ok(Self(address))
    }

    /// Restores an address from the database without checks.
    pub const fn from_stored(address: String) -> Self {
        Self(address)
    }

    /// The address of an erased account with this id.
    pub(super) fn of_erased(id: &str) -> Self {
        Self(format!("{id}@{ERASED_MAIL_DOMAIN}"))
    }

    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the `@`.
    pub fn local_part(&self) -> &str {
        self.0.split('@').next().unwrap_or_default()
    }
}

/// A part of a name or address, in the stored form.
pub(crate) fn search_form(typed: &str) -> String {
    let composed: String = typed.trim().nfkc().collect();
    composed.to_lowercase().nfkc().collect()
}

/// The stored form of a name or address that is typed to find an account.
pub(crate) fn login_form(typed: &str) -> String {
    canonical(typed).unwrap_or_else(|| typed.trim().to_lowercase())
}

/// All stored forms that a typed name or address may have, the normal form first. Addresses that are older than the
/// normal form are only in lower case.
pub(super) fn login_forms(typed: &str) -> Vec<String> {
    let lower = typed.trim().to_lowercase();
    match canonical(typed) {
        Some(address) if address != lower => vec![address, lower],
        _ => vec![lower],
    }
}

fn too_long(pointer: &str) -> Faults {
    let longest = Email::MAX_LENGTH;
    Faults::one(pointer, "too_long", format!("an e-mail address has at most {longest} bytes"))
}

fn canonical(text: &str) -> Option<String> {
    let composed: String = text.trim().nfkc().collect();
    let (local, domain) = composed.rsplit_once('@')?;
    let local: String = local.to_lowercase().nfkc().collect();
    is_local_part(&local).then_some(())?;
    let shown = domain_that_is_shown(domain)?;
    let domain = idna::domain_to_ascii_strict(&shown).ok()?;
    // Top-level domains have letters (RFC 3696, 2), so this is an IP address.
    let is_a_name = domain.rsplit('.').next()?.contains(|c: char| c.is_ascii_alphabetic());
    (domain.contains('.') && is_a_name && domain != ERASED_MAIL_DOMAIN).then(|| format!("{local}@{domain}"))
}

/// Whether a text is a dot-atom: no dot at its ends, no two in a row.
fn is_local_part(local: &str) -> bool {
    let atoms_fit = local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atom_character));
    atoms_fit && local.len() <= Email::LOCAL_MAX_LENGTH && local.is_single_script()
}

fn is_atom_character(c: char) -> bool {
    match c {
        _ if c.is_ascii() => c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c),
        _ => !is_invisible(c) && (c.is_alphanumeric() || is_combining_mark(c)),
    }
}

/// The domain in its displayed form. `None` when one of its labels mixes scripts, or has characters that IDNA drops
/// silently (such as soft hyphens).
fn domain_that_is_shown(domain: &str) -> Option<String> {
    let (shown, judged) = idna::domain_to_unicode(domain);
    judged.ok()?;
    let labels_fit = shown.split('.').all(|label| !label.is_empty() && label.is_single_script());
    (labels_fit && !domain.chars().any(is_invisible)).then_some(shown)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization;

    use super::Email;

    fn parsed(text: &str) -> Option<String> {
        Email::parse(text, "/email").ok().map(|email| email.as_str().to_owned())
    }

    #[test]
    fn addresses_have_one_normal_form() {
        for (typed, address) in [
            (" Ana@Example.COM ", "ana@example.com"),
            ("ana+tickets@example.com", "ana+tickets@example.com"),
            ("o'neil.b_c-d@sub.example.co.uk", "o'neil.b_c-d@sub.example.co.uk"),
            ("cafe\u{301}@example.com", "caf\u{e9}@example.com"),
            ("ａｎａ@ｅｘａｍｐｌｅ．ｃｏｍ", "ana@example.com"),
            ("ana@bücher.example", "ana@xn--bcher-kva.example"),
            ("ana@xn--bcher-kva.example", "ana@xn--bcher-kva.example"),
            ("иван@почта.рф", "иван@xn--80a1acny.xn--p1ai"),
            ("山田@例え.jp", "山田@xn--r8jz45g.jp"),
        ] {
            assert_eq!(parsed(typed).as_deref(), Some(address), "{typed}");
        }
    }

    #[test]
    fn a_text_that_is_no_address_is_refused() {
        for text in [
            "",
            "ana",
            "@x.y",
            "ana@",
            "ana@x",
            "a@b@c.de",
            "a b@c.de",
            "a@c..de",
            "a\0@c.de",
            "a@.de",
            "a@c.de.",
            "a@erased.invalid",
            "a@127.0.0.1",
            "a@12.34",
            "a@e.xy,b.cd",
            "a<b@e.xy>.z",
            ".a@c.de",
            "a.@c.de",
            "a..b@c.de",
            "\"a b\"@c.de",
            "a@[127.0.0.1]",
            "a@-c.de",
            "a@c_d.de",
            "a@c.de\u{200B}x",
            "a\u{200B}b@c.de",
            "a\u{202E}b@c.de",
            "a\u{AD}b@c.de",
            "a@c\u{AD}d.de",
            "a@c.d\u{2066}e",
            "p\u{430}ypal@example.com",
            "ana@p\u{430}ypal.com",
            "ana@xn--pypal-4ve.com",
            "emoji🎫@example.com",
            "a@xn--.de",
            "a;b@c.de",
            "a\u{3164}@c.de",
        ] {
            assert_eq!(parsed(text), None, "{text:?}");
        }
    }

    #[test]
    fn lengths_are_those_of_the_standard() {
        let domain = format!("{0}.{0}.{0}.example.com", "d".repeat(50));
        assert!(parsed(&format!("{}@{domain}", "a".repeat(64))).is_some());
        assert_eq!(parsed(&format!("{}@{domain}", "a".repeat(65))), None);
        let longer = format!("{0}.{0}.{0}.{0}.example.com", "d".repeat(50));
        assert_eq!(parsed(&format!("{}@{longer}", "a".repeat(64))), None);
        assert_eq!(parsed(&"a".repeat(100_000)), None);
    }

    proptest! {
        #[test]
        fn an_address_stays_what_it_is(text in "[\\p{L}\\p{N}.+'\u{301}-]{1,12}@[a-zà-ž]{1,8}\\.(com|de)") {
            if let Some(address) = parsed(&text) {
                prop_assert_eq!(parsed(&address), Some(address.clone()));
                let decomposed: String = text.nfd().collect();
                prop_assert_eq!(parsed(&decomposed), Some(address.clone()));
            }
        }

        #[test]
        fn nothing_invisible_is_taken(text in "a[\\u{200B}-\\u{200F}\\u{202A}-\\u{202E}\\u{2060}-\\u{206F}\\u{FE0F}\\u{AD}]b@example\\.com") {
            prop_assert_eq!(parsed(&text), None);
        }
    }
}
