//! Styles by role, and the one place where colours are mapped down. Knows no terminal and no glyph.

use super::ramp::{MIDDLE, mix};
use super::{Colours, Depth};
use ratatui::style::{Color, Modifier, Style};

/// Styles by role. Text and background are the terminal's own, so that both light and dark are right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Palette {
    /// Which set this is.
    pub colours: Colours,
    /// Values, f itself, everything that is read first.
    pub text: Style,
    /// Labels, units, what can be passed over.
    pub dim: Style,
    /// Frames.
    pub frame: Style,
    /// The focused pane's frame and title, the value being changed.
    pub focus: Style,
    /// Section headings and the program's name.
    pub heading: Style,
    /// It runs, it holds.
    pub good: Style,
    /// Worth a look.
    pub warn: Style,
    /// It failed.
    pub bad: Style,
    /// The selected row.
    pub select: Style,
    /// Training points.
    pub train: Style,
    /// Held-out points.
    pub test: Style,
    /// Basis elements behind their sum.
    pub element: Style,
    /// The selected element.
    pub selected: Style,
    /// The posterior band.
    pub band: Style,
    stages: Vec<Style>,
}

/// One colour: on dark, on light, on what is not known, and which of the sixteen comes nearest in meaning.
pub(super) struct Shade {
    dark: u32,
    light: u32,
    any: u32,
    sixteen: Color,
}

pub(super) const fn shade([dark, light, any]: [u32; 3], sixteen: Color) -> Shade {
    Shade { dark, light, any, sixteen }
}

const DIM: Shade = shade([0x82_87_9a, 0x66_6a_77, 0x7c_81_91], Color::DarkGray);
const FRAME: Shade = shade([0x4d_52_62, 0xb2_b6_c2, 0x56_5b_6c], Color::DarkGray);
const FOCUS: Shade = shade([0xeb_b9_4f, 0x9a_61_00, 0xbe_80_14], Color::Yellow);
const HEADING: Shade = shade([0x74_a8_f7, 0x1f_5f_c4, 0x48_86_e0], Color::Blue);
const GOOD: Shade = shade([0x88_cc_88, 0x2b_7d_34, 0x2c_98_48], Color::Green);
const WARN: Shade = shade([0xe8_a0_58, 0xa8_55_00, 0xc0_70_20], Color::Yellow);
const BAD: Shade = shade([0xe8_6a_6a, 0xc0_26_26, 0xe0_48_48], Color::Red);
const SELECT: Shade = shade([0x34_38_4a, 0xdd_e2_f0, 0x34_38_4a], Color::Reset);
const TRAIN: Shade = shade([0x86_a3_d0, 0x3c_62_a8, 0x5a_82_c0], Color::Blue);
const TEST: Shade = shade([0xd8_76_6e, 0xb8_42_3c, 0xd0_58_50], Color::Red);
const ELEMENT: Shade = shade([0x4c_51_6b, 0xb4_b9_cc, 0x58_5d_74], Color::DarkGray);
const SELECTED: Shade = shade([0xa0_6c_f4, 0x4c_10_b8, 0x86_44_f0], Color::Magenta);
const BAND: Shade = shade([0x4a_50_78, 0xb0_b8_d8, 0x5c_64_90], Color::DarkGray);
/// Where the background is not known, what is selected brings its own text.
const SELECTED_TEXT: u32 = 0xe6_e8_ee;
/// f⁽ᴸ⁾ first, as the strip stands. After Okabe and Ito: sky, orange, green, pink, yellow, blue, vermilion, grey, with unequal
/// lightness, so that they and violet stay apart for every common kind of colour blindness, also among the 256.
const STAGES: [Shade; 8] = [
    shade([0x3c_b6_f4, 0x0a_6a_a8, 0x2c_93_d0], Color::Cyan),
    shade([0xe6_a4_4a, 0xb0_50_1c, 0xc0_7c_12], Color::Yellow),
    shade([0x84_f4_a6, 0x0c_5a_38, 0x1c_8e_60], Color::Green),
    shade([0xea_5c_96, 0x98_2a_86, 0xd6_34_a8], Color::LightMagenta),
    shade([0xff_d2_57, 0x5c_5a_1c, 0x85_7a_44], Color::LightGreen),
    shade([0x5a_94_d8, 0x2f_5c_f0, 0x5c_78_f0], Color::LightBlue),
    shade([0xc4_7d_2e, 0x7c_1f_14, 0xc4_4a_20], Color::LightRed),
    shade([0xb0_bc_ae, 0x74_70_6c, 0x8e_90_96], Color::LightCyan),
];

impl Palette {
    /// The set in at most this many colours.
    #[must_use]
    pub fn new(colours: Colours, depth: Depth) -> Self {
        let fg = |shade: &Shade| Style::new().fg(tone(shade, colours, depth));
        let mono = colours == Colours::Mono;
        let marked =
            |shade: &Shade, modifier: Modifier| if mono { Style::new().add_modifier(modifier) } else { fg(shade) };
        let faint = |shade: &Shade| marked(shade, Modifier::DIM);
        Self {
            colours,
            text: Style::new(),
            dim: faint(&DIM),
            frame: faint(&FRAME),
            focus: marked(&FOCUS, Modifier::BOLD),
            heading: marked(&HEADING, Modifier::BOLD),
            good: marked(&GOOD, Modifier::BOLD),
            warn: marked(&WARN, Modifier::UNDERLINED),
            bad: marked(&BAD, Modifier::BOLD | Modifier::UNDERLINED),
            // None of the sixteen is a background that is right under both a black and a white text.
            select: match tone(&SELECT, colours, depth) {
                Color::Reset => Style::new().add_modifier(Modifier::REVERSED),
                ground if colours == Colours::Any => Style::new().bg(ground).fg(mapped(SELECTED_TEXT, depth)),
                ground => Style::new().bg(ground),
            },
            train: marked(&TRAIN, Modifier::empty()),
            test: marked(&TEST, Modifier::empty()),
            element: faint(&ELEMENT),
            selected: marked(&SELECTED, Modifier::BOLD),
            band: faint(&BAND),
            stages: STAGES.iter().map(|shade| marked(shade, Modifier::empty())).collect(),
        }
    }

    /// The colour of the stage that stands at `place` in the strip, innermost 0; they repeat after eight.
    #[must_use]
    pub fn stage(&self, place: usize) -> Style {
        self.stages[place % self.stages.len()]
    }

    /// Part of the way from the ground to the `place`-th hue of the stages: what stands on it still reads.
    pub(super) fn ground(&self, place: usize, part: f64, depth: Depth) -> Color {
        let hue = &STAGES[place % STAGES.len()];
        let mixed = |ground: usize, hue: u32| mix(MIDDLE[ground], hue, part);
        let dark = mixed(0, hue.dark);
        tone(&shade([dark, mixed(1, hue.light), dark], hue.sixteen), self.colours, depth)
    }

    /// The colour of a variant's curve: the first is the text's, the second violet, then the stages' from their far end.
    #[must_use]
    pub fn variant(&self, index: usize) -> Style {
        match index {
            0 => self.text,
            1 => self.selected,
            _ => self.stages[self.stages.len() - 1 - (index - 2) % self.stages.len()],
        }
    }

    /// A word on a ground of its colour, as the status word stands.
    #[must_use]
    pub fn badge(&self, role: Style) -> Style {
        role.add_modifier(Modifier::REVERSED)
    }
}

/// The place of a named colour among the terminal's sixteen.
#[must_use]
pub const fn sixteenth(colour: Color) -> u8 {
    match colour {
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 8,
        Color::LightRed => 9,
        Color::LightGreen => 10,
        Color::LightYellow => 11,
        Color::LightBlue => 12,
        Color::LightMagenta => 13,
        Color::LightCyan => 14,
        Color::White | Color::Reset | Color::Rgb(..) | Color::Indexed(_) => 15,
    }
}

/// A shade as this palette has it, in at most this many colours.
pub(super) fn tone(shade: &Shade, colours: Colours, depth: Depth) -> Color {
    match (colours, depth) {
        (Colours::Mono, _) => Color::Reset,
        (Colours::Sixteen, _) | (_, Depth::Sixteen | Depth::Mono) => shade.sixteen,
        (Colours::Any, _) => mapped(shade.any, depth),
        (Colours::Dark, _) => mapped(shade.dark, depth),
        (Colours::Light, _) => mapped(shade.light, depth),
    }
}

/// The one place where red, green and blue are mapped down.
fn mapped(rgb: u32, depth: Depth) -> Color {
    let [_, red, green, blue] = rgb.to_be_bytes();
    match depth {
        Depth::Rgb => Color::Rgb(red, green, blue),
        Depth::Indexed | Depth::Sixteen | Depth::Mono => Color::Indexed(nearest_index([red, green, blue])),
    }
}

/// The nearest of xterm's 6×6×6 cube and its 24 greys, as the eye has it; the first sixteen are the user's and mean anything.
fn nearest_index(rgb: [u8; 3]) -> u8 {
    let wanted = oklab(linear(rgb));
    let distance = |index: &u8| {
        let there = oklab(linear(indexed_rgb(*index)));
        wanted.iter().zip(there).map(|(one, other)| (one - other).powi(2)).sum::<f64>()
    };
    (16..=255).min_by(|one, other| distance(one).total_cmp(&distance(other))).expect("the range is not empty")
}

/// One of xterm's 256 beyond the first sixteen.
#[must_use]
pub fn indexed_rgb(index: u8) -> [u8; 3] {
    if index >= 232 {
        return [8 + 10 * (index - 232); 3];
    }
    let level = |digit: u8| if digit == 0 { 0 } else { 55 + 40 * digit };
    let cube = index.saturating_sub(16);
    [level(cube / 36), level(cube / 6 % 6), level(cube % 6)]
}

/// sRGB without its gamma, each from 0 to 1.
fn linear(rgb: [u8; 3]) -> [f64; 3] {
    rgb.map(|level| {
        let level = f64::from(level) / 255.0;
        if level <= 0.040_45 { level / 12.92 } else { ((level + 0.055) / 1.055).powf(2.4) }
    })
}

/// Ottosson's Oklab: equal distances look about equally far.
fn oklab(rgb: [f64; 3]) -> [f64; 3] {
    const CONES: [[f64; 3]; 3] = [
        [0.412_221_470_8, 0.536_332_536_3, 0.051_445_992_9],
        [0.211_903_498_2, 0.680_699_545_1, 0.107_396_956_6],
        [0.088_302_461_9, 0.281_718_837_6, 0.629_978_700_5],
    ];
    const LAB: [[f64; 3]; 3] = [
        [0.210_454_255_3, 0.793_617_785_0, -0.004_072_046_8],
        [1.977_998_495_1, -2.428_592_205_0, 0.450_593_709_9],
        [0.025_904_037_1, 0.782_771_766_2, -0.808_675_766_0],
    ];
    times(LAB, times(CONES, rgb).map(f64::cbrt))
}

fn times(matrix: [[f64; 3]; 3], vector: [f64; 3]) -> [f64; 3] {
    matrix.map(|row| row.iter().zip(vector).map(|(one, other)| one * other).sum())
}

#[cfg(test)]
mod tests;
