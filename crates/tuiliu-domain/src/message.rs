//! Private messages: what the platform tells a party (IN-09).

/// What a message is about; its data depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MessageTopic {
    ApplicationReceived,
    ApplicationDecided,
    /// Coupons were received, with what they were received for.
    RewardIssued,
    /// A task was achieved when the month's coupons were gone.
    RewardOverQuota,
    /// A task was achieved, and the reward is kept back.
    RewardWithheld,
    MeasureTaken,
    MeasureLifted,
    AppealDecided,
    /// An endpoint of webhooks took nothing for days, or is gone.
    WebhookDisabled,
}

impl MessageTopic {
    /// Every topic there is.
    pub const ALL: &[Self] = &[
        Self::ApplicationReceived,
        Self::ApplicationDecided,
        Self::RewardIssued,
        Self::RewardOverQuota,
        Self::RewardWithheld,
        Self::MeasureTaken,
        Self::MeasureLifted,
        Self::AppealDecided,
        Self::WebhookDisabled,
    ];

    /// The code used in rows and in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::ApplicationReceived => "application_received",
            Self::ApplicationDecided => "application_decided",
            Self::RewardIssued => "reward_issued",
            Self::RewardOverQuota => "reward_over_quota",
            Self::RewardWithheld => "reward_withheld",
            Self::MeasureTaken => "measure_taken",
            Self::MeasureLifted => "measure_lifted",
            Self::AppealDecided => "appeal_decided",
            Self::WebhookDisabled => "webhook_disabled",
        }
    }

    /// The topic with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|topic| topic.code() == code)
    }
}
