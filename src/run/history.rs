//! The loss over a whole run, coarser the further on: bounded memory. Knows nothing of what is learned.

use super::Recent;

/// A bucket covers one step in this many of those before it: fine on a logarithmic axis everywhere, and at the end of a
/// linear one still finer than a screen's dots. A thousand million steps make some 2200 buckets.
const FINENESS: u64 = 128;

/// The losses of a stretch of steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bucket {
    /// The last step of the stretch.
    pub step: u64,
    /// Least, mean and greatest finite loss; NaN when there was none.
    pub least: f64,
    /// The mean.
    pub mean: f64,
    /// The greatest.
    pub greatest: f64,
    /// Finite losses in the stretch.
    pub count: u32,
    /// Whether a loss of the stretch was not finite.
    pub broken: bool,
    /// Held-out loss at its end; NaN where nothing is held out.
    pub test: f64,
    /// log p(θ|D) at its last step.
    pub log_posterior: f64,
}

impl Bucket {
    const EMPTY: Self = Self {
        step: 0,
        least: f64::INFINITY,
        mean: 0.0,
        greatest: f64::NEG_INFINITY,
        count: 0,
        broken: false,
        test: f64::NAN,
        log_posterior: f64::NAN,
    };

    fn add(&mut self, step: u64, loss: f64, log_posterior: f64) {
        (self.step, self.log_posterior) = (step, log_posterior);
        if !loss.is_finite() {
            self.broken = true;
            return;
        }
        self.count += 1;
        self.least = self.least.min(loss);
        self.greatest = self.greatest.max(loss);
        self.mean += (loss - self.mean) / f64::from(self.count);
    }
}

/// Losses from the first step to the last.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    closed: Vec<Bucket>,
    open: Bucket,
    recent: Recent,
}

impl Default for History {
    fn default() -> Self {
        Self { closed: Vec::with_capacity(2304), open: Bucket::EMPTY, recent: Recent::default() }
    }
}

impl History {
    /// Adds one step's loss and log posterior; true when the bucket is full and wants `close_bucket`.
    pub fn record(&mut self, step: u64, loss: f64, log_posterior: f64) -> bool {
        self.open.add(step, loss, log_posterior);
        self.recent.push(loss);
        let before = self.closed.last().map_or(0, |bucket| bucket.step);
        step - before.min(step) >= (step / FINENESS).max(1)
    }

    /// Closes the open bucket with the held-out loss at its end.
    pub fn close_bucket(&mut self, test: f64) {
        self.open.test = test;
        self.closed.push(std::mem::replace(&mut self.open, Bucket::EMPTY));
    }

    /// Forgets what came after `step`: another branch begins there.
    pub(super) fn cut(&mut self, step: u64) {
        self.closed.retain(|bucket| bucket.step <= step);
        (self.open, self.recent) = (Bucket::EMPTY, Recent::default());
    }

    /// The last steps one by one.
    #[must_use]
    pub fn recent(&self) -> &Recent {
        &self.recent
    }

    /// The losses of these stretches, in the order of their steps; what is out of order is left out.
    #[must_use]
    pub fn of(buckets: impl IntoIterator<Item = Bucket>) -> Self {
        let mut history = Self::default();
        for bucket in buckets {
            if history.closed.last().is_none_or(|last| last.step < bucket.step) {
                history.closed.push(bucket);
            }
        }
        history
    }

    /// What there was at `step`.
    #[must_use]
    pub fn until(&self, step: u64) -> Self {
        let mut until = self.clone();
        until.cut(step);
        until
    }

    /// All buckets, the open one last if it has anything.
    pub fn buckets(&self) -> impl Iterator<Item = Bucket> + '_ {
        let open = (self.open.count > 0 || self.open.broken).then_some(self.open);
        self.closed.iter().copied().chain(open)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_run_stays_small_and_keeps_every_step() {
        let mut history = History::default();
        let steps = 1_000_003_u32;
        for step in 1..=u64::from(steps) {
            #[expect(clippy::cast_precision_loss, reason = "a small count")]
            if history.record(step, step as f64, 0.0) {
                history.close_bucket(0.5);
            }
        }
        let buckets: Vec<Bucket> = history.buckets().collect();
        assert!(buckets.len() < 1500, "{}", buckets.len());
        assert!(buckets[..128].iter().all(|bucket| bucket.count == 1));
        assert_eq!(buckets.iter().map(|bucket| bucket.count).sum::<u32>(), steps);
        assert!((buckets[0].least - 1.0).abs() < f64::EPSILON);
        let total: f64 = buckets.iter().map(|bucket| bucket.mean * f64::from(bucket.count)).sum();
        let exact = f64::from(steps) * f64::from(steps + 1) / 2.0;
        assert!((total / exact - 1.0).abs() < 1e-12, "{total} {exact}");
        assert!(buckets.windows(2).all(|pair| pair[0].step < pair[1].step));
    }

    #[test]
    fn a_value_that_is_not_finite_is_marked_and_does_not_spread() {
        let mut history = History::default();
        history.record(1, 2.0, 0.0);
        history.record(1, f64::NAN, 0.0);
        history.close_bucket(f64::NAN);
        let bucket = history.buckets().next().expect("one bucket");
        assert!(bucket.broken && (bucket.mean - 2.0).abs() < f64::EPSILON);
    }
}
