//! The essay's claims as experiments, one file a claim: what is claimed (in our words), what exactly is asked, a design and a
//! rule written down apart from any result, and the run. Knows no screen; no verdict stands anywhere but in what a run found.

mod c01_dense;
mod c02_letters;
mod c03_bayes;
mod c04_layers;
mod c05_reduced;
mod c06_residual;
mod c07_collapse;
mod c08_threshold;
mod c09_plain;
mod c10_deeper;
mod c11_scale;
mod c12_convolution;
mod c13_fewer;
mod c14_leaky;
mod c15_easier;
mod c16_prior;
mod c17_visible;
mod result;

use super::{Estimate, Failure, Figure, Lab, Table};
use crate::text::{Problem, nearest};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A claim and its experiment.
#[derive(Debug)]
pub struct Claim {
    /// `C8`.
    pub name: &'static str,
    /// A few words for it.
    pub title: &'static str,
    /// What is claimed, in our words.
    pub claim: &'static str,
    /// What exactly is asked.
    pub statement: &'static str,
    /// Model, data, seeds and statistic.
    pub design: &'static str,
    /// What gives which verdict.
    pub rule: &'static str,
    /// Where the claim leaves room, and what we take it to mean.
    pub remark: &'static str,
    /// The built-in preset that shows it.
    pub preset: Option<&'static str>,
    /// The experiment.
    pub run: fn(&Lab) -> Result<Found, Failure>,
}

/// What a run says of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As it stands.
    Holds,
    /// With the correction that the statement makes.
    Corrected,
    /// Not so.
    Fails,
    /// The runs cannot tell.
    NotSeen,
    /// Too few runs for the rule: the figures only.
    Quick,
}

impl Verdict {
    /// As it is printed.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Corrected => "holds with a correction",
            Self::Fails => "fails",
            Self::NotSeen => "no difference seen",
            Self::Quick => "quick",
        }
    }
}

/// One number that was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    /// Of what.
    pub what: String,
    /// The number, with its interval where something random went in.
    pub estimate: Estimate,
    /// Runs it is made of.
    pub n: usize,
}

/// What an experiment found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// By the claim's rule.
    pub verdict: Verdict,
    /// The first is the one that a table shows.
    pub measures: Vec<Measure>,
    /// What it would look like.
    pub figures: Vec<Figure>,
    /// Every run.
    pub tables: Vec<Table>,
    /// Times that were measured, in seconds: no two runs have the same.
    pub times: Vec<(&'static str, f64)>,
}

impl Found {
    /// Nothing yet.
    const fn new() -> Self {
        Self {
            verdict: Verdict::NotSeen,
            measures: Vec::new(),
            figures: Vec::new(),
            tables: Vec::new(),
            times: Vec::new(),
        }
    }

    /// Notes a number; gives it back.
    fn note(&mut self, what: impl Into<String>, n: usize, estimate: Estimate) -> Estimate {
        self.measures.push(Measure { what: what.into(), estimate, n });
        estimate
    }

    /// Notes a number that nothing random went into.
    fn exact(&mut self, what: impl Into<String>, n: usize, value: f64) -> f64 {
        self.note(what, n, Estimate::exact(value)).value
    }

    /// The verdict, if there were runs enough for the rule.
    fn judged(mut self, enough: bool, verdict: Verdict) -> Self {
        self.verdict = if enough { verdict } else { Verdict::Quick };
        self
    }

    /// The measure of that name, or else the first whose name begins so.
    #[must_use]
    pub fn measure(&self, what: &str) -> Option<&Measure> {
        let named = self.measures.iter().find(|measure| measure.what == what);
        named.or_else(|| self.measures.iter().find(|measure| measure.what.starts_with(what)))
    }
}

/// Seeds (or random functions) that a rule about medians wants.
const ENOUGH: usize = 20;

/// All claims, in the essay's order.
pub static CLAIMS: [&Claim; 17] = [
    &c01_dense::CLAIM,
    &c02_letters::CLAIM,
    &c03_bayes::CLAIM,
    &c04_layers::CLAIM,
    &c05_reduced::CLAIM,
    &c06_residual::CLAIM,
    &c07_collapse::CLAIM,
    &c08_threshold::CLAIM,
    &c09_plain::CLAIM,
    &c10_deeper::CLAIM,
    &c11_scale::CLAIM,
    &c12_convolution::CLAIM,
    &c13_fewer::CLAIM,
    &c14_leaky::CLAIM,
    &c15_easier::CLAIM,
    &c16_prior::CLAIM,
    &c17_visible::CLAIM,
];

/// The claim called `name`: `C8`, `c8` or `8`.
///
/// # Errors
/// There is none of that name; the nearest.
pub fn find(name: &str) -> Result<&'static Claim, Problem> {
    let number = name.trim().trim_start_matches(['c', 'C']);
    let found = CLAIMS.iter().find(|claim| claim.name.trim_start_matches('C') == number);
    found.copied().ok_or_else(|| {
        let known: Vec<&str> = CLAIMS.iter().map(|claim| claim.name).collect();
        let near = nearest(&name.to_uppercase(), known.iter().copied());
        let hint = near.map_or_else(|| format!("there are {}", known.join(", ")), |near| format!("nearest: {near}"));
        Problem::new(&format!("there is no claim {}; {hint}", crate::text::Clean::excerpt(name)))
    })
}

impl Claim {
    /// Does the experiment. One that panics could not be done; the others go on.
    ///
    /// # Errors
    /// That it could not be done, or was stopped.
    pub fn test(&self, lab: &Lab) -> Result<Found, Failure> {
        let done = catch_unwind(AssertUnwindSafe(|| (self.run)(lab)));
        done.unwrap_or_else(|panic| {
            let said = panic.downcast_ref::<String>().map(String::as_str);
            let said = said.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no reason given");
            Err(Failure::broken(&format!("the experiment broke: {said}")))
        })
    }
}

/// A number in few digits, as pictures write it.
#[must_use]
pub fn short(value: f64) -> String {
    match value.abs() {
        _ if !value.is_finite() => "–".to_owned(),
        0.0 => "0".to_owned(),
        size if !(1e-3..1e4).contains(&size) => format!("{value:.1e}"),
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_are_found_by_number_and_numbered_in_order() {
        for (at, claim) in CLAIMS.iter().enumerate() {
            assert_eq!(claim.name, format!("C{}", at + 1));
            for name in [claim.name.to_owned(), format!("c{}", at + 1), format!("{}", at + 1)] {
                assert_eq!(find(&name).unwrap().name, claim.name);
            }
        }
        assert!(find("C99").unwrap_err().to_string().contains("C9"));
        assert!(find("everything").unwrap_err().to_string().contains("there are C1"));
    }

    #[test]
    fn every_claim_says_what_it_does_before_it_does_it() {
        for claim in CLAIMS {
            for text in [claim.title, claim.claim, claim.statement, claim.design, claim.rule, claim.remark] {
                assert!(text.len() > 8 && text.len() < 900 && !text.contains('\n'), "{}: {text}", claim.name);
            }
            assert!(claim.title.chars().count() <= 34, "{}", claim.name);
            if let Some(preset) = claim.preset {
                assert!(crate::preset::find(preset).is_ok(), "{preset}");
            }
        }
    }

    #[test]
    fn numbers_in_few_digits() {
        for (value, text) in [
            (0.0, "0"),
            (0.03125, "0.031"),
            (1.5, "1.50"),
            (56.03, "56.0"),
            (1234.5, "1234"),
            (5e-15, "5.0e-15"),
            (f64::NAN, "–"),
        ] {
            assert_eq!(short(value), text);
        }
    }
}
