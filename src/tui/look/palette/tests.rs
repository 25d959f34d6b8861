//! That colours are told from each other, also by the colour-blind, and stand out from their background.

use super::*;
use std::collections::BTreeSet;

fn styles(palette: &Palette) -> Vec<Style> {
    let mut all = vec![
        palette.text,
        palette.dim,
        palette.frame,
        palette.focus,
        palette.heading,
        palette.good,
        palette.warn,
        palette.bad,
        palette.select,
        palette.train,
        palette.test,
        palette.element,
        palette.selected,
        palette.band,
    ];
    all.extend((0..9).map(|place| palette.stage(place)));
    all.extend((0..12).map(|index| palette.variant(index)));
    all
}

#[test]
fn mono_has_no_colour_and_sixteen_only_named_ones() {
    let coloured =
        |style: &Style| [style.fg, style.bg].into_iter().flatten().filter(|colour| *colour != Color::Reset).count();
    for depth in [Depth::Mono, Depth::Sixteen, Depth::Indexed, Depth::Rgb] {
        assert!(styles(&Palette::new(Colours::Mono, depth)).iter().all(|style| coloured(style) == 0));
        let sixteen = styles(&Palette::new(Colours::Sixteen, depth));
        let plain = |colour: Option<Color>| !matches!(colour, Some(Color::Rgb(..) | Color::Indexed(_)));
        assert!(sixteen.iter().all(|style| plain(style.fg) && plain(style.bg)));
    }
    let mono = Palette::new(Colours::Mono, Depth::Rgb);
    assert!(mono.select.add_modifier.contains(Modifier::REVERSED));
    assert!(mono.focus.add_modifier.contains(Modifier::BOLD));
}

#[test]
fn stages_differ_from_each_other_and_from_the_selected_element_at_every_depth() {
    for colours in [Colours::Any, Colours::Dark, Colours::Light, Colours::Sixteen] {
        for depth in [Depth::Sixteen, Depth::Indexed, Depth::Rgb] {
            let palette = Palette::new(colours, depth);
            let mut seen: BTreeSet<String> = (0..8).map(|place| format!("{:?}", palette.stage(place))).collect();
            seen.insert(format!("{:?}", palette.selected));
            assert_eq!(seen.len(), 9, "{colours:?} {depth:?}");
        }
    }
}

fn rgb(color: Option<Color>) -> [u8; 3] {
    match color {
        Some(Color::Rgb(red, green, blue)) => [red, green, blue],
        Some(Color::Indexed(index @ 16..)) => indexed_rgb(index),
        other => panic!("{other:?} is no colour of its own"),
    }
}

/// Contrast as WCAG 2 defines it: from 1 to 21.
fn contrast(one: [u8; 3], other: [u8; 3]) -> f64 {
    let luminance = |rgb| {
        let [red, green, blue] = linear(rgb);
        0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05
    };
    let (one, other) = (luminance(one), luminance(other));
    one.max(other) / one.min(other)
}

const BLACK: [u8; 3] = [0; 3];
const WHITE: [u8; 3] = [255; 3];
/// A dark ground as editors and terminals like it, which is not black.
const SLATE: [u8; 3] = [0x18, 0x1a, 0x22];
/// The palettes that have colours of their own, the grounds they are for, and the least contrast there.
const GROUNDS: [(Colours, [u8; 3], f64); 5] = [
    (Colours::Dark, BLACK, 4.5),
    (Colours::Dark, SLATE, 4.2),
    (Colours::Light, WHITE, 4.5),
    (Colours::Any, BLACK, 4.0),
    (Colours::Any, WHITE, 3.0),
];

/// WCAG asks for 4.5 where text is read and for 3 where shapes are; frames and what lies behind a curve are to be faint.
#[test]
fn every_colour_stands_out_from_black_or_white() {
    for (colours, ground, least) in GROUNDS {
        for depth in [Depth::Indexed, Depth::Rgb] {
            let palette = Palette::new(colours, depth);
            let Palette { dim, focus, heading, good, warn, bad, train, test, selected, .. } = palette;
            let mut read = vec![dim, focus, heading, good, warn, bad, train, test, selected];
            read.extend((0..8).map(|place| palette.stage(place)));
            for (at, style) in read.iter().enumerate() {
                let found = contrast(rgb(style.fg), ground);
                assert!(found >= least, "{colours:?} {depth:?} {at}: {:02x?} has {found:.2} of {least}", rgb(style.fg));
            }
            for faint in [palette.frame, palette.element, palette.band] {
                let found = contrast(rgb(faint.fg), ground);
                assert!((1.7..=7.5).contains(&found), "{colours:?} {depth:?} {:02x?}: {found:.2}", rgb(faint.fg));
            }
        }
    }
}

/// The selected row is read on its own ground: with the terminal's text where that is known, else with its own.
#[test]
fn the_selected_row_is_read() {
    for depth in [Depth::Indexed, Depth::Rgb] {
        for (colours, text) in [(Colours::Dark, WHITE), (Colours::Light, BLACK)] {
            let select = Palette::new(colours, depth).select;
            assert!(select.fg.is_none() && contrast(rgb(select.bg), text) >= 7.0, "{colours:?}");
        }
        let select = Palette::new(Colours::Any, depth).select;
        assert!(contrast(rgb(select.bg), rgb(select.fg)) >= 7.0);
    }
}

/// What is seen of linear red, green and blue without the long, the middle or the short cones (Machado, Oliveira and
/// Fernandes 2009, severity 1); the first is everybody else's.
const SIGHTS: [(&str, [[f64; 3]; 3]); 4] = [
    ("all cones", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
    (
        "protanopia",
        [[0.152_286, 1.052_583, -0.204_868], [0.114_503, 0.786_281, 0.099_216], [-0.003_882, -0.048_116, 1.051_998]],
    ),
    (
        "deuteranopia",
        [[0.367_322, 0.860_646, -0.227_968], [0.280_085, 0.672_501, 0.047_413], [-0.011_820, 0.042_940, 0.968_881]],
    ),
    (
        "tritanopia",
        [[1.255_528, -0.076_749, -0.178_779], [-0.078_411, 0.930_809, 0.147_602], [0.004_733, 0.691_367, 0.303_900]],
    ),
];

/// Distances in Oklab; 0.02 is about what can just be told side by side. Four stages are what one mostly sees.
#[test]
fn stages_are_told_apart_whatever_the_eye() {
    for colours in [Colours::Any, Colours::Dark, Colours::Light] {
        for depth in [Depth::Indexed, Depth::Rgb] {
            let palette = Palette::new(colours, depth);
            let all: Vec<[u8; 3]> =
                (0..8).map(|place| palette.stage(place)).chain([palette.selected]).map(|style| rgb(style.fg)).collect();
            for (sight, matrix) in SIGHTS {
                let seen = |rgb: [u8; 3]| oklab(times(matrix, linear(rgb)).map(|level| level.clamp(0.0, 1.0)));
                for (one, other) in (0..9).flat_map(|one| (0..one).map(move |other| (one, other))) {
                    let pair = seen(all[one]).into_iter().zip(seen(all[other]));
                    let apart = pair.map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
                    let least = match (sight, one < 4) {
                        ("all cones", true) => 0.13,
                        ("all cones", false) => 0.07,
                        (_, true) => 0.06,
                        (_, false) => 0.02,
                    };
                    assert!(
                        apart >= least,
                        "{colours:?} {depth:?} {sight}: {one} and {other} are {apart:.3} apart, {:02x?} {:02x?}",
                        all[one],
                        all[other]
                    );
                }
            }
        }
    }
}

#[test]
fn the_cube_and_the_greys_are_found_again() {
    for index in 16..=255_u8 {
        let rgb = indexed_rgb(index);
        assert_eq!(indexed_rgb(nearest_index(rgb)), rgb);
    }
}
