//! σ on lanes held to libm, and the product to its definition, at every level.

use super::elementary::visit;
use super::kernels::{Activate, Applied, Extent, Fetch, Finish, Product, Turn};
use super::lanes::{Lanes, Level, On, Step};
use super::real::Real;
use crate::function::{derivative, value};
use crate::model::Activation;
use proptest::prelude::*;

/// σ and σ′ at all `z`, whose number is a multiple of 16.
struct Everywhere<'a, T> {
    sigma: Activation,
    z: &'a [T],
}

impl<T: Real> Step<T> for Everywhere<'_, T> {
    type Out = (Vec<T>, Vec<T>);
    fn run<L: Lanes<Real = T>>(self, on: On<L>) -> Self::Out {
        let (mut h, mut slope) = (self.z.to_vec(), self.z.to_vec());
        let extent = Extent { rows: 1, vectors: h.len() / L::COUNT, stride: h.len() };
        let alpha = T::of(self.sigma.usual_alpha());
        let pass = Activate { extent, alpha, h: &mut h, slope: &mut slope };
        visit(self.sigma, Applied { on, pass });
        (h, slope)
    }
}

/// Numbers of every size up to `bound`, of both signs, dense where functions bend.
fn numbers<T: Real>(bound: f64) -> Vec<T> {
    let mut all = vec![0.0, 1e-30, 1e-12, 0.5, 1.0, bound];
    all.extend((0..20_000).map(|at| bound * (0.61803 * f64::from(at)).fract()));
    all.extend((0..20_000).map(|at| 4.0 * (0.41421 * f64::from(at)).fract()));
    all.extend((0..300).map(|at| 10_f64.powi(-(at % 30)) * 1.7));
    let mut all: Vec<T> = all.iter().flat_map(|&z| [T::of(z), T::of(-z)]).collect();
    all.resize(all.len().next_multiple_of(16), T::of(0.3));
    all
}

/// How far σ and σ′ may be from libm's, in ε times their size; what lies below the normal numbers may be 0.
const VALUE: f64 = 3.0;
const SLOPE: f64 = 5.5;

fn hold_to_libm<T: Real>(epsilon: f64, smallest: f64, normal: f64, bound: f64) {
    for level in Level::all() {
        for sigma in Activation::ALL {
            // Of a Gaussian's exponent every unit counts z²/2 times.
            let bound = if sigma == Activation::Gauss { 1.0 } else { bound };
            let z = numbers::<T>(bound);
            let (h, slope) = level.enter(Everywhere { sigma, z: &z });
            for ((z, h), slope) in z.iter().zip(&h).zip(&slope) {
                let alpha = T::of(sigma.usual_alpha()).wide();
                let (exact, steep) = (value(sigma, alpha, z.wide()), derivative(sigma, alpha, z.wide()));
                // Beside a zero that is not at 0 there is nothing to be relative to.
                let [of_value, of_slope] = match sigma {
                    Activation::Sin => [1.0, 1.0],
                    // libm's side is s(1 + z(1 − s)), which cancels.
                    Activation::Silu => [0.0, 4.0],
                    _ => [0.0, 0.0],
                };
                let near = |found: f64, exact: f64, units: f64, least: f64| {
                    (found - exact).abs() <= units * epsilon * exact.abs().max(least).max(smallest) + 4.0 * normal
                };
                let name = level.name();
                assert!(near(h.wide(), exact, VALUE, of_value), "{name} {sigma}({z:?}) is {h:?}, not {exact:e}");
                assert!(
                    near(slope.wide(), steep, SLOPE, of_slope),
                    "{name} {sigma}'({z:?}) is {slope:?}, not {steep:e}"
                );
            }
        }
    }
}

#[test]
fn sigma_in_f64_is_libms() {
    hold_to_libm::<f64>(f64::EPSILON, 1e-300, f64::MIN_POSITIVE, 700.0);
}

#[test]
fn sigma_in_f32_is_libms() {
    hold_to_libm::<f32>(f64::from(f32::EPSILON), 1e-34, f64::from(f32::MIN_POSITIVE), 80.0);
}

/// Far beyond what a reduced range can be told exactly from.
fn saturates<T: Real>(epsilon: f64, normal: f64, sizes: std::ops::Range<i32>) {
    let mut z: Vec<T> = sizes.flat_map(|size| [1.0, 1.7, -2.3, -9.1].map(|z| T::of(z * 10_f64.powi(size)))).collect();
    z.resize(z.len().next_multiple_of(16), T::of(-1e3));
    for level in Level::all() {
        for sigma in [Activation::Tanh, Activation::Sigmoid] {
            let (h, slope) = level.enter(Everywhere { sigma, z: &z });
            for ((z, h), slope) in z.iter().zip(h).zip(slope) {
                let exact = value(sigma, 0.0, z.wide());
                let name = level.name();
                assert!(
                    (h.wide() - exact).abs() <= 3.0 * epsilon * exact.abs() + normal,
                    "{name} {sigma}({z:?}) is {h:?}"
                );
                assert!(slope.wide().abs() <= normal, "{name} {sigma}'({z:?}) is {slope:?}");
            }
        }
    }
}

#[test]
fn what_is_saturated_stays_so() {
    saturates::<f64>(f64::EPSILON, f64::MIN_POSITIVE, 3..40);
    saturates::<f32>(f64::from(f32::EPSILON), f64::from(f32::MIN_POSITIVE), 3..9);
}

#[test]
fn nothing_hides_a_nan() {
    for level in Level::all() {
        for sigma in Activation::ALL {
            let z = [f64::NAN; 16];
            let (h, _) = level.enter(Everywhere { sigma, z: &z });
            assert!(h.iter().all(|h| h.is_nan()), "{} {sigma}", level.name());
        }
    }
}

/// A product by the engine.
struct Small<'a, T> {
    rows: usize,
    steps: usize,
    a: &'a [T],
    b: &'a [T],
    offset: &'a [T],
    columns: usize,
}

impl<T: Real> Step<T> for Small<'_, T> {
    type Out = Vec<T>;
    fn run<L: Lanes<Real = T>>(self, on: On<L>) -> Vec<T> {
        let mut c = vec![T::of(f64::NAN); self.rows * self.columns];
        on.run(Product {
            rows: self.rows,
            steps: self.steps,
            vectors: self.columns / L::COUNT,
            a: self.a,
            a_row: self.steps,
            a_step: 1,
            b: self.b,
            b_step: self.columns,
            offset: Some(self.offset),
            c: &mut c,
            c_row: self.columns,
            finish: Finish::Store,
        });
        c
    }
}

/// The transpose of 16n rows of 16m numbers.
struct Turned<'a, T> {
    rows: usize,
    columns: usize,
    from: &'a [T],
}

impl<T: Real> Step<T> for Turned<'_, T> {
    type Out = Vec<T>;
    fn run<L: Lanes<Real = T>>(self, on: On<L>) -> Vec<T> {
        let mut to = vec![T::of(f64::NAN); self.from.len()];
        let (rows, points, from) = (self.rows, self.columns, self.from);
        on.run(Turn { rows, points, from, from_row: points, to: &mut to, to_row: rows });
        to
    }
}

fn turned_is_transposed<T: Real>(number: impl Fn(usize) -> T) {
    let (rows, columns) = (32, 48);
    let from: Vec<T> = (0..rows * columns).map(number).collect();
    for level in Level::all() {
        let to = level.enter(Turned { rows, columns, from: &from });
        for row in 0..rows {
            for column in 0..columns {
                assert!(
                    to[column * rows + row].wide().to_bits() == from[row * columns + column].wide().to_bits(),
                    "{} {row} {column}",
                    level.name()
                );
            }
        }
    }
}

#[test]
#[allow(clippy::cast_precision_loss, reason = "small")]
fn turning_is_transposing() {
    turned_is_transposed(|at| at as f64);
    turned_is_transposed(|at| at as f32);
}

/// The chosen rows of rows of so many columns, as rows of points.
struct Fetched<'a, T> {
    columns: usize,
    from: &'a [T],
    chosen: &'a [usize],
}

impl<T: Real> Step<T> for Fetched<'_, T> {
    type Out = Vec<T>;
    fn run<L: Lanes<Real = T>>(self, on: On<L>) -> Vec<T> {
        let mut to = vec![T::of(f64::NAN); self.columns * T::TILE];
        on.run(Fetch { from: self.from, columns: self.columns, chosen: self.chosen, to: &mut to });
        to
    }
}

/// Up to nine columns, so that fours are whole, begun and one behind the other; no row begins where its neighbour's number is its own.
fn fetched_is_chosen<T: Real>(number: impl Fn(usize) -> T) {
    let chosen: Vec<usize> = (0..48).map(|at| (7 * at + 3) % 50).collect();
    for (level, columns) in
        Level::all().into_iter().flat_map(|level| (1..10_usize).map(move |columns| (level, columns)))
    {
        let apart = columns.next_multiple_of(4);
        let from: Vec<T> = (0..50 * apart).map(&number).collect();
        let to = level.enter(Fetched { columns, from: &from, chosen: &chosen });
        for (column, to) in to.chunks_exact(T::TILE).enumerate() {
            for (found, row) in to.iter().zip(&chosen) {
                let exact = from[row * apart + column].wide();
                assert!(found.wide().to_bits() == exact.to_bits(), "{} {columns}: {column} of {row}", level.name());
            }
        }
    }
}

#[test]
#[allow(clippy::cast_precision_loss, reason = "small")]
fn what_is_fetched_is_what_was_chosen() {
    fetched_is_chosen(|at| at as f64);
    fetched_is_chosen(|at| at as f32);
}

proptest! {
    /// Every number of rows, so that every shape of block is met; integers, so that no order of summation matters.
    #[test]
    fn a_product_is_the_sum_of_products(rows in 1_usize..20, steps in 1_usize..7, vectors in 1_usize..8, seed in 0_i32..100) {
        let columns = 16 * vectors;
        let number = |at: usize| f64::from((i32::try_from(at).unwrap() * 37 + seed) % 19 - 9);
        let a: Vec<f64> = (0..rows * steps).map(number).collect();
        let b: Vec<f64> = (0..steps * columns).map(|at| number(at + 5)).collect();
        let offset: Vec<f64> = (0..rows).map(|at| number(at + 11)).collect();
        for level in Level::all() {
            let c = level.enter(Small { rows, steps, a: &a, b: &b, offset: &offset, columns });
            for row in 0..rows {
                for column in 0..columns {
                    let sum: f64 = (0..steps).map(|i| a[row * steps + i] * b[i * columns + column]).sum();
                    let (found, exact) = (c[row * columns + column], offset[row] + sum);
                    prop_assert!((found - exact).abs() < 0.5, "{} {row} {column}: {found}, not {exact}", level.name());
                }
            }
        }
    }
}
