use super::*;
use crate::testing::on_both;

const ROOM: RoomId = RoomId::new(3);
const ORDER: PromotionOrderId = PromotionOrderId::new(7);

fn at(ms: i64) -> Timestamp {
    Timestamp::from_ms(ms)
}

fn record(id: u128, kind: &str) -> AttributionRecord {
    AttributionRecord {
        id,
        kind: kind.to_owned(),
        known_at: at(9),
        at: at(5),
        heard_until: at(6),
        watched_ms: 4,
        under: Some((ORDER, DecisionId::new(1))),
        purchase: None,
        value_fen: 0,
    }
}

#[test]
fn a_record_is_kept_once_and_can_be_widened() {
    on_both(|store| {
        let told = store
            .write_now::<_, StoreError>(|tx| {
                let paid = AttributionRecord { under: None, purchase: Some(8), value_fen: 12, ..record(2, "paid") };
                tx.put_attribution_records(&[(ROOM, 42, &record(1, "glance")), (ROOM, 42, &paid)])?;
                let wider = AttributionRecord { heard_until: at(8), watched_ms: 9, ..record(1, "view") };
                let (click, elsewhere) = (record(5, "click"), (RoomId::new(4), 42, &record(1, "click")));
                tx.put_attribution_records(&[(ROOM, 42, &wider), (ROOM, 41, &click), elsewhere])?;
                let mut found = tx.attribution_records(&[(ROOM, 42), (ROOM, 41), (ROOM, 40)])?;
                found.sort_by_key(|((_, viewer), record)| (*viewer, record.id));
                assert_eq!(found, [((ROOM, 41), click), ((ROOM, 42), wider), ((ROOM, 42), paid)]);
                let mut page = RecordPage { room: ROOM, after_viewer: 0, after_id: 0, limit: 2 };
                let first = tx.attribution_records_of_room(page)?;
                (page.after_viewer, page.after_id) = (first[1].0, first[1].1.id);
                let second = tx.attribution_records_of_room(page)?;
                let viewers = |rows: Vec<(u128, AttributionRecord)>| {
                    rows.into_iter().map(|(viewer, record)| (viewer, record.id)).collect::<Vec<_>>()
                };
                let told = (viewers(first), viewers(second), tx.forget_attribution_records(ROOM)?);
                Ok((told, tx.attribution_records(&[(ROOM, 42)])?.len(), tx.is_promoted(ROOM)?))
            })
            .unwrap();
        assert_eq!(told, ((vec![(41, 5), (42, 1)], vec![(42, 2)], 3), 0, false));
    });
}

#[test]
fn shares_are_replaced_and_sums_add_up() {
    on_both(|store| {
        let told = store
            .write_now::<_, StoreError>(|tx| {
                let before = tx.attribution_shares(&[(ORDER, 42)])?;
                let share = |viewer: u128, body: &str| ((ORDER, viewer), body.to_owned());
                tx.put_attribution_shares(&[share(42, "a")])?;
                tx.put_attribution_shares(&[share(42, "b"), share(43, "c")])?;
                for value in [5, -2] {
                    tx.add_attributed(ORDER, ("settled", "likes"), value)?;
                    tx.add_attributed(ORDER, ("refunded", "gmv_fen"), value)?;
                }
                tx.add_attributed(ORDER, ("refunded", "gmv_fen"), -3)?;
                let shares = (before, tx.attribution_shares(&[(ORDER, 42)])?, tx.attribution_shares_of(ORDER)?);
                Ok((shares, tx.forget_attribution_shares(ORDER)?, tx.attributed(ORDER)?))
            })
            .unwrap();
        let likes = AttributedSum { part: "settled".to_owned(), figure: "likes".to_owned(), value: 3 };
        assert_eq!(told, ((Vec::new(), vec![((ORDER, 42), "b".to_owned())], 2), 2, vec![likes]));
    });
}
