//! Error codes: one exhaustive list; a code means one thing for ever and is never renamed or reused.

use std::fmt::Write as _;

use crate::request_id::Language;

/// What one code says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// `area.reason`, as clients see it.
    pub text: &'static str,
    /// The HTTP status that goes with it.
    pub status: u16,
    /// Whether sending the same request again, later, may go well.
    pub retryable: bool,
    pub title_zh: &'static str,
    pub title_en: &'static str,
}

const AGAIN: bool = true;
const NEVER: bool = false;

macro_rules! codes {
    ($($(#[$doc:meta])* $code:ident, $text:literal, $status:literal, $retryable:ident, $zh:literal, $en:literal;)*) => {
        /// Why a request was refused or failed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[$doc])* $code),* }

        impl Code {
            /// Every code there is, in the order of the list.
            pub const ALL: &[Self] = &[$(Self::$code),*];

            /// What the code says.
            #[must_use]
            pub const fn entry(self) -> Entry {
                match self {
                    $(Self::$code => Entry {
                        text: $text, status: $status, retryable: $retryable, title_zh: $zh, title_en: $en,
                    },)*
                }
            }
        }
    };
}

// Append within a group; never rename, reuse or renumber.
codes! {
    /// The body is not JSON, or the request line or a header cannot be read.
    RequestMalformed, "request.malformed", 400, NEVER, "请求无法解析", "The request cannot be parsed";
    /// The body is JSON of another shape than the endpoint takes.
    RequestInvalid, "request.invalid", 422, NEVER, "请求内容不符合要求", "The request content is not valid";
    /// A query parameter cannot be read.
    RequestInvalidQuery, "request.invalid_query", 400, NEVER, "查询参数无效", "A query parameter is not valid";
    /// A part of the path cannot be read.
    RequestInvalidPath, "request.invalid_path", 400, NEVER, "路径参数无效", "A path parameter is not valid";
    /// An id is not one, or is one of another kind of thing.
    RequestInvalidId, "request.invalid_id", 400, NEVER, "标识符无效", "The id is not valid";
    /// A cursor was not made by this list.
    RequestInvalidCursor, "request.invalid_cursor", 400, NEVER, "分页游标无效", "The cursor is not valid";
    /// A time is not RFC 3339, or outside the years 1970 to 9999.
    RequestInvalidTime, "request.invalid_time", 422, NEVER, "时间无效", "The time is not valid";
    /// An amount is negative, zero where it may not be, too large, or of another currency.
    RequestInvalidAmount, "request.invalid_amount", 422, NEVER, "金额无效", "The amount is not valid";
    /// The body, or what it unpacks to, is larger than the endpoint takes.
    RequestTooLarge, "request.too_large", 413, NEVER, "请求体过大", "The request body is too large";
    /// The content type or content encoding is not one the endpoint reads.
    RequestUnsupportedMediaType, "request.unsupported_media_type", 415, NEVER, "不支持的内容类型", "The media type is not supported";
    /// Nothing is at this address, or it belongs to somebody else.
    RequestNotFound, "request.not_found", 404, NEVER, "未找到", "Not found";
    /// The address does not take this method.
    RequestMethodNotAllowed, "request.method_not_allowed", 405, NEVER, "不支持该请求方法", "The method is not allowed";
    /// The caller sent more than its share.
    RequestRateLimited, "request.rate_limited", 429, AGAIN, "请求过于频繁", "Too many requests";
    /// The client took too long to send the body.
    RequestTimeout, "request.timeout", 408, AGAIN, "接收请求超时", "The request took too long to arrive";
    /// The thing was changed since the caller read it.
    RequestVersionConflict, "request.version_conflict", 412, NEVER, "内容已被修改", "It was changed since it was read";
    /// An edit came without `If-Match`.
    RequestVersionRequired, "request.version_required", 428, NEVER, "缺少 If-Match", "If-Match is required";

    /// No credentials, or none that are valid now.
    AccessUnauthenticated, "access.unauthenticated", 401, NEVER, "未登录或凭证无效", "Valid credentials are required";
    /// The caller may not do this.
    AccessForbidden, "access.forbidden", 403, NEVER, "没有权限", "The caller may not do this";
    /// The key lacks the scope for this.
    AccessScopeMissing, "access.scope_missing", 403, NEVER, "密钥缺少所需权限范围", "The key lacks the scope";
    /// A browser request that changes state did not prove that it comes from our own pages.
    AccessCrossSite, "access.cross_site", 403, NEVER, "跨站请求被拒绝", "The cross-site request was refused";
    /// The password was given too long ago for this; `POST` it and try again.
    AccessPasswordRequired, "access.password_required", 403, NEVER, "请重新输入密码", "The password is asked for again";
    /// Login and password do not go together; which of them is wrong is not told.
    AccessWrongCredentials, "access.wrong_credentials", 401, NEVER, "账号或密码错误", "The login or the password is wrong";
    /// Too many sign-ins failed for this account or from this address.
    AccessThrottled, "access.throttled", 429, AGAIN, "登录失败次数过多，请稍后再试", "Too many failed sign-ins";
    /// There are several tenants and the request does not say which.
    AccessTenantRequired, "access.tenant_required", 422, NEVER, "请指定租户", "The tenant is required";
    /// The tenant has as many open keys as it may have.
    AccessTooManyKeys, "access.too_many_keys", 409, AGAIN, "密钥数量已达上限", "There are too many keys";
    /// Another party has the same external reference.
    PartyExternalRefTaken, "party.external_ref_taken", 409, NEVER, "外部编号已被使用", "The external reference is taken";
    /// Another party signs in by the same name.
    PartyLoginTaken, "party.login_taken", 409, NEVER, "登录名已被使用", "The login is taken";
    /// The party that is to act for others is no agency.
    PartyNoAgency, "party.no_agency", 422, NEVER, "该账号不是代理机构", "The party is no agency";
    /// The agency acts for as many as it may.
    PartyTooManyClients, "party.too_many_clients", 409, AGAIN, "代理的客户数量已达上限", "The agency has too many clients";
    /// A setting is out of range, or settings contradict each other.
    PolicyInvalid, "policy.invalid", 422, NEVER, "策略设置无效", "The policy is not valid";

    /// The wallet is frozen: it receives and does not pay.
    WalletFrozen, "wallet.frozen", 409, NEVER, "钱包已冻结", "The wallet is frozen";
    /// Top-ups left less than is to go back, or none that can be refunded any more.
    WalletInsufficientRefundable, "wallet.insufficient_refundable", 409, NEVER, "可退余额不足", "Too little can be refunded";
    /// What is to go back is worth less than a fen, or so is its part of one top-up.
    WalletRefundTooSmall, "wallet.refund_too_small", 422, NEVER, "退款金额过小", "The refund is too small";
    /// What is to go back came by more top-ups than one refund may have.
    WalletRefundTooManySources, "wallet.refund_too_many_sources", 422, NEVER, "退款涉及的充值笔数过多", "The refund has too many sources";
    /// The statement has more lines than one file may have.
    WalletStatementTooLong, "wallet.statement_too_long", 422, NEVER, "流水过长，无法导出", "The statement is too long to export";
    /// The party is banned and tops up no more.
    WalletPartyBanned, "wallet.party_banned", 403, NEVER, "账号已被封禁", "The party is banned";
    /// Nobody takes payments for this platform.
    PaymentNoProvider, "payment.no_provider", 409, NEVER, "未配置支付渠道", "No payment provider is set up";
    /// The payment provider did not answer; send the same request again.
    PaymentProviderUnreachable, "payment.provider_unreachable", 502, AGAIN, "支付渠道暂不可用", "The payment provider cannot be reached";
    /// The payment provider refused.
    PaymentProviderRefused, "payment.provider_refused", 502, NEVER, "支付渠道拒绝了请求", "The payment provider refused";
    /// The notification is not signed by the provider.
    PaymentNoticeBadSignature, "payment.notice_bad_signature", 403, NEVER, "支付通知签名无效", "The notification's signature is not valid";
    /// The notification was signed too long ago, or in the future.
    PaymentNoticeStale, "payment.notice_stale", 403, NEVER, "支付通知已过期", "The notification is stale";
    /// The payment was never opened at the provider.
    PaymentNotOpened, "payment.not_opened", 409, NEVER, "支付尚未创建", "The payment was not opened";

    /// A coupon is to be granted to somebody who is not there.
    CouponUnknownOwner, "coupon.unknown_owner", 422, NEVER, "发放对象不存在", "The coupon's owner is unknown";
    /// A growth card cannot be split.
    CouponIndivisible, "coupon.indivisible", 422, NEVER, "成长卡不可拆分", "The coupon cannot be split";
    /// The coupon's time has not come, or is over.
    CouponNotValid, "coupon.not_valid", 409, NEVER, "流量券不在有效期内", "The coupon is not valid now";
    /// Nothing is left of the coupon.
    CouponNothingLeft, "coupon.nothing_left", 409, NEVER, "流量券已无剩余", "Nothing is left of the coupon";

    /// A request that moves money came without `Idempotency-Key`.
    IdempotencyKeyRequired, "idempotency.key_required", 400, NEVER, "缺少 Idempotency-Key", "Idempotency-Key is required";
    /// The key is not 1 to 200 visible ASCII characters.
    IdempotencyKeyInvalid, "idempotency.key_invalid", 400, NEVER, "Idempotency-Key 无效", "Idempotency-Key is not valid";
    /// The key was used before, for something else.
    IdempotencyKeyReused, "idempotency.key_reused", 422, NEVER, "Idempotency-Key 已用于其他请求", "Idempotency-Key was used for another request";

    /// A bug; the log has the rest.
    ServerPanic, "server.panic", 500, AGAIN, "服务器内部错误", "The server hit a bug";
    /// Something the server needs failed; the log has the rest.
    ServerInternal, "server.internal", 500, AGAIN, "服务器内部错误", "The server failed";
    /// Every place in a queue is taken.
    ServerBusy, "server.busy", 503, AGAIN, "服务器繁忙", "The server is busy";
    /// The server is starting or shutting down.
    ServerUnavailable, "server.unavailable", 503, AGAIN, "服务暂不可用", "The server is not available";
    /// The server took too long; what was asked may still happen.
    ServerTimeout, "server.timeout", 504, AGAIN, "服务器处理超时", "The server took too long";
}

impl Code {
    /// The code's text, `area.reason`.
    #[must_use]
    pub const fn text(self) -> &'static str {
        self.entry().text
    }

    /// The code with this text.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.text() == text)
    }

    /// The title in the reader's language.
    #[must_use]
    pub const fn title(self, language: Language) -> &'static str {
        match language {
            Language::Chinese => self.entry().title_zh,
            Language::English => self.entry().title_en,
        }
    }
}

/// The page `docs/error-codes.md`, generated from the list.
#[must_use]
pub fn error_codes_markdown() -> String {
    let mut page = String::from(
        "# Error codes\n\nGenerated from the registry; do not edit. Every error is `application/problem+json` \
         (RFC 9457).\nA code means one thing for ever: it is never renamed or reused. *Retry* says whether the same \
         request,\nsent again later with the same `Idempotency-Key`, may go well.\n\n\
         | code | status | retry | title | 标题 |\n|---|---|---|---|---|\n",
    );
    for code in Code::ALL {
        let Entry { text, status, retryable, title_zh, title_en } = code.entry();
        let retry = if retryable { "yes" } else { "no" };
        writeln!(page, "| `{text}` | {status} | {retry} | {title_en} | {title_zh} |").expect("a string takes all");
    }
    page
}

#[cfg(test)]
mod tests;
