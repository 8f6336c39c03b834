use super::*;
use crate::testing::on_both;

const OURS: TenantId = TenantId::new(1);

fn at(ms: i64) -> Timestamp {
    Timestamp::from_ms(ms)
}

fn row(order: u128, tenant: TenantId) -> ForecastRow {
    let range = |mid: i64| Range { low: mid - 10, mid, high: mid + 10 };
    ForecastRow {
        order: PromotionOrderId::new(order),
        tenant,
        goal: Goal::Viewers,
        form: OrderForm::Plain,
        budget: Beans::from(500),
        paid_at: at(5),
        point_by: "replay".to_owned(),
        basis: EstimateBasis::Comparables,
        comparables: 31,
        expected: Expected { results: 100, views: 200, duration_ms: 300 },
        ranges: Ranges { results: range(101), views: range(202), duration_ms: range(303) },
        came: None,
    }
}

fn came(ended_ms: i64, results: i64, is_comparable: bool) -> Came {
    Came { ended_at: at(ended_ms), figures: Expected { results, views: 7, duration_ms: 8 }, is_comparable }
}

#[test]
fn at_06_what_was_shown_is_kept_with_what_came() {
    on_both(|store| {
        store
            .write_now::<_, StoreError>(|tx| {
                let shown = row(1, OURS);
                assert_eq!(tx.forecast(shown.order)?, None);
                assert!(!tx.end_forecast(shown.order, came(9, 95, true))?, "nothing was shown");
                tx.insert_forecast(&shown)?;
                assert_eq!(tx.forecast(shown.order)?, Some(shown.clone()));
                assert!(tx.end_forecast(shown.order, came(9, 95, true))?);
                assert!(!tx.end_forecast(shown.order, came(10, 0, true))?, "an order ends once");
                assert_eq!(tx.forecast(shown.order)?, Some(ForecastRow { came: Some(came(9, 95, true)), ..shown }));
                Ok(())
            })
            .unwrap();
    });
}

#[test]
fn at_06_comparable_orders_are_counted_by_tenant_goal_and_basis() {
    on_both(|store| {
        store
            .write_now::<_, StoreError>(|tx| {
                let prior = |order| ForecastRow { basis: EstimateBasis::Prior, ..row(order, OURS) };
                let follows = |order| ForecastRow { goal: Goal::Follows, ..row(order, OURS) };
                for shown in [
                    row(1, OURS),
                    row(2, OURS),
                    row(3, OURS),
                    row(4, TenantId::new(2)),
                    prior(5),
                    follows(6),
                    row(7, OURS),
                ] {
                    tx.insert_forecast(&shown)?;
                }
                let ends = [
                    (1, 30, 91, true),
                    (2, 20, 112, true),
                    (3, 10, 100, false),
                    (4, 5, 100, true),
                    (5, 40, 1, true),
                    (6, 50, 111, true),
                ];
                for (order, ended_ms, results, is_comparable) in ends {
                    tx.end_forecast(PromotionOrderId::new(order), came(ended_ms, results, is_comparable))?;
                }
                let orders = |rows: Vec<ForecastRow>| rows.iter().map(|row| row.order.value()).collect::<Vec<_>>();
                assert_eq!(orders(tx.comparable_forecasts(OURS, 3)?), [1, 5, 6], "the newest, the earliest first");
                assert_eq!(tx.count_comparable_forecasts()?, [(OURS, 4, at(50)), (TenantId::new(2), 1, at(5))]);
                let share = |goal, basis, inside, orders| ForecastShare { goal, basis, inside, orders };
                let shares = [
                    share(Goal::Follows, EstimateBasis::Comparables, 1, 1),
                    share(Goal::Viewers, EstimateBasis::Comparables, 1, 2),
                    share(Goal::Viewers, EstimateBasis::Prior, 0, 1),
                ];
                assert_eq!(tx.forecast_shares(OURS, at(20))?, shares);
                assert_eq!(tx.forecast_shares(OURS, at(41))?, shares[..1]);
                Ok(())
            })
            .unwrap();
    });
}
