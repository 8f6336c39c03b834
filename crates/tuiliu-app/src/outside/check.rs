//! The content check port: another system that judges content after the rules and before people (RV-01).

use std::pin::Pin;

use thiserror::Error;
use tuiliu_domain::id::{ContentId, PromotionOrderId, ReviewTaskId, TenantId};
use tuiliu_domain::review::Verdict;

/// What is to be judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentQuestion {
    /// Our number of the question; a repeated one is the same question.
    pub task: ReviewTaskId,
    pub tenant: TenantId,
    pub order: PromotionOrderId,
    /// The room or video that is promoted.
    pub content: ContentId,
    /// The host platform's own id of it.
    pub external_id: String,
    pub content_version: u32,
    pub title: String,
    pub category: String,
    /// `plain` or `commerce`.
    pub form: &'static str,
    /// Goods are on offer: a cart in the room, a product on the video.
    pub has_cart: bool,
}

/// Why there is no answer yet; it is asked again until it was waited for long enough.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("ask the outside check: {reason}")]
pub struct CheckFault {
    pub reason: String,
}

/// An answer that takes time.
pub type Checking<'a> = Pin<Box<dyn Future<Output = Result<Verdict, CheckFault>> + Send + 'a>>;

/// Whoever judges content for the platform from outside.
pub trait ContentCheck: Send + Sync {
    /// The verdict, or why there is none yet. Bounded in time by the implementation.
    fn check(&self, question: ContentQuestion) -> Checking<'_>;
}
