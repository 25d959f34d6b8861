//! The small figures on the frame of an f⁽ⁱ⁾: how large it is, what moves it. Knows which fit, and no curve.

use crate::run::StageHealth;
use crate::tui::plot::scale::short;

/// A frame narrower than this stays bare.
const ROOM: u16 = 26;

/// As many as there is room for in a frame of that width, the most telling first: what it does (its standard deviation over
/// the data; in a residual composition what it adds, as a part of what passes), saturated elements, the gradient's size.
pub(super) fn figures(health: &StageHealth, width: u16, between: &str) -> String {
    // Without data there is nothing that it does.
    let does = health.spread.is_finite().then(|| match health.share {
        Some(share) => format!("adds {} %", short(100.0 * share)),
        None => format!("sd {}", short(health.spread)),
    });
    let saturated = (health.saturated > 0).then(|| format!("{} saturated", health.saturated));
    // What steps down no slope has none to show.
    let gradient = health.gradient.is_finite().then(|| format!("grad {}", short(health.gradient)));
    let mut line = String::new();
    for part in [does, saturated, gradient].into_iter().flatten() {
        let longer = if line.is_empty() { part } else { format!("{line} {between} {part}") };
        // The frame keeps its corners and a little of its line.
        if width < ROOM || longer.chars().count() + 10 > usize::from(width) {
            break;
        }
        line = longer;
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_is_shown_and_the_most_telling_first() {
        let health = StageHealth { spread: 0.43, gradient: 0.0012, saturated: 3, ..StageHealth::default() };
        assert_eq!(figures(&health, 20, "·"), "");
        assert_eq!(figures(&health, 26, "·"), "sd 0.43");
        assert_eq!(figures(&health, 34, "·"), "sd 0.43 · 3 saturated");
        assert_eq!(figures(&health, 62, "·"), "sd 0.43 · 3 saturated · grad 0.0012");
        let residual = StageHealth { share: Some(0.125), saturated: 0, ..health };
        assert_eq!(figures(&residual, 40, "·"), "adds 12.5 % · grad 0.0012");
        for width in 0..70 {
            assert!(figures(&health, width, "·").chars().count() + 10 <= usize::from(width).max(10));
        }
    }
}
