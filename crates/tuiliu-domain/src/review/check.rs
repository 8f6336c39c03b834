//! The outside check: another system is asked after the rules and before people (RV-01).

use super::{Reason, ReasonCode, Verdict};

/// What follows when the outside check does not answer in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OnSilence {
    /// A person must judge.
    Escalate,
    /// As if it had passed.
    Pass,
    /// As if it had refused.
    Reject,
}

/// How the outside check ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CheckAnswer {
    Said(Verdict),
    /// It did not answer for as long as it is waited for.
    Silent,
}

/// What the rules and the outside check say together.
///
/// The check can be stricter than the rules and never milder: what the rules leave to people stays with people.
#[must_use]
pub fn after_check(rules: Verdict, answer: CheckAnswer, on_silence: OnSilence) -> Verdict {
    let said = match answer {
        CheckAnswer::Said(verdict) => verdict,
        CheckAnswer::Silent => silence(on_silence),
    };
    match (rules, said) {
        (Verdict::Reject(mut reasons), Verdict::Reject(more)) => {
            reasons.extend(more);
            Verdict::Reject(reasons)
        }
        (Verdict::Reject(reasons), _) | (_, Verdict::Reject(reasons)) => Verdict::Reject(reasons),
        (Verdict::Escalate(mut reasons), Verdict::Escalate(more)) => {
            reasons.extend(more);
            Verdict::Escalate(reasons)
        }
        (Verdict::Escalate(reasons), Verdict::Pass) | (Verdict::Pass, Verdict::Escalate(reasons)) => {
            Verdict::Escalate(reasons)
        }
        (Verdict::Pass, Verdict::Pass) => Verdict::Pass,
    }
}

fn silence(on_silence: OnSilence) -> Verdict {
    let reason = Reason::new(ReasonCode::OutsideCheck, "the outside check did not answer".to_owned());
    match on_silence {
        OnSilence::Escalate => Verdict::Escalate(vec![reason]),
        OnSilence::Pass => Verdict::Pass,
        OnSilence::Reject => Verdict::Reject(vec![reason]),
    }
}

impl OnSilence {
    /// Everything that can follow.
    pub const ALL: &[Self] = &[Self::Escalate, Self::Pass, Self::Reject];

    /// The code used in policies; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Escalate => "escalate",
            Self::Pass => "pass",
            Self::Reject => "reject",
        }
    }

    /// What has this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|silence| silence.code() == code)
    }
}
