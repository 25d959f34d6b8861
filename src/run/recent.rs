//! The losses of the last steps one by one, and the trend of the whole run: what tells a rate that is too high from one that
//! is too low. Knows no model.

use super::History;

/// Losses that are kept one by one: two windows of fifty.
const KEPT: usize = 100;
/// Steps that are judged together.
pub const WINDOW: u64 = 50;

/// The losses of the last steps, in a ring.
#[derive(Clone, Debug, PartialEq)]
pub struct Recent {
    losses: [f64; KEPT],
    seen: usize,
}

impl Default for Recent {
    fn default() -> Self {
        Self { losses: [f64::NAN; KEPT], seen: 0 }
    }
}

/// What the last fifty steps did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wobble {
    /// Steps at which the loss was greater than at the one before.
    pub rises: u64,
    /// Steps that were looked at.
    pub of: u64,
    /// Mean loss of them.
    pub mean: f64,
    /// Mean loss of the fifty before them.
    pub before: f64,
    /// Standard deviation of the loss over them, as a part of its mean.
    pub swing: f64,
}

impl Recent {
    pub(super) fn push(&mut self, loss: f64) {
        self.losses[self.seen % KEPT] = loss;
        self.seen += 1;
    }

    /// The last `n` losses, oldest first.
    fn last(&self, n: usize) -> impl Iterator<Item = f64> + Clone + '_ {
        let n = n.min(self.seen).min(KEPT);
        (self.seen - n..self.seen).map(|at| self.losses[at % KEPT])
    }

    /// The last fifty steps, if a hundred have been done, `since` of them under the settings of now.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "fifty")]
    pub fn wobble(&self, since: u64) -> Option<Wobble> {
        if self.seen < KEPT || since < 2 * WINDOW {
            return None;
        }
        let all: Vec<f64> = self.last(KEPT).collect();
        let (before, last) = all.split_at(KEPT / 2);
        let rises = (KEPT / 2..KEPT).filter(|&at| all[at] > all[at - 1]).count() as u64;
        let mean = |losses: &[f64]| losses.iter().sum::<f64>() / losses.len() as f64;
        let centre = mean(last);
        let squares: Vec<f64> = last.iter().map(|loss| (loss - centre) * (loss - centre)).collect();
        let swing = mean(&squares).sqrt() / centre.abs().max(f64::MIN_POSITIVE);
        Some(Wobble { rises, of: WINDOW, mean: centre, before: mean(before), swing })
    }
}

/// The mean loss of the last three quarters of the steps since a change, one by one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trend {
    /// Steps since the change.
    pub steps: u64,
    /// Of the second, the third and the last quarter.
    pub quarters: [f64; 3],
}

impl Trend {
    /// Steps before which there is none.
    const LEAST: u64 = 100;

    /// None before a hundred steps, or where a loss was not finite.
    #[must_use]
    pub fn of(history: &History, since: u64, now: u64) -> Option<Self> {
        let steps = now.saturating_sub(since);
        if steps < Self::LEAST {
            return None;
        }
        let mut quarters = [(0.0, 0.0); 3];
        for bucket in history.buckets().filter(|bucket| bucket.step > since && bucket.count > 0) {
            // The quarter in which its last step lies: 1 for steps after the first quarter's end.
            let quarter = usize::try_from((bucket.step - since - 1) * 4 / steps).unwrap_or(0);
            if let Some((sum, count)) = quarter.checked_sub(1).and_then(|at| quarters.get_mut(at)) {
                *sum += bucket.mean * f64::from(bucket.count);
                *count += f64::from(bucket.count);
            }
        }
        let quarters = quarters.map(|(sum, count)| sum / count);
        quarters.iter().all(|mean| mean.is_finite()).then_some(Self { steps, quarters })
    }

    /// How far the mean loss has fallen from the third quarter to the last, as a part of it; negative if it rose.
    #[must_use]
    pub fn fall(&self) -> f64 {
        let [_, third, last] = self.quarters;
        (third - last) / third.abs().max(f64::MIN_POSITIVE)
    }

    /// The last quarter's fall as a part of that of the quarter before: 1 for a loss that falls evenly, less where it settles.
    #[must_use]
    pub fn pace(&self) -> f64 {
        let [second, third, last] = self.quarters;
        (third - last) / (second - third)
    }

    /// Fall of the loss per step, lately.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a count of steps")]
    pub fn speed(&self) -> f64 {
        let [_, third, last] = self.quarters;
        (third - last) / (self.steps as f64 / 4.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(losses: impl IntoIterator<Item = f64>) -> (History, u64) {
        let mut history = History::default();
        let mut now = 0;
        for loss in losses {
            now += 1;
            if history.record(now, loss, 0.0) {
                history.close_bucket(f64::NAN);
            }
        }
        (history, now)
    }

    #[test]
    fn rises_are_counted_over_the_last_fifty_steps() {
        let mut recent = Recent::default();
        for step in 0..60 {
            recent.push(100.0 - f64::from(step));
        }
        assert_eq!(recent.wobble(60), None, "too few");
        // A zigzag that goes up at every second step.
        for step in 0..50 {
            recent.push(if step % 2 == 0 { 1.0 } else { 3.0 });
        }
        let wobble = recent.wobble(110).unwrap();
        assert_eq!((wobble.rises, wobble.of), (25, 50));
        assert!((wobble.mean - 2.0).abs() < 1e-12 && (wobble.swing - 0.5).abs() < 1e-12 && wobble.before > 40.0);
        assert_eq!(recent.wobble(99), None, "some of them were under other settings");
    }

    #[test]
    fn an_even_fall_has_pace_one_and_a_settled_one_none() {
        let steps = 1000;
        let (even, now) = history((0..steps).map(|step| 2.0 - f64::from(step) * 1e-3));
        let trend = Trend::of(&even, 0, now).unwrap();
        assert!((trend.pace() - 1.0).abs() < 0.02 && (trend.speed() - 1e-3).abs() < 2e-5, "{trend:?}");
        assert!((trend.fall() - 0.25 / 1.375).abs() < 5e-3, "{trend:?}");
        let (settled, now) = history((0..steps).map(|step| 1.0 + (-f64::from(step) / 100.0).exp()));
        let trend = Trend::of(&settled, 0, now).unwrap();
        assert!(trend.pace() < 0.2 && trend.fall() < 0.01, "{trend:?}");
        // What was before a change does not count.
        let (changed, now) = history((0..steps).map(|step| if step < 500 { 9.0 } else { 1.0 }));
        assert!(Trend::of(&changed, 500, now).unwrap().fall().abs() < 1e-12);
        assert!(Trend::of(&changed, 0, now).unwrap().fall().abs() < 1e-12, "both of its last quarters are alike");
        assert_eq!(Trend::of(&changed, 950, now), None);
    }

    #[test]
    fn a_loss_that_is_not_finite_gives_no_trend_of_nothing() {
        let (broken, now) = history((0..200).map(|step| if step < 60 { 1.0 } else { f64::NAN }));
        assert_eq!(Trend::of(&broken, 0, now), None);
    }
}
