//! Bytes of the log: numbers in as few bytes as they need, 128-bit words once per batch.

use std::collections::HashMap;

use tuiliu_domain::ledger::{AccountId, AccountKind};
use tuiliu_domain::money::{Amount, Asset, Micros};

/// Why bytes are not what the encoder writes; in a few words.
pub(crate) type Malformed = &'static str;

/// Writes one batch. A word that was written before is written as its place in the order of first use.
#[derive(Default)]
pub(super) struct Encoder {
    pub(super) out: Vec<u8>,
    words: HashMap<u128, u64>,
}

impl Encoder {
    pub(super) fn byte(&mut self, byte: u8) {
        self.out.push(byte);
    }

    /// Seven bits a byte, lowest first; the top bit says that more follow.
    pub(super) fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            let low = u8::try_from(number & 0x7F).expect("seven bits fit");
            self.out.push(low | 0x80);
            number >>= 7;
        }
        self.out.push(u8::try_from(number).expect("seven bits fit"));
    }

    /// Small numbers of either sign in few bytes: 0, -1, 1, -2 … become 0, 1, 2, 3 …
    pub(super) fn signed(&mut self, number: i64) {
        let folded = (number << 1) ^ (number >> 63);
        self.number(u64::from_ne_bytes(folded.to_ne_bytes()));
    }

    pub(super) fn amount(&mut self, amount: Amount) {
        self.signed(amount.units());
    }

    pub(super) fn micros(&mut self, micros: Micros) {
        self.signed(micros.get());
    }

    pub(super) fn word(&mut self, word: u128) {
        let next = u64::try_from(self.words.len()).expect("a batch has fewer words than 2^64") + 1;
        let place = *self.words.entry(word).or_insert(next);
        if place == next {
            self.number(0);
            self.raw_word(word);
        } else {
            self.number(place);
        }
    }

    pub(super) fn raw_word(&mut self, word: u128) {
        self.out.extend_from_slice(&word.to_be_bytes());
    }

    pub(super) fn account(&mut self, id: AccountId) {
        self.number(u64::from(id.kind.number()) * ASSETS_PER_KIND + u64::from(id.asset.number()));
        self.word(id.owner);
    }
}

/// Room for assets in the number that names kind and asset; kinds up to 15 need one byte.
const ASSETS_PER_KIND: u64 = 8;

/// Reads what [`Encoder`] wrote.
pub(super) struct Decoder<'a> {
    rest: &'a [u8],
    words: Vec<u128>,
}

impl<'a> Decoder<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, words: Vec::new() }
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn byte(&mut self) -> Result<u8, Malformed> {
        let (first, rest) = self.rest.split_first().ok_or("bytes end early")?;
        self.rest = rest;
        Ok(*first)
    }

    pub(super) fn number(&mut self) -> Result<u64, Malformed> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7F);
            let placed = bits << shift;
            if placed >> shift != bits || (byte == 0 && shift > 0) {
                return Err("a number that is not written in the shortest way");
            }
            number |= placed;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err("a number of more than 64 bits")
    }

    pub(super) fn signed(&mut self) -> Result<i64, Malformed> {
        let folded = self.number()?;
        let halved = i64::try_from(folded >> 1).expect("63 bits fit");
        Ok(if folded & 1 == 0 { halved } else { !halved })
    }

    /// A number of things that are about to follow; each takes a byte at least.
    pub(super) fn count(&mut self) -> Result<usize, Malformed> {
        let count = usize::try_from(self.number()?).map_err(|_| "a count beyond all bounds")?;
        if count > self.rest.len() { Err("a count of more things than there are bytes") } else { Ok(count) }
    }

    pub(super) fn amount(&mut self) -> Result<Amount, Malformed> {
        self.signed().map(Amount::new)
    }

    pub(super) fn micros(&mut self) -> Result<Micros, Malformed> {
        self.signed().map(Micros::new)
    }

    pub(super) fn word(&mut self) -> Result<u128, Malformed> {
        let place = usize::try_from(self.number()?).map_err(|_| "a place beyond all bounds")?;
        if place == 0 {
            let word = self.raw_word()?;
            self.words.push(word);
            return Ok(word);
        }
        self.words.get(place - 1).copied().ok_or("a place of a word that did not occur")
    }

    pub(super) fn raw_word(&mut self) -> Result<u128, Malformed> {
        let (first, rest) = self.rest.split_first_chunk::<16>().ok_or("bytes end early")?;
        self.rest = rest;
        Ok(u128::from_be_bytes(*first))
    }

    pub(super) fn account(&mut self) -> Result<AccountId, Malformed> {
        let number = self.number()?;
        let part = |number: u64| u8::try_from(number).map_err(|_| "an account of no kind");
        let kind = AccountKind::from_number(part(number / ASSETS_PER_KIND)?).ok_or("an account of no kind")?;
        let asset = Asset::from_number(part(number % ASSETS_PER_KIND)?).ok_or("an account in no asset")?;
        Ok(AccountId { kind, asset, owner: self.word()? })
    }
}
