//! A value of a heat map as a colour or a character: two hues about a quiet middle, or shades. Knows no axis and no plot.

use super::palette::{shade, tone};
use super::{Colours, Depth, Look, Marker};
use ratatui::style::{Color, Modifier, Style};

/// Low, middle and high on dark and on light: muted, so that points and lines in front of them read.
const LOW: [u32; 2] = [0x2f_6f_b8, 0x86_b4_ee];
pub(super) const MIDDLE: [u32; 2] = [0x1d_1f_27, 0xf3_f4_f7];
const HIGH: [u32; 2] = [0xb8_6a_1c, 0xf2_b4_66];
/// Shades from empty to full, where a cell's character is all there is.
const ASCII: [char; 10] = [' ', '.', ':', '-', '=', '+', '*', '#', '%', '@'];
const BLOCKS: [char; 5] = [' ', '░', '▒', '▓', '█'];

/// Colours of the ramp, less one: finer is not seen, and every change is bytes over a link.
const STEPS: f64 = 32.0;

/// How one cell shows the two values of its halves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shaded {
    /// The character.
    pub symbol: char,
    /// Its colours.
    pub style: Style,
}

impl Look {
    /// The colour of a share from 0 to 1 on a ramp whose middle is ½; what is not a number has the middle's.
    #[must_use]
    pub fn ramp(&self, share: f64) -> Color {
        // In so many steps: neighbours share a colour, and a cell is written again only when it has moved by one.
        let share = if share.is_nan() { 0.5 } else { (share.clamp(0.0, 1.0) * STEPS).round() / STEPS };
        let (end, part, sixteen) =
            if share < 0.5 { (LOW, 1.0 - 2.0 * share, Color::Blue) } else { (HIGH, 2.0 * share - 1.0, Color::Yellow) };
        let mixed = |ground: usize| mix(MIDDLE[ground], end[ground], part);
        // The cell's ground is ours, so what is made for dark holds where the terminal's is not known.
        tone(&shade([mixed(0), mixed(1), mixed(0)], sixteen), self.palette.colours, self.depth)
    }

    /// The style of a point of class 1, or of class 0: the ramp's hues, bright enough to stand on them.
    #[must_use]
    pub fn class(&self, one: bool) -> Style {
        if self.palette.colours == Colours::Mono {
            return Style::new().add_modifier(Modifier::BOLD);
        }
        let bright = if one {
            shade([0xff_d0_80, 0x7a_40_00, 0xff_d0_80], Color::Yellow)
        } else {
            shade([0xa8_d4_ff, 0x10_44_90, 0xa8_d4_ff], Color::Blue)
        };
        Style::new().fg(tone(&bright, self.palette.colours, self.depth)).add_modifier(Modifier::BOLD)
    }

    /// The character of a point of class 1, or of class 0; filled where it is learned from, hollow where it is held out.
    #[must_use]
    pub fn class_glyph(&self, one: bool, held_out: bool) -> char {
        let ascii = self.glyphs.train.is_ascii();
        match (one, held_out) {
            (true, false) => {
                if ascii {
                    'O'
                } else {
                    '●'
                }
            }
            (true, true) => {
                if ascii {
                    'o'
                } else {
                    '○'
                }
            }
            (false, false) => {
                if ascii {
                    'X'
                } else {
                    '■'
                }
            }
            (false, true) => {
                if ascii {
                    'x'
                } else {
                    '□'
                }
            }
        }
    }

    /// Whether a cell holds two values, by its background and the upper half block: not where colours are few, since none of the
    /// sixteen is a middle on both a black and a white terminal.
    #[must_use]
    pub fn has_halves(&self) -> bool {
        let few = matches!(self.palette.colours, Colours::Mono | Colours::Sixteen);
        !few && matches!(self.depth, Depth::Indexed | Depth::Rgb) && self.marker != Marker::Ascii
    }

    /// A cell whose upper half has the share `upper` of the ramp and whose lower half `lower`.
    ///
    /// Without colour the shade grows from the low end to the high one; in sixteen colours it grows from the middle to both ends,
    /// which have hues of their own.
    #[must_use]
    pub fn shaded(&self, upper: f64, lower: f64) -> Shaded {
        if self.has_halves() {
            return halves(self.ramp(upper), self.ramp(lower));
        }
        let share = 0.5 * (upper + lower);
        if share.is_nan() {
            return Shaded { symbol: ' ', style: Style::new() };
        }
        let ramp: &[char] = if self.marker == Marker::Ascii { &ASCII } else { &BLOCKS };
        if self.palette.colours == Colours::Mono {
            return Shaded { symbol: step(ramp, share), style: Style::new() };
        }
        let style = Style::new().fg(if share < 0.5 { self.ramp(0.0) } else { self.ramp(1.0) });
        Shaded { symbol: step(ramp, (2.0 * share - 1.0).abs()), style }
    }
}

impl Look {
    /// A cell whose halves have these likeliest classes of `count`, each as sure as its share from 0 to 1.
    ///
    /// A class has a stage's hue; without colour, a shade.
    #[must_use]
    pub fn classed(&self, [upper, lower]: [(usize, f64); 2], count: usize) -> Shaded {
        let ramp: &[char] = if self.marker == Marker::Ascii { &ASCII } else { &BLOCKS };
        if self.has_halves() {
            let ground = |(class, sure): (usize, f64)| {
                self.palette.ground(class, 0.12 + 0.3 * (sure * 8.0).round() / 8.0, self.depth)
            };
            return halves(ground(upper), ground(lower));
        }
        if self.palette.colours == Colours::Mono {
            #[expect(clippy::cast_precision_loss, reason = "classes are few")]
            let share = upper.0 as f64 / (count - 1).max(1) as f64;
            return Shaded { symbol: step(ramp, 0.7 * share), style: Style::new() };
        }
        Shaded { symbol: step(ramp, 0.6 * upper.1), style: self.palette.stage(upper.0) }
    }
}

/// A cell of two colours. Where they are one, as in three cells of four, it is a blank on it: a byte instead of three, and the
/// pen keeps its other colour, which together is a third to a half of what a heat map sends.
fn halves(upper: Color, lower: Color) -> Shaded {
    let ground = Style::new().bg(lower);
    if upper == lower {
        Shaded { symbol: ' ', style: ground }
    } else {
        Shaded { symbol: '▀', style: ground.fg(upper) }
    }
}

/// The character of a share; both ends are as wide as the others.
fn step(ramp: &[char], share: f64) -> char {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a place among ten"
    )]
    let place = (share * ramp.len() as f64).floor().max(0.0) as usize;
    ramp[place.min(ramp.len() - 1)]
}

/// Part of the way from one colour to another, a channel at a time.
pub(super) fn mix(from: u32, to: u32, part: f64) -> u32 {
    let ([_, r, g, b], [_, red, green, blue]) = (from.to_be_bytes(), to.to_be_bytes());
    let channel = |from: u8, to: u8| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between two bytes")]
        let mixed = (f64::from(from) + part * (f64::from(to) - f64::from(from))).round() as u8;
        mixed
    };
    u32::from_be_bytes([0, channel(r, red), channel(g, green), channel(b, blue)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::look::LookFlags;

    fn look(marker: Option<Marker>, colours: Colours, env: &'static [(&str, &str)]) -> Look {
        Look::choose(&LookFlags { marker, palette: Some(colours) }, &|name| {
            env.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    const TRUE: &[(&str, &str)] = &[("LANG", "C.UTF-8"), ("COLORTERM", "truecolor"), ("TERM", "xterm-256color")];

    #[test]
    fn in_many_colours_a_cell_holds_two_values() {
        let look = look(None, Colours::Dark, TRUE);
        let cell = look.shaded(0.0, 1.0);
        assert_eq!((cell.symbol, cell.style.fg, cell.style.bg), ('▀', Some(look.ramp(0.0)), Some(look.ramp(1.0))));
        let cell = look.shaded(0.3, 0.3);
        assert_eq!((cell.symbol, cell.style.fg, cell.style.bg), (' ', None, Some(look.ramp(0.3))));
        let shades: Vec<Color> = (0..=20).map(|step| look.ramp(f64::from(step) / 20.0)).collect();
        assert!((1..shades.len()).all(|at| shades[at] != shades[at - 1]), "{shades:?}");
        assert_eq!((look.ramp(f64::NAN), look.ramp(9.0)), (look.ramp(0.5), look.ramp(1.0)));
    }

    #[test]
    fn without_colour_shades_grow_from_low_to_high() {
        for (marker, last) in [(Marker::Braille, '█'), (Marker::Ascii, '@')] {
            let look = look(Some(marker), Colours::Mono, TRUE);
            let symbols: String =
                (0..=100).map(|share| look.shaded(f64::from(share) / 100.0, f64::from(share) / 100.0).symbol).collect();
            let mut distinct: Vec<char> = symbols.chars().collect();
            distinct.dedup();
            let ramp: &[char] = if marker == Marker::Ascii { &ASCII } else { &BLOCKS };
            assert_eq!(distinct, ramp, "each shade once, in order");
            assert!(symbols.ends_with(last) && look.shaded(0.3, 0.3).style == Style::new());
        }
    }

    #[test]
    fn in_sixteen_colours_shades_grow_to_both_ends() {
        let look = look(None, Colours::Sixteen, TRUE);
        let [low, middle, high] = [0.0, 0.5, 1.0].map(|share| look.shaded(share, share));
        assert_eq!((low.symbol, middle.symbol, high.symbol), ('█', ' ', '█'));
        assert_ne!(low.style.fg, high.style.fg);
        assert_eq!(look.shaded(0.0, f64::NAN).symbol, ' ');
    }
}
