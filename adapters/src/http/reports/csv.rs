//! Comma-separated values (RFC 4180) that no spreadsheet interprets as formulas.

/// Spreadsheets interpret text as a formula if it begins with one of these, or after skipping one of these.
const FORMULA_BEGINNINGS: &[char] =
    &['=', '+', '-', '@', '\t', '\r', '\n', '\u{FF1D}', '\u{FF0B}', '\u{FF0D}', '\u{FF20}'];

/// Makes spreadsheets show a cell as text.
const TEXT_MARK: char = '\'';

/// English month names. Spreadsheets also recognise their abbreviations, from three letters on.
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Tells spreadsheets that the file is UTF-8.
pub(super) const BYTE_ORDER_MARK: char = '\u{FEFF}';

/// The content of a cell.
#[derive(Debug, Clone, Copy)]
pub(super) enum Cell<'a> {
    /// A number or a time that we wrote, to be computed with.
    Value(&'a str),
    /// Text from users, to be shown as it is.
    Text(&'a str),
}

/// Appends a line of cells.
pub(super) fn push_line<'a>(text: &mut String, cells: impl IntoIterator<Item = Cell<'a>>) {
    for (index, cell) in cells.into_iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        match cell {
            Cell::Value(value) => push_cell(text, value, false),
            Cell::Text(words) => push_cell(text, words, words.starts_with(FORMULA_BEGINNINGS) || reads_as_value(words)),
        }
    }
    text.push_str("\r\n");
}

fn push_cell(text: &mut String, cell: &str, marked: bool) {
    let quoted = marked || cell.contains([',', '"', '\r', '\n', ';', '\t']);
    if !quoted {
        text.push_str(cell);
        return;
    }
    text.push('"');
    if marked {
        text.push(TEXT_MARK);
    }
    for letter in cell.chars() {
        if letter == '"' {
            text.push('"');
        }
        text.push(letter);
    }
    text.push('"');
}

/// Whether a spreadsheet would convert the text: `000123` to 123, `1e5` to 100000, `1-2` and `mar1` to dates.
fn reads_as_value(cell: &str) -> bool {
    let is_digit = |letter: char| letter.is_ascii_digit();
    let joins = |letter: char| matches!(letter, '.' | ',' | ':' | '/' | '-' | '+' | ' ' | '%');
    let is_number = cell.starts_with(|letter| is_digit(letter) || letter == '.')
        && cell.chars().all(|letter| is_digit(letter) || joins(letter) || matches!(letter, 'e' | 'E'));
    is_number || reads_as_day(cell) || cell.eq_ignore_ascii_case("true") || cell.eq_ignore_ascii_case("false")
}

/// Whether it is a month with a number, in any order.
fn reads_as_day(cell: &str) -> bool {
    let (words, rest): (String, String) = cell.chars().partition(|letter| letter.is_alphabetic());
    let word = words.to_lowercase();
    let is_month = word.len() >= 3 && MONTHS.iter().any(|month| month.starts_with(&word));
    let joins = |letter: char| matches!(letter, '.' | ',' | '/' | '-' | ' ' | '\'');
    is_month
        && rest.contains(|letter: char| letter.is_ascii_digit())
        && rest.chars().all(|letter| letter.is_ascii_digit() || joins(letter))
}

#[cfg(test)]
mod tests {
    use super::{Cell, push_line};

    fn line(cells: &[&str]) -> String {
        let mut text = String::new();
        push_line(&mut text, cells.iter().map(|cell| Cell::Text(cell)));
        text
    }

    #[test]
    fn text_that_looks_like_a_value_is_marked_as_text() {
        let values = [
            "000123", "1e5", "23456789", "3E456789", "12", "1-2-3", "1/2", "10:30", "1,5", ".5", "mar1", "MAR-1",
            "1may", "dec 24", "sept2", "TRUE", "false", "50%",
        ];
        for value in values {
            assert_eq!(line(&[value]), format!("\"'{value}\"\r\n"));
        }
        for text in
            ["ana", "ana1", "a1-2", "march", "marc.1x", "3QK9E5AB", "2pac", "e5", "", "Truman", "A-1-1", "01983f-ab"]
        {
            assert_eq!(line(&[text]), format!("{text}\r\n"));
        }
        let mut numbers = String::new();
        push_line(&mut numbers, [Cell::Value("25.00"), Cell::Value("2026-05-01T12:00:00Z"), Cell::Value("-3")]);
        assert_eq!(numbers, "25.00,2026-05-01T12:00:00Z,-3\r\n");
    }

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        assert_eq!(line(&["a", "", "b c"]), "a,,b c\r\n");
        assert_eq!(line(&["a,b", "say \"hi\"", "two\nlines"]), "\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\"\r\n");
    }

    #[test]
    fn no_cell_begins_a_formula() {
        for cell in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\u{FF1D}1", "=cmd|' /C calc'!A0"] {
            let text = line(&[cell, "x"]);
            assert_eq!(text, format!("\"'{}\",x\r\n", cell.replace('"', "\"\"")), "{cell:?}");
        }
        assert_eq!(line(&["a=1", "a-2"]), "a=1,a-2\r\n");
    }
}
