//! Links: what a page points to inside the tree is there.

use super::{Tree, Violation};

/// Every relative link of a page leads to a file or folder of the tree.
pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in tree.files().iter().filter(|file| file.has_ending(&["md"])) {
        for (line, text) in (1..).zip(file.text().lines()) {
            let broken = links(text).filter(|link| !leads_somewhere(tree, &file.path, link));
            violations.extend(broken.map(|link| Violation::at(&file.path, line, format!("`{link}` leads nowhere"))));
        }
    }
    violations
}

/// The addresses of `[text](address)`, without those of other places.
fn links(line: &str) -> impl Iterator<Item = &str> {
    let addresses = line.split("](").skip(1).filter_map(|rest| rest.split_once(')').map(|(address, _)| address));
    addresses.filter(|address| {
        !address.contains("://") && !address.starts_with(['#', '<']) && !address.starts_with("mailto:")
    })
}

fn leads_somewhere(tree: &Tree, page: &str, link: &str) -> bool {
    let path = link.split('#').next().unwrap_or_default();
    let mut folders: Vec<&str> = page.split('/').collect();
    folders.pop();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                if folders.pop().is_none() {
                    return false;
                }
            }
            name => folders.push(name),
        }
    }
    let wanted = folders.join("/");
    let folder = format!("{wanted}/");
    tree.files().iter().any(|file| file.path == wanted || file.path.starts_with(&folder))
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::Tree;

    #[test]
    fn catches_links_that_lead_nowhere() {
        let count = |page: &str| check(&Tree::of(&[("docs/a.md", page), ("docs/b.md", ""), ("README.md", "")])).len();
        assert_eq!(count("[b](b.md) [r](../README.md#part) [d](../docs/) [x](https://example.org/c.md) [p](#part)"), 0);
        assert_eq!(count("[c](c.md)"), 1);
        assert_eq!(count("[b](../b.md)\n[out](../../README.md)"), 2);
    }
}
