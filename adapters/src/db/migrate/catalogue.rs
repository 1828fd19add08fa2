//! The result of a schema statement, and whether the server's catalogue already shows it.

use std::collections::BTreeMap;

use diesel::sql_types::{BigInt, Text};
use diesel::{QueryResult, QueryableByName, sql_query};
use diesel_async::{AsyncMysqlConnection, RunQueryDsl};

/// A kind of named object in the server's catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Table,
    Column,
    Key,
    Constraint,
}

impl Kind {
    /// Counts the objects of this kind with a name, in a table.
    const fn query(self) -> &'static str {
        match self {
            Self::Table => {
                "SELECT COUNT(*) AS count FROM information_schema.tables \
                 WHERE table_schema = DATABASE() AND ? <> '' AND table_name = ?"
            }
            Self::Column => {
                "SELECT COUNT(*) AS count FROM information_schema.columns \
                 WHERE table_schema = DATABASE() AND table_name = ? AND column_name = ?"
            }
            Self::Key => {
                "SELECT COUNT(*) AS count FROM information_schema.statistics \
                 WHERE table_schema = DATABASE() AND table_name = ? AND index_name = ?"
            }
            Self::Constraint => {
                "SELECT COUNT(*) AS count FROM information_schema.table_constraints \
                 WHERE table_schema = DATABASE() AND table_name = ? AND constraint_name = ?"
            }
        }
    }
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// The objects that exist, or do not exist, after a statement, by kind and name. Names suffice: if a server refuses to
/// create an object a second time, the first run created it as the statement says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Results {
    table: String,
    is_there: BTreeMap<(Kind, String), bool>,
}

impl Results {
    /// The result of creating a table.
    pub(super) fn of_table(table: &str) -> Self {
        Self::made(table, Kind::Table, table, true)
    }

    fn made(table: &str, kind: Kind, name: &str, is_there: bool) -> Self {
        Self { table: table.to_owned(), is_there: BTreeMap::from([((kind, name.to_owned()), is_there)]) }
    }

    /// The result of one statement. `None` if names cannot show it.
    pub(super) fn of(statement: &str) -> Option<Self> {
        let code = code(statement);
        let words: Vec<&str> = code.split_whitespace().collect();
        match words.as_slice() {
            ["CREATE", "TABLE", "IF", "NOT", "EXISTS", table, ..] | ["CREATE", "TABLE", table, ..] => {
                Some(Self::of_table(bare(table)))
            }
            ["DROP", "TABLE", "IF", "EXISTS", table] | ["DROP", "TABLE", table] => {
                Some(Self::made(bare(table), Kind::Table, bare(table), false))
            }
            ["RENAME", "TABLE", old, "TO", new] => {
                let is_there = [(bare(new), true), (bare(old), false)];
                let is_there = is_there.map(|(name, made)| ((Kind::Table, name.to_owned()), made));
                Some(Self { table: bare(new).to_owned(), is_there: BTreeMap::from(is_there) })
            }
            ["CREATE", "INDEX", name, "ON", table, ..] | ["CREATE", "UNIQUE", "INDEX", name, "ON", table, ..] => {
                Some(Self::made(bare(table), Kind::Key, bare(name), true))
            }
            ["DROP", "INDEX", name, "ON", table] => Some(Self::made(bare(table), Kind::Key, bare(name), false)),
            ["ALTER", "TABLE", table, ..] => {
                let (_, clauses) = code.split_once(table)?;
                let mut is_there = BTreeMap::new();
                for clause in clauses_of(clauses) {
                    let (kind, name, made) = result_of(&clause)?;
                    is_there.insert((kind, name), made);
                }
                Some(Self { table: bare(table).to_owned(), is_there })
            }
            _ => None,
        }
    }

    /// Whether the catalogue already shows the whole result.
    pub(super) async fn are_in_catalogue(&self, connection: &mut AsyncMysqlConnection) -> QueryResult<bool> {
        for ((kind, name), is_there) in &self.is_there {
            let found: Count = sql_query(kind.query())
                .bind::<Text, _>(&self.table)
                .bind::<Text, _>(name)
                .get_result(connection)
                .await?;
            if (found.count > 0) != *is_there {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// A statement without comments and without its semicolon.
fn code(statement: &str) -> String {
    let lines = statement.lines().map(|line| line.split("--").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n").trim().trim_end_matches(';').to_owned()
}

/// A name without the characters around it.
fn bare(name: &str) -> &str {
    name.split('(').next().unwrap_or_default().trim_matches(|c| matches!(c, '`' | ',' | ';'))
}

/// The clauses of an `ALTER TABLE`: the parts between commas outside of parentheses and quotes.
fn clauses_of(text: &str) -> Vec<String> {
    let (mut depth, mut in_quotes) = (0_u32, false);
    let mut clauses = vec![String::new()];
    for character in text.chars() {
        match character {
            '\'' => in_quotes = !in_quotes,
            '(' if !in_quotes => depth += 1,
            ')' if !in_quotes => depth = depth.saturating_sub(1),
            ',' if !in_quotes && depth == 0 => {
                clauses.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(clause) = clauses.last_mut() {
            clause.push(character);
        }
    }
    clauses
}

/// The object that one clause of an `ALTER TABLE` creates (`true`) or drops (`false`).
fn result_of(clause: &str) -> Option<(Kind, String, bool)> {
    let words: Vec<&str> = clause.split_whitespace().collect();
    let (kind, name, made) = match words.as_slice() {
        ["ADD", "COLUMN", name, ..] => (Kind::Column, name, true),
        ["ADD", "KEY" | "INDEX", name, ..] | ["ADD", "UNIQUE", "KEY" | "INDEX", name, ..] => (Kind::Key, name, true),
        ["ADD", "CONSTRAINT", name, ..] => (Kind::Constraint, name, true),
        ["DROP", "COLUMN", name] => (Kind::Column, name, false),
        ["DROP", "KEY" | "INDEX", name] => (Kind::Key, name, false),
        ["DROP", "CONSTRAINT" | "CHECK", name] | ["DROP", "FOREIGN", "KEY", name] => (Kind::Constraint, name, false),
        _ => return None,
    };
    Some((kind, bare(name).to_owned(), made))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Kind, Results};

    fn results<const N: usize>(table: &str, is_there: [(Kind, &str, bool); N]) -> Option<Results> {
        let is_there = is_there.map(|(kind, name, made)| ((kind, name.to_owned()), made));
        Some(Results { table: table.to_owned(), is_there: BTreeMap::from(is_there) })
    }

    #[test]
    fn results_are_read_from_statements() {
        for (statement, expected) in [
            (
                "CREATE TABLE IF NOT EXISTS users (\n    id BINARY(16)\n);",
                results("users", [(Kind::Table, "users", true)]),
            ),
            ("DROP TABLE users;", results("users", [(Kind::Table, "users", false)])),
            (
                "RENAME TABLE users TO people;",
                results("people", [(Kind::Table, "people", true), (Kind::Table, "users", false)]),
            ),
            (
                "-- Why; and what for, too.\nALTER TABLE sections\n    ADD COLUMN revenue BIGINT NOT NULL DEFAULT 0,\n    \
                 ADD CONSTRAINT in_range CHECK (revenue >= 0 AND kind IN ('a', 'b'));",
                results("sections", [(Kind::Column, "revenue", true), (Kind::Constraint, "in_range", true)]),
            ),
            (
                "ALTER TABLE bookings ADD KEY sales (concert_id, id), DROP KEY cancellation;",
                results("bookings", [(Kind::Key, "sales", true), (Kind::Key, "cancellation", false)]),
            ),
            (
                "ALTER TABLE bookings DROP KEY sales, ADD KEY sales(id, concert_id);",
                results("bookings", [(Kind::Key, "sales", true)]),
            ),
            ("ALTER TABLE users MODIFY email VARCHAR(254);", None),
            ("UPDATE users SET version = 1;", None),
        ] {
            assert_eq!(Results::of(statement), expected, "{statement}");
        }
    }
}
