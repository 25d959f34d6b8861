//! What a terminal's colours are on a page: the ground, the ink, the sixteen. Knows no cell's place.

use crate::tui::look::{Colours, Palette, indexed_rgb, sixteenth};
use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier};

/// Red, green, blue.
pub(super) type Rgb = [u8; 3];

/// The ground of a picture and what is written on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paper {
    pub(super) ground: Rgb,
    ink: Rgb,
    sixteen: [Rgb; 16],
}

const fn rgb(hex: u32) -> Rgb {
    let [_, red, green, blue] = hex.to_be_bytes();
    [red, green, blue]
}

const fn sixteen(hex: [u32; 16]) -> [Rgb; 16] {
    let mut all = [[0; 3]; 16];
    let mut at = 0;
    while at < 16 {
        all[at] = rgb(hex[at]);
        at += 1;
    }
    all
}

impl Paper {
    /// A dark ground, as most terminals have.
    pub const DARK: Self = Self {
        ground: rgb(0x16_18_1f),
        ink: rgb(0xd7_da_e0),
        sixteen: sixteen([
            0x16_18_1f, 0xe0_6c_75, 0x98_c3_79, 0xe5_c0_7b, 0x61_af_ef, 0xc6_78_dd, 0x56_b6_c2, 0xab_b2_bf, 0x70_76_88,
            0xef_7a_85, 0xa9_d4_8a, 0xf0_cf_8e, 0x79_bd_fb, 0xd4_8c_eb, 0x69_c5_d1, 0xff_ff_ff,
        ]),
    };

    /// White, for print.
    pub const LIGHT: Self = Self {
        ground: rgb(0xff_ff_ff),
        ink: rgb(0x22_25_2e),
        sixteen: sixteen([
            0x22_25_2e, 0xb0_26_2a, 0x2b_7d_34, 0x8a_62_00, 0x1f_5f_c4, 0x8c_2f_a8, 0x0f_70_78, 0x5c_60_6c, 0x6b_6f_7c,
            0xc8_38_38, 0x35_80_3a, 0x96_66_00, 0x2f_6c_d0, 0xa0_40_b8, 0x17_78_80, 0xff_ff_ff,
        ]),
    };

    /// The paper that a palette is made for; without colours it is the one that is printed on.
    #[must_use]
    pub const fn of(palette: &Palette) -> Self {
        match palette.colours {
            Colours::Light | Colours::Mono => Self::LIGHT,
            Colours::Any | Colours::Dark | Colours::Sixteen => Self::DARK,
        }
    }

    /// The colours of a cell as they are seen: what is written, and the ground if it is the cell's own.
    pub(super) fn seen(&self, cell: &Cell) -> (Rgb, Option<Rgb>) {
        let ink = self.rgb(cell.fg).unwrap_or(self.ink);
        let ground = self.rgb(cell.bg);
        let (ink, ground) = if cell.modifier.contains(Modifier::REVERSED) {
            (ground.unwrap_or(self.ground), Some(ink))
        } else {
            (ink, ground)
        };
        if cell.modifier.contains(Modifier::DIM) {
            return (mixed(ink, ground.unwrap_or(self.ground), 50), ground);
        }
        (ink, ground)
    }

    fn rgb(&self, color: Color) -> Option<Rgb> {
        match color {
            Color::Reset => None,
            Color::Rgb(red, green, blue) => Some([red, green, blue]),
            Color::Indexed(index @ 16..) => Some(indexed_rgb(index)),
            Color::Indexed(index) => Some(self.sixteen[usize::from(index)]),
            named => Some(self.sixteen[usize::from(sixteenth(named))]),
        }
    }
}

/// So many per cent of `ink` on `ground`.
pub(super) fn mixed(ink: Rgb, ground: Rgb, percent: u8) -> Rgb {
    let part = u16::from(percent.min(100));
    let mix = |ink: u8, ground: u8| {
        let sum = u16::from(ink) * part + u16::from(ground) * (100 - part);
        u8::try_from(sum / 100).unwrap_or(u8::MAX)
    };
    [mix(ink[0], ground[0]), mix(ink[1], ground[1]), mix(ink[2], ground[2])]
}

/// `#rrggbb`.
pub(super) fn hex([red, green, blue]: Rgb) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::style::Style;

    fn seen(style: Style) -> (Rgb, Option<Rgb>) {
        let mut cell = Cell::default();
        cell.set_style(style);
        Paper::DARK.seen(&cell)
    }

    #[test]
    fn a_cell_is_coloured_as_a_terminal_would() {
        let Paper { ground, ink, .. } = Paper::DARK;
        assert_eq!(seen(Style::new()), (ink, None));
        assert_eq!(seen(Style::new().fg(Color::Indexed(196)).bg(Color::Rgb(1, 2, 3))), ([255, 0, 0], Some([1, 2, 3])));
        assert_eq!(seen(Style::new().fg(Color::Red)), seen(Style::new().fg(Color::Indexed(1))));
        assert_eq!(seen(Style::new().add_modifier(Modifier::REVERSED)), (ground, Some(ink)));
        let (faint, none) = seen(Style::new().add_modifier(Modifier::DIM));
        assert!(none.is_none() && faint[0] > ground[0] && faint[0] < ink[0]);
    }
}
