//! Coupons: each is a lot; split, come back as remainder, lapse, are recalled. One point is worth 1000000.

use super::story::story;

#[test]
fn tp_06_what_an_order_leaves_of_a_coupon_is_a_new_coupon() {
    story(
        "
        coupon mia c1 500 until 30
        order a; hold a c1 300 worth 1000000; lend a@1 300000000    | done; done; 300000000 to spend
        show c1                                 | left 200, held 300, until day 30
        day 3
        spent a@1 120000000                     | used 120 of c1
        close a@1
        settle a                                | back 180 to a-c1-rest
        show c1                                 | left 200, spent 120, returned 180, until day 30
        show a-c1-rest                          | left 180, until day 30
        show mia coupon                         | 380, 0 held
        ",
    );
}

#[test]
fn tp_06_a_coupon_that_lapsed_meanwhile_comes_back_for_seven_days() {
    story(
        "
        coupon mia c1 500 until 30
        order a; hold a c1 300 worth 1000000    | done; done
        day 31
        expire c1
        show c1                                 | held 300, lapsed 200, until day 30
        settle a                                | back 300 to a-c1-rest
        show c1                                 | returned 300, lapsed 200, until day 30
        show a-c1-rest                          | left 300, until day 38
        expire c1
        show mia coupon                         | 300, 0 held
        ",
    );
}

#[test]
fn tp_08_an_undone_order_gives_lapsed_coupons_and_cards_seven_days() {
    story(
        "
        coupon mia c1 500 until 30
        card mia k1 9 until 30
        order a; hold a c1 300 worth 1000000; hold a k1 9 worth 1000000     | done; done; done
        day 30
        undo a                                  | back 9 to a-k1-rest, 300 to a-c1-rest
        show k1                                 | returned 9, until day 30
        ",
    );
}

#[test]
fn tp_06_a_coupon_splits_into_coupons_of_the_same_conditions() {
    story(
        "
        coupon mia c1 500 until 30
        split c1 120 into c2
        show c1                                 | left 380, split 120, until day 30
        show c2                                 | left 120, until day 30
        split c2 121 into c3                    | refused: 121 of 120
        split c2 0 into c3                      | refused: NotPositive
        split c2 20 into c1                     | refused: another lot
        split c2 20 into c2                     | refused: another lot
        split c2 20 into c3
        show mia coupon                         | 500, 0 held
        day 30
        split c2 20 into c4                     | refused: OutsideValidity
        ",
    );
}

#[test]
fn tp_28_a_growth_card_is_used_whole_and_burns_when_used() {
    story(
        "
        card mia k1 200 until 30
        split k1 50 into k2                     | refused: Indivisible
        take k1 50 to recalled                  | refused: Indivisible
        order a; hold a k1 199 worth 1000000    | refused: Indivisible
        order a; hold a k1 200 worth 1000000; lend a@1 200000000    | done; done; 200000000 to spend
        spent a@1 1000000                       | used 1 of k1
        close a@1
        settle a                                | nothing back
        show k1                                 | spent 1, lapsed 199, until day 30
        show platform breakage                  | 199, 0 held
        show mia coupon                         | 0, 0 held
        ",
    );
}

#[test]
fn tp_28_a_growth_card_that_was_not_used_comes_back() {
    story(
        "
        card mia k1 200 until 30
        order a; hold a k1 200 worth 1000000    | done; done
        settle a                                | back 200 to k1
        show k1                                 | left 200, until day 30
        ",
    );
}

#[test]
fn wl_06_a_coupon_lapses_at_its_time_and_not_before() {
    story(
        "
        coupon mia c1 500 until 30
        day 29
        expire c1                               | refused: NotExpired
        order a; hold a c1 1 worth 1000000      | done; done
        day 30
        hold a c1 2 worth 1000000               | refused: OutsideValidity
        take c1 5 to recalled                   | refused: OutsideValidity
        expire c1
        expire c1
        show c1                                 | held 1, lapsed 499, until day 30
        show platform breakage                  | 499, 0 held
        top-up mia m1 5
        expire m1                               | refused: NotExpired
        coupon mia c2 5 until 30                | refused: OutsideValidity
        ",
    );
}

#[test]
fn rv_04_a_recalled_coupon_goes_to_the_platform() {
    story(
        "
        coupon mia c1 500 until 30
        order a; hold a c1 100 worth 1000000    | done; done
        take c1 500 to recalled                 | refused: 500 of 400
        take c1 400 to recalled
        show c1                                 | held 100, returned 400, until day 30
        show platform recalled                  | 400, 0 held
        ",
    );
}

#[test]
fn wl_06_wallet_lots_cannot_be_split() {
    story(
        "
        top-up mia m1 500
        split m1 100 into m2                    | refused: Indivisible
        ",
    );
}
