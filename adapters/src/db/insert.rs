//! Inserts of many rows. The values are literals in the text of the statement.
//!
//! A batch of any size costs one round trip, because nothing is prepared. On MariaDB a row costs about half of what it
//! costs as JSON: `JSON_TABLE` writes a temporary table, on disk if a column has no short bound, and searches the text
//! of a row again for each column (docs/decisions/0054-inserts-of-literals.md has the figures).

use std::fmt::Write;

use diesel::result::QueryResult;
use diesel_async::SimpleAsyncConnection;

use super::conn::{Conn, on_conn};
use super::types::{Bytes, Micros, push_hex};

/// The text of inserts that are sent together.
pub(super) struct Inserts {
    text: String,
    is_mysql: bool,
}

impl Inserts {
    /// For this kind of connection.
    pub(super) const fn on(conn: &Conn) -> Self {
        Self { text: String::new(), is_mysql: matches!(conn, Conn::MySql(_)) }
    }

    /// Adds rows. `into` is a table with its columns, such as `prices (concert_id, amount)`.
    pub(super) fn rows<R: Row>(mut self, into: &str, rows: impl IntoIterator<Item = R>) -> Self {
        if self.insert(into, rows) {
            self.text.push(';');
        }
        self
    }

    /// Adds rows, except those whose `key` exists already. `key` is the primary key of the table.
    pub(super) fn missing_rows<R: Row>(mut self, into: &str, key: &str, rows: impl IntoIterator<Item = R>) -> Self {
        if self.insert(into, rows) {
            // `INSERT IGNORE` would hide other faults, too.
            let unchanged = key.split(',').next().unwrap_or(key);
            self.text.push_str(&if self.is_mysql {
                format!(" ON DUPLICATE KEY UPDATE {unchanged} = {unchanged};")
            } else {
                format!(" ON CONFLICT ({key}) DO NOTHING;")
            });
        }
        self
    }

    /// Sends the inserts, in one round trip. The first that fails ends them.
    pub(super) async fn execute(self, conn: &mut Conn) -> QueryResult<()> {
        if self.text.is_empty() {
            return Ok(());
        }
        on_conn!(conn, |c| c.batch_execute(&self.text).await)
    }

    /// Appends an insert without its end. Returns whether there is a row.
    fn insert<R: Row>(&mut self, into: &str, rows: impl IntoIterator<Item = R>) -> bool {
        let mut has_rows = false;
        for row in rows {
            if has_rows {
                self.text.push(',');
            } else {
                self.push(format_args!("INSERT INTO {into} VALUES "));
                has_rows = true;
            }
            self.text.push('(');
            row.write(self);
            self.text.push(')');
        }
        has_rows
    }

    fn push(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to a string never fails.
        let _ = self.text.write_fmt(text);
    }

    /// Appends a text. MySQL reads a backslash in it as an escape, SQLite as itself.
    fn push_quoted(&mut self, text: &str) {
        self.text.push('\'');
        for part in text.split_inclusive(|character| character == '\'' || (character == '\\' && self.is_mysql)) {
            self.text.push_str(part);
            match part.chars().next_back() {
                Some('\'') => self.text.push('\''),
                Some('\\') if self.is_mysql => self.text.push('\\'),
                _ => {}
            }
        }
        self.text.push('\'');
    }
}

/// A value that has a literal.
pub(super) trait Literal {
    fn write(&self, to: &mut Inserts);
}

/// The values of a row, in the order of the columns.
pub(super) trait Row {
    fn write(&self, to: &mut Inserts);
}

impl<R: Row> Row for &R {
    fn write(&self, to: &mut Inserts) {
        (**self).write(to);
    }
}

impl Literal for str {
    fn write(&self, to: &mut Inserts) {
        to.push_quoted(self);
    }
}

impl Literal for String {
    fn write(&self, to: &mut Inserts) {
        to.push_quoted(self);
    }
}

impl Literal for [u8] {
    fn write(&self, to: &mut Inserts) {
        to.text.push_str("x'");
        push_hex(self, &mut to.text);
        to.text.push('\'');
    }
}

impl<const N: usize> Literal for Bytes<N> {
    fn write(&self, to: &mut Inserts) {
        self.0.write(to);
    }
}

impl Literal for Micros {
    fn write(&self, to: &mut Inserts) {
        self.0.write(to);
    }
}

impl<T: Literal + ?Sized> Literal for &T {
    fn write(&self, to: &mut Inserts) {
        (**self).write(to);
    }
}

impl<T: Literal> Literal for Option<T> {
    fn write(&self, to: &mut Inserts) {
        match self {
            Some(value) => value.write(to),
            None => to.text.push_str("NULL"),
        }
    }
}

macro_rules! integers {
    ($($integer:ty)*) => {$(
        impl Literal for $integer {
            fn write(&self, to: &mut Inserts) {
                to.push(format_args!("{self}"));
            }
        }
    )*};
}

integers! { u16 u32 i64 usize }

macro_rules! rows {
    ($($first:ident $($value:ident)*;)*) => {$(
        impl<$first: Literal, $($value: Literal),*> Row for ($first, $($value),*) {
            fn write(&self, to: &mut Inserts) {
                #[expect(non_snake_case, reason = "the type parameters also name the values")]
                let ($first, $($value),*) = self;
                $first.write(to);
                $(
                    to.text.push(',');
                    $value.write(to);
                )*
            }
        }
    )*};
}

rows! {
    A B C D E F;
    A B C D E F G;
    A B C D E F G H I J K;
    A B C D E F G H I J K L M N O;
    A B C D E F G H I J K L M N O P;
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "t (a, b, c, d, e, f)";

    fn inserts(is_mysql: bool) -> Inserts {
        Inserts { text: String::new(), is_mysql }
    }

    fn row(text: &str) -> (Bytes<2>, &str, i64, Option<u32>, Option<Micros>, u16) {
        (Bytes([0x0A, 0xF1]), text, -7, None, Some(Micros(5)), 9)
    }

    #[test]
    fn rows_are_literals_in_one_statement() {
        let text = inserts(true).rows(TABLE, [row("one"), row("two")]).text;
        assert_eq!(
            text,
            "INSERT INTO t (a, b, c, d, e, f) VALUES (x'0af1','one',-7,NULL,5,9),(x'0af1','two',-7,NULL,5,9);"
        );
    }

    #[test]
    fn a_text_cannot_leave_its_quotes() {
        let hostile = r"it's \' \\ ''; DROP TABLE t; -- \";
        let quoted = |is_mysql| {
            let mut inserts = inserts(is_mysql);
            inserts.push_quoted(hostile);
            inserts.text
        };
        assert_eq!(quoted(true), r"'it''s \\'' \\\\ ''''; DROP TABLE t; -- \\'");
        assert_eq!(quoted(false), r"'it''s \'' \\ ''''; DROP TABLE t; -- \'");
    }

    #[test]
    fn existing_rows_are_left_alone_in_both_dialects() {
        let text = |is_mysql| inserts(is_mysql).missing_rows(TABLE, "a, b", [row("one")]).text;
        assert!(text(true).ends_with("9) ON DUPLICATE KEY UPDATE a = a;"));
        assert!(text(false).ends_with("9) ON CONFLICT (a, b) DO NOTHING;"));
    }

    #[test]
    fn no_rows_are_no_statement() {
        let none: [(u32, u32, u32, u32, u32, u32); 0] = [];
        assert_eq!(inserts(true).rows(TABLE, none).missing_rows(TABLE, "a", none).text, "");
    }
}
