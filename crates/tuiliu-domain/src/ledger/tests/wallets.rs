//! Wallets: top-ups, holds, withdrawals, freezing, corrections. Units are 1/100 bean.

use super::story::story;

#[test]
fn wl_03_a_wallet_never_goes_below_zero() {
    story(
        "
        top-up mia m1 1000
        order a; hold a m1 700 worth 10000      | done; done
        show mia paid                           | 1000, 700 held
        show m1                                 | left 300, held 700
        order b; hold b m1 301 worth 10000      | refused: 301 of 300
        take m1 301 to clearing                 | refused: 301 of 300
        take m1 300 to clearing
        show m1                                 | held 700, returned 300
        show mia paid                           | 700, 700 held
        ",
    );
}

#[test]
fn wl_02_value_moves_only_between_accounts_of_one_asset() {
    story(
        "
        post suspense clearing 5
        show platform clearing                  | 5, 0 held
        show platform suspense                  | -5, 0 held
        post suspense suspense 5                | refused: MismatchedAccounts
        post suspense clearing-yuan 5           | refused: MismatchedAccounts
        post paid suspense 5                    | refused: LotRequired
        post suspense coupon 5                  | refused: LotRequired
        post suspense used-beans 5              | refused: OnlyByCapture
        post used-beans suspense 5              | refused: 5 of 0
        post suspense clearing 0                | refused: NotPositive
        post suspense clearing -5               | refused: NotPositive
        ",
    );
}

#[test]
fn wl_02_a_group_happens_together_or_not_at_all() {
    story(
        "
        top-up mia m1 100; order a; hold a m1 101 worth 10000   | refused: 101 of 100
        show m1                                                 | no such lot
        top-up mia m1 100; order a; hold a m1 100 worth 10000   | done; done; done
        show m1                                                 | held 100
        ",
    );
}

#[test]
fn wl_04_the_same_key_answers_the_first_answer_for_ever() {
    story(
        "
        k1: top-up mia m1 1000
        k1: top-up mia m1 1000
        show mia paid                           | 1000, 0 held
        k1: top-up mia m1 1001                  | refused: OtherContent
        k2: take m1 1500 to clearing            | refused: 1500 of 1000
        top-up mia m2 1000
        k2: take m1 1500 to clearing            | refused: 1500 of 1000
        ",
    );
}

#[test]
fn wl_10_a_frozen_wallet_receives_but_does_not_pay() {
    story(
        "
        top-up mia m1 1000
        order a; hold a m1 600 worth 10000; lend a@1 3000000    | done; done; 3000000 to spend
        freeze mia paid
        top-up mia m2 50
        take m1 1 to clearing                   | refused: Frozen
        hold a m2 50 worth 10000                | refused: Frozen
        spent a@1 3000000                       | used 300 of m1
        close a@1
        settle a                                | back 300 to m1
        thaw mia paid
        take m1 700 to clearing
        show mia paid                           | 50, 0 held
        ",
    );
}

#[test]
fn wl_10_a_frozen_coupon_account_lapses_but_does_not_split() {
    story(
        "
        coupon mia c1 100 until 30
        freeze mia coupon
        split c1 40 into c2                     | refused: Frozen
        order a; hold a c1 10 worth 1000000     | refused: Frozen
        coupon mia c3 7 until 60
        day 30
        expire c1
        show mia coupon                         | 7, 0 held
        ",
    );
}

#[test]
fn wl_02_a_post_is_undone_by_its_mirror_image_once() {
    story(
        "
        k1: post suspense clearing 5; post clearing liquidity 3     | done; done
        r1: reverse k1
        show platform suspense                  | 0, 0 held
        show platform clearing                  | 0, 0 held
        show platform liquidity                 | 0, 0 held
        r1: reverse k1
        reverse k1                              | refused: NotReversible
        reverse r1                              | refused: NotReversible
        k2: top-up mia m1 5
        reverse k2                              | refused: NotReversible
        reverse k9                              | refused: NotReversible
        ",
    );
}

#[test]
fn wl_03_what_is_no_such_thing_or_there_already_is_refused() {
    story(
        "
        take m9 1 to clearing                   | refused: no lot
        expire m9                               | refused: no lot
        split m9 1 into m8                      | refused: no lot
        top-up mia m1 10
        top-up mia m1 10                        | refused: another lot
        hold a m1 10 worth 10000                | refused: no escrow
        order a
        order a                                 | refused: another escrow
        hold a m9 10 worth 10000                | refused: no lot
        hold a m1 5 worth 10000
        hold a m1 5 worth 10000                 | refused: another hold
        hold a m1 0 worth 10000                 | refused: NotPositive
        hold a m1 5 worth 0                     | refused: NotPositive
        lend b@1 5                              | refused: no escrow
        spent a@1 5                             | refused: no lease
        close a@1                               | refused: no lease
        settle b                                | refused: no escrow
        ",
    );
}

#[test]
fn wl_01_amounts_beyond_the_range_are_refused() {
    story(
        "
        post suspense clearing 4611686018427387904
        post suspense clearing 1                        | refused: Overflow
        post clearing suspense 9223372036854775807      | refused: Overflow
        top-up mia m1 9223372036854775807               | refused: Overflow
        gift mia g1 4611686018427387904
        gift mia g2 1                                   | refused: Overflow
        order a
        hold a g1 4611686018427387904 worth 2           | refused: Overflow
        hold a g1 4611686018427387903 worth 1
        lend a@1 9223372036854775807                    | refused: Overflow
        lend a@1 4611686018427387904                    | refused: lend 4611686018427387904 of 4611686018427387903
        ",
    );
}
