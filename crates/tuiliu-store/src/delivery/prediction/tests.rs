use super::*;
use crate::testing::on_both;

fn stored(tenant: u128, node: u32, saved_ms: i64) -> StoredPrediction {
    let body = (0..=255).cycle().take(usize::try_from(saved_ms).unwrap()).collect();
    StoredPrediction { tenant: TenantId::new(tenant), node, saved_at: Timestamp::from_ms(saved_ms), body }
}

#[test]
fn a_node_reads_back_what_it_wrote_last_for_each_tenant() {
    on_both(|store| {
        let told = store
            .write_now::<_, StoreError>(|tx| {
                let before = tx.predictions_for(1)?;
                for row in [stored(1, 1, 500), stored(2, 1, 700), stored(1, 2, 900), stored(1, 1, 800)] {
                    tx.save_prediction(&row)?;
                }
                Ok((before, tx.predictions_for(1)?))
            })
            .unwrap();
        assert_eq!(told, (Vec::new(), vec![stored(1, 1, 800), stored(2, 1, 700)]));
    });
}

#[test]
fn a_new_node_starts_with_what_was_written_last_by_any() {
    on_both(|store| {
        let told = store
            .write_now::<_, StoreError>(|tx| {
                for row in [stored(1, 1, 500), stored(1, 2, 900), stored(2, 3, 950), stored(2, 4, 950)] {
                    tx.save_prediction(&row)?;
                }
                Ok((tx.predictions_for(7)?, tx.predictions_for(3)?))
            })
            .unwrap();
        let newest = vec![stored(1, 2, 900), stored(2, 3, 950)];
        assert_eq!(told, (newest.clone(), newest));
    });
}
