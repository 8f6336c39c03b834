//! The published list of rules; a change of what counts is a new version.

/// Version of the list; what was judged before keeps the version it was judged by.
pub const RULES_VERSION: u32 = 1;

/// How a rule works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// Judges an event alone when it arrives.
    General,
    /// Looks back at everything a viewer did; what it finds late is credited back.
    Session,
}

impl Family {
    /// The code used in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::General => "general",
            Self::Session => "session",
        }
    }
}

macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $family:ident, $title:literal, $text:literal;)*) => {
        /// Why traffic is not valid.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Invalid { $($(#[$doc])* $name,)* }

        impl Invalid {
            /// Every rule there is.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The code used in rows and in the API; never renamed.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code),* }
            }

            /// The metric that counts events of this reason.
            #[must_use]
            pub const fn metric(self) -> &'static str {
                match self { $(Self::$name => concat!("invalid_", $code)),* }
            }

            /// How the rule works.
            #[must_use]
            pub const fn family(self) -> Family {
                match self { $(Self::$name => Family::$family),* }
            }

            /// Its name, in Chinese.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title),* }
            }

            /// What it says, for those whose traffic is judged.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }

            /// The rule with this code.
            #[must_use]
            pub fn from_code(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|rule| rule.code() == code)
            }
        }
    };
}

rules! {
    KnownBot = "known_bot", General, "已知机器人",
        "The user agent is on the list of known bots, or is told to be automated.";
    Datacentre = "datacentre", General, "数据中心地址",
        "The address lies in a published range of a data centre.";
    Prefetch = "prefetch", General, "预取",
        "The page was fetched ahead of its being looked at.";
    NotRendered = "not_rendered", General, "未渲染",
        "The card was never rendered on a screen.";
    ImpossibleSpeed = "impossible_speed", General, "不可能的速度",
        "More was watched than time has passed since the decision, clocks being allowed a minute.";
    ReplayedToken = "replayed_token", General, "重放凭证",
        "The token of the impression was used before for another one.";
    ForgedToken = "forged_token", General, "伪造凭证",
        "The token was not made by this platform for this host and this viewer; such events are refused.";
    OwnAccount = "own_account", General, "本方账号",
        "The viewer is the creator of the room or the buyer of the order.";
    RepeatView = "repeat_view", General, "窗口内重复观看",
        "The same viewer had an effective view of the same content within the deduplication window before.";
    ImpossibleRate = "impossible_rate", Session, "不可能的频率",
        "The viewer did more in an hour than a person can.";
    ViewPattern = "view_pattern", Session, "异常观看模式",
        "Visits that begin and end together, far beyond what broadcasts of the category have.";
}
