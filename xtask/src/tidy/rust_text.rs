//! Just enough of Rust's grammar: what is code, and where functions begin and end.

/// A source text whose comments and literals are blanks; lines and columns stay where they were.
#[derive(Debug)]
pub(super) struct Code {
    pub(super) text: String,
    /// Per line, whether it begins inside a literal.
    begins_in_literal: Vec<bool>,
}

/// A function: its name, its first line counted from 1, and how many lines it has without the inside of literals.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Function {
    pub(super) name: String,
    pub(super) line: usize,
    pub(super) lines: usize,
}

impl Code {
    /// Blanks comments and literals.
    pub(super) fn of(source: &str) -> Self {
        let mut scanner = Scanner {
            source: source.chars().collect(),
            position: 0,
            text: String::with_capacity(source.len()),
            begins_in_literal: vec![false],
        };
        scanner.run();
        Self { text: scanner.text, begins_in_literal: scanner.begins_in_literal }
    }

    /// Every identifier and keyword with the byte where it begins.
    pub(super) fn words(&self) -> impl Iterator<Item = (usize, &str)> {
        words(&self.text)
    }

    /// The number of the line, from 1, on which this byte lies.
    pub(super) fn line_at(&self, byte: usize) -> usize {
        self.text.bytes().take(byte).filter(|byte| *byte == b'\n').count().saturating_add(1)
    }

    /// Every function that has a body; a nested one counts in the outer one, too.
    pub(super) fn functions(&self) -> Vec<Function> {
        let mut functions = Vec::new();
        let mut words = self.words().peekable();
        while let Some((start, word)) = words.next() {
            let Some((name_start, name)) = words.peek().copied() else {
                break;
            };
            let between = self.text.get(start..name_start).unwrap_or_default();
            if word != "fn" || !between.trim_start_matches("fn").trim().is_empty() {
                continue;
            }
            if let Some(body) = self.block_after(name_start) {
                let (first, last) = (self.line_at(start), self.line_at(body.end));
                let counted = (first..=last).filter(|line| !self.in_literal(*line)).count();
                functions.push(Function { name: name.to_owned(), line: first, lines: counted });
            }
        }
        functions
    }

    /// The bytes between the braces of the item at this byte; none when the item ends without a body.
    pub(super) fn block_after(&self, byte: usize) -> Option<std::ops::Range<usize>> {
        let (mut brackets, mut braces, mut begin) = (0_usize, 0_usize, None);
        for (offset, letter) in self.text.get(byte..)?.char_indices() {
            let position = byte.saturating_add(offset);
            match letter {
                '(' | '[' if begin.is_none() => brackets = brackets.saturating_add(1),
                ')' | ']' if begin.is_none() => brackets = brackets.saturating_sub(1),
                ';' if begin.is_none() && brackets == 0 => return None,
                '{' if brackets == 0 => {
                    begin.get_or_insert(position);
                    braces = braces.saturating_add(1);
                }
                '}' if begin.is_some() => {
                    braces = braces.saturating_sub(1);
                    if braces == 0 {
                        return begin.map(|begin| begin..position);
                    }
                }
                _ => {}
            }
        }
        None
    }

    fn in_literal(&self, line: usize) -> bool {
        self.begins_in_literal.get(line.saturating_sub(1)).copied().unwrap_or(false)
    }
}

/// Every identifier and keyword of a text with the byte where it begins.
pub(super) fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut rest = text;
    let mut at = 0_usize;
    std::iter::from_fn(move || {
        let skipped = rest.find(is_word_letter)?;
        let after = rest.get(skipped..)?;
        let length = after.find(|letter| !is_word_letter(letter)).unwrap_or(after.len());
        let start = at.saturating_add(skipped);
        at = start.saturating_add(length);
        rest = after.get(length..)?;
        Some((start, after.get(..length)?))
    })
}

fn is_word_letter(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// Walks over a source once.
struct Scanner {
    source: Vec<char>,
    position: usize,
    text: String,
    begins_in_literal: Vec<bool>,
}

impl Scanner {
    fn run(&mut self) {
        while let Some(letter) = self.at(0) {
            match (letter, self.at(1)) {
                ('/', Some('/')) => self.blank_line_comment(),
                ('/', Some('*')) => self.blank_block_comment(),
                ('"', _) => self.blank_quoted('"'),
                ('\'', Some(next)) if next == '\\' || self.at(2) == Some('\'') => self.blank_quoted('\''),
                ('r', _) if self.raw_hashes().is_some() => self.blank_raw(),
                _ => self.keep(),
            }
        }
    }

    fn at(&self, ahead: usize) -> Option<char> {
        self.source.get(self.position.saturating_add(ahead)).copied()
    }

    fn keep(&mut self) {
        if let Some(letter) = self.at(0) {
            self.put(letter, false);
        }
    }

    fn blank(&mut self, in_literal: bool) {
        if let Some(letter) = self.at(0) {
            self.put(if letter == '\n' { '\n' } else { ' ' }, in_literal);
        }
    }

    fn put(&mut self, letter: char, in_literal: bool) {
        self.text.push(letter);
        if letter == '\n' {
            self.begins_in_literal.push(in_literal);
        }
        self.position = self.position.saturating_add(1);
    }

    fn blank_line_comment(&mut self) {
        while self.at(0).is_some_and(|letter| letter != '\n') {
            self.blank(false);
        }
    }

    fn blank_block_comment(&mut self) {
        let mut depth = 0_usize;
        while let Some(letter) = self.at(0) {
            let step = match (letter, self.at(1)) {
                ('/', Some('*')) => {
                    depth = depth.saturating_add(1);
                    2
                }
                ('*', Some('/')) => {
                    depth = depth.saturating_sub(1);
                    2
                }
                _ => 1,
            };
            for _ in 0..step {
                self.blank(false);
            }
            if depth == 0 {
                break;
            }
        }
    }

    fn blank_quoted(&mut self, quote: char) {
        self.blank(true);
        while let Some(letter) = self.at(0) {
            self.blank(true);
            if letter == '\\' {
                self.blank(true);
            } else if letter == quote {
                break;
            }
        }
    }

    /// How many `#` open the raw string that begins here; none when none begins here.
    fn raw_hashes(&self) -> Option<usize> {
        let before = self.position.checked_sub(1).and_then(|before| self.source.get(before)).copied();
        if before.is_some_and(|letter| is_word_letter(letter) && !matches!(letter, 'b' | 'c')) {
            return None;
        }
        let rest = self.source.get(self.position.saturating_add(1)..)?;
        let hashes = rest.iter().take_while(|letter| **letter == '#').count();
        (rest.get(hashes) == Some(&'"')).then_some(hashes)
    }

    fn blank_raw(&mut self) {
        let hashes = self.raw_hashes().unwrap_or(0);
        for _ in 0..hashes.saturating_add(2) {
            self.blank(true);
        }
        while let Some(letter) = self.at(0) {
            self.blank(true);
            if letter == '"' && (0..hashes).all(|ahead| self.at(ahead) == Some('#')) {
                for _ in 0..hashes {
                    self.blank(true);
                }
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Code;

    fn check(source: &str, words: &str) {
        let code = Code::of(source);
        let found: Vec<&str> = code.words().map(|(_, word)| word).collect();
        assert_eq!(found.join(" "), words, "{source}");
    }

    fn lengths(source: &str) -> Vec<(String, usize, usize)> {
        let functions = Code::of(source).functions();
        functions.into_iter().map(|function| (function.name, function.line, function.lines)).collect()
    }

    #[test]
    fn blanks_what_is_not_code() {
        check("a // b\nc /* d /* e */ f */ g", "a c g");
        check(r#"a "b \" c" d"#, "a d");
        check(r##"a r#"b " c"# d br"e" f"##, "a d b f");
        check(r"a 'b' '\'' '\u{1F600}' c: &'d str", "a c d str");
        check("for x in r { \"}\" }", "for x in r");
    }

    #[test]
    fn measures_functions() {
        assert_eq!(
            lengths("fn a() {}\n\nfn b(\n) -> [u8; 2] {\n  [0; 2]\n}\n"),
            [("a".into(), 1, 1), ("b".into(), 3, 4)]
        );
        assert_eq!(lengths("trait T { fn a(); }\ntype F = fn(u8) -> u8;"), []);
        assert_eq!(lengths("fn a() {\n fn b() {\n }\n}"), [("a".into(), 1, 4), ("b".into(), 2, 2)]);
    }

    #[test]
    fn a_text_table_does_not_make_a_function_long() {
        assert_eq!(lengths("fn a() {\n let table = \"\n 1\n 2\n \";\n}"), [("a".into(), 1, 3)]);
    }
}
