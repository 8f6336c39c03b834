//! Migrations: the same ones for both databases, and a published one never changes.

use super::{Tree, Violation};
use crate::migrations::{DATABASES, FOLDER, complaints, current, published};

/// Both folders have the same names; what the list calls published is as it was.
pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let current = current(tree);
    let mut violations: Vec<Violation> =
        complaints(&published(tree), &current).into_iter().map(|text| Violation::in_file(FOLDER, text)).collect();
    for path in current.keys() {
        let name = path.rsplit('/').next().unwrap_or_default();
        for database in DATABASES {
            let twin = format!("{database}/{name}");
            if !current.contains_key(&twin) {
                let complaint = format!("`{path}` has no twin `{twin}`; both databases migrate together");
                violations.push(Violation::in_file(format!("{FOLDER}{path}"), complaint));
            }
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::Tree;

    const SQLITE: &str = "crates/tuiliu-store/migrations/sqlite/V1__start.sql";
    const POSTGRES: &str = "crates/tuiliu-store/migrations/postgres/V1__start.sql";
    const LIST: &str = "crates/tuiliu-store/migrations/checksums.txt";

    #[test]
    fn catches_a_migration_without_its_twin() {
        assert_eq!(check(&Tree::of(&[(SQLITE, "a"), (POSTGRES, "b")])), []);
        assert_eq!(check(&Tree::of(&[(SQLITE, "a")])).len(), 1);
        assert_eq!(check(&Tree::of(&[(SQLITE, "a"), (&POSTGRES.replace("start", "begin"), "b")])).len(), 2);
    }

    #[test]
    fn catches_a_published_migration_that_changed() {
        let list = "cbf29ce484222325  sqlite/V1__start.sql\n";
        assert_eq!(check(&Tree::of(&[(LIST, list), (SQLITE, ""), (POSTGRES, "b")])), []);
        assert_eq!(check(&Tree::of(&[(LIST, list), (SQLITE, "edited"), (POSTGRES, "b")])).len(), 1);
    }
}
