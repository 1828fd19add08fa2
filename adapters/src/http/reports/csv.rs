//! Lines of comma-separated values (RFC 4180) that no spreadsheet takes for formulas.

/// With these a spreadsheet begins a formula, or skips to what it takes for the beginning of one.
const FORMULA_BEGINNINGS: &[char] =
    &['=', '+', '-', '@', '\t', '\r', '\n', '\u{FF1D}', '\u{FF0B}', '\u{FF0D}', '\u{FF20}'];

/// What makes a spreadsheet show a cell as it is.
const TEXT_MARK: char = '\'';

/// Appends a line of cells whose text came from anybody.
pub(super) fn push_line<'a>(text: &mut String, cells: impl IntoIterator<Item = &'a str>) {
    for (index, cell) in cells.into_iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        push_cell(text, cell);
    }
    text.push_str("\r\n");
}

fn push_cell(text: &mut String, cell: &str) {
    let marked = cell.starts_with(FORMULA_BEGINNINGS);
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

#[cfg(test)]
mod tests {
    use super::push_line;

    fn line(cells: &[&str]) -> String {
        let mut text = String::new();
        push_line(&mut text, cells.iter().copied());
        text
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
        assert_eq!(line(&["a=1", "1-2"]), "a=1,1-2\r\n");
    }
}
