//! Events as subscribers read them: one exhaustive place that turns each into JSON.
//!
//! Ids are texts with their prefix, times RFC 3339 in UTC, amounts smallest units with their currency.

mod guarantee;

use serde_json::{Value, json};
use tuiliu_domain::event::{Event, Subject};
use tuiliu_domain::id::{ContentId, TenantId};
use tuiliu_domain::money::{Amount, Asset, Micros};
use tuiliu_domain::promotion::{Ending, GuardCondition, GuardRule, Joint, OrderSource, PauseReasons, SourceSettled};
use tuiliu_domain::review::Reason;
use tuiliu_domain::time::Timestamp;
use tuiliu_store::Notice;

use guarantee::guarantee_body;

/// As far as texts go: 9999-12-30T22:00:00Z, so that the year has four digits at every offset.
const TIME_MAX_MS: i64 = 253_402_207_200_000;

/// The notice of an event.
pub(crate) fn notice(tenant: TenantId, event: &Event, at: Timestamp) -> Notice {
    Notice { tenant, name: event.name().to_owned(), subject: subject(event), body: body(event).to_string(), at }
}

/// An instant as RFC 3339 in UTC with milliseconds.
pub(crate) fn time_text(at: Timestamp) -> String {
    let ms = at.ms().clamp(0, TIME_MAX_MS);
    let instant = jiff::Timestamp::from_millisecond(ms).expect("these years exist");
    format!("{instant:.3}")
}

fn subject(event: &Event) -> String {
    match event.subject() {
        Subject::Order(order) => order.to_string(),
        Subject::Coupon(lot) => lot.to_string(),
        Subject::Room(room) => room.to_string(),
        Subject::Video(video) => video.to_string(),
        Subject::Wallet(party) | Subject::Account(party) => party.to_string(),
        Subject::Guarantee(service) => service.to_string(),
    }
}

/// What happened, without what the envelope says: name, subject, tenant, time.
fn body(event: &Event) -> Value {
    let body = match event.subject() {
        Subject::Order(_) => order_body(event),
        Subject::Coupon(_) => coupon_body(event),
        Subject::Room(_) => room_body(event),
        Subject::Video(_) => video_body(event),
        Subject::Wallet(_) => wallet_body(event),
        Subject::Account(_) => account_body(event),
        Subject::Guarantee(_) => guarantee_body(event),
    };
    body.expect("a test tells every event")
}

fn order_body(event: &Event) -> Option<Value> {
    Some(match event {
        Event::OrderPlaced { order, content, payer, goal, currency, budget, close_at } => json!({
            "order": order.to_string(), content_word(*content): content.to_string(), "payer": payer.to_string(),
            "goal": goal.code(), price_word("budget", *currency): budget.get(), "close_at": time_text(*close_at),
        }),
        Event::OrderPaid { order, payer, currency, price, sources } => json!({
            "order": order.to_string(), "payer": payer.to_string(), price_word("price", *currency): price.get(),
            "sources": sources.iter().map(source).collect::<Vec<_>>(),
        }),
        Event::OrderToppedUp { order, currency, price, duration_ms, sources } => json!({
            "order": order.to_string(), price_word("price", *currency): price.get(), "duration_ms": duration_ms,
            "sources": sources.iter().map(source).collect::<Vec<_>>(),
        }),
        Event::OrderClosed { order, by } => json!({ "order": order.to_string(), "by": by.code() }),
        Event::OrderReviewed { order, stage, verdict } => json!({
            "order": order.to_string(), "stage": stage.map(|stage| stage.code()), "verdict": verdict.code(),
            "reasons": reasons(verdict.reasons()),
        }),
        Event::OrderReserved { order, expires_at } => {
            json!({ "order": order.to_string(), "expires_at": time_text(*expires_at) })
        }
        Event::ReservationExpired { order } | Event::DeliveryResumed { order } | Event::BudgetExhausted { order } => {
            json!({ "order": order.to_string() })
        }
        Event::ReservationInvalidated { order, reason } => {
            json!({ "order": order.to_string(), "reason": reason.code() })
        }
        Event::DeliveryStarted { order, content, ends_at } => json!({
            "order": order.to_string(), content_word(*content): content.to_string(), "ends_at": time_text(*ends_at),
        }),
        Event::DeliveryPaused { order, reasons } => {
            let PauseReasons { interrupted, re_review } = reasons;
            json!({ "order": order.to_string(), "interrupted": interrupted, "re_review": re_review })
        }
        Event::BidChanged { order, bidding } => match bidding.roi_goal_permille() {
            Some(goal) => json!({ "order": order.to_string(), "roi_goal_permille": goal }),
            None => json!({ "order": order.to_string(), "bid_micros": bidding.bid().map(Micros::get) }),
        },
        Event::GuaranteePaid { order, payer, amount } => json!({
            "order": order.to_string(), "payer": payer.to_string(), "paid": money(*amount, Asset::Cny),
        }),
        Event::GuardRuleFired { order, rule } => json!({ "order": order.to_string(), "rule": guard_rule(rule) }),
        Event::DeliveryEnded { order, ending, deadline } => json!({
            "order": order.to_string(), "ending": ending_view(ending), "settled_by": time_text(*deadline),
        }),
        Event::OrderUndone { order, ending } => {
            json!({ "order": order.to_string(), "ending": ending_view(ending) })
        }
        Event::OrderSettled { order, ending, sources } => json!({
            "order": order.to_string(), "ending": ending_view(ending),
            "sources": sources.iter().map(settled).collect::<Vec<_>>(),
        }),
        _ => return None,
    })
}

const fn content_word(content: ContentId) -> &'static str {
    match content {
        ContentId::Room(_) => "room",
        ContentId::Video(_) => "video",
    }
}

/// What a price in whole price units is called: beans, or yuan.
fn price_word(word: &str, currency: Asset) -> String {
    let unit = if currency == Asset::Cny { "yuan" } else { "beans" };
    format!("{word}_{unit}")
}

fn video_body(event: &Event) -> Option<Value> {
    Some(match event {
        Event::VideoRegistered { video, creator } => {
            json!({ "video": video.to_string(), "creator": creator.to_string() })
        }
        Event::VideoPublished { video, at } | Event::VideoRemoved { video, at } => {
            json!({ "video": video.to_string(), "at": time_text(*at) })
        }
        Event::VideoContentChanged { video, content_version } => {
            json!({ "video": video.to_string(), "content_version": content_version })
        }
        _ => return None,
    })
}

fn coupon_body(event: &Event) -> Option<Value> {
    Some(match event {
        Event::CouponGranted { lot, owner, kind, points, valid_to } => json!({
            "coupon": lot.to_string(), "owner": owner.to_string(), "kind": kind.code(), "points": points.units(),
            "valid_to": time_text(*valid_to),
        }),
        Event::CouponSplit { from, into, owner, points } => json!({
            "coupon": from.to_string(), "into": into.to_string(), "owner": owner.to_string(),
            "points": points.units(),
        }),
        Event::CouponReturned { order, owner, from, into, points } => json!({
            "order": order.to_string(), "owner": owner.to_string(), "coupon": from.to_string(),
            "into": into.to_string(), "points": points.units(),
        }),
        Event::CouponExpiring { lot, owner, points, valid_to } => json!({
            "coupon": lot.to_string(), "owner": owner.to_string(), "points": points.units(),
            "valid_to": time_text(*valid_to),
        }),
        Event::CouponExpired { lot, owner, points } | Event::CouponRecalled { lot, owner, points } => {
            json!({ "coupon": lot.to_string(), "owner": owner.to_string(), "points": points.units() })
        }
        _ => return None,
    })
}

fn room_body(event: &Event) -> Option<Value> {
    Some(match event {
        Event::RoomPlanned { room, creator } => {
            json!({ "room": room.to_string(), "creator": creator.to_string() })
        }
        Event::RoomStarted { room, at }
        | Event::RoomResumed { room, at }
        | Event::RoomEnded { room, at }
        | Event::RoomCartMounted { room, at }
        | Event::RoomCartUnmounted { room, at } => json!({ "room": room.to_string(), "at": time_text(*at) }),
        Event::RoomInterrupted { room, at, ends_at } => {
            json!({ "room": room.to_string(), "at": time_text(*at), "ends_at": time_text(*ends_at) })
        }
        Event::RoomContentChanged { room, at, content_version } => {
            json!({ "room": room.to_string(), "at": time_text(*at), "content_version": content_version })
        }
        _ => return None,
    })
}

fn account_body(event: &Event) -> Option<Value> {
    Some(match event {
        Event::IncentiveApplicationDecided { application, party, state } => json!({
            "application": application.to_string(), "party": party.to_string(), "state": state.code(),
        }),
        Event::IncentiveRewarded { reward, party, points, coupons } => json!({
            "reward": reward.to_string(), "party": party.to_string(), "points": points, "coupons": coupons,
        }),
        Event::IncentiveMeasureTaken { measure, party, reason } => json!({
            "measure": measure.to_string(), "party": party.to_string(), "reason": reason.code(),
        }),
        Event::IncentiveMeasureLifted { measure, party } => {
            json!({ "measure": measure.to_string(), "party": party.to_string() })
        }
        Event::AppealFiled { appeal, party, subject } => json!({
            "appeal": appeal.to_string(), "party": party.to_string(), "subject": subject.code(),
        }),
        Event::AppealDecided { appeal, party, subject, state } => json!({
            "appeal": appeal.to_string(), "party": party.to_string(), "subject": subject.code(), "state": state.code(),
        }),
        _ => return None,
    })
}

/// The last group names every event, so that a new one is an error here until it has a body.
fn wallet_body(event: &Event) -> Option<Value> {
    Some(match event {
        Event::WalletToppedUp { party, payment, asset, amount, paid } => json!({
            "party": party.to_string(), "payment": payment.to_string(), "bought": money(*amount, *asset),
            "paid": money(*paid, Asset::Cny),
        }),
        Event::PaymentFailed { party, payment } | Event::PaymentExpired { party, payment } => {
            json!({ "party": party.to_string(), "payment": payment.to_string() })
        }
        Event::PaymentSuspended { party, payment, expected, received, currency } => json!({
            "party": party.to_string(), "payment": payment.to_string(), "expected": money(*expected, Asset::Cny),
            "received": { "amount": received.units(), "currency": currency },
        }),
        Event::TopUpRefundRequested { party, payment, refund, asset, amount, paid } => json!({
            "party": party.to_string(), "payment": payment.to_string(), "refund": refund.to_string(),
            "given_back": money(*amount, *asset), "refunded": money(*paid, Asset::Cny),
        }),
        Event::UnspentRefundDecided { party, by, asset, amount, reason } => json!({
            "party": party.to_string(), "by": by.to_string(), "amount": money(*amount, *asset), "reason": reason,
        }),
        Event::TopUpRefunded { party, payment, refund, paid } => json!({
            "party": party.to_string(), "payment": payment.to_string(), "refund": refund.to_string(),
            "refunded": money(*paid, Asset::Cny),
        }),
        Event::TopUpRefundFailed { party, payment, refund, asset, amount } => json!({
            "party": party.to_string(), "payment": payment.to_string(), "refund": refund.to_string(),
            "back_in_wallet": money(*amount, *asset),
        }),
        Event::BeansGiven { party, lot, beans, valid_to } => json!({
            "party": party.to_string(), "lot": lot.to_string(), "given": money(*beans, Asset::Bean),
            "valid_to": valid_to.map(time_text),
        }),
        Event::BeansExpired { party, lot, beans } => json!({
            "party": party.to_string(), "lot": lot.to_string(), "expired": money(*beans, Asset::Bean),
        }),
        Event::WithdrawalRequested { party, withdrawal, amount }
        | Event::WithdrawalPaid { party, withdrawal, amount }
        | Event::WithdrawalFailed { party, withdrawal, amount } => json!({
            "party": party.to_string(), "withdrawal": withdrawal.to_string(), "amount": money(*amount, Asset::Cny),
        }),
        Event::WithdrawalApproved { party, withdrawal, by } => json!({
            "party": party.to_string(), "withdrawal": withdrawal.to_string(), "by": by.to_string(),
        }),
        Event::WithdrawalRefused { party, withdrawal, by, reason } => json!({
            "party": party.to_string(), "withdrawal": withdrawal.to_string(), "by": by.to_string(), "reason": reason,
        }),
        Event::WalletLow { party, asset, left } => {
            json!({ "party": party.to_string(), "left": money(*left, *asset) })
        }
        Event::WalletFrozen { party } | Event::WalletUnfrozen { party } => json!({ "party": party.to_string() }),
        _ => return None,
    })
}

fn money(amount: Amount, asset: Asset) -> Value {
    json!({ "amount": amount.units(), "currency": asset.code() })
}

fn source(source: &OrderSource) -> Value {
    let OrderSource { hold, plan } = source;
    json!({
        "hold": hold.to_string(), "lot": plan.lot.to_string(), "kind": plan.kind.code(),
        "units": plan.amount.units(), "unit_worth_micros": plan.unit_worth.get(),
    })
}

fn settled(source: &SourceSettled) -> Value {
    let SourceSettled { hold, lot, kind, paid, used, returned, burnt } = source;
    json!({
        "hold": hold.to_string(), "lot": lot.to_string(), "kind": kind.code(), "paid": paid.units(),
        "used": used.units(), "returned": returned.units(), "burnt": burnt.units(),
    })
}

fn reasons(reasons: &[Reason]) -> Vec<Value> {
    let told =
        |reason: &Reason| json!({ "code": reason.code.code(), "element": reason.element.code(), "text": reason.text });
    reasons.iter().map(told).collect()
}

fn ending_view(ending: &Ending) -> Value {
    match ending {
        Ending::Completed(by) => json!({ "state": ending.name(), "by": by.code() }),
        Ending::RoomEnded => json!({ "state": ending.name() }),
        Ending::Stopped(cause) => json!({ "state": ending.name(), "cause": cause.code() }),
        Ending::Rejected(found) => json!({ "state": ending.name(), "reasons": reasons(found) }),
    }
}

fn guard_rule(rule: &GuardRule) -> Value {
    let GuardRule { first, second } = rule;
    match second {
        None => json!({ "first": condition(*first) }),
        Some((joint, second)) => {
            let joint = match joint {
                Joint::And => "and",
                Joint::Or => "or",
            };
            json!({ "first": condition(*first), "joint": joint, "second": condition(*second) })
        }
    }
}

fn condition(condition: GuardCondition) -> Value {
    match condition {
        GuardCondition::DrySpendAbove(limit)
        | GuardCondition::CostPerResultAbove(limit)
        | GuardCondition::SpendAbove(limit) => micros(condition, limit),
        GuardCondition::IdleLongerThan { ms } => json!({ "kind": condition.code(), "ms": ms }),
        GuardCondition::ReturnBelow { permille } => json!({ "kind": condition.code(), "permille": permille }),
    }
}

fn micros(condition: GuardCondition, limit: Micros) -> Value {
    json!({ "kind": condition.code(), "limit_micros": limit.get() })
}

#[cfg(test)]
mod tests;
