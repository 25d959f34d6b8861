//! Whether ranks are uniform, as simulation-based calibration asks: simultaneous bands for their ECDF. Knows no sampler.

use super::real;

/// Of a right procedure one in so many sets of ranks is called wrong.
const ALPHA: f64 = 1e-4;

/// Whether `ranks`, each from 0 to `draws`, stay inside a band that uniform ones leave once in 1/α (Säilynoja, Bürkner & Vehtari
/// 2022). The band is pointwise binomial; its level is found by following the ECDF as the Markov chain that it is.
///
/// # Errors
/// Where the ranks leave it.
pub fn uniform(ranks: &[usize], draws: usize) -> Result<(), String> {
    let n = ranks.len();
    let stride = (draws / 24).max(1);
    let points: Vec<usize> = (1..=draws).step_by(stride).collect();
    let z: Vec<f64> = points.iter().map(|point| real(*point) / real(draws + 1)).collect();
    let binomials = Binomials::new(n);
    let (mut low, mut high) = (0.0, ALPHA);
    for _ in 0..12 {
        let middle = 0.5 * (low + high);
        let bands: Vec<[usize; 2]> = z.iter().map(|z| binomials.band(*z, middle)).collect();
        if 1.0 - binomials.inside(&z, &bands) > ALPHA { high = middle } else { low = middle }
    }
    for (point, z) in points.iter().zip(&z) {
        let [least, most] = binomials.band(*z, low);
        let count = ranks.iter().filter(|rank| **rank < *point).count();
        if count < least || count > most {
            return Err(format!("{count} of {n} ranks are below {point} of {draws}: {least} to {most} were expected"));
        }
    }
    Ok(())
}

struct Binomials {
    n: usize,
    log_factorials: Vec<f64>,
}

impl Binomials {
    fn new(n: usize) -> Self {
        let mut log_factorials = vec![0.0; n + 1];
        for k in 1..=n {
            log_factorials[k] = log_factorials[k - 1] + real(k).ln();
        }
        Self { n, log_factorials }
    }

    fn probability(&self, n: usize, p: f64, k: usize) -> f64 {
        let choose = self.log_factorials[n] - self.log_factorials[k] - self.log_factorials[n - k];
        (choose + real(k) * p.ln() + real(n - k) * (1.0 - p).ln()).exp()
    }

    /// The γ/2 and 1 − γ/2 quantiles of Bin(n, z).
    fn band(&self, z: f64, gamma: f64) -> [usize; 2] {
        let mut below = 0.0;
        let mut band = [0, self.n];
        let mut begun = false;
        for k in 0..=self.n {
            below += self.probability(self.n, z, k);
            if !begun && below > gamma / 2.0 {
                (band[0], begun) = (k, true);
            }
            if below >= 1.0 - gamma / 2.0 {
                band[1] = k;
                break;
            }
        }
        band
    }

    /// The probability that a uniform ECDF is inside all bands.
    fn inside(&self, z: &[f64], bands: &[[usize; 2]]) -> f64 {
        let mut at = vec![(0, 1.0)];
        let mut before = 0.0;
        for (z, [least, most]) in z.iter().zip(bands) {
            let p = (z - before) / (1.0 - before);
            let mut next: Vec<(usize, f64)> = (*least..=*most).map(|count| (count, 0.0)).collect();
            for (from, weight) in &at {
                for (to, total) in next.iter_mut().filter(|(to, _)| to >= from) {
                    *total += weight * self.probability(self.n - from, p, *to - from);
                }
            }
            (at, before) = (next, *z);
        }
        at.iter().map(|(_, weight)| weight).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeds::{Purpose, Seeds};
    use rand::RngExt;

    #[test]
    fn uniform_ranks_pass_and_others_do_not() {
        let mut rng = Seeds(1).stream(Purpose::Draws, 0, 0);
        for (n, draws) in [(64, 31), (500, 31)] {
            let uniform_ranks: Vec<usize> = (0..n).map(|_| rng.random_range(0..=draws)).collect();
            uniform(&uniform_ranks, draws).unwrap();
            // Twice as narrow a posterior, one shifted by a quarter of its width, one too wide.
            let narrow: Vec<usize> =
                uniform_ranks.iter().map(|r| if *r < 16 { r / 2 } else { 31 - (31 - r) / 2 }).collect();
            assert!(uniform(&narrow, draws).is_err());
            let shifted: Vec<usize> = uniform_ranks.iter().map(|r| (r + 12).min(31)).collect();
            assert!(uniform(&shifted, draws).is_err());
        }
    }
}
