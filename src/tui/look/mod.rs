//! How things look: colours, glyphs and dots, chosen once from flags and environment. Knows no terminal and asks none.

mod glyphs;
mod palette;
mod ramp;

pub use glyphs::Glyphs;
pub use palette::{Palette, indexed_rgb, sixteenth};
pub use ramp::Shaded;

/// What a plot is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marker {
    /// Eight dots a cell.
    Braille,
    /// Eight blocks a cell, for the few fonts that have them: Unicode 16.
    Octant,
    /// Four blocks a cell.
    Quadrant,
    /// Two dots a cell, for fonts without braille.
    Half,
    /// One character a cell, nothing beyond ASCII anywhere.
    Ascii,
}

impl Marker {
    /// All of them, in the order in which a key steps through them.
    pub const ALL: [Self; 5] = [Self::Braille, Self::Octant, Self::Quadrant, Self::Half, Self::Ascii];

    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Braille => "braille",
            Self::Octant => "octant",
            Self::Quadrant => "quadrant",
            Self::Half => "half",
            Self::Ascii => "ascii",
        }
    }

    /// Dots a cell: across and down.
    #[must_use]
    pub const fn dots(self) -> (usize, usize) {
        match self {
            Self::Braille | Self::Octant => (2, 4),
            Self::Quadrant => (2, 2),
            Self::Half => (1, 2),
            Self::Ascii => (1, 1),
        }
    }
}

/// A set of colours by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    /// Made for a dark background and still read on a light one: what is drawn where nobody has said which it is.
    Any,
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
    pub const ALL: [Self; 5] = [Self::Any, Self::Dark, Self::Light, Self::Sixteen, Self::Mono];

    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Any => "any",
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
            Depth::Indexed | Depth::Rgb => on_background(&said("COLORFGBG")),
        });
        // Asked for by name, more than sixteen are to be had, whatever the terminal calls itself.
        let rich = matches!(flags.palette, Some(Colours::Any | Colours::Dark | Colours::Light));
        let depth = if rich { depth.max(Depth::Indexed) } else { depth };
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

    /// The same for a picture that brings its own ground: every colour there is, and those of a ground that is known, dark
    /// unless something else was asked for.
    #[must_use]
    pub fn on_paper(&self, asked: Option<Colours>) -> Self {
        let colours = match asked {
            None | Some(Colours::Any) => Colours::Dark,
            Some(asked) => asked,
        };
        Self { palette: Palette::new(colours, Depth::Rgb), depth: Depth::Rgb, ..self.clone() }
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
        (_, Characters::Ascii | Characters::Utf8) => &Glyphs::UTF8,
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

/// rxvt and Konsole say `foreground;background` by the sixteen colours' numbers; most terminals say nothing.
fn on_background(colours: &str) -> Colours {
    match colours.rsplit(';').next() {
        Some("7" | "15") => Colours::Light,
        Some("0" | "1" | "2" | "3" | "4" | "5" | "6" | "8") => Colours::Dark,
        _ => Colours::Any,
    }
}

#[cfg(test)]
mod tests;
