//! Numbers as they are read, and that no values make an unsound axis.

use super::*;
use proptest::prelude::*;

#[test]
fn bounds_are_padded_finite_and_distinct() {
    let scale = Scale::over([1.0, f64::NAN, 3.0, f64::INFINITY]);
    assert!((scale.low() - 0.9).abs() < 1e-12 && (scale.high() - 3.1).abs() < 1e-12);
    assert_eq!(Scale::over([]), Scale::between(0.0, 1.0));
    assert_eq!(Scale::over([f64::NAN, f64::NEG_INFINITY]), Scale::between(0.0, 1.0));
    let constant = Scale::over([0.0; 5]);
    assert!(constant.low() < -0.9 && constant.high() > 0.9);
    let rounding = Scale::over([0.1 + 0.2, 0.3]);
    assert!(rounding.high() - rounding.low() > 0.01, "rounding is not drawn as a mountain");
    assert_eq!(Scale::between(3.0, -1.0), Scale::between(-1.0, 3.0));
}

#[test]
fn logarithms_get_whole_decades() {
    let loss = Scale::log_over([0.013, 0.9, f64::NAN, 0.0, -1.0]);
    assert_eq!((loss.label(loss.low()), loss.label(loss.high())), ("0.01".into(), "1".into()));
    assert_eq!(loss.to_fraction(0.1), Some(0.5));
    assert_eq!(loss.to_fraction(0.0), None);
    assert_eq!(Scale::log_over([1.0]).to_fraction(1.0), Some(1.0));
    assert_eq!(Scale::log_over([]).ticks(5).len(), 2);
}

#[test]
fn ticks_are_round_and_few() {
    assert_eq!(Scale::between(-3.0, 3.0).ticks(3), [-2.0, 0.0, 2.0]);
    assert_eq!(Scale::between(0.0, 1.0).ticks(5), [0.0, 0.2, 0.4, 3.0 * 0.2, 0.8, 1.0]);
    assert_eq!(Scale::log_over([1e-6, 1.0]).ticks(3), [1e-6, 1e-4, 1e-2, 1.0]);
}

#[test]
fn moving_keeps_what_is_under_the_cursor() {
    let scale = Scale::between(0.0, 10.0);
    assert_eq!(scale.moved(0.5, 2.0, 0.0), Scale::between(2.5, 7.5));
    assert_eq!(scale.moved(0.0, 1.0, 0.1), Scale::between(1.0, 11.0));
    let mut close = Scale::between(1.0, 2.0);
    (0..200).for_each(|_| close = close.moved(0.5, 1.5, 0.0));
    assert!(close.low() < close.high(), "as close as rounding allows");
    let mut far = Scale::log_over([1.0, 10.0]);
    (0..200).for_each(|_| far = far.moved(0.5, 0.5, 0.0));
    assert!(far.high().is_finite() && far.low() > 0.0);
}

#[test]
fn numbers_as_they_are_read() {
    let table = [
        (-3.4, "−3.4"),
        (0.1, "0.1"),
        (12_345.0, "1.2e4"),
        (1e-5, "1e−5"),
        (0.0128, "0.0128"),
        (-0.0128, "−0.013"),
        (1.0, "1"),
        (0.0, "0"),
        (-0.0, "0"),
        (999.96, "1000"),
        (-1234.0, "−1234"),
        (9999.6, "1e4"),
        (2.71823, "2.72"),
        (-1e-4, "−1e−4"),
        (1.2e-4, "1.2e−4"),
        (-1.24e-3, "−0.001"),
        (1e100, "1e100"),
        (-1.5e-100, "−0"),
        (f64::NAN, "nan"),
        (f64::NEG_INFINITY, "−inf"),
        (100.0, "100"),
    ];
    for (value, wanted) in table {
        assert_eq!(short(value), wanted, "{value:e}");
    }
    assert_eq!((power(0.01), power(3.0), power(1.1e-4)), ("1e−2".into(), "3e0".into(), "1.1e−4".into()));
    let rates = [
        (0.0, "0"),
        (2.5, "2.5"),
        (85.4, "85"),
        (1234.0, "1.2k"),
        (211_800.0, "212k"),
        (9.97e3, "10k"),
        (3.4e6, "3.4M"),
    ];
    for (value, wanted) in rates {
        assert_eq!(rate(value), wanted);
    }
}

#[test]
fn labels_keep_their_decimals_along_an_axis() {
    let scale = Scale::between(-3.4, 1.3);
    assert_eq!([scale.label(-3.4), scale.label(0.0), scale.label(1.3)], ["−3.4", "0.0", "1.3"]);
    assert_eq!(Scale::between(0.0, 4000.0).label(4000.0), "4000");
    assert_eq!(Scale::between(0.10, 0.30).label(0.1), "0.10");
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<f64>(),
        -10.0..10.0_f64,
        prop::sample::select(vec![0.0, -0.0, f64::MAX, f64::MIN, f64::NAN, f64::INFINITY, 5e-324, 1e300, -1e300]),
    ]
}

proptest! {
    #[test]
    fn every_scale_is_sound(values in prop::collection::vec(number(), 0..6), probe in number(), wanted in 0_usize..60) {
        for scale in [Scale::over(values.clone()), Scale::log_over(values.clone())] {
            prop_assert!(scale.low.is_finite() && scale.high.is_finite() && scale.low < scale.high);
            prop_assert!((scale.high - scale.low).is_finite());
            if let Some(fraction) = scale.to_fraction(probe) {
                prop_assert!(fraction.is_finite());
            }
            for value in values.iter().filter(|value| value.is_finite() && value.abs() < 1e290) {
                let inside = scale.to_fraction(*value).is_none_or(|at| (-1e-9..=1.0 + 1e-9).contains(&at));
                prop_assert!(inside, "{value:e} in {scale:?}");
            }
            prop_assert!(scale.ticks(wanted).len() <= 150);
            prop_assert!(scale.label(probe).chars().count() <= WIDTH);
            let moved = scale.moved(0.3, 1.7, 0.2);
            prop_assert!(moved.low < moved.high && (moved.high - moved.low).is_finite());
        }
    }

    #[test]
    fn numbers_are_short(value in number()) {
        prop_assert!(short(value).chars().count() <= WIDTH, "{}", short(value));
        prop_assert!(power(value).chars().count() <= WIDTH);
        prop_assert!(rate(value).chars().count() <= 5);
    }

    #[test]
    fn short_numbers_say_what_they_mean(value in -1e6..1e6_f64) {
        let read: f64 = short(value).replace('−', "-").parse().unwrap();
        prop_assert!((read - value).abs() <= 0.06 * value.abs() + 5e-4, "{value} as {read}");
    }
}
