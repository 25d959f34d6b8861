//! An axis: finite, distinct bounds, linear or logarithmic, and numbers in at most six characters. Knows no cell and no colour.

/// The largest magnitude that a bound may have: the difference of two bounds must not overflow.
const LARGEST: f64 = 1e300;
/// A range narrower than this part of its values is rounding, not shape: it is drawn as a constant.
const NARROW: f64 = 1e-10;
/// Fractions are kept within this many ranges of the axis, so that arithmetic on them stays exact enough.
const FARTHEST: f64 = 1e6;

/// The way from a value to a fraction of an axis and back. Bounds are finite and `low < high`, always.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    low: f64,
    high: f64,
    /// Whether `low` and `high` are powers of ten.
    log: bool,
}

impl Scale {
    /// All the finite values with a little room; a constant gets room around it, nothing at all gets 0 to 1.
    #[must_use]
    pub fn over(values: impl IntoIterator<Item = f64>) -> Self {
        let Some((low, high)) = extremes(values) else { return Self { low: 0.0, high: 1.0, log: false } };
        let Self { low, high, .. } = Self::between(low, high);
        let room = 0.05 * (high - low);
        Self { low: low - room, high: high + room, log: false }
    }

    /// Exactly these bounds, in either order, as far as they are finite and distinct.
    #[must_use]
    pub fn between(one: f64, other: f64) -> Self {
        let Some((low, high)) = extremes([one, other]) else { return Self { low: 0.0, high: 1.0, log: false } };
        let size = low.abs().max(high.abs());
        if high - low > (NARROW * size).max(f64::MIN_POSITIVE) {
            return Self { low, high, log: false };
        }
        let room = if size < 1e-290 { 1.0 } else { 0.1 * size };
        Self { low: low - room, high: high + room, log: false }
    }

    /// Whole decades around the positive finite values; none at all gets 0.1 to 1.
    #[must_use]
    pub fn log_over(values: impl IntoIterator<Item = f64>) -> Self {
        let positive = values.into_iter().filter(|value| *value > 0.0 && value.is_finite()).map(f64::log10);
        let Some((low, high)) = extremes(positive) else { return Self { low: -1.0, high: 0.0, log: true } };
        let (low, high) = (low.floor(), high.ceil());
        // A single exact power of ten: the decade below it, since losses fall.
        if low < high { Self { low, high, log: true } } else { Self { low: low - 1.0, high, log: true } }
    }

    /// Logarithmic between exactly these bounds, as far as they are positive, finite and distinct; else as `log_over`.
    #[must_use]
    pub fn log_between(one: f64, other: f64) -> Self {
        match extremes([one, other].into_iter().filter(|bound| *bound > 0.0).map(f64::log10)) {
            Some((low, high)) if high - low > 1e-6 => Self { low, high, log: true },
            _ => Self::log_over([one, other]),
        }
    }

    /// The least value.
    #[must_use]
    pub fn low(&self) -> f64 {
        self.at(0.0)
    }

    /// The greatest value.
    #[must_use]
    pub fn high(&self) -> f64 {
        self.at(1.0)
    }

    /// Whether equal distances are equal ratios.
    #[must_use]
    pub const fn is_log(&self) -> bool {
        self.log
    }

    /// 0 at the low bound, 1 at the high one, beyond them outside; None where the axis has no place (NaN, a log of 0).
    ///
    /// Infinities lie far outside on their side.
    #[must_use]
    pub fn to_fraction(&self, value: f64) -> Option<f64> {
        let value = if self.log { if value > 0.0 { value.log10() } else { f64::NAN } } else { value };
        if value.is_nan() {
            return None;
        }
        let value = value.clamp(-f64::MAX / 2.0, f64::MAX / 2.0);
        Some(((value - self.low) / (self.high - self.low)).clamp(-FARTHEST, FARTHEST))
    }

    /// The value at a fraction: the inverse of `to_fraction` inside the axis.
    #[must_use]
    pub fn at(&self, fraction: f64) -> f64 {
        // Both ends exactly, unlike low + fraction × range.
        let place = self.low * (1.0 - fraction) + self.high * fraction;
        if self.log { 10_f64.powf(place) } else { place }
    }

    /// Round values inside the axis, about `wanted` of them, at most three times as many: 1, 2 or 5 times a power of ten.
    #[must_use]
    pub fn ticks(&self, wanted: usize) -> Vec<f64> {
        let wanted = wanted.clamp(1, 50);
        let range = self.high - self.low;
        #[expect(clippy::cast_precision_loss, reason = "at most 50")]
        let raw = range / wanted as f64;
        let step = if self.log { raw.ceil() } else { round_step(raw) };
        let first = (self.low / step).ceil();
        let last = (self.high / step).floor();
        let mut ticks = Vec::new();
        let mut index = first;
        while index <= last && ticks.len() < 3 * wanted {
            // Adding 0 makes −0 plain 0.
            let place = index * step + 0.0;
            ticks.push(if self.log { 10_f64.powf(place) } else { place });
            index += 1.0;
        }
        ticks
    }

    /// Zooms about the fraction `about` by `factor` (above 1 is closer) and moves by `shift` ranges.
    #[must_use]
    pub fn moved(&self, about: f64, factor: f64, shift: f64) -> Self {
        let range = self.high - self.low;
        let part = range / factor.clamp(1e-3, 1e3);
        let low = self.low + about.clamp(0.0, 1.0) * (range - part) + shift.clamp(-1e3, 1e3) * range;
        let moved = Self::between(low, low + part);
        // Closer than rounding allows, or a log axis beyond any number: stay.
        let fits = !self.log || (moved.low > -300.0 && moved.high < 300.0);
        if fits && (moved.high - moved.low - part).abs() <= 1e-6 * part {
            Self { log: self.log, ..moved }
        } else {
            *self
        }
    }

    /// `label` in at most five characters: what a gutter holds. Digits are rounded away, never cut.
    #[must_use]
    pub fn narrow(&self, value: f64) -> String {
        let text = self.label(value);
        if text.chars().count() <= NARROWEST { text } else { narrow(value) }
    }

    /// A number on this axis, with as many decimals as the axis can show: labels keep their width while values move.
    #[must_use]
    pub fn label(&self, value: f64) -> String {
        if self.log {
            return logarithmic(value);
        }
        let range = self.high - self.low;
        let size = self.low.abs().max(self.high.abs());
        if !(1e-3..1e4).contains(&size) || range < 1e-3 {
            return short(value);
        }
        // With as many decimals, less than this rounds to nothing, which has no sign.
        let (decimals, least) = match range {
            range if range >= 100.0 => (0, 0.5),
            range if range >= 1.0 => (1, 0.05),
            range if range >= 0.1 => (2, 0.005),
            _ => (3, 0.0005),
        };
        let value = if value.abs() < least { 0.0 } else { value };
        fit([format!("{value:.decimals$}")]).unwrap_or_else(|| short(value))
    }
}

/// The least and the greatest finite value, not beyond what an axis can hold.
fn extremes(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    let mut found: Option<(f64, f64)> = None;
    for value in values.into_iter().filter(|value| value.is_finite()) {
        let value = value.clamp(-LARGEST, LARGEST);
        found = Some(found.map_or((value, value), |(low, high)| (low.min(value), high.max(value))));
    }
    found
}

/// The least of 1, 2, 5 × 10ⁿ that is not below `raw`.
fn round_step(raw: f64) -> f64 {
    let decade = 10_f64.powf(raw.log10().floor());
    [1.0, 2.0, 5.0]
        .into_iter()
        .map(|digit| digit * decade)
        .find(|step| *step >= raw * (1.0 - 1e-9))
        .unwrap_or(10.0 * decade)
}

/// The most characters of a number in a gutter.
const NARROWEST: usize = 5;
/// The most characters of a number on screen.
const WIDTH: usize = 6;

/// The first that is short enough, with a real minus sign.
fn fit(choices: impl IntoIterator<Item = String>) -> Option<String> {
    choices.into_iter().find(|text| text.len() <= WIDTH).map(|text| text.replace('-', "−"))
}

/// A number in at most six characters: three digits that matter, `1.2e4` and `1e-5` where a plain one would be long.
#[must_use]
pub fn short(value: f64) -> String {
    if !value.is_finite() {
        return if value.is_nan() {
            "nan"
        } else if value > 0.0 {
            "inf"
        } else {
            "−inf"
        }
        .to_owned();
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    let scientific = |digits: usize| exponent(&format!("{value:.digits$e}"));
    let size = value.abs();
    if (1e-3..9999.5).contains(&size) {
        let plain = (0..=3).map(|less| plain(value, 3_usize.saturating_sub(less)));
        if let Some(text) = fit(plain) {
            return text;
        }
    }
    // Nothing else is left for −1e−100 and below.
    fit([scientific(1), scientific(0)]).unwrap_or_else(|| "−0".to_owned())
}

/// So many significant digits, no zeros at the end of the decimals.
fn plain(value: f64, digits: usize) -> String {
    let digits = digits.max(1);
    #[expect(clippy::cast_possible_truncation, reason = "a power of ten between −3 and 4")]
    let magnitude = value.abs().log10().floor() as i32;
    let decimals = usize::try_from(i32::try_from(digits).unwrap_or(1) - 1 - magnitude).unwrap_or(0);
    trimmed(&format!("{value:.decimals$}")).to_owned()
}

fn trimmed(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

/// `1.0e4` as `1e4`.
fn exponent(text: &str) -> String {
    let (mantissa, power) = text.split_once('e').unwrap_or((text, "0"));
    format!("{}e{power}", trimmed(mantissa))
}

/// A number at the end of a log axis, in at most five characters: `0.012`, `350`, `4e-7`.
fn logarithmic(value: f64) -> String {
    let fits = |text: &String| text.chars().count() <= 5;
    let short = (1e-3..1e5).contains(&value).then(|| trimmed(&plain(value, 2)).to_owned()).filter(fits);
    short.unwrap_or_else(|| power(format!("{value:.0e}").parse().unwrap_or(value)))
}

/// A number in at most five characters; what is too small for that is 0, what is too large its sign and power.
fn narrow(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let fits = |text: &String| text.chars().count() <= NARROWEST;
    let plain = (1..=3).rev().map(|digits| plain(value, digits).replace('-', "−"));
    let scientific = exponent(&format!("{value:.0e}")).replace('-', "−");
    let candidates = plain.filter(|_| (1e-3..9999.5).contains(&value.abs())).chain([scientific]);
    candidates.into_iter().find(fits).unwrap_or_else(|| if value.abs() < 1.0 { "0".to_owned() } else { short(value) })
}

/// A number by its power of ten: `1e-2`, `3e0`, `1.2e-4`. For log axes and rates.
#[must_use]
pub fn power(value: f64) -> String {
    if !value.is_finite() || value == 0.0 {
        return short(value);
    }
    fit([exponent(&format!("{value:.1e}")), exponent(&format!("{value:.0e}"))]).unwrap_or_else(|| "−0".to_owned())
}

/// A rate in at most five characters: `85`, `1.2k`, `212k`, `3.4M`.
#[must_use]
pub fn rate(per_second: f64) -> String {
    const UNITS: [&str; 5] = ["", "k", "M", "G", "T"];
    if !per_second.is_finite() || per_second < 0.0 {
        return "–".to_owned();
    }
    let mut value = per_second;
    for unit in UNITS {
        // 9.95 and 999.5 are where rounding would need one more digit.
        if value < 9.95 && !(unit.is_empty() && value.fract() == 0.0) {
            return format!("{value:.1}{unit}");
        }
        if value < 999.5 {
            return format!("{value:.0}{unit}");
        }
        value /= 1000.0;
    }
    ">999T".to_owned()
}

#[cfg(test)]
mod tests;
