//! Characters by role in three columns: UTF-8, what a console font has, and ASCII. Knows no colour.

use ratatui::buffer::Buffer;
use ratatui::symbols::border;
use ratatui::symbols::pixel::OCTANTS;

/// Everything on screen that is not a letter or a digit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glyphs {
    /// A pane's frame.
    pub frame: border::Set<'static>,
    /// The focused pane's frame: double, so that it reads without colour.
    pub focus: border::Set<'static>,
    /// x goes on: between two plots.
    pub arrow: &'static str,
    /// x goes on and is added: between two residual plots.
    pub residual: &'static str,
    /// A value that can be made smaller.
    pub left: &'static str,
    /// A value that can be made greater.
    pub right: &'static str,
    /// A training point.
    pub train: char,
    /// A held-out point.
    pub test: char,
    /// A training point that is switched off.
    pub off: char,
    /// The cursor's point, the same on every curve.
    pub cursor: char,
    /// A curve in a legend.
    pub line: &'static str,
    /// A dashed curve in a legend.
    pub dashed: &'static str,
    /// What a bar may still be.
    pub thin: &'static str,
    /// A bar of a bar chart.
    pub bar: &'static str,
    /// The band in a legend.
    pub band: &'static str,
    /// Between two small facts.
    pub between: &'static str,
    /// The prediction.
    pub y_hat: &'static str,
    /// What is not truncated.
    pub infinity: &'static str,
    /// Which characters may be written besides.
    reach: Reach,
}

/// Which characters may be written at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    Utf8,
    Console,
    Ascii,
}

const ASCII_FRAME: border::Set<'static> = border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};

const ASCII_FOCUS: border::Set<'static> = border::Set {
    top_left: "#",
    top_right: "#",
    bottom_left: "#",
    bottom_right: "#",
    horizontal_top: "=",
    horizontal_bottom: "=",
    ..ASCII_FRAME
};

impl Glyphs {
    /// Any modern font.
    pub const UTF8: Self = Self {
        frame: border::ROUNDED,
        focus: border::DOUBLE,
        arrow: "─▸",
        residual: "─⊕▸",
        left: "◂",
        right: "▸",
        train: '•',
        test: '◦',
        off: '×',
        cursor: '●',
        line: "─",
        dashed: "╌",
        thin: "─",
        bar: "━",
        band: "░",
        between: "·",
        y_hat: "ŷ",
        infinity: "∞",
        reach: Reach::Utf8,
    };

    /// The 256 or 512 characters of a console font: boxes, blocks and Latin-1.
    pub const CONSOLE: Self = Self {
        frame: border::PLAIN,
        focus: border::DOUBLE,
        line: "─",
        dashed: "-",
        thin: "─",
        bar: "█",
        band: "░",
        between: "·",
        reach: Reach::Console,
        ..Self::ASCII
    };

    /// Nothing above 127.
    pub const ASCII: Self = Self {
        frame: ASCII_FRAME,
        focus: ASCII_FOCUS,
        arrow: "->",
        residual: "-+>",
        left: "<",
        right: ">",
        train: 'x',
        test: 'o',
        off: '%',
        cursor: '@',
        line: "*",
        dashed: "+",
        thin: "-",
        bar: "=",
        band: ":",
        between: "|",
        y_hat: "y^",
        infinity: "inf",
        reach: Reach::Ascii,
    };

    /// The name of f⁽ⁱ⁾ by the essay's index: `f⁽³⁾` or `f3`.
    #[must_use]
    pub fn stage(&self, index: usize) -> String {
        const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
        if self.reach != Reach::Utf8 {
            return format!("f{index}");
        }
        let digits: String = index.to_string().bytes().map(|digit| DIGITS[usize::from(digit - b'0')]).collect();
        format!("f⁽{digits}⁾")
    }

    /// `text` as this font can show it, one character for one: so that widths do not change.
    #[must_use]
    pub fn spell(&self, text: &str) -> String {
        text.chars().map(|letter| self.letter(letter)).collect()
    }

    /// Spells every cell of a finished picture: the guarantee that nothing the locale lacks leaves the program.
    pub fn spell_buffer(&self, buffer: &mut Buffer) {
        if self.reach == Reach::Utf8 {
            return;
        }
        for cell in &mut buffer.content {
            if !cell.symbol().is_ascii() {
                let letter = cell.symbol().chars().next().map_or(' ', |letter| self.letter(letter));
                cell.set_char(letter);
            }
        }
    }

    fn letter(&self, letter: char) -> char {
        match self.reach {
            _ if letter.is_ascii() => letter,
            Reach::Utf8 => letter,
            // A lone ² among (, 3 and ) would look like a slip.
            Reach::Console if matches!(letter, '²' | '³' | '¹') => ascii(letter),
            Reach::Console if matches!(letter, '─'..='▟' | '\u{a1}'..='\u{ff}') => letter,
            Reach::Console | Reach::Ascii => ascii(letter),
        }
    }
}

/// The nearest ASCII character.
fn ascii(letter: char) -> char {
    /// Characters that a text of ours may hold, and what stands for each.
    const TABLE: [(&str, char); 33] = [
        ("−–—─━⠒⠤─═╌┄", '-'),
        ("│║┃┆╎", '|'),
        ("╭╮╰╯┌┐└┘├┤┬┴┼╔╗╚╝╠╣⊕", '+'),
        ("⁽", '('),
        ("⁾", ')'),
        ("⁰₀", '0'),
        ("¹₁", '1'),
        ("²₂", '2'),
        ("³₃", '3'),
        ("⁴₄", '4'),
        ("⁵₅", '5'),
        ("⁶₆", '6'),
        ("⁷₇", '7'),
        ("⁸₈", '8'),
        ("⁹₉", '9'),
        ("•∗×", '*'),
        ("·", '.'),
        ("◦○", 'o'),
        ("●", '@'),
        ("▸▶→►", '>'),
        ("◂◀←◄", '<'),
        ("↑▴▲", '^'),
        ("↓▾▼", 'v'),
        ("ŷ", 'y'),
        ("σ", 's'),
        ("τ", 't'),
        ("λ", 'l'),
        ("γ", 'g'),
        ("θ", 'T'),
        ("Σ", 'S'),
        ("≤⩽", '<'),
        ("≥⩾", '>'),
        ("░▒▓█▀▄", '#'),
    ];
    const MORE: [(&str, char); 14] = [
        ("…", '.'),
        ("‖", '|'),
        ("≈", '~'),
        ("±", '~'),
        ("∂δ", 'd'),
        ("β", 'B'),
        ("µμ", 'u'),
        ("‘’′", '\''),
        ("“”″", '"'),
        ("√", 'V'),
        ("∘°", 'o'),
        ("éèêë", 'e'),
        ("ᴸ", 'L'),
        ("ⁱ", 'i'),
    ];
    let found = TABLE.iter().chain(&MORE).find(|(letters, _)| letters.contains(letter));
    match found {
        Some((_, stands)) => *stands,
        None if ('\u{2801}'..='\u{28ff}').contains(&letter) || OCTANTS.contains(&letter) => '*',
        None => '?',
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use ratatui::layout::Rect;
    use unicode_width::UnicodeWidthStr;

    #[test]
    fn stages_are_named_in_the_essays_way() {
        assert_eq!(Glyphs::UTF8.stage(3), "f⁽³⁾");
        assert_eq!(Glyphs::UTF8.stage(50), "f⁽⁵⁰⁾");
        assert_eq!(Glyphs::ASCII.stage(12), "f12");
    }

    #[test]
    fn sentences_are_spelt_as_wide_as_before() {
        let sentence = "f⁽²⁾ element 4: −c/b ≥ 0.1 ± 0.2, λ σ τ γ ŷ ─▸";
        let spelt = Glyphs::ASCII.spell(sentence);
        assert_eq!(spelt, "f(2) element 4: -c/b > 0.1 ~ 0.2, l s t g y ->");
        assert_eq!(spelt.width(), sentence.width());
        assert_eq!(Glyphs::UTF8.spell(sentence), sentence);
        assert_eq!(Glyphs::CONSOLE.spell("─⊕▸ ± ░ f⁽²⁾"), "─+> ± ░ f(2)");
    }

    #[test]
    fn the_ascii_column_is_ascii() {
        let own = Glyphs::ASCII;
        let words = [own.arrow, own.residual, own.left, own.right, own.line, own.dashed, own.thin, own.bar, own.band];
        let words = words.into_iter().chain([own.between, own.y_hat, own.frame.top_left, own.focus.horizontal_top]);
        assert!(words.into_iter().all(str::is_ascii));
        assert!([own.train, own.test, own.off, own.cursor].iter().all(char::is_ascii));
    }

    proptest! {
        #[test]
        fn no_byte_above_127_leaves_a_picture_in_ascii(text in "\\PC{0,60}") {
            let mut buffer = Buffer::empty(Rect::new(0, 0, 80, 1));
            buffer.set_string(0, 0, &text, ratatui::style::Style::new());
            Glyphs::ASCII.spell_buffer(&mut buffer);
            prop_assert!(buffer.content.iter().all(|cell| cell.symbol().is_ascii()));
        }
    }
}
