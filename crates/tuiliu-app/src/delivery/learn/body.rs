//! What a node has learnt for a tenant as one body: rates, and the hours of its traffic.

const MARK: [u8; 5] = *b"TLND\x01";
const LENGTH_BYTES: usize = 8;

/// Both parts in one; each says its version and checks itself.
pub(super) fn join(rates: &[u8], traffic: &[u8]) -> Vec<u8> {
    let length = u64::try_from(rates.len()).expect("memory is smaller than that");
    [&MARK[..], &length.to_le_bytes(), rates, traffic].concat()
}

/// The parts of a body, rates first. Without the mark it is of a node that learnt nothing but rates.
pub(super) fn split(body: &[u8]) -> (&[u8], &[u8]) {
    let parts = || {
        let (length, parts) = body.strip_prefix(&MARK)?.split_first_chunk::<LENGTH_BYTES>()?;
        parts.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)
    };
    parts().unwrap_or((body, &[]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_parts_are_read_back() {
        for (rates, traffic) in [(&b"rates"[..], &b"traffic"[..]), (b"", b"traffic"), (b"rates", b""), (b"", b"")] {
            assert_eq!(split(&join(rates, traffic)), (rates, traffic));
        }
    }

    #[test]
    fn what_has_no_mark_or_is_cut_is_taken_for_rates_which_check_themselves() {
        assert_eq!(split(b"TLPR\x01 of before"), (&b"TLPR\x01 of before"[..], &b""[..]));
        let cut = &join(b"rates", b"")[..15];
        assert_eq!(split(cut), (cut, &b""[..]));
        assert_eq!(split(b""), (&b""[..], &b""[..]));
    }
}
