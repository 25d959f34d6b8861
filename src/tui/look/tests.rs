//! What the environment and the flags decide.

use super::*;

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
    let table: [Case; 11] = [
        (&[utf8, ("TERM", "xterm-256color")], M::Braille, C::Any),
        (&[utf8, ("TERM", "xterm-256color"), ("COLORFGBG", "15;0")], M::Braille, C::Dark),
        (&[utf8, ("TERM", "xterm"), ("COLORTERM", "truecolor")], M::Braille, C::Any),
        (&[utf8, ("TERM", "xterm-256color"), ("COLORFGBG", "0;15")], M::Braille, C::Light),
        (&[utf8, ("TERM", "linux"), ("COLORTERM", "truecolor")], M::Half, C::Sixteen),
        (&[utf8, ("TERM", "vt220")], M::Braille, C::Sixteen),
        (&[utf8, ("TERM", "dumb")], M::Braille, C::Mono),
        (&[utf8, ("TERM", "xterm-256color"), ("NO_COLOR", "1")], M::Braille, C::Mono),
        (&[utf8, ("TERM", "xterm-256color"), ("NO_COLOR", "")], M::Braille, C::Any),
        (&[utf8, ("LC_ALL", "C"), ("TERM", "xterm-256color")], M::Ascii, C::Any),
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

#[test]
fn colours_asked_for_by_name_are_more_than_sixteen() {
    let flags = |palette| LookFlags { palette: Some(palette), marker: None };
    let poor = [("TERM", "xterm"), ("LANG", "C.UTF-8")];
    for colours in [Colours::Any, Colours::Dark, Colours::Light] {
        assert_eq!(chosen(flags(colours), &poor).depth, Depth::Indexed, "{colours:?}");
        assert_eq!(chosen(flags(colours), &[("COLORTERM", "truecolor")]).depth, Depth::Rgb, "{colours:?}");
    }
    assert_eq!(chosen(flags(Colours::Sixteen), &poor).depth, Depth::Sixteen);
}

#[test]
fn every_marker_can_be_asked_for_in_any_locale() {
    for (marker, glyphs) in [
        (Marker::Octant, Glyphs::UTF8),
        (Marker::Quadrant, Glyphs::UTF8),
        (Marker::Half, Glyphs::CONSOLE),
        (Marker::Ascii, Glyphs::ASCII),
    ] {
        let look = chosen(LookFlags { marker: Some(marker), palette: None }, &[("LANG", "C")]);
        assert_eq!((look.marker, look.glyphs), (marker, &glyphs));
    }
}
