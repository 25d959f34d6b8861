//! A result as JSON: what the command line prints, what a file keeps. Knows no file.

use super::{Claim, Found, Measure, short};
use serde_json::{Value, json};

impl Claim {
    /// What is told of it before anything is run.
    #[must_use]
    pub fn about(&self) -> Value {
        json!({
            "name": self.name, "title": self.title, "claim": self.claim, "statement": self.statement,
            "design": self.design, "rule": self.rule, "remark": self.remark, "preset": self.preset,
        })
    }

    /// A result in one value. All that differs from run to run is under `seconds` and `times`.
    #[must_use]
    pub fn result(&self, found: &Found, (quick, seed): (bool, u64), seconds: f64) -> Value {
        let mut value = self.about();
        let times: serde_json::Map<String, Value> =
            found.times.iter().map(|(name, seconds)| ((*name).to_owned(), json!(seconds))).collect();
        let more = json!({
            "event": "claim", "version": env!("CARGO_PKG_VERSION"), "seed": seed, "quick": quick, "verdict": found.verdict.name(),
            "statistic": found.measures.first().map(measure),
            "measures": found.measures.iter().map(measure).collect::<Vec<_>>(),
            "figures": found.figures, "seconds": seconds, "times": times,
        });
        if let (Value::Object(own), Value::Object(more)) = (&mut value, more) {
            own.extend(more);
        }
        value
    }
}

fn measure(measure: &Measure) -> Value {
    let estimate = measure.estimate;
    json!({"what": measure.what, "value": estimate.value, "low": estimate.low, "high": estimate.high, "n": measure.n})
}

impl Measure {
    /// `0.5 [0.25, 1.0]`, or the number alone where it has no interval.
    #[must_use]
    pub fn with_interval(&self) -> String {
        let estimate = self.estimate;
        if estimate.low.total_cmp(&estimate.high).is_eq() {
            short(estimate.value)
        } else {
            format!("{} [{}, {}]", short(estimate.value), short(estimate.low), short(estimate.high))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::Estimate;

    #[test]
    fn an_interval_is_printed_where_there_is_one() {
        let of = |estimate| Measure { what: "it".to_owned(), estimate, n: 3 }.with_interval();
        assert_eq!(of(Estimate::exact(0.5)), "0.500");
        assert_eq!(of(Estimate { value: 0.5, low: 0.25, high: 1.0 }), "0.500 [0.250, 1.00]");
        assert_eq!(of(Estimate::exact(f64::NAN)), "–");
    }
}
