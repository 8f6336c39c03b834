use super::*;
use crate::testing::on_both;

const TENANT: TenantId = TenantId::new(3);
const SHARE: u32 = 10_000;

fn of(month: i64, viewer: u128) -> PlatformViewer {
    PlatformViewer { tenant: TENANT, month, viewer }
}

fn win(month: i64, viewer: u128, is_held_out: bool, share_millionths: u32, ms: i64) -> PlatformWin {
    PlatformWin { of: of(month, viewer), is_held_out, share_millionths, at: Timestamp::from_ms(ms) }
}

#[test]
fn both_arms_of_a_month_are_told_of_viewers_who_were_won_and_are_valid() {
    on_both(|store| {
        store
            .write_now::<_, StoreError>(|tx| {
                assert_eq!(tx.platform_share(TENANT, 5)?, None);
                let bought = PlatformActs { views: 2, gmv_fen: 700, ..PlatformActs::default() };
                let back = PlatformActs { follows: -1, gmv_fen: -700, ..PlatformActs::default() };
                // What is done before the win counts alike, whatever is told first.
                tx.add_platform_acts(of(5, 1), bought)?;
                for (viewer, is_held_out) in [(1, false), (2, false), (3, true), (4, true)] {
                    assert!(tx.win_platform_viewer(&win(5, viewer, is_held_out, SHARE, 10))?);
                }
                assert!(!tx.win_platform_viewer(&win(5, 1, true, 77, 20))?, "the first time counts");
                tx.add_platform_acts(of(5, 3), PlatformActs { follows: 1, ..bought })?;
                tx.add_platform_acts(of(5, 3), back)?;
                tx.add_platform_acts(of(5, 9), bought)?;
                tx.add_platform_acts(of(6, 4), bought)?;
                assert_eq!(tx.platform_share(TENANT, 5)?, Some(SHARE));
                let sum = |is_held_out, viewed, paid| PlatformSum {
                    is_held_out,
                    viewers: 2,
                    viewed,
                    followed: 0,
                    commented: 0,
                    clicked: 0,
                    paid,
                };
                assert_eq!(tx.platform_sums(TENANT, 5, SHARE)?, [sum(false, 1, 1), sum(true, 1, 0)]);
                assert_eq!(tx.platform_spenders(TENANT, 5, SHARE)?, [(false, 700)]);
                assert_eq!(tx.platform_sums(TENANT, 5, 77)?, []);
                // Another share since: whoever was won under the earlier one was perhaps shown something.
                tx.win_platform_viewer(&win(5, 8, true, 20_000, 30))?;
                assert_eq!(tx.platform_share(TENANT, 5)?, Some(20_000));
                let gone = [tx.invalidate_platform_viewer(of(5, 1))?, tx.invalidate_platform_viewer(of(5, 1))?];
                assert_eq!(gone, [1, 0]);
                assert_eq!(tx.platform_sums(TENANT, 5, SHARE)?[0].viewers, 1);
                assert_eq!(tx.forget_platform_viewers(6)?, 8, "five wins and three sums");
                assert_eq!(tx.platform_sums(TENANT, 5, SHARE)?, []);
                Ok(())
            })
            .unwrap();
    });
}
