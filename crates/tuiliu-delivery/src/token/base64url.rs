//! Base 64 with the URL alphabet, without padding; each content has exactly one text.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Characters that so many bytes take.
pub(super) const fn encoded_length(bytes: usize) -> usize {
    bytes / 3 * 4 + [0, 2, 3][bytes % 3]
}

pub(super) fn encode(bytes: &[u8]) -> String {
    let mut text = Vec::with_capacity(encoded_length(bytes.len()));
    let (threes, rest) = bytes.as_chunks::<3>();
    threes.iter().for_each(|three| text.extend(letters(*three)));
    match rest {
        [one] => text.extend(&letters([*one, 0, 0])[..2]),
        [one, two] => text.extend(&letters([*one, *two, 0])[..3]),
        _ => {}
    }
    String::from_utf8(text).expect("the alphabet is ASCII")
}

fn letters([first, second, third]: [u8; 3]) -> [u8; 4] {
    let digits = [first >> 2, (first << 4) | (second >> 4), (second << 2) | (third >> 6), third];
    digits.map(|digit| ALPHABET[usize::from(digit & 63)])
}

pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    for chunk in text.as_bytes().chunks(4) {
        let mut group = 0_u32;
        for letter in chunk {
            group = (group << 6) | digit(*letter)?;
        }
        let missing = 4 - chunk.len();
        let [zero, first, second, third] = (group << (6 * missing)).to_be_bytes();
        debug_assert_eq!(zero, 0, "four digits are 24 bits");
        let kept = chunk.len().checked_sub(1).filter(|kept| *kept > 0)?;
        let decoded = [first, second, third];
        if decoded[kept..].iter().any(|spare| *spare != 0) {
            return None;
        }
        bytes.extend(&decoded[..kept]);
    }
    Some(bytes)
}

fn digit(letter: u8) -> Option<u32> {
    let value = match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'-' => 62,
        b'_' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}
