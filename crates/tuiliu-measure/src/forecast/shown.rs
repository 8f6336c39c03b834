//! What a buyer is shown: a range of comparable orders, or what is supposed, by its name.

use tuiliu_domain::promotion::{Estimate, EstimateBasis, Expected, Range, Ranges};

use super::comparable::{Figure, Kind};
use super::group::Groups;

/// The estimate of an order of this kind. Without enough comparable orders it is what is supposed, and says so (AT-06);
/// the longest supposed duration is the window, and delivery ends with it.
#[must_use]
pub fn shown(groups: &Groups, kind: Kind, expected: Expected, supposed: Ranges) -> Estimate {
    let Some(found) = groups.find(kind) else {
        return Estimate { ranges: supposed, comparables: groups.comparables(kind), basis: EstimateBasis::Prior };
    };
    let window = supposed.duration_ms.high;
    let Range { low, mid, high } = found.around(Figure::DurationMs, expected.duration_ms);
    let ranges = Ranges {
        results: found.around(Figure::Results, expected.results),
        views: found.around(Figure::Views, expected.views),
        duration_ms: Range { low: low.min(window), mid: mid.min(window), high: high.min(window) },
    };
    Estimate { ranges, comparables: found.comparables, basis: EstimateBasis::Comparables }
}
