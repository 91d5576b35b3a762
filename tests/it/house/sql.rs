//! Which tables meet in one SQL statement. Time-series tables can be spread over machines by their
//! store; a statement that also names a table of the org's would have to be answered by all of them.

use std::collections::BTreeSet;

/// The words after which a table is named.
const BEFORE_A_TABLE: [&str; 6] = ["from", "join", "into", "update", "using", "table"];

/// The tables of the migrations, by what they are keyed by.
pub struct Tables {
    /// Those filed by store.
    pub time_series: BTreeSet<String>,
    /// Those that carry an org, and the orgs themselves.
    pub of_orgs: BTreeSet<String>,
}

impl Tables {
    /// Reads `create table` statements. What has an org belongs to it, even when it names a store;
    /// accounts, which have neither, are in no set.
    pub fn from_migrations(text: &str) -> Self {
        let mut tables = Self { time_series: BTreeSet::new(), of_orgs: BTreeSet::from(["orgs".to_owned()]) };
        for part in text.split("create table ").skip(1) {
            let Some((name, rest)) = part.split_once('(') else {
                continue;
            };
            let columns = words(up_to_closing(rest));
            let has = |column: &str| columns.iter().any(|word| word == column);
            let name = name.trim().to_owned();
            if has("org_id") {
                tables.of_orgs.insert(name);
            } else if has("store_id") {
                tables.time_series.insert(name);
            }
        }
        tables
    }

    /// A sentence when the statement names tables of both kinds.
    pub fn problem(&self, statement: &str) -> Option<String> {
        let named = tables_named(statement);
        let first = |of: &BTreeSet<String>| named.iter().find(|name| of.contains(*name)).cloned();
        let (series, org) = (first(&self.time_series)?, first(&self.of_orgs)?);
        let statement = statement.split_whitespace().collect::<Vec<_>>().join(" ");
        Some(format!("one statement names {series} and {org}: {statement}"))
    }

    /// Diesel joins only tables that `schema.rs` says may meet.
    pub fn problems_in_schema(&self, schema: &str) -> Vec<String> {
        let mut problems = Vec::new();
        for start in ["joinable!(", "allow_tables_to_appear_in_same_query!("] {
            for part in schema.split(start).skip(1) {
                let named = words(up_to_closing(part));
                let series = named.iter().find(|name| self.time_series.contains(*name));
                let org = named.iter().find(|name| self.of_orgs.contains(*name));
                if let (Some(series), Some(org)) = (series, org) {
                    problems.push(format!("schema.rs lets {series} and {org} meet"));
                }
            }
        }
        problems
    }
}

/// The string literals of a Rust source that are SQL statements.
pub fn statements(source: &str) -> Vec<String> {
    let is_sql = |text: &String| {
        let words = words(text);
        let follows =
            |first: &str, second: &str| words.windows(2).any(|pair| pair[0] == first && pair[1] == second);
        follows("insert", "into")
            || follows("delete", "from")
            || ["select", "update", "with"].contains(&words.first().map_or("", String::as_str))
            || (words.contains(&"select".to_owned()) && words.contains(&"from".to_owned()))
    };
    string_literals(source).into_iter().filter(is_sql).collect()
}

/// The names in a statement that stand where a table stands, in lower case.
pub fn tables_named(statement: &str) -> BTreeSet<String> {
    let tokens = tokens(statement);
    let mut named = BTreeSet::new();
    let mut at = 0;
    while at < tokens.len() {
        if !BEFORE_A_TABLE.contains(&tokens[at].as_str()) {
            at += 1;
            continue;
        }
        at += 1;
        // One table or, after `from`, a list of them with aliases.
        loop {
            while tokens.get(at).is_some_and(|word| ["only", "lateral"].contains(&word.as_str())) {
                at += 1;
            }
            let Some(name) = tokens.get(at).filter(|word| is_name(word)) else {
                break;
            };
            named.insert(name.clone());
            at += 1;
            let alias = tokens[at..].iter().take_while(|word| is_name(word)).take(2);
            let after = at + alias.count();
            let comma = (at..=after).find(|&index| tokens.get(index).is_some_and(|word| word == ","));
            let Some(comma) = comma else {
                break;
            };
            at = comma + 1;
        }
    }
    named
}

/// Words in lower case and single signs. `public.events` and `"events"` are `events`.
fn tokens(statement: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut word = String::new();
    for sign in statement.chars().chain([' ']) {
        if sign.is_alphanumeric() || sign == '_' {
            word.extend(sign.to_lowercase());
            continue;
        }
        if !word.is_empty() {
            tokens.push(std::mem::take(&mut word));
        }
        match sign {
            '.' => drop(tokens.pop()),
            '"' => {}
            sign if sign.is_whitespace() => {}
            sign => tokens.push(sign.to_string()),
        }
    }
    tokens
}

fn words(text: &str) -> Vec<String> {
    tokens(text).into_iter().filter(|token| is_name(token)).collect()
}

fn is_name(token: &str) -> bool {
    token.starts_with(|sign: char| sign.is_alphabetic() || sign == '_')
}

/// The text before the bracket that closes one already open.
fn up_to_closing(text: &str) -> &str {
    let mut depth = 1;
    for (at, sign) in text.char_indices() {
        match sign {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &text[..at];
        }
    }
    text
}

/// Every string literal, raw or not, with comments and character literals told apart from them.
fn string_literals(source: &str) -> Vec<String> {
    let signs: Vec<char> = source.chars().collect();
    let starts =
        |at: usize, text: &str| text.chars().enumerate().all(|(n, sign)| signs.get(at + n) == Some(&sign));
    let mut found = Vec::new();
    let mut at = 0;
    while at < signs.len() {
        let raw_marks = raw_start(&signs[at..]);
        if starts(at, "//") {
            at += signs[at..].iter().take_while(|sign| **sign != '\n').count();
        } else if starts(at, "/*") {
            at += 2;
            while at < signs.len() && !starts(at, "*/") {
                at += 1;
            }
            at += 2;
        } else if let Some(marks) = raw_marks {
            let end = format!("\"{}", "#".repeat(marks));
            let begin = at + 2 + marks;
            at = begin;
            while at < signs.len() && !starts(at, &end) {
                at += 1;
            }
            found.push(signs[begin..at.min(signs.len())].iter().collect());
            at += end.len();
        } else if signs[at] == '"' {
            at += 1;
            let begin = at;
            while at < signs.len() && signs[at] != '"' {
                at += if signs[at] == '\\' { 2 } else { 1 };
            }
            let text: String = signs[begin..at.min(signs.len())].iter().collect();
            // A backslash at the end of a line joins it to the next; `\n` is a space to SQL.
            found.push(text.replace("\\\n", " ").replace("\\n", " ").replace("\\\"", "\""));
            at += 1;
        } else if signs[at] == '\'' && (starts(at + 2, "'") || starts(at + 1, "\\")) {
            // A character, not a lifetime: it may be a quotation mark.
            at += 2;
            while at < signs.len() && signs[at] != '\'' {
                at += 1;
            }
            at += 1;
        } else {
            at += 1;
        }
    }
    found
}

/// How many `#` a raw string has that starts here.
fn raw_start(signs: &[char]) -> Option<usize> {
    if signs.first() != Some(&'r') {
        return None;
    }
    let marks = signs[1..].iter().take_while(|sign| **sign == '#').count();
    (signs.get(1 + marks) == Some(&'"')).then_some(marks)
}

fn sample() -> Tables {
    Tables::from_migrations(
        "create table projects (\n org_id uuid not null check (org_id is not null), store_id uuid\n);\n\
         create table events (store_id uuid, numeric(1, 2));create table users (id uuid);",
    )
}

#[test]
fn migrations_tell_the_kinds_of_tables_apart() {
    let tables = sample();
    assert_eq!(tables.time_series, BTreeSet::from(["events".to_owned()]));
    assert_eq!(tables.of_orgs, BTreeSet::from(["orgs".to_owned(), "projects".to_owned()]));
}

#[test]
fn a_statement_with_both_kinds_is_found_in_every_form() {
    for statement in [
        "select * from events join projects using (store_id)",
        "SELECT 1 FROM Projects p, public.\"events\" AS e WHERE true",
        "select 1 from users as u, projects as p, events",
        "with gone as (delete from events returning id) select name from only projects",
        "insert into events select 1 from projects",
        "update projects set n = (select count(*) from events)",
        "delete from events using projects",
    ] {
        assert!(sample().problem(statement).is_some(), "{statement}");
    }
}

#[test]
fn a_statement_with_one_kind_is_left_alone() {
    for statement in [
        "select events, count(*) from projects join users on true",
        "insert into events (id) select * from unnest($1) on conflict do nothing returning id",
        "update projects set events = 1",
        "select 'from projects' as note, extract(epoch from ts) from events order by projects",
    ] {
        // The last one names a table in a text: it is taken for one, to be rather too strict.
        let is_text = statement.contains("'from projects'");
        assert_eq!(sample().problem(statement).is_some(), is_text, "{statement}");
    }
}

#[test]
fn statements_are_found_in_sources() {
    let source = "
        // \"select a from comment\"
        fn f<'a>(x: &'a str) { let quote = '\"'; let escaped = '\\''; /* \"select b from comment\" */
            sql_query(\"select c \\\n from projects\");
            sql_query(r#\"delete from \"events\" \"#);
            let prose = \"events of all projects\"; }
    ";
    let found = statements(source);
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(tables_named(&found[0]), BTreeSet::from(["projects".to_owned()]));
    assert_eq!(tables_named(&found[1]), BTreeSet::from(["events".to_owned()]));
}

#[test]
fn a_schema_that_lets_both_kinds_meet_is_found() {
    let tables = sample();
    let good = "diesel::joinable!(api_keys -> projects (project_id));";
    assert!(tables.problems_in_schema(good).is_empty());
    for bad in [
        "diesel::joinable!(events -> projects (store_id));",
        "diesel::allow_tables_to_appear_in_same_query!(projects, users, events);",
    ] {
        assert_eq!(tables.problems_in_schema(bad), ["schema.rs lets events and projects meet"]);
    }
}
