use proptest::prelude::*;
use tuiliu_domain::viewer::{AgeBand, Gender};

use super::*;
use crate::tests::NOON;
use tuiliu_domain::id::RoomId;

fn keys(ids: &[u32]) -> TokenKeys {
    let key = |id: &u32| TokenKey::new(*id, blake3::hash(&id.to_be_bytes()).into());
    TokenKeys::try_new(ids.iter().map(key).collect()).unwrap()
}

fn claims() -> Claims {
    Claims {
        decision: DecisionId::new(0x0195_0000_0000_7000_8000_0000_0000_0001),
        tenant: TenantId::new(1),
        order: PromotionOrderId::new(2),
        content: ContentId::Room(RoomId::new(3)),
        viewer_hash: u128::MAX - 4,
        placement_hash: 5,
        goal: Goal::Follows,
        price: Micros::new(1_234_567),
        issued_at: NOON,
        expires_at: NOON.plus_ms(300_000),
        node: 6,
        epoch: 7,
        traits: ViewerTraits { gender: Gender::Female, age: AgeBand::of("24-30"), ..ViewerTraits::default() },
    }
}

#[test]
fn dl_01_opens_what_it_sealed() {
    let text = seal(&keys(&[1]), &claims());
    assert!(text.starts_with("t2.") && text.len() < 256, "{} characters", text.len());
    assert_eq!(open(&keys(&[1]), &text, NOON), Ok(claims()));
    assert_eq!(text, seal(&keys(&[1]), &claims()));
}

#[test]
fn dl_01_an_expired_token_proves_nothing() {
    let text = seal(&keys(&[1]), &claims());
    assert_eq!(open(&keys(&[1]), &text, NOON.plus_ms(299_999)), Ok(claims()));
    assert_eq!(open(&keys(&[1]), &text, NOON.plus_ms(300_000)), Err(TokenError::Expired));
}

#[test]
fn a_new_key_seals_while_the_old_one_still_opens() {
    let old = seal(&keys(&[1]), &claims());
    let rotated = keys(&[2, 1]);
    assert_eq!(open(&rotated, &old, NOON), Ok(claims()));
    let new = seal(&rotated, &claims());
    assert_eq!(open(&keys(&[1]), &new, NOON), Err(TokenError::UnknownKey { id: 2 }));
    assert_eq!(open(&keys(&[2]), &old, NOON), Err(TokenError::UnknownKey { id: 1 }));
    let same_id = TokenKeys::try_new(vec![TokenKey::new(1, [9; 32])]).unwrap();
    assert_eq!(open(&same_id, &old, NOON), Err(TokenError::Forged));
}

#[test]
fn no_changed_character_is_taken() {
    let keys = keys(&[1]);
    let text = seal(&keys, &claims());
    for place in 0..text.len() {
        for other in ["A", "b", "9", "-", "_", ".", "=", " "] {
            let mut changed = text.clone();
            changed.replace_range(place..=place, other);
            assert!(changed == text || open(&keys, &changed, NOON).is_err(), "place {place}, `{other}`");
        }
    }
    for cut in 0..text.len() {
        assert_eq!(open(&keys, &text[..cut], NOON), Err(TokenError::Malformed));
    }
    assert_eq!(open(&keys, &format!("{text}A"), NOON), Err(TokenError::Malformed));
    assert_eq!(open(&keys, "t2.ключ", NOON), Err(TokenError::Malformed));
    assert_eq!(open(&keys, &text.replacen("t2", "t1", 1), NOON), Err(TokenError::Malformed));
}

#[test]
fn no_flipped_bit_is_taken() {
    let keys = keys(&[1]);
    let bytes = base64url::decode(seal(&keys, &claims()).strip_prefix("t2.").unwrap()).unwrap();
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let answer = open(&keys, &format!("t2.{}", base64url::encode(&changed)), NOON);
        assert!(matches!(answer, Err(TokenError::Forged | TokenError::UnknownKey { .. })), "bit {bit}: {answer:?}");
    }
}

#[test]
fn the_price_and_the_key_cannot_be_read() {
    let with = |price| base64url::decode(seal(&keys(&[1]), &Claims { price, ..claims() }).strip_prefix("t2.").unwrap());
    let (cheap, dear) = (with(Micros::new(1)).unwrap(), with(Micros::new(2)).unwrap());
    // One decision sealed with two contents does not share a nonce, so the two tell nothing together.
    assert_ne!(cheap[4..28], dear[4..28]);
    let differing = cheap[28..].iter().zip(&dear[28..]).filter(|(left, right)| left != right).count();
    assert!(differing > 100, "only {differing} bytes differ");
    assert_eq!(format!("{:?}", TokenKey::new(1, [42; 32])), "TokenKey { id: 1, .. }");
}

#[test]
fn refuses_a_bad_set_of_keys() {
    assert_eq!(TokenKeys::try_new(Vec::new()).unwrap_err(), TokenKeysError::Empty);
    let key = |id| TokenKey::new(id, [0; 32]);
    assert_eq!(TokenKeys::try_new(vec![key(1), key(1)]).unwrap_err(), TokenKeysError::IdTwice { id: 1 });
    let nine = (0..9).map(key).collect();
    assert_eq!(TokenKeys::try_new(nine).unwrap_err(), TokenKeysError::TooMany { count: 9, max: TOKEN_KEYS_MAX });
}

proptest! {
    #[test]
    fn base64_reads_back_what_it_wrote(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        let text = base64url::encode(&bytes);
        prop_assert_eq!(text.len(), base64url::encoded_length(bytes.len()));
        prop_assert_eq!(base64url::decode(&text), Some(bytes));
    }

    /// Each content has one text: whatever can be read is written the same way again.
    #[test]
    fn base64_has_one_text_for_each_content(text in "[A-Za-z0-9_-]{0,40}") {
        if let Some(bytes) = base64url::decode(&text) {
            prop_assert_eq!(base64url::encode(&bytes), text);
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in ".{0,300}") {
        prop_assert!(open(&keys(&[1]), &text, NOON).is_err());
        let with_prefix = format!("t2.{text}");
        prop_assert!(open(&keys(&[1]), &with_prefix, NOON).is_err());
    }
}
