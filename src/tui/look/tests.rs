//! What the environment decides, and that colours differ from each other and from their background.

use super::*;
use std::collections::BTreeSet;

fn chosen(flags: LookFlags, variables: &[(&str, &str)]) -> Look {
    let env = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
    Look::choose(&flags, &env)
}

/// Variables, and the marker and the colours that they mean.
type Case<'a> = (&'a [(&'a str, &'a str)], Marker, Colours);

#[test]
fn the_environment_decides_in_its_order() {
    use Colours as C;
    use Marker as M;
    let utf8 = ("LANG", "de_DE.UTF-8");
    let table: [Case; 10] = [
        (&[utf8, ("TERM", "xterm-256color")], M::Braille, C::Dark),
        (&[utf8, ("TERM", "xterm"), ("COLORTERM", "truecolor")], M::Braille, C::Dark),
        (&[utf8, ("TERM", "xterm-256color"), ("COLORFGBG", "0;15")], M::Braille, C::Light),
        (&[utf8, ("TERM", "linux"), ("COLORTERM", "truecolor")], M::Half, C::Sixteen),
        (&[utf8, ("TERM", "vt220")], M::Braille, C::Sixteen),
        (&[utf8, ("TERM", "dumb")], M::Braille, C::Mono),
        (&[utf8, ("TERM", "xterm-256color"), ("NO_COLOR", "1")], M::Braille, C::Mono),
        (&[utf8, ("TERM", "xterm-256color"), ("NO_COLOR", "")], M::Braille, C::Dark),
        (&[utf8, ("LC_ALL", "C"), ("TERM", "xterm-256color")], M::Ascii, C::Dark),
        (&[("LC_CTYPE", "en_GB.utf8"), ("LANG", "C"), ("TERM", "tmux")], M::Braille, C::Sixteen),
    ];
    for (variables, marker, colours) in table {
        let look = chosen(LookFlags::default(), variables);
        assert_eq!((look.marker, look.palette.colours), (marker, colours), "{variables:?}");
    }
}

#[test]
fn flags_win_over_the_environment() {
    let flags = LookFlags { marker: Some(Marker::Braille), palette: Some(Colours::Light) };
    let look = chosen(flags, &[("NO_COLOR", "1"), ("LANG", "C"), ("TERM", "xterm-256color")]);
    assert_eq!((look.marker, look.palette.colours), (Marker::Braille, Colours::Light));
    assert_eq!(*look.glyphs, Glyphs::UTF8);
    assert_eq!(*look.with_marker(Marker::Ascii).glyphs, Glyphs::ASCII);
    assert_eq!(*look.with_marker(Marker::Ascii).with_marker(Marker::Braille).glyphs, Glyphs::UTF8);
}

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
    for colours in [Colours::Dark, Colours::Light, Colours::Sixteen] {
        for depth in [Depth::Sixteen, Depth::Indexed, Depth::Rgb] {
            let palette = Palette::new(colours, depth);
            let mut seen: BTreeSet<String> = (0..8).map(|place| format!("{:?}", palette.stage(place))).collect();
            seen.insert(format!("{:?}", palette.selected));
            assert_eq!(seen.len(), 9, "{colours:?} {depth:?}");
        }
    }
}

/// Relative luminance and contrast as WCAG 2 defines them.
fn contrast(one: u32, other: u32) -> f64 {
    let luminance = |rgb: u32| {
        let [_, red, green, blue] = rgb.to_be_bytes().map(|level| {
            let level = f64::from(level) / 255.0;
            if level <= 0.04045 { level / 12.92 } else { ((level + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05
    };
    let (one, other) = (luminance(one), luminance(other));
    one.max(other) / one.min(other)
}

#[test]
fn what_is_read_stands_out_from_its_background() {
    let read = STAGES.iter().chain([&FOCUS, &HEADING, &GOOD, &WARN, &BAD, &SELECTED, &TRAIN]);
    for shade in read {
        assert!(contrast(shade.dark, 0x18_1a_22) >= 4.5, "{:06x} on dark", shade.dark);
        assert!(contrast(shade.light, 0xff_ff_ff) >= 4.5, "{:06x} on light", shade.light);
    }
    assert!(contrast(DIM.dark, 0x18_1a_22) >= 3.0 && contrast(DIM.light, 0xff_ff_ff) >= 3.0);
}

#[test]
fn the_cube_and_the_greys_are_found_again() {
    for index in 16..=255_u8 {
        let [red, green, blue] = indexed_rgb(index);
        let found = nearest_index(u32::from_be_bytes([0, red, green, blue]));
        assert_eq!(indexed_rgb(found), [red, green, blue]);
    }
}
