//! How things look: colours, glyphs and dots, chosen once from flags and environment. Knows no terminal and asks none.

mod glyphs;
mod ramp;

pub use glyphs::Glyphs;
pub use ramp::Shaded;

use ratatui::style::{Color, Modifier, Style};

/// What a plot is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marker {
    /// Eight dots a cell.
    Braille,
    /// Two dots a cell, for fonts without braille.
    Half,
    /// One character a cell, nothing beyond ASCII anywhere.
    Ascii,
}

impl Marker {
    /// All of them, in the order in which a key steps through them.
    pub const ALL: [Self; 3] = [Self::Braille, Self::Half, Self::Ascii];

    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Braille => "braille",
            Self::Half => "half",
            Self::Ascii => "ascii",
        }
    }

    /// Dots a cell: across and down.
    #[must_use]
    pub const fn dots(self) -> (usize, usize) {
        match self {
            Self::Braille => (2, 4),
            Self::Half => (1, 2),
            Self::Ascii => (1, 1),
        }
    }
}

/// A set of colours by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    /// Light colours for a dark background.
    Dark,
    /// Dark colours for a light background.
    Light,
    /// The terminal's own sixteen.
    Sixteen,
    /// None: what matters is bold, reversed or framed otherwise.
    Mono,
}

impl Colours {
    /// All of them, in the order in which a key steps through them.
    pub const ALL: [Self; 4] = [Self::Dark, Self::Light, Self::Sixteen, Self::Mono];

    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
            Self::Sixteen => "sixteen",
            Self::Mono => "mono",
        }
    }
}

/// How many colours the terminal can be trusted with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// None.
    Mono,
    /// The sixteen named ones.
    Sixteen,
    /// xterm's 256.
    Indexed,
    /// Any.
    Rgb,
}

/// What the user asked for; nothing asked is decided by the environment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LookFlags {
    /// `--marker`.
    pub marker: Option<Marker>,
    /// `--palette`.
    pub palette: Option<Colours>,
}

/// Everything that drawing needs to know about looks.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// Styles by role.
    pub palette: Palette,
    /// Characters by role.
    pub glyphs: &'static Glyphs,
    /// What plots are made of.
    pub marker: Marker,
    depth: Depth,
    env: Characters,
}

/// What the environment said of characters, kept for when the marker is changed by a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Characters {
    Utf8,
    Console,
    Ascii,
}

impl Look {
    /// Flags first, then `NO_COLOR`, `TERM`, `COLORTERM`, `COLORFGBG` and the locale; the terminal is never asked.
    #[must_use]
    pub fn choose(flags: &LookFlags, env: &dyn Fn(&str) -> Option<String>) -> Self {
        let said = |name: &str| env(name).unwrap_or_default();
        let characters = match (is_utf8(&said), said("TERM").as_str()) {
            (false, _) => Characters::Ascii,
            (true, "linux") => Characters::Console,
            (true, _) => Characters::Utf8,
        };
        let marker = flags.marker.unwrap_or(match characters {
            Characters::Utf8 => Marker::Braille,
            Characters::Console => Marker::Half,
            Characters::Ascii => Marker::Ascii,
        });
        let quiet = !said("NO_COLOR").is_empty() || said("TERM") == "dumb";
        let depth = depth(&said);
        let colours = flags.palette.unwrap_or(match depth {
            _ if quiet => Colours::Mono,
            Depth::Mono => Colours::Mono,
            Depth::Sixteen => Colours::Sixteen,
            Depth::Indexed | Depth::Rgb if is_light(&said("COLORFGBG")) => Colours::Light,
            Depth::Indexed | Depth::Rgb => Colours::Dark,
        });
        let glyphs = glyphs(marker, flags.marker.is_some(), characters);
        Self { palette: Palette::new(colours, depth), glyphs, marker, depth, env: characters }
    }

    /// The plain look of pipes and tests: braille, UTF-8, no colour.
    #[must_use]
    pub fn plain() -> Self {
        let utf8 = |name: &str| (name == "LANG").then(|| "C.UTF-8".to_owned());
        Self::choose(&LookFlags { palette: Some(Colours::Mono), marker: None }, &utf8)
    }

    /// The same with another marker, by a key.
    #[must_use]
    pub fn with_marker(&self, marker: Marker) -> Self {
        Self { marker, glyphs: glyphs(marker, true, self.env), ..self.clone() }
    }

    /// The same with other colours, by a key.
    #[must_use]
    pub fn with_palette(&self, colours: Colours) -> Self {
        Self { palette: Palette::new(colours, self.depth), ..self.clone() }
    }
}

/// Asked for, braille means that the font has it and ASCII that nothing else is wanted; else the locale decides.
fn glyphs(marker: Marker, asked: bool, characters: Characters) -> &'static Glyphs {
    match (marker, characters) {
        (Marker::Ascii, _) => &Glyphs::ASCII,
        (_, Characters::Ascii) if !asked => &Glyphs::ASCII,
        // Asked for against the locale, half blocks come with the frames of the same fonts.
        (Marker::Half, Characters::Ascii) | (_, Characters::Console) => &Glyphs::CONSOLE,
        (Marker::Braille, Characters::Ascii) | (_, Characters::Utf8) => &Glyphs::UTF8,
    }
}

/// By the first of the three that is set, as the C library does.
fn is_utf8(said: &dyn Fn(&str) -> String) -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().map(|name| said(name)).find(|value| !value.is_empty());
    locale.is_some_and(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

fn depth(said: &dyn Fn(&str) -> String) -> Depth {
    /// Terminals that have 256 and do not say so in their name.
    const MODERN: [&str; 6] = ["kitty", "alacritty", "foot", "ghostty", "wezterm", "contour"];
    let (term, colour) = (said("TERM"), said("COLORTERM"));
    if term == "linux" {
        Depth::Sixteen
    } else if matches!(colour.as_str(), "truecolor" | "24bit") || term.ends_with("-direct") {
        Depth::Rgb
    } else if term.contains("256color") || MODERN.iter().any(|name| term.contains(name)) {
        Depth::Indexed
    } else {
        Depth::Sixteen
    }
}

/// rxvt and Konsole say `foreground;background` by the sixteen colours' numbers.
fn is_light(colours: &str) -> bool {
    matches!(colours.rsplit(';').next(), Some("7" | "15"))
}

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

/// One colour: as it should be on dark and on light, and which of the sixteen comes nearest in meaning.
struct Shade {
    dark: u32,
    light: u32,
    sixteen: Color,
}

const fn shade(dark: u32, light: u32, sixteen: Color) -> Shade {
    Shade { dark, light, sixteen }
}

const DIM: Shade = shade(0x76_7b_8c, 0x6b_6f_7c, Color::DarkGray);
const FRAME: Shade = shade(0x4d_52_62, 0xb2_b6_c2, Color::DarkGray);
const FOCUS: Shade = shade(0xeb_b9_4f, 0x9a_61_00, Color::Yellow);
const HEADING: Shade = shade(0x74_a8_f7, 0x1f_5f_c4, Color::Blue);
const GOOD: Shade = shade(0x88_cc_88, 0x2b_7d_34, Color::Green);
const WARN: Shade = shade(0xe8_a0_58, 0xa8_55_00, Color::Yellow);
const BAD: Shade = shade(0xe8_6a_6a, 0xc0_26_26, Color::Red);
const SELECT: Shade = shade(0x34_38_4a, 0xdd_e2_f0, Color::Reset);
const TRAIN: Shade = shade(0x86_a3_d0, 0x3c_62_a8, Color::Blue);
const TEST: Shade = shade(0xcb_62_5c, 0xb8_42_3c, Color::Red);
const ELEMENT: Shade = shade(0x4c_51_6b, 0xb4_b9_cc, Color::DarkGray);
const SELECTED: Shade = shade(0xb7_94_f6, 0x74_43_c8, Color::Magenta);
const BAND: Shade = shade(0x4a_50_78, 0xb0_b8_d8, Color::DarkGray);
/// f⁽ᴸ⁾ first, as the strip stands: teal, amber, green, then what is still told apart from them and from violet.
const STAGES: [Shade; 8] = [
    shade(0x5f_c8_c0, 0x0f_7f_7a, Color::Cyan),
    shade(0xeb_b9_4f, 0x9a_61_00, Color::Yellow),
    shade(0x88_cc_88, 0x2b_7d_34, Color::Green),
    shade(0xee_8f_c0, 0xb8_30_7c, Color::LightMagenta),
    shade(0x7a_b0_ff, 0x1f_5f_c4, Color::LightBlue),
    shade(0xf0_8a_66, 0xb8_48_1c, Color::LightRed),
    shade(0xc8_d8_60, 0x66_70_00, Color::LightGreen),
    shade(0xa8_b8_c8, 0x50_60_70, Color::LightCyan),
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
                background => Style::new().bg(background),
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

/// The one place where colours are mapped down.
fn tone(shade: &Shade, colours: Colours, depth: Depth) -> Color {
    let rgb = match colours {
        Colours::Mono => return Color::Reset,
        Colours::Sixteen => return shade.sixteen,
        Colours::Dark => shade.dark,
        Colours::Light => shade.light,
    };
    match depth {
        Depth::Rgb => {
            let [_, red, green, blue] = rgb.to_be_bytes();
            Color::Rgb(red, green, blue)
        }
        Depth::Indexed => Color::Indexed(nearest_index(rgb)),
        Depth::Sixteen | Depth::Mono => shade.sixteen,
    }
}

/// The nearest of xterm's 6×6×6 cube and its 24 greys; the first sixteen are the user's and mean anything.
fn nearest_index(rgb: u32) -> u8 {
    let distance = |index: &u8| {
        let ([_, r, g, b], [red, green, blue]) = (rgb.to_be_bytes(), indexed_rgb(*index));
        [(r, red), (g, green), (b, blue)].iter().map(|(one, other)| u32::from(one.abs_diff(*other)).pow(2)).sum::<u32>()
    };
    (16..=255).min_by_key(distance).expect("the range is not empty")
}

fn indexed_rgb(index: u8) -> [u8; 3] {
    if index >= 232 {
        return [8 + 10 * (index - 232); 3];
    }
    let level = |digit: u8| if digit == 0 { 0 } else { 55 + 40 * digit };
    let cube = index - 16;
    [level(cube / 36), level(cube / 6 % 6), level(cube % 6)]
}

#[cfg(test)]
mod tests;
