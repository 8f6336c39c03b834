//! Set forms: the same statement run for many rows of parameters at once.
//!
//! The text is written once, for one row. Where one call per row is slow, its set form is derived from it:
//! the parameters become columns of `unnest($1, $2 …)`.

/// The set form of a statement, given the column type of each parameter (`bigint`, `bytea`, `text`).
///
/// `None` when the text has neither `values (…)` nor `where`, so that there is no place for a set.
pub(super) fn set_form(text: &str, types: &[&str]) -> Option<String> {
    set_form_after(text, types, 0)
}

/// Several statements that write in one: each in its set form, their parameters one after the other; answers one row
/// with how many rows each met. They see the state before all of them, so no two may write the same row.
pub(super) fn joint_form(statements: &[(String, Vec<&str>)]) -> Option<String> {
    let (mut parts, mut counts, mut before) = (Vec::new(), Vec::new(), 0);
    for (number, (text, types)) in statements.iter().enumerate() {
        parts.push(format!("w{number} as ({} returning 1)", set_form_after(text, types, before)?));
        counts.push(format!("(select count(*) from w{number})"));
        before += types.len();
    }
    Some(format!("with {} select {}", parts.join(", "), counts.join(", ")))
}

/// The set form whose parameters come after so many others.
fn set_form_after(text: &str, types: &[&str], before: usize) -> Option<String> {
    let text = text.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
    let arrays: Vec<String> =
        (before + 1..).zip(types).map(|(number, column_type)| format!("${number}::{column_type}[]")).collect();
    let arrays = arrays.join(", ");
    if text.starts_with("insert ") {
        let (head, rest) = text.split_once(" values (")?;
        let (_, tail) = rest.split_once(')')?;
        return Some(format!("{head} select * from unnest({arrays}){tail}"));
    }
    let (head, tail) = text.split_once(" where ")?;
    let names: Vec<String> = (1..=types.len()).map(|number| format!("c{number}")).collect();
    let from = if text.starts_with("update ") { " from" } else { "," };
    let (head, tail) = (as_columns(head), as_columns(tail));
    Some(format!("{head}{from} unnest({arrays}) as given({}) where {tail}", names.join(", ")))
}

/// Parameters as columns of the set.
fn as_columns(text: &str) -> String {
    text.replace('$', "given.c")
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::{joint_form, set_form};

    fn check(text: &str, types: &[&str], expected: Expect) {
        expected.assert_eq(&set_form(text, types).unwrap_or_default());
    }

    #[test]
    fn each_kind_of_statement_has_a_set_form() {
        check(
            "insert into t (a, b) values ($1, $2) on conflict (a) do nothing",
            &["bytea", "bigint"],
            expect!["insert into t (a, b) select * from unnest($1::bytea[], $2::bigint[]) on conflict (a) do nothing"],
        );
        check(
            "update t set b = $2
                where a = $1",
            &["bytea", "bigint"],
            expect![
                "update t set b = given.c2 from unnest($1::bytea[], $2::bigint[]) as given(c1, c2) where a = given.c1"
            ],
        );
        check(
            "select a, b from t where a = $1 and b = $2",
            &["bytea", "bigint"],
            expect![
                "select a, b from t, unnest($1::bytea[], $2::bigint[]) as given(c1, c2) where a = given.c1 and b = given.c2"
            ],
        );
        check("select a from t", &[], expect![""]);
    }

    #[test]
    fn several_statements_become_one() {
        let statements = [
            ("insert into t (a, b) values ($1, $2)".to_owned(), vec!["bytea", "bigint"]),
            ("update u set b = $2 where a = $1".to_owned(), vec!["bytea", "bigint"]),
        ];
        expect![
            "with w0 as (insert into t (a, b) select * from unnest($1::bytea[], $2::bigint[]) returning 1), \
             w1 as (update u set b = given.c2 from unnest($3::bytea[], $4::bigint[]) as given(c1, c2) \
             where a = given.c1 returning 1) \
             select (select count(*) from w0), (select count(*) from w1)"
        ]
        .assert_eq(&joint_form(&statements).unwrap());
    }
}
