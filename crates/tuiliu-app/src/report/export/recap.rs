//! Recaps as files (LV-22).

use tuiliu_domain::id::RoomId;
use tuiliu_domain::party::Actor;
use tuiliu_domain::time::{MINUTE_MS, Timestamp};

use super::super::recap::{FiguresTold, RecapRefusal, RecapTold, RecapVersion};
use super::{Cell, ReportFile, ReportFormat, Table, Wanted, ratio, text, whole};
use crate::app::App;
use crate::error::CommandError;
use crate::notice::time_text;

/// The tables of a recap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RecapPart {
    /// Of the whole broadcast.
    Figures,
    Products,
    Presentations,
    Draws,
    /// Entries and viewers online, minute by minute.
    Curves,
    /// When orders were promoted.
    Promotions,
}

impl RecapPart {
    /// The code in names of files and sheets.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Figures => "figures",
            Self::Products => "products",
            Self::Presentations => "presentations",
            Self::Draws => "draws",
            Self::Curves => "curves",
            Self::Promotions => "promotions",
        }
    }
}

impl App {
    /// A recap as a file. CSV has the table that is asked for, the others have all.
    pub async fn export_recap(
        &self,
        actor: Actor,
        (room, version): (RoomId, Option<RecapVersion>),
        part: RecapPart,
        format: ReportFormat,
    ) -> Result<ReportFile, CommandError<RecapRefusal>> {
        let told = self.room_recap(actor, room, version).await?.told;
        let file = Wanted { subject: format!("recap-{room}"), part: part.code(), format };
        file.write(tables(&told), self.shell.now()).await
    }
}

fn tables(told: &RecapTold) -> Vec<Table> {
    vec![figures(told), products(told), presentations(told), draws(told), curves(told), promotions(told)]
}

fn scopes(told: &RecapTold) -> [(&'static str, &FiguresTold); 3] {
    [("all", &told.all), ("natural", &told.natural), ("promoted", &told.promoted)]
}

fn time(at: Timestamp) -> Cell {
    text(time_text(at))
}

fn table(part: RecapPart, headings: &[&'static str], rows: Vec<Vec<Cell>>) -> Table {
    Table { name: part.code(), headings: headings.to_vec(), rows }
}

fn figures(told: &RecapTold) -> Table {
    let row = |(scope, own): (&'static str, &FiguresTold)| {
        vec![
            text(scope),
            time(told.started_at),
            time(told.ended_at),
            whole(own.viewers),
            whole(own.sessions),
            whole(own.peak_online),
            time(own.peak_at),
            Cell::Real(own.average_online),
            Cell::Real(own.average_watch_seconds),
            whole(own.new_followers),
            whole(own.lost_followers),
            ratio(own.follow_rate),
            ratio(own.trend_slope),
            Cell::Whole(own.trend_score),
        ]
    };
    let headings = [
        "scope",
        "started_at",
        "ended_at",
        "viewers",
        "sessions",
        "peak_online",
        "peak_at",
        "average_online",
        "average_watch_seconds",
        "new_followers",
        "lost_followers",
        "follow_rate",
        "trend_slope",
        "trend_score",
    ];
    table(RecapPart::Figures, &headings, scopes(told).map(row).into())
}

fn products(told: &RecapTold) -> Table {
    let mut rows = Vec::new();
    for (scope, own) in scopes(told) {
        rows.extend(own.products.iter().map(|own| {
            vec![
                text(scope),
                text(&own.product),
                whole(own.visits),
                whole(own.clicks),
                whole(own.orders),
                whole(own.buyers),
                whole(own.units),
                Cell::Whole(own.sales_fen),
                ratio(own.sell_through),
            ]
        }));
    }
    let headings = ["scope", "product", "visits", "clicks", "orders", "buyers", "units", "sales_fen", "sell_through"];
    table(RecapPart::Products, &headings, rows)
}

fn presentations(told: &RecapTold) -> Table {
    let mut rows = Vec::new();
    for (scope, own) in scopes(told) {
        rows.extend(own.presentations.iter().map(|own| {
            vec![
                text(scope),
                text(&own.product),
                time(own.started_at),
                time(own.ended_at),
                whole(own.viewers),
                Cell::Real(own.average_online),
                whole(own.orders),
                whole(own.buyers),
                Cell::Whole(own.sales_fen),
                ratio(own.conversion),
            ]
        }));
    }
    let headings = [
        "scope",
        "product",
        "started_at",
        "ended_at",
        "viewers",
        "average_online",
        "orders",
        "buyers",
        "sales_fen",
        "presentation_conversion",
    ];
    table(RecapPart::Presentations, &headings, rows)
}

fn draws(told: &RecapTold) -> Table {
    let mut rows = Vec::new();
    for (scope, own) in scopes(told) {
        rows.extend(own.draws.iter().map(|own| {
            let online = whole(own.online_when_opened);
            vec![text(scope), text(&own.draw), time(own.opened_at), whole(own.entrants), online, ratio(own.entry_rate)]
        }));
    }
    let headings = ["scope", "draw", "opened_at", "entrants", "online_when_opened", "draw_entry_rate"];
    table(RecapPart::Draws, &headings, rows)
}

fn curves(told: &RecapTold) -> Table {
    let mut rows = Vec::new();
    for (scope, own) in scopes(told) {
        let both = own.entries_each_minute.iter().zip(&own.online_each_minute);
        rows.extend((0_i64..).zip(both).map(|(minute, (entries, online))| {
            vec![text(scope), time(told.started_at.plus_ms(minute * MINUTE_MS)), whole(*entries), whole(*online)]
        }));
    }
    table(RecapPart::Curves, &["scope", "start", "entries", "online"], rows)
}

fn promotions(told: &RecapTold) -> Table {
    let rows = told.promotions.iter().map(|own| {
        let spent = Cell::Whole(own.spent.get());
        vec![text(own.order.to_string()), time(own.from), time(own.to), spent, text(own.currency.code())]
    });
    table(RecapPart::Promotions, &["boost_id", "from", "to", "spend_micros", "currency"], rows.collect())
}
