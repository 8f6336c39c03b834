use std::collections::HashSet;

use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn reads_back_what_it_shows(value: u128) {
        let id = PartyId::new(value);
        prop_assert_eq!(id.to_string().parse::<PartyId>(), Ok(id));
        prop_assert_eq!(PartyId::from_bytes(id.bytes()), id);
    }

    #[test]
    fn text_sorts_like_the_id(one: u128, other: u128) {
        let [a, b] = [PartyId::new(one), PartyId::new(other)];
        prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
    }

    #[test]
    fn children_differ_and_stay_the_same(value: u128, n in 0_u64..1000) {
        let parent = PromotionOrderId::new(value);
        prop_assert_eq!(parent.child::<LotKind>(n), parent.child::<LotKind>(n));
        prop_assert_ne!(parent.child::<LotKind>(n), parent.child::<LotKind>(n + 1));
        prop_assert_ne!(parent.child::<LotKind>(n).value(), value);
    }
}

#[test]
fn refuses_what_is_not_an_id_of_the_kind() {
    let party = PartyId::new(7).to_string();
    assert_eq!(party.parse::<RoomId>(), Err(ParseIdError::WrongPrefix { expected: "room" }));
    assert_eq!("pt_".parse::<PartyId>(), Err(ParseIdError::Malformed));
    assert_eq!("pt_0000000000000000000000000u".parse::<PartyId>(), Err(ParseIdError::Malformed));
    assert_eq!("pt_8zzzzzzzzzzzzzzzzzzzzzzzzz".parse::<PartyId>(), Err(ParseIdError::Malformed));
}

#[test]
fn no_two_kinds_share_a_prefix() {
    assert_eq!(PREFIXES.iter().collect::<HashSet<_>>().len(), PREFIXES.len());
}
