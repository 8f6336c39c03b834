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
    /// Staff refund only what its owner cannot: of an account that is banned or frozen.
    WalletNotBarred, "wallet.not_barred", 409, NEVER, "账号未被封禁或冻结", "The account is neither banned nor frozen";
    /// The statement has more lines than one file may have.
    WalletStatementTooLong, "wallet.statement_too_long", 422, NEVER, "流水过长，无法导出", "The statement is too long to export";
    /// The party is banned and tops up no more.
    WalletPartyBanned, "wallet.party_banned", 403, NEVER, "账号已被封禁", "The party is banned";
    /// Money is topped up by bank transfer and withdrawn on the desks, not in the mobile flow.
    WalletNotOnMobile, "wallet.not_on_mobile", 409, NEVER, "请在网页工作台操作", "This is done on the desks, not in the mobile flow";
    /// There is less money in the wallet than is to be withdrawn.
    WalletInsufficientBalance, "wallet.insufficient_balance", 409, NEVER, "余额不足", "There is too little in the wallet";
    /// What is to be withdrawn came in more parts than one withdrawal may have.
    WalletWithdrawalTooManySources, "wallet.withdrawal_too_many_sources", 422, NEVER, "提现涉及的资金来源过多", "The withdrawal has too many sources";
    /// As many withdrawals are under way as may be at once.
    WalletTooManyWithdrawals, "wallet.too_many_withdrawals", 409, AGAIN, "进行中的提现过多", "Too many withdrawals are under way";
    /// The account is not on file, or no longer.
    WalletNoPayoutAccount, "wallet.no_payout_account", 422, NEVER, "收款账户不存在", "The payout account is not on file";
    /// As many accounts are on file as there may be.
    WalletTooManyPayoutAccounts, "wallet.too_many_payout_accounts", 409, NEVER, "收款账户数量已达上限", "There are too many payout accounts";
    /// The withdrawal is not in a state in which it can be decided.
    WithdrawalWrongState, "withdrawal.wrong_state", 409, NEVER, "提现状态不允许该操作", "The withdrawal is in another state";
    /// Nobody lets money out to themselves.
    WithdrawalOwn, "withdrawal.own", 403, NEVER, "不能审批自己的提现", "One's own withdrawal is somebody else's to approve";
    /// The second approval is somebody else's.
    WithdrawalSameApprover, "withdrawal.same_approver", 403, NEVER, "复核须由另一人完成", "Somebody else has to approve it too";
    /// The line is not in a state in which this can be done to it.
    BankLineWrongState, "bank_line.wrong_state", 409, NEVER, "到账记录状态不允许该操作", "The bank line is in another state";
    /// The line was put aside before, and does not fit this announcement either.
    BankLineMismatch, "bank_line.mismatch", 409, NEVER, "到账记录与汇款登记不符", "The bank line does not fit the announcement";
    /// There is no such announced transfer.
    BankLineNoTransfer, "bank_line.no_transfer", 422, NEVER, "汇款登记不存在", "The announced transfer is not there";
    /// The file of the bank statement cannot be read.
    BankLineUnreadableFile, "bank_line.unreadable_file", 422, NEVER, "对账文件无法读取", "The file cannot be read";
    /// The account cannot ask for this kind of invoice.
    InvoiceKindUnavailable, "invoice.kind_unavailable", 409, NEVER, "该账号不能申请此类发票", "The account cannot ask for this kind of invoice";
    /// The tax number's check digit does not fit.
    InvoiceBadTaxNumber, "invoice.bad_tax_number", 422, NEVER, "税号校验未通过", "The tax number is not valid";
    /// Somebody has looked at the mismatch before.
    InvoiceMismatchResolved, "invoice.mismatch_resolved", 409, NEVER, "抬头不符已处理", "The mismatch is resolved";
    /// Orders in beans are paid from the wallet; beans are topped up first.
    BoostNotForMoney, "boost.not_for_money", 409, NEVER, "该订单须用豆支付", "The order is paid in beans";
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
    /// No order meets the conditions of the coupon.
    CouponNeverFits, "coupon.never_fits", 422, NEVER, "没有订单符合该券的使用条件", "No order meets the conditions of the coupon";
    /// A growth card cannot be split.
    CouponIndivisible, "coupon.indivisible", 422, NEVER, "成长卡不可拆分", "The coupon cannot be split";
    /// The coupon's time has not come, or is over.
    CouponNotValid, "coupon.not_valid", 409, NEVER, "流量券不在有效期内", "The coupon is not valid now";
    /// Nothing is left of the coupon.
    CouponNothingLeft, "coupon.nothing_left", 409, NEVER, "流量券已无剩余", "Nothing is left of the coupon";

    /// The room or video to be promoted is not there.
    BoostContentNotFound, "boost.room_not_found", 422, NEVER, "要推广的内容不存在", "The room or video is not there";
    /// Quick boosts are for rooms that are on the air.
    BoostRoomNotLive, "boost.room_not_live", 409, NEVER, "直播间未开播", "The room is not live";
    /// The video is not out, or was removed.
    BoostVideoNotOut, "boost.video_not_out", 409, NEVER, "视频未发布或已下架", "The video is not out";
    /// The product is not sold for this goal here.
    BoostGoalNotOffered, "boost.goal_not_offered", 422, NEVER, "该产品不支持此推广目标", "The goal is not offered";
    /// The product does not bid like this here.
    BoostBiddingNotOffered, "boost.bidding_not_offered", 422, NEVER, "该内容不支持此出价方式", "This way to bid is not offered";
    /// Budgets are whole tens of yuan.
    BoostBudgetNotInSteps, "boost.budget_not_in_steps", 422, NEVER, "推广金额必须是 10 元的整数倍", "The budget is not a multiple of the step";
    /// The top-up is in another currency than the order.
    BoostTopUpWrongCurrency, "boost.top_up_wrong_currency", 422, NEVER, "追加金额的币种与订单不一致", "The top-up is in another currency than the order";
    /// The broadcast is over.
    BoostRoomEnded, "boost.room_ended", 409, NEVER, "直播已结束", "The broadcast has ended";
    /// A reservation needs an earlier broadcast of the creator to be compared with.
    BoostNoPreviousBroadcast, "boost.no_previous_broadcast", 409, NEVER, "主播没有历史直播，不能预约推广", "Reservations need an earlier broadcast";
    /// A reservation for a room with a cart when the creator's previous broadcast had none.
    BoostCartUnlikePrevious, "boost.cart_unlike_previous", 409, NEVER, "购物车状态与上一场直播不一致，不能预约推广", "The cart is unlike the previous broadcast's";
    /// The goal needs a room with a cart.
    BoostGoalNeedsCart, "boost.goal_needs_cart", 422, NEVER, "该目标需要直播间挂载购物车或视频挂载商品", "The goal needs goods on offer";
    /// An order for a room with a cart came without a bid or a cost cap.
    BoostBidRequired, "boost.bid_required", 422, NEVER, "带货直播间需要出价", "A bid is required";
    /// An order for a room without a cart came with a bid or a cost cap.
    BoostBidNotAllowed, "boost.bid_not_allowed", 422, NEVER, "非带货直播间不需要出价", "No bid is taken for this room";
    /// The bid is below the least or above the most, or above the budget.
    BoostBidOutOfRange, "boost.bid_out_of_range", 422, NEVER, "出价超出允许范围", "The bid is out of range";
    /// The cost cap is below the least or above the most, or above the budget.
    BoostCostCapOutOfRange, "boost.cost_cap_out_of_range", 422, NEVER, "控成本价格超出允许范围", "The cost cap is out of range";
    /// The goal of sales per spend is out of range.
    BoostRoiGoalOutOfRange, "boost.roi_goal_out_of_range", 422, NEVER, "投产比目标超出允许范围",
        "The goal of sales per spend is out of range";
    /// An order came with a bid and with a cost cap: it is one or the other.
    BoostBidAndCostCap, "boost.bid_and_cost_cap", 422, NEVER, "出价与控成本只能选择一种", "Either a bid or a cost cap is taken";
    /// The budget is below the smallest or above the largest.
    BoostBudgetOutOfRange, "boost.budget_out_of_range", 422, NEVER, "推广金额超出允许范围", "The budget is out of range";
    /// Packs are priced in whole beans.
    BoostFractionalBeans, "boost.fractional_beans", 422, NEVER, "推广金额必须是整数微信豆", "The amount must be whole beans";
    /// The duration is none of those offered.
    BoostDurationNotOffered, "boost.duration_not_offered", 422, NEVER, "不支持该推广时长", "The duration is not offered";
    /// The placement is none of those that an order can be bought for alone.
    BoostPlacementNotOffered, "boost.placement_not_offered", 422, NEVER, "该广告位不支持单独投放",
        "Orders cannot be bought for this placement alone";
    /// More guard rules than an order has.
    BoostTooManyGuardRules, "boost.too_many_guard_rules", 422, NEVER, "止损规则过多", "There are too many guard rules";
    /// A guard rule has a limit that is not positive.
    BoostGuardRuleInvalid, "boost.guard_rule_invalid", 422, NEVER, "止损规则无效", "The guard rule is not valid";
    /// The payer is not there.
    BoostPayerNotFound, "boost.payer_not_found", 422, NEVER, "付款方不存在", "The payer is not there";
    /// The payer has been banned.
    BoostPayerBanned, "boost.payer_banned", 403, NEVER, "账号已被限制推广", "The payer is banned";
    /// The audience is not written as audiences are.
    BoostAudienceInvalid, "boost.audience_invalid", 422, NEVER, "定向人群无效", "The audience is not valid";
    /// The audience has more conditions or combinations than delivery keeps.
    BoostAudienceTooComplex, "boost.audience_too_complex", 422, NEVER, "定向人群过于复杂", "The audience is too complex";
    /// The earlier order was for a room with a cart, and this room has none.
    BoostAgainCartMissing, "boost.again_cart_missing", 409, NEVER, "原订单适用于带货直播间，当前直播间没有购物车", "The earlier order was for a room with a cart";
    /// The earlier order was for a room without a cart, and this room has one.
    BoostAgainCartMounted, "boost.again_cart_mounted", 409, NEVER, "原订单适用于非带货直播间，当前直播间已挂购物车", "The earlier order was for a room without a cart";
    /// The order's state does not allow it.
    BoostWrongState, "boost.wrong_state", 409, NEVER, "订单当前状态不支持该操作", "The state of the order does not allow it";
    /// The order was not paid in time.
    BoostPaymentTooLate, "boost.payment_too_late", 409, NEVER, "订单已超过支付时限", "The time to pay is over";
    /// The cart of the room changed since the order was placed.
    BoostCartChanged, "boost.cart_changed", 409, NEVER, "直播间购物车状态已变化，请重新下单", "The cart has changed since the order was placed";
    /// What was to be paid is not what is due.
    BoostPriceMismatch, "boost.price_mismatch", 409, NEVER, "支付金额与应付金额不一致", "The payment is not what is due";
    /// More coupons and beans of different origin than one order is paid from.
    BoostTooManySources, "boost.too_many_sources", 422, NEVER, "支付来源过多", "There are too many sources";
    /// A source has an amount or a worth that it cannot have.
    BoostSourceInvalid, "boost.source_invalid", 422, NEVER, "支付来源无效", "A source is not valid";
    /// Coupons may not offset so much of the price.
    BoostOffsetTooLarge, "boost.offset_too_large", 422, NEVER, "流量券抵扣超过上限", "Coupons may not offset so much";
    /// The payer has no coupon with this id.
    BoostCouponUnknown, "boost.coupon_unknown", 422, NEVER, "流量券不存在", "The payer has no such coupon";
    /// One coupon is named twice.
    BoostCouponRepeated, "boost.coupon_repeated", 422, NEVER, "重复使用同一张流量券", "A coupon is named twice";
    /// Nothing is left of the coupon.
    BoostCouponEmpty, "boost.coupon_empty", 409, NEVER, "流量券已用完", "Nothing is left of the coupon";
    /// The coupon pays for other orders only.
    BoostCouponDoesNotFit, "boost.coupon_does_not_fit", 422, NEVER, "流量券不适用于该订单", "The coupon does not fit the order";
    /// Growth cards need a better credit score.
    BoostCreditScoreTooLow, "boost.credit_score_too_low", 403, NEVER, "信用分不足，不能使用成长卡", "The credit score is too low for growth cards";
    /// A growth card can only be used whole, and is larger than what is to be paid.
    BoostGrowthCardTooLarge, "boost.growth_card_too_large", 422, NEVER, "成长卡面额大于可用额度，且不可拆分", "The growth card cannot be used in part";
    /// There are not enough whole beans, or not enough money.
    BoostInsufficientFunds, "boost.insufficient_funds", 402, NEVER, "余额不足", "There is not enough in the wallet";
    /// The books refused; nothing was moved.
    BoostLedgerRefused, "boost.ledger_refused", 409, NEVER, "账务系统拒绝了该操作", "The books refused";
    /// The order's time was over.
    BoostTimeOver, "boost.time_over", 409, NEVER, "推广时间已结束", "The time of the order is over";
    /// A top-up of neither budget nor time.
    BoostTopUpNothing, "boost.top_up_nothing", 422, NEVER, "追加内容为空", "The top-up adds nothing";
    /// A top-up of less than the least.
    BoostTopUpTooLittle, "boost.top_up_too_little", 422, NEVER, "追加金额低于最低要求", "The top-up is too small";
    /// The budget would be more than the largest.
    BoostTopUpTooLarge, "boost.top_up_too_large", 422, NEVER, "追加后金额超过上限", "The budget would be too large";
    /// The added time is negative or more than the longest.
    BoostTopUpDurationOutOfRange, "boost.top_up_duration_out_of_range", 422, NEVER, "追加时长超出允许范围", "The added time is out of range";
    /// The order was topped up as often as it may be.
    BoostTooManyPayments, "boost.too_many_payments", 409, NEVER, "追加次数已达上限", "The order was topped up too often";
    /// The order can still be paid.
    BoostStillPayable, "boost.still_payable", 409, NEVER, "订单仍可支付", "The order can still be paid";
    /// The order's duration is not over.
    BoostStillRunning, "boost.still_running", 409, NEVER, "推广时间未结束", "The duration is not over";
    /// No guard rule of the order is crossed.
    BoostNoGuardRuleCrossed, "boost.no_guard_rule_crossed", 409, NEVER, "未触发止损规则", "No guard rule is crossed";
    /// Events may still come, so the order is not settled yet.
    BoostNotSettledYet, "boost.not_settled_yet", 409, NEVER, "订单尚在结算", "The order is not settled yet";

    /// A text of the room is empty.
    RoomTextMissing, "room.text_missing", 422, NEVER, "直播间信息缺失", "A text of the room is missing";
    /// A text of the room is too long.
    RoomTextTooLong, "room.text_too_long", 422, NEVER, "直播间信息过长", "A text of the room is too long";
    /// The creator is not there.
    RoomCreatorNotFound, "room.creator_not_found", 422, NEVER, "主播不存在", "The creator is not there";
    /// A room is planned under this id already.
    RoomAlreadyPlanned, "room.already_planned", 409, NEVER, "该外部编号的直播间已存在", "A room is planned under this id";
    /// The fact cannot follow in the room's state.
    RoomWrongState, "room.wrong_state", 409, NEVER, "直播间当前状态不支持该事件", "The state of the room does not allow it";
    /// The fact is older than what is known.
    RoomFactOutOfOrder, "room.fact_out_of_order", 409, NEVER, "事件时间早于已知事件", "The fact is older than what is known";
    /// The interruption lasted too long: the broadcast has ended.
    RoomGraceOver, "room.grace_over", 409, NEVER, "中断超时，直播已结束", "The interruption lasted too long";
    /// The fact lies in the future.
    RoomFactInFuture, "room.fact_in_future", 422, NEVER, "事件时间在未来", "The fact lies in the future";

    /// A text of the video is empty.
    VideoTextMissing, "video.text_missing", 422, NEVER, "视频信息缺失", "A text of the video is missing";
    /// A text of the video is too long.
    VideoTextTooLong, "video.text_too_long", 422, NEVER, "视频信息过长", "A text of the video is too long";
    /// The video lasts no time or longer than videos do.
    VideoBadDuration, "video.bad_duration", 422, NEVER, "视频时长无效", "The duration is not valid";
    /// The video came out or was removed in the future.
    VideoInFuture, "video.in_future", 422, NEVER, "时间在未来", "The time lies in the future";
    /// The video was removed and never comes back.
    VideoRemoved, "video.removed", 409, NEVER, "视频已下架", "The video was removed";
    /// A video that came out cannot be a draft again.
    VideoUnpublished, "video.unpublished", 409, NEVER, "已发布的视频不能撤回发布", "A publication cannot be taken back";
    /// The creator is not there.
    VideoCreatorNotFound, "video.creator_not_found", 422, NEVER, "作者不存在", "The creator is not there";
    /// The video is somebody else's.
    VideoOtherCreator, "video.other_creator", 409, NEVER, "视频属于其他作者", "The video is somebody else's";

    /// Nothing of this order waits for a verdict.
    ReviewNotDue, "review.not_due", 409, NEVER, "订单当前无需审核", "Nothing waits for a verdict";
    /// The content changed since the reviewer saw it.
    ReviewStaleContent, "review.stale_content", 409, NEVER, "内容已变化，请重新审核", "The content has changed";
    /// A rejection came without a reason.
    ReviewNoReason, "review.no_reason", 422, NEVER, "驳回必须填写原因", "A rejection needs a reason";
    /// Another reviewer has taken it for a while.
    ReviewClaimed, "review.claimed", 409, NEVER, "该审核已被他人领取", "Another reviewer has taken this";
    /// Two people must judge it, and this one has.
    ReviewAlreadyJudged, "review.already_judged", 409, NEVER, "您已审核过，需由他人复核", "Somebody else must judge this too";
    /// Nobody has it, so it cannot be given back.
    ReviewNotClaimed, "review.not_claimed", 409, NEVER, "尚未领取该审核", "The review was not taken";
    /// An outside check has not answered yet.
    ReviewAwaitsCheck, "review.awaits_check", 409, NEVER, "正在等待外部检测结果", "An outside check is under way";
    /// No reason has this code.
    ReviewUnknownReason, "review.unknown_reason", 422, NEVER, "未知的审核原因", "The reason is not known";

    /// A placement of the request cannot be.
    DecisionPlacementInvalid, "decision.placement_invalid", 422, NEVER, "广告位请求无效", "The placement is not valid";
    /// More slots than one request asks for.
    DecisionTooManySlots, "decision.too_many_slots", 422, NEVER, "请求的广告位过多", "There are too many slots";

    /// The event has another shape than events have.
    EventMalformed, "event.malformed", 422, NEVER, "事件格式错误", "The event has the wrong shape";
    /// The id of the event is empty, too long or not printable.
    EventBadId, "event.bad_id", 422, NEVER, "事件编号无效", "The id of the event is not valid";
    /// No type of event has this name.
    EventUnknownType, "event.unknown_type", 422, NEVER, "未知的事件类型", "The type of the event is not known";
    /// The event happened more than seven days ago.
    EventTooOld, "event.too_old", 422, NEVER, "事件时间过早", "The event is too old";
    /// The event happened more than ten minutes ahead.
    EventInFuture, "event.in_future", 422, NEVER, "事件时间在未来", "The event lies in the future";
    /// A number is negative, zero where it may not be, too large or missing.
    EventBadValue, "event.bad_value", 422, NEVER, "事件数值无效", "A value of the event is not valid";
    /// A value is not told in the currency that values are told in.
    EventWrongCurrency, "event.wrong_currency", 422, NEVER, "事件币种不支持", "The currency of the event is not taken";
    /// Only secret keys report money.
    EventMoneyNotAllowed, "event.money_not_allowed", 403, NEVER, "该密钥不能上报交易事件", "The key may not report money";
    /// Neither a token nor a room or video tells what the event is about.
    EventNoSubject, "event.no_subject", 422, NEVER, "事件缺少追踪令牌或直播间", "The event names neither a token nor a room";
    /// The token is not one.
    EventTokenMalformed, "event.token_malformed", 422, NEVER, "追踪令牌格式错误", "The token is malformed";
    /// The token was not made here.
    EventTokenForged, "event.token_forged", 422, NEVER, "追踪令牌无效", "The token was not made here";
    /// The token does not speak for the time of the event.
    EventTokenExpired, "event.token_expired", 422, NEVER, "追踪令牌已过期", "The token has expired";
    /// The token was given to another tenant.
    EventTokenForeign, "event.token_foreign", 422, NEVER, "追踪令牌不属于该租户", "The token belongs to another tenant";
    /// The token was given for another viewer.
    EventViewerMismatch, "event.viewer_mismatch", 422, NEVER, "追踪令牌不属于该观众", "The token belongs to another viewer";
    /// Only secret keys report what a broadcast does.
    EventBroadcastNotAllowed, "event.broadcast_not_allowed", 403, NEVER, "该密钥不能上报直播间的动作", "The key may not report what a broadcast does";
    /// No refused event was named, or too many at once.
    EventReplayCount, "event.replay_count", 422, NEVER, "未指定事件或一次重放过多", "No event is named, or too many at once";
    /// More events than a report has.
    EventTooMany, "event.too_many", 413, NEVER, "单次上报事件过多", "There are too many events in the report";
    /// The report asked for all or nothing, and some events cannot be taken.
    EventReportRefused, "event.report_refused", 422, NEVER, "存在无效事件，整批未接收", "Some events cannot be taken, so none was";

    /// A recap is told of a broadcast that has ended.
    ReportNotEnded, "report.not_ended", 409, NEVER, "直播尚未结束，暂无复盘", "The broadcast has not ended";
    /// A recap is settled when purchases and refunds of the broadcast change nothing any more.
    ReportNotSettled, "report.not_settled", 409, NEVER, "复盘数据尚未定稿", "The recap is not settled yet";
    /// What was measured of the broadcast makes no recap: it has no length, or it is longer than two weeks.
    ReportNoRecap, "report.no_recap", 422, NEVER, "该场直播无法生成复盘", "There is no recap of this broadcast";
    /// More rows than one file has.
    ReportTooLong, "report.too_long", 422, NEVER, "报表行数过多，请缩小范围", "The report is too long for one file";
    /// A programme's text has an unknown field, a number out of range, or rewards that do not go with its kind.
    IncentiveTermsInvalid, "incentive.terms_invalid", 422, NEVER, "激励计划内容无效", "The programme's terms are not valid";
    /// The programme or application is in a state in which this cannot be done.
    IncentiveWrongState, "incentive.wrong_state", 409, NEVER, "当前状态不允许该操作", "It cannot be done in this state";
    /// The programme takes no applications now: its window has not begun or is over, or it was cancelled.
    IncentiveNotOpen, "incentive.not_open", 409, NEVER, "该激励计划当前不接受报名", "The programme is not open";
    /// Everybody eligible takes part in this programme by itself.
    IncentiveNoApplicationNeeded, "incentive.no_application_needed", 409, NEVER, "该激励计划无需报名", "No application is needed";
    /// The account is not there, or is banned.
    IncentiveNoParty, "incentive.no_party", 422, NEVER, "账号不存在或已被封禁", "The account is not there, or is banned";
    /// A measure is in force, or what is known of the account keeps it from taking part.
    IncentiveLimited, "incentive.limited", 403, NEVER, "账号参与激励受限", "The account is limited";
    /// The account does not meet the programme's conditions.
    IncentiveNotEligible, "incentive.not_eligible", 403, NEVER, "不符合参与条件", "The account is not eligible";
    /// The form does not say what the programme asks for.
    IncentiveFormInvalid, "incentive.form_invalid", 422, NEVER, "报名表内容不符合要求", "The form is not valid";
    /// The account was helped before, itself or under another name.
    IncentiveAlreadyHelped, "incentive.already_helped", 409, NEVER, "该账号或其关联账号已享受过扶持", "The account was helped before";
    /// An application of the account waits or holds.
    IncentiveAlreadyApplied, "incentive.already_applied", 409, NEVER, "已有进行中的报名", "There is an application already";
    /// The month's last coupon was taken.
    IncentiveQuotaExhausted, "incentive.quota_exhausted", 409, NEVER, "本月名额已发完", "The month's quota is exhausted";
    /// A rejection has no reason.
    IncentiveNoReason, "incentive.no_reason", 422, NEVER, "请填写原因", "A reason is required";
    /// Counts contradict each other, lie in the future, or are too many.
    IncentiveFactsInvalid, "incentive.facts_invalid", 422, NEVER, "上报的数据无效", "The facts are not valid";
    /// A measure has no evidence, a wrong end, or names rewards that are not the account's.
    IncentiveMeasureInvalid, "incentive.measure_invalid", 422, NEVER, "处置内容无效", "The measure is not valid";
    /// There is no decision to be undone.
    AppealNothingToAppeal, "appeal.nothing_to_appeal", 409, NEVER, "没有可申诉的决定", "There is nothing to appeal";
    /// The decision was appealed before.
    AppealAlreadyAppealed, "appeal.already_appealed", 409, NEVER, "该决定已申诉过", "It was appealed before";
    /// The appeal was answered or withdrawn.
    AppealWrongState, "appeal.wrong_state", 409, NEVER, "申诉已处理或已撤回", "The appeal is closed";
    /// Who made the first decision, or has an interest in it, cannot make the second.
    AppealSameReviewer, "appeal.same_reviewer", 403, NEVER, "须由另一位人员复核", "A second reviewer must decide";
    /// An answer says why.
    AppealNoReason, "appeal.no_reason", 422, NEVER, "请填写答复", "An answer is required";
    /// There is no guarantee on offer for one of the creators.
    GuaranteeNotOnOffer, "guarantee.not_on_offer", 409, NEVER, "该创作者暂不可购买播放保障", "No guarantee is on offer for the creator";
    /// The fees are more than the buyer saw; quote again.
    GuaranteeFeeRisen, "guarantee.fee_risen", 409, NEVER, "保障费用已变化，请重新报价", "The fees have risen";
    /// There is less money in the wallet than the fees are.
    GuaranteeInsufficientFunds, "guarantee.insufficient_funds", 402, NEVER, "账户余额不足", "There is not enough money";
    /// The money came by more top-ups than one guarantee may be paid from.
    GuaranteeTooManySources, "guarantee.too_many_sources", 409, NEVER, "支付来源过多", "There are too many sources";
    /// Nobody buys a guarantee on their own video.
    GuaranteeOwnVideo, "guarantee.own_video", 422, NEVER, "不能为自己的视频购买保障", "It is the buyer's own video";
    /// There is no such guarantee on this creator.
    GuaranteeNotFound, "guarantee.not_found", 422, NEVER, "保障服务不存在", "There is no such guarantee";
    /// The guarantee is in a state in which this cannot be done.
    GuaranteeWrongState, "guarantee.wrong_state", 409, NEVER, "保障服务当前状态不允许此操作", "The guarantee's state does not allow it";
    /// The video was published before the guarantee was bought, or after it lapsed.
    GuaranteeNotInTime, "guarantee.not_in_time", 409, NEVER, "发布时间不在保障有效期内", "The video was not published in time";
    /// The expected plays have come; there is nothing to compensate.
    GuaranteeNothingMissing, "guarantee.nothing_missing", 409, NEVER, "已达到预期播放量，无需赔付", "Nothing is missing";
    /// A video keeps its creator and its publication.
    GuaranteeVideoChanged, "guarantee.video_changed", 409, NEVER, "视频的创作者或发布时间不可更改", "The video's creator or publication cannot change";
    /// A reading cannot be true: before publication, in the future, or with more left out than was played.
    GuaranteeBadReading, "guarantee.bad_reading", 422, NEVER, "播放量数据无效", "The reading is not valid";

    /// The address is one of a private network, and the settings do not allow that.
    WebhookPrivateAddress, "webhook.private_address", 422, NEVER, "回调地址不能是内网地址", "The address is not a public one";
    /// There are as many endpoints as there may be.
    WebhookTooManyEndpoints, "webhook.too_many_endpoints", 409, NEVER, "回调地址数量已达上限", "There are too many endpoints";
    /// Nothing is sent to an endpoint that is disabled.
    WebhookEndpointDisabled, "webhook.endpoint_disabled", 409, NEVER, "该回调地址已停用", "The endpoint is disabled";
    /// A key that was revoked cannot be replaced.
    AccessKeyRevoked, "access.key_revoked", 409, NEVER, "密钥已吊销，不能轮换", "The key was revoked";

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
