//! E-BFMI: whether a Hamiltonian sampler's energies move as freely as their distribution is wide. Knows no other diagnostic.

use super::{is_sound, moments, real};
use ndarray::ArrayView2;

/// `mean((E_t` − E_{t−1})²)/Var(E) of every chain (Betancourt 2017): below 0.3 the tails are hardly reached.
#[must_use]
pub fn e_bfmi(energy: ArrayView2<f64>) -> Vec<f64> {
    let each = energy.rows().into_iter().map(|chain| {
        if !is_sound(chain.insert_axis(ndarray::Axis(0))) {
            return f64::NAN;
        }
        let moves = chain.iter().zip(chain.iter().skip(1)).map(|(one, next)| (next - one).powi(2));
        moves.sum::<f64>() / real(chain.len() - 1) / moments(chain.iter().copied()).1
    });
    each.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    /// 1, 2, 4, 3: moves 1, 4, 1; variance 5/3. A constant has no variance to compare with.
    #[test]
    fn by_hand() {
        let found = e_bfmi(array![[1., 2., 4., 3.], [1., f64::NAN, 4., 3.], [2., 2., 2., 2.]].view());
        assert!((found[0] - 2.0 / (5.0 / 3.0)).abs() < 1e-15);
        assert!(found[1].is_nan() && found[2].is_nan());
    }
}
