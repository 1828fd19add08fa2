//! Text as a search sees it.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::ConcertDetails;

/// Folds text for searching: compatibility forms and accents are dropped (NFKD), letters are lower case, white space
/// between words is one blank. Both what is searched and what is searched for go through here.
pub fn fold(text: &str) -> String {
    let plain: String = text.nfkd().filter(|c| !is_combining_mark(*c)).collect();
    let mut folded = String::with_capacity(plain.len());
    for word in plain.to_lowercase().split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.push_str(word);
    }
    folded
}

impl ConcertDetails {
    /// What a search for words looks into: name, artist, venue and location, folded, a line each so that no match
    /// spans two of them.
    pub fn search_text(&self) -> String {
        [&self.name, &self.artist, &self.venue, &self.location].map(|text| fold(text)).join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn accents_case_and_spacing_do_not_matter() {
        assert_eq!(fold("  Björk\tGuðmundsdóttir "), "bjork guðmundsdottir");
        assert_eq!(fold("ＡＣ／ＤＣ"), "ac/dc");
        assert_eq!(fold("Zoë  ÉTOILE ﬁn"), "zoe etoile fin");
        assert_eq!(fold("東京 ドーム"), "東京 ト\u{30fc}ム");
    }
}
