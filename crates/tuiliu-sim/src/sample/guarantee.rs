//! Guarantees of the sample: creators with a history, and one guarantee in each state that a start can bring about.

use anyhow::{Context, Result, ensure};
use tuiliu_app::guarantee::{PlaceGuarantees, ReportPlays, ReportVideo, SetCreatorPrice, VideoState};
use tuiliu_app::wallet::StartTopUp;
use tuiliu_app::{Shell, Tx};
use tuiliu_domain::guarantee::{FreezeCause, LeftOut, PlaysReading};
use tuiliu_domain::id::{GuaranteeServiceId, PartyId};
use tuiliu_domain::money::{Amount, Asset};
use tuiliu_domain::policy::{GuaranteePolicy, SaleChannel};
use tuiliu_domain::time::{DAY_MS, HOUR_MS, Timestamp};

use super::Sample;
use crate::seed::platform::refused;

/// Who buys: the merchant who can sign in.
const BUYER: usize = 1;
/// Creators with a history, by their number, and the plays of their usual video.
const STARS: [(usize, u64); 4] = [(0, 120_000), (2, 45_000), (3, 260_000), (5, 30_000)];
/// What each is paid for a video, in fen.
const FIXED_PRICE: Amount = Amount::new(800_000);
/// What the buyer has, in fen.
const YUAN: Amount = Amount::new(5_000_000);
/// How each video of a history did against the usual one, in percent; the newest is 15 days old.
const DID: [u64; 8] = [104, 71, 133, 96, 88, 160, 79, 110];

impl Sample {
    /// Guarantees that wait, run, are frozen and were compensated.
    pub(super) async fn guarantees(&self) -> Result<()> {
        for (nth, plays) in STARS {
            self.history(nth, plays).await.with_context(|| format!("failed to give creator {nth} a history"))?;
        }
        self.yuan("sample", BUYER, YUAN).await?;
        self.compensated().await?;
        let [running, frozen, _waiting, _] = STARS.map(|(nth, _)| nth);
        self.buy("sample guarantees", &STARS.map(|(nth, _)| nth)[..3]).await?;
        let now = self.moment("sample guarantees published").await?;
        for (nth, plays) in [(running, 900), (frozen, 400)] {
            let service = self.bought("sample guarantees", nth).await?;
            let name = format!("sample-guaranteed-{nth}");
            self.tell(&name, nth, now, (VideoState::Visible, Some(service))).await?;
            self.read(&name, &[(self.platform.now(), plays)]).await?;
        }
        let hidden = VideoState::Withdrawn(FreezeCause::Hidden);
        self.tell(&format!("sample-guaranteed-{frozen}"), frozen, now, (hidden, None)).await
    }

    /// Videos of the last weeks, each read often when young and at 14 days.
    async fn history(&self, nth: usize, usual: u64) -> Result<()> {
        let (platform, creator, now) = (&self.platform, self.creators[nth], self.moment("sample videos").await?);
        let price = SetCreatorPrice { creator, fixed_price: FIXED_PRICE };
        platform.app.set_creator_price(platform.actor(), price).await.context("failed to set a price")?;
        for (number, did) in (0..).zip(DID) {
            let published = now.plus_ms(-(15 + 3 * number) * DAY_MS);
            let name = format!("sample-video-{nth}-{number}");
            self.tell(&name, nth, published, (VideoState::Visible, None)).await?;
            let shares = [(6, 15), (12, 25), (24, 40), (48, 55), (72, 64), (120, 75), (168, 83), (240, 92), (336, 100)];
            let readings = shares.map(|(hours, percent)| {
                let plays = usual * did / 100 * percent / 100;
                (published.plus_ms(hours * HOUR_MS), plays)
            });
            self.read(&name, &readings).await?;
        }
        Ok(())
    }

    /// When this step was first reached: a start that was killed and comes again tells of the same instants.
    async fn moment(&self, key: &str) -> Result<Timestamp> {
        let ms = self.platform.once(key, |shell, _| Ok(shell.now().ms().to_string())).await?;
        ms.parse().map(Timestamp::from_ms).with_context(|| format!("failed to read the time `{ms}`"))
    }

    /// Pays in yuan for a creator or merchant, in fen.
    pub(super) async fn yuan(&self, key: &str, nth: usize, price: Amount) -> Result<()> {
        let (platform, party, actor) = (&self.platform, self.creators[nth], self.platform.actor());
        let work = move |shell: &Shell, tx: &mut Tx<'_>| {
            let top_up = StartTopUp { party, channel: SaleChannel::Direct, price, asset: Asset::Cny };
            shell.start_top_up(tx, &actor, &top_up).map(|row| row.payment.id.to_string()).map_err(refused)
        };
        let payment = platform.once(&format!("fund {key} yuan"), work).await?;
        let payment = payment.parse().with_context(|| format!("failed to read the payment id `{payment}`"))?;
        platform.pay_in_sandbox(payment).await.context("failed to pay for yuan")
    }

    /// A guarantee that is over: its term was no longer than a moment, and a fifth of the plays was missing.
    async fn compensated(&self) -> Result<()> {
        let (nth, _) = STARS[3];
        let usual = GuaranteePolicy::default();
        self.term(1, 0).await?;
        let bought = self.buy("sample guarantee that ended", &[nth]).await;
        self.term(usual.term_ms, usual.refund_wait_ms).await?;
        bought?;
        let service = self.bought("sample guarantee that ended", nth).await?;
        let platform = &self.platform;
        let view = platform.app.guarantee(platform.actor(), service).await.context("failed to read a guarantee")?;
        let published = self.moment("sample guarantee that ended, published").await?;
        let name = format!("sample-guaranteed-{nth}");
        self.tell(&name, nth, published, (VideoState::Visible, Some(service))).await?;
        tokio::time::sleep(super::PATIENCE_STEP).await;
        // Read at its end, so that it is settled at once.
        let plays = view.service.terms.expected_plays * 4 / 5;
        self.read(&name, &[(published.plus_ms(1), plays)]).await
    }

    async fn term(&self, term_ms: i64, refund_wait_ms: i64) -> Result<()> {
        let change = format!(r#"{{"guarantee": {{"term_ms": {term_ms}, "refund_wait_ms": {refund_wait_ms}}}}}"#);
        self.change_policy(&change).await
    }

    async fn buy(&self, key: &str, creators: &[usize]) -> Result<()> {
        let actor = self.platform.actor();
        let creators = creators.iter().map(|nth| self.creators[*nth]).collect();
        let command = PlaceGuarantees { buyer: self.creators[BUYER], creators, fee_max: YUAN };
        let work = move |shell: &Shell, tx: &mut Tx<'_>| {
            let placed = shell.place_guarantees(tx, &actor, &command).map_err(refused)?;
            let pair =
                |service: &tuiliu_domain::guarantee::GuaranteeService| format!("{} {}", service.creator, service.id);
            Ok(placed.services.iter().map(pair).collect::<Vec<_>>().join("\n"))
        };
        self.platform.once(key, work).await.map(drop)
    }

    /// The guarantee on this creator that was bought in this step.
    async fn bought(&self, key: &str, nth: usize) -> Result<GuaranteeServiceId> {
        let answered = self.platform.answered(key).await?.unwrap_or_default();
        let creator: PartyId = self.creators[nth];
        let own = answered.lines().find_map(|line| line.strip_prefix(&format!("{creator} ")));
        let own = own.with_context(|| format!("`{key}` bought nothing of creator {nth}"))?;
        own.parse().with_context(|| format!("failed to read the guarantee id `{own}`"))
    }

    async fn tell(
        &self,
        name: &str,
        nth: usize,
        published_at: Timestamp,
        (state, service): (VideoState, Option<GuaranteeServiceId>),
    ) -> Result<()> {
        let platform = &self.platform;
        let (external_id, creator) = (name.to_owned(), self.creators[nth]);
        let told = ReportVideo { external_id, creator, published_at, state, service };
        platform
            .app
            .report_video(platform.actor(), told)
            .await
            .with_context(|| format!("failed to tell of `{name}`"))?;
        Ok(())
    }

    /// Reads plays, of which one in a hundred is machine traffic and one in two hundred a repeat.
    async fn read(&self, name: &str, readings: &[(Timestamp, u64)]) -> Result<()> {
        ensure!(!readings.is_empty(), "there is nothing to read");
        let readings = readings.iter().map(|(at, valid)| {
            let left_out = LeftOut { machine: valid / 100, repeat: valid / 200, own_account: 2 };
            PlaysReading { at: *at, plays: valid + left_out.sum(), left_out }
        });
        let told = ReportPlays { external_id: name.to_owned(), readings: readings.collect() };
        let platform = &self.platform;
        platform.app.report_plays(platform.actor(), told).await.with_context(|| format!("failed to read `{name}`"))
    }
}
