//! Terms and state of a guarantee as JSON; names never change.

use serde::{Deserialize, Serialize};
use tuiliu_domain::calendar::{Certainty, Day, Promise};
use tuiliu_domain::guarantee::{FreezeCause, GuaranteeService, GuaranteeTerms, Refund, ServiceState};
use tuiliu_domain::id::CreatorVideoId;
use tuiliu_domain::money::Amount;
use tuiliu_domain::time::Timestamp;

#[derive(Serialize, Deserialize)]
struct Body {
    terms: Terms,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lapses_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    published_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ends_at: Option<i64>,
    /// Since when it is in its state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    since: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cause: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    plays: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refund: Option<Back>,
}

#[derive(Serialize, Deserialize)]
struct Terms {
    policy_version: u32,
    fixed_price_fen: i64,
    premium_permille: i64,
    fee_fen: i64,
    expected_plays: u64,
    low_plays: u64,
    high_plays: u64,
    loss_permille: i64,
    term_ms: i64,
    refund_working_days: u16,
    refund_wait_ms: i64,
    report_wait_ms: i64,
    closing_wait_ms: i64,
}

#[derive(Serialize, Deserialize)]
struct Back {
    fen: i64,
    promised: String,
    certainty: String,
    pay_at: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    paid_at: Option<i64>,
}

pub(super) fn write(service: &GuaranteeService) -> String {
    let terms = terms_text(&service.terms);
    let empty = Body {
        terms,
        lapses_at: None,
        published_at: None,
        ends_at: None,
        since: None,
        cause: None,
        plays: None,
        refund: None,
    };
    let ms = |at: Timestamp| Some(at.ms());
    let body = match service.state {
        ServiceState::Waiting { lapses_at } => Body { lapses_at: ms(lapses_at), ..empty },
        ServiceState::Running { published_at, ends_at, .. } => {
            Body { published_at: ms(published_at), ends_at: ms(ends_at), ..empty }
        }
        ServiceState::Frozen { published_at, ends_at, since, cause, .. } => Body {
            published_at: ms(published_at),
            ends_at: ms(ends_at),
            since: ms(since),
            cause: Some(cause.code().to_owned()),
            ..empty
        },
        ServiceState::Succeeded { at, plays, .. } => Body { since: ms(at), plays: Some(plays), ..empty },
        ServiceState::Compensated { at, plays, refund, .. } => {
            Body { since: ms(at), plays: Some(plays), refund: Some(back(refund)), ..empty }
        }
        ServiceState::Lapsed { at, refund } | ServiceState::Voided { at, refund } => {
            Body { since: ms(at), refund: Some(back(refund)), ..empty }
        }
    };
    serde_json::to_string(&body).expect("texts and numbers are JSON")
}

/// Terms and state, or in a few words what is wrong with them.
pub(super) fn read(
    text: &str,
    name: &str,
    video: Option<CreatorVideoId>,
) -> Result<(GuaranteeTerms, ServiceState), String> {
    let body: Body = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let state = state(&body, name, video).ok_or_else(|| format!("a body that is not that of `{name}`"))?;
    Ok((terms(body.terms), state))
}

fn state(body: &Body, name: &str, video: Option<CreatorVideoId>) -> Option<ServiceState> {
    let at = |ms: Option<i64>| ms.map(Timestamp::from_ms);
    let refund = || body.refund.as_ref().and_then(refund);
    Some(match name {
        "waiting" => ServiceState::Waiting { lapses_at: at(body.lapses_at)? },
        "running" => {
            ServiceState::Running { video: video?, published_at: at(body.published_at)?, ends_at: at(body.ends_at)? }
        }
        "frozen" => ServiceState::Frozen {
            video: video?,
            published_at: at(body.published_at)?,
            ends_at: at(body.ends_at)?,
            since: at(body.since)?,
            cause: FreezeCause::from_code(body.cause.as_deref()?)?,
        },
        "succeeded" => ServiceState::Succeeded { at: at(body.since)?, video: video?, plays: body.plays? },
        "compensated" => {
            ServiceState::Compensated { at: at(body.since)?, video: video?, plays: body.plays?, refund: refund()? }
        }
        "lapsed" => ServiceState::Lapsed { at: at(body.since)?, refund: refund()? },
        "voided" => ServiceState::Voided { at: at(body.since)?, refund: refund()? },
        _ => return None,
    })
}

fn back(refund: Refund) -> Back {
    Back {
        fen: refund.amount.units(),
        promised: refund.promised.day.to_string(),
        certainty: refund.promised.certainty.code().to_owned(),
        pay_at: refund.pay_at.ms(),
        paid_at: refund.paid_at.map(Timestamp::ms),
    }
}

fn refund(back: &Back) -> Option<Refund> {
    let day: Day = back.promised.parse().ok()?;
    Some(Refund {
        amount: Amount::new(back.fen),
        promised: Promise { day, certainty: Certainty::from_code(&back.certainty)? },
        pay_at: Timestamp::from_ms(back.pay_at),
        paid_at: back.paid_at.map(Timestamp::from_ms),
    })
}

fn terms_text(terms: &GuaranteeTerms) -> Terms {
    let GuaranteeTerms {
        policy_version,
        fixed_price,
        premium_permille,
        fee,
        expected_plays,
        low_plays,
        high_plays,
        loss_permille,
        term_ms,
        refund_working_days,
        refund_wait_ms,
        report_wait_ms,
        closing_wait_ms,
    } = *terms;
    let (fixed_price_fen, fee_fen) = (fixed_price.units(), fee.units());
    Terms {
        policy_version,
        fixed_price_fen,
        premium_permille,
        fee_fen,
        expected_plays,
        low_plays,
        high_plays,
        loss_permille,
        term_ms,
        refund_working_days,
        refund_wait_ms,
        report_wait_ms,
        closing_wait_ms,
    }
}

fn terms(text: Terms) -> GuaranteeTerms {
    GuaranteeTerms {
        policy_version: text.policy_version,
        fixed_price: Amount::new(text.fixed_price_fen),
        premium_permille: text.premium_permille,
        fee: Amount::new(text.fee_fen),
        expected_plays: text.expected_plays,
        low_plays: text.low_plays,
        high_plays: text.high_plays,
        loss_permille: text.loss_permille,
        term_ms: text.term_ms,
        refund_working_days: text.refund_working_days,
        refund_wait_ms: text.refund_wait_ms,
        report_wait_ms: text.report_wait_ms,
        closing_wait_ms: text.closing_wait_ms,
    }
}
