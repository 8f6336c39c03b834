//! Money bugs that others had in public, each retold as a story of this ledger (ledger.md §5.12).
//!
//! What was a race there is an order of arrival here: groups are applied one after another, so the second
//! of two twins always sees what the first one did.

use super::story::story;

// saleor/saleor#544, django-oscar/django-oscar#2101 and #4612: two checkouts at once each used a single-use voucher.
#[test]
fn a_coupon_is_not_used_by_two_orders_at_once() {
    story(
        "
        card mia k1 200 until 30
        order a; hold a k1 200 worth 1000000    | done; done
        order b; hold b k1 200 worth 1000000    | refused: 200 of 0
        undo a                                  | back 200 to k1
        order b; hold b k1 200 worth 1000000    | done; done
        ",
    );
}

// pretix/pretix#6396, medusajs/medusa#16012 (promotion budgets): concurrent uses went over a voucher's budget.
#[test]
fn orders_together_do_not_use_more_than_a_coupon_has() {
    story(
        "
        coupon mia c1 100 until 30
        order a; hold a c1 60 worth 1000000     | done; done
        order b; hold b c1 60 worth 1000000     | refused: 60 of 40
        order b; hold b c1 40 worth 1000000     | done; done
        show c1                                 | held 100, until day 30
        ",
    );
}

// spree/spree#11284: two browser tabs spent the same store credit. blnkfinance/blnk#181: six inflight debits
// of 1000 were accepted on a balance of 5000, because only the posted balance was looked at.
#[test]
fn what_is_promised_already_is_not_promised_again() {
    story(
        "
        top-up mia m1 5000
        order a; hold a m1 1000 worth 10000     | done; done
        order b; hold b m1 1000 worth 10000     | done; done
        order c; hold c m1 1000 worth 10000     | done; done
        order d; hold d m1 1000 worth 10000     | done; done
        order e; hold e m1 1000 worth 10000     | done; done
        order f; hold f m1 1000 worth 10000     | refused: 1000 of 0
        take m1 1 to clearing                   | refused: 1 of 0
        ",
    );
}

// sub2api#3384: a preflight let every request pass while the balance was above zero.
#[test]
fn a_balance_above_zero_is_not_enough_to_pay_more_than_it() {
    story(
        "
        top-up mia m1 1
        order a; hold a m1 2 worth 10000        | refused: 2 of 1
        ",
    );
}

// juspay/hyperswitch#13182: two refunds of 60 of a payment of 100 both succeeded.
#[test]
fn two_refunds_do_not_exceed_their_payment() {
    story(
        "
        top-up mia m1 100
        take m1 60 to clearing
        take m1 60 to clearing                  | refused: 60 of 40
        show platform clearing                  | -40, 0 held
        ",
    );
}

// craftcms/commerce#1098: after refunding all but one cent, any amount up to the total could be refunded again.
#[test]
fn a_refund_in_two_steps_does_not_exceed_its_payment() {
    story(
        "
        top-up mia m1 100
        top-up mia m2 100
        take m1 99 to clearing
        take m1 100 to clearing                 | refused: 100 of 1
        take m1 2 to clearing                   | refused: 2 of 1
        take m1 1 to clearing
        take m1 1 to clearing                   | refused: 1 of 0
        show m2                                 | left 100
        ",
    );
}

// juspay/hyperswitch#11491: a negative refund passed, since it is never more than what is left.
// formancehq/ledger#2068: saving a negative amount made more available. openmeterio/openmeter#1344: negative grants.
#[test]
fn a_negative_amount_is_refused_wherever_one_can_be_given() {
    story(
        "
        top-up mia m1 100
        coupon mia c1 100 until 30
        order a; hold a m1 50 worth 10000; lend a@1 500000      | done; done; 500000 to spend
        take m1 -60 to clearing                 | refused: NotPositive
        hold a m1 -60 worth 10000               | refused: NotPositive
        hold a m1 10 worth -10000               | refused: NotPositive
        split c1 -5 into c2                     | refused: NotPositive
        coupon mia c3 -5 until 30               | refused: NotPositive
        post suspense clearing -5               | refused: NotPositive
        lend a@1 -5                             | refused: NotPositive
        spent a@1 -5                            | refused: NotPositive
        take m1 -9223372036854775808 to clearing  | refused: NotPositive
        show m1                                 | left 50, held 50
        ",
    );
}

// killbill/killbill#333: more was captured than authorized. medusajs/medusa#16012 (over-capture): partial captures
// each passed the check and together went over.
#[test]
fn partial_captures_together_do_not_exceed_what_was_held() {
    story(
        "
        top-up mia m1 1000
        order a; hold a m1 100 worth 10000; lend a@1 600000; lend a@2 400000  | done; done; 600000 to spend; 400000 to spend
        spent a@1 600000                        | used 60 of m1
        spent a@2 600000                        | refused: 600000 spent of 400000
        spent a@2 400000                        | used 40 of m1
        spent a@1 600001                        | refused: 600001 spent of 600000
        lend a@2 1                              | refused: lend 1 of 0
        show m1                                 | left 900, spent 100
        ",
    );
}

// killbill/killbill#334: more was refunded than captured.
#[test]
fn no_more_is_credited_back_than_was_consumed() {
    story(
        "
        top-up mia m1 100
        order a; hold a m1 100 worth 10000; lend a@1 1000000; spent a@1 250000; close a@1; settle a  | done; done; 1000000 to spend; used 25 of m1; done; back 75 to m1
        credit-back a mia m2 26                 | refused: 26 of 25
        credit-back a mia m2 25
        credit-back a mia m3 1                  | refused: 1 of 0
        show mia paid                           | 100, 0 held
        ",
    );
}

// blnkfinance/blnk#152: a refund succeeded as often as it was asked for. #374: the second one said 409 and
// silently undid the first.
#[test]
fn a_reversal_asked_for_again_changes_nothing() {
    story(
        "
        k1: post suspense clearing 100
        reverse k1
        reverse k1                              | refused: NotReversible
        reverse k1                              | refused: NotReversible
        show platform suspense                  | 0, 0 held
        show platform clearing                  | 0, 0 held
        ",
    );
}

// blnkfinance/blnk#41: a void could be sent again and succeeded. magento/magento2#38815: store credit came back twice.
// elizaOS/eliza#11236: deleting a campaign twice at once refunded it twice.
#[test]
fn an_order_gives_back_what_was_left_once() {
    story(
        "
        top-up mia m1 100
        order a; hold a m1 100 worth 10000      | done; done
        undo a                                  | back 100 to m1
        undo a                                  | refused: AlreadySettled
        settle a                                | refused: AlreadySettled
        show mia paid                           | 100, 0 held
        ",
    );
}

// elizaOS/eliza#11236: what was spent between the look at the budget and the refund was refunded too.
#[test]
fn what_is_spent_until_the_last_moment_is_not_refunded() {
    story(
        "
        top-up mia m1 100
        order a; hold a m1 100 worth 10000; lend a@1 1000000    | done; done; 1000000 to spend
        settle a                                | refused: LeasesOpen
        spent a@1 990000                        | used 99 of m1
        close a@1; settle a                     | done; back 1 to m1
        ",
    );
}

// blnkfinance/blnk#182: an inflight debit that was rejected for lack of funds could be committed by its queued id.
#[test]
fn a_refused_hold_can_never_be_spent() {
    story(
        "
        top-up mia m1 100
        order a
        hold a m1 101 worth 10000               | refused: 101 of 100
        lend a@1 1                              | refused: lend 1 of 0
        spent a@1 1                             | refused: no lease
        settle a                                | nothing back
        show m1                                 | left 100
        ",
    );
}

// blnkfinance/blnk#183: one movement of an atomic bulk was refused, the others stayed.
#[test]
fn no_part_of_a_refused_group_stays() {
    story(
        "
        post suspense clearing 100; post used-beans clearing 300    | refused: 300 of 0
        show platform suspense                  | no such account
        top-up mia m1 50; order a; hold a m1 20 worth 10000; take m1 40 to clearing  | refused: 40 of 30
        show m1                                 | no such lot
        order a
        ",
    );
}

// blnkfinance/blnk#195: what was held in bulk could not be committed. #55: a held conversion left no record to commit.
#[test]
fn what_was_held_in_one_group_can_be_captured() {
    story(
        "
        gift mia g1 90; coupon mia c1 10 until 30; order a; hold a g1 90 worth 10000; hold a c1 10 worth 1000000  | done; done; done; done; done
        lend a@1 10900000                       | 10900000 to spend
        spent a@1 10900000                      | used 90 of g1, 10 of c1
        ",
    );
}

// LerianStudio/midaz#1519: a pending transaction was committed twice when asked for twice at once.
// saleor/saleor#14648: one charge was counted twice, once by the checkout and once by the notification.
#[test]
fn the_same_spend_told_twice_is_captured_once() {
    story(
        "
        top-up mia m1 100
        order a; hold a m1 100 worth 10000; lend a@1 1000000    | done; done; 1000000 to spend
        k1: spent a@1 400000                    | used 40 of m1
        k1: spent a@1 400000                    | used 40 of m1
        k2: spent a@1 400000                    | nothing used
        show m1                                 | held 60, spent 40
        ",
    );
}

// LerianStudio/midaz#1974, formancehq/stack#1464: a notification delivered twice credited twice.
// medusajs/medusa#12588: one payment was refunded more than once.
#[test]
fn a_notification_delivered_twice_credits_once() {
    story(
        "
        k1: top-up mia m1 100
        k1: top-up mia m1 100
        k2: top-up mia m1 100                   | refused: another lot
        show mia paid                           | 100, 0 held
        k3: take m1 100 to clearing
        k3: take m1 100 to clearing
        k4: take m1 100 to clearing             | refused: 100 of 0
        ",
    );
}

// Midaz, same key with another payload answered with the first result; saleor/saleor#18196: the refusal of a
// duplicate event with another amount was lost.
#[test]
fn a_known_key_with_another_payload_is_refused() {
    story(
        "
        k1: top-up mia m1 100
        k1: top-up mia m1 101                   | refused: OtherContent
        k1: top-up mia m1 100; top-up mia m2 1  | refused: OtherContent
        k1: take m1 100 to clearing             | refused: OtherContent
        k1: top-up mia m1 100
        show mia paid                           | 100, 0 held
        ",
    );
}

// medusajs/medusa#16595: giving back one use of a budget lost another use that came in between.
#[test]
fn one_order_that_ends_does_not_touch_the_others() {
    story(
        "
        coupon mia c1 100 until 30
        order a; hold a c1 30 worth 1000000     | done; done
        order b; hold b c1 50 worth 1000000     | done; done
        undo a                                  | back 30 to c1
        show c1                                 | left 50, held 50, until day 30
        order c; hold c c1 51 worth 1000000     | refused: 51 of 50
        ",
    );
}

// getlago/lago-api#4805: refunds were possible up to an invoice's total, paid or not.
#[test]
fn what_was_never_paid_is_not_refunded() {
    story(
        "
        order a
        take m1 100 to clearing                 | refused: no lot
        settle a                                | nothing back
        ",
    );
}

// formancehq/wallets#109: a retry made another id for what it opened. Here a replayed order brings forth the same lot.
#[test]
fn a_remainder_has_the_same_id_on_every_replay() {
    let order = "
        coupon mia c1 10 until 30
        order a; hold a c1 10 worth 1000000     | done; done
        settle a                                | back 10 to a-c1-rest
        show a-c1-rest                          | left 10, until day 30
        ";
    story(order);
    story(order);
}

// Sums at the edge of the range, where a 64-bit balance would wrap around.
#[test]
fn sums_at_the_edge_of_the_range_do_not_wrap() {
    story(
        "
        gift mia g1 4611686018427387904
        gift mia g2 1                           | refused: Overflow
        post suspense clearing 4611686018427387904
        post suspense clearing 1                | refused: Overflow
        post clearing suspense 9223372036854775807  | refused: Overflow
        order a; hold a g1 4611686018427387904 worth 1; lend a@1 4611686018427387904  | done; done; 4611686018427387904 to spend
        lend a@1 1                              | refused: lend 1 of 0
        spent a@1 9223372036854775807           | refused: 9223372036854775807 spent of 4611686018427387904
        ",
    );
}
