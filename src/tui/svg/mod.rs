//! A drawn buffer as a vector picture that looks the same wherever it is shown. Knows nothing of what is drawn.
//!
//! Curves, blocks, frames and points are paths: no viewer needs a font with braille in it, and every frame closes. Letters are text,
//! with a place of its own for each, so that a font of another width moves none. Equal buffers give equal bytes.

mod paper;
mod shapes;

pub use paper::Paper;

use paper::{Rgb, hex, mixed};
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::Modifier;
use shapes::{CELL, Shape, shape};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Air round the picture.
const MARGIN: usize = 20;
/// DejaVu Sans Mono is 0.602 em wide: at this size it fills a cell, and where letters have no places of their own they still align.
const FONT: &str = "font-family=\"DejaVu Sans Mono,Menlo,Consolas,Liberation Mono,monospace\" font-size=\"26.6\"";
/// Where letters stand: this far below the top of their cell.
const BASE: usize = 24;
/// Of a curve's dots; they are 8 apart.
const DOT: &str = "6.6";
/// Of frames.
const STROKE: &str = "2.2";

/// The picture of `buffer` on `paper`, with a title for those who do not see it.
#[must_use]
pub fn svg(buffer: &Buffer, paper: Paper, title: &str) -> String {
    let width = usize::from(buffer.area.width) * CELL.0 + 2 * MARGIN;
    let height = usize::from(buffer.area.height) * CELL.1 + 2 * MARGIN;
    let mut page = Page { paper, ..Page::default() };
    for (y, row) in buffer.content.chunks(usize::from(buffer.area.width.max(1))).enumerate() {
        for (x, cell) in row.iter().enumerate() {
            page.put(MARGIN + x * CELL.0, MARGIN + y * CELL.1, cell);
        }
        page.end_run();
    }
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{}\" height=\"{}\" {FONT}>\n<title>{}</title>\n<rect width=\"{width}\" height=\"{height}\" rx=\"14\" fill=\"{}\"/>\n",
        width * 5 / 8,
        height * 5 / 8,
        escaped(title),
        hex(paper.ground)
    );
    page.write(&mut svg);
    svg.push_str("</svg>\n");
    svg
}

/// Letters of one style that follow each other.
#[derive(Debug)]
struct Run {
    places: Vec<usize>,
    base: usize,
    text: String,
    ink: Rgb,
    modifier: Modifier,
}

/// Everything on a page, one path a colour.
#[derive(Debug)]
struct Page {
    paper: Paper,
    /// Grounds and blocks.
    fills: BTreeMap<Rgb, String>,
    lines: BTreeMap<Rgb, String>,
    dots: BTreeMap<Rgb, String>,
    marks: BTreeMap<Rgb, String>,
    letters: String,
    run: Option<Run>,
}

impl Default for Page {
    fn default() -> Self {
        let none = BTreeMap::new;
        Self {
            paper: Paper::DARK,
            fills: none(),
            lines: none(),
            dots: none(),
            marks: none(),
            letters: String::new(),
            run: None,
        }
    }
}

/// What makes letters differ from each other besides their colour.
const SET: Modifier = Modifier::BOLD.union(Modifier::ITALIC).union(Modifier::UNDERLINED).union(Modifier::CROSSED_OUT);

impl Page {
    /// One cell by its upper left corner.
    fn put(&mut self, left: usize, top: usize, cell: &Cell) {
        let (ink, ground) = self.paper.seen(cell);
        if let Some(ground) = ground {
            bar(self.fills.entry(ground).or_default(), [left, top, CELL.0, CELL.1]);
        }
        let mut letters = cell.symbol().chars();
        let (first, more) = (letters.next().unwrap_or(' '), letters.next().is_some());
        match shape(first) {
            Some(shape) if !more => self.shape(shape, (left, top), ink, ground),
            _ => self.letter(left, top + BASE, cell, ink),
        }
    }

    fn shape(&mut self, shape: Shape, (left, top): (usize, usize), ink: Rgb, ground: Option<Rgb>) {
        let places = |bits: u8| (0..8_usize).filter(move |place| bits >> place & 1 == 1);
        match shape {
            Shape::Dots(bits) => {
                let dots = self.dots.entry(ink).or_default();
                for place in places(bits) {
                    let _ = write!(dots, "M{} {}h0", left + 4 + place % 2 * 8, top + 4 + place / 2 * 8);
                }
            }
            Shape::Blocks(bits) => {
                let fills = self.fills.entry(ink).or_default();
                places(bits).for_each(|place| bar(fills, [left + place % 2 * 8, top + place / 2 * 8, 8, 8]));
            }
            Shape::Bar([x, y, width, height]) => {
                bar(self.fills.entry(ink).or_default(), [left + x, top + y, width, height]);
            }
            Shape::Shade(percent) => {
                let ink = mixed(ink, ground.unwrap_or(self.paper.ground), percent);
                bar(self.fills.entry(ink).or_default(), [left, top, CELL.0, CELL.1]);
            }
            Shape::Line(path) => drop(write!(self.lines.entry(ink).or_default(), "M{left} {top}{path}")),
            Shape::Mark(path) => drop(write!(self.marks.entry(ink).or_default(), "M{left} {top}{path}")),
        }
        self.end_run();
    }

    /// Two blanks end a run: a viewer may take them for one.
    fn letter(&mut self, left: usize, base: usize, cell: &Cell, ink: Rgb) {
        let symbol = cell.symbol();
        let modifier = cell.modifier & SET;
        let is_blank = symbol.trim().is_empty();
        if self.run.as_ref().is_some_and(|run| {
            let other = !is_blank && (run.ink != ink || run.modifier != modifier);
            other || is_blank && run.text.ends_with(' ')
        }) {
            self.end_run();
        }
        if is_blank {
            if let Some(run) = &mut self.run {
                run.places.push(left);
                run.text.push(' ');
            }
            return;
        }
        // A place belongs to a UTF-16 unit: what is more than one stands alone, with its first place only.
        let alone = symbol.encode_utf16().count() > 1;
        if alone {
            self.end_run();
        }
        let run = self.run.get_or_insert_with(|| Run { places: Vec::new(), base, text: String::new(), ink, modifier });
        run.places.push(left);
        run.text.push_str(symbol);
        if alone {
            self.end_run();
        }
    }

    fn end_run(&mut self) {
        let Some(run) = self.run.take() else { return };
        let text = run.text.trim_end();
        let count = if run.places.len() == 1 { 1 } else { text.chars().count() };
        let places: Vec<String> = run.places.iter().take(count).map(usize::to_string).collect();
        let mut style = String::new();
        for (modifier, attribute) in [
            (Modifier::BOLD, " font-weight=\"bold\""),
            (Modifier::ITALIC, " font-style=\"italic\""),
            (Modifier::UNDERLINED, " text-decoration=\"underline\""),
            (Modifier::CROSSED_OUT, " text-decoration=\"line-through\""),
        ] {
            if run.modifier.contains(modifier) && !style.contains("text-decoration") {
                style.push_str(attribute);
            }
        }
        let (x, y, ink) = (places.join(" "), run.base, hex(run.ink));
        let _ = writeln!(self.letters, "<text x=\"{x}\" y=\"{y}\" fill=\"{ink}\"{style}>{}</text>", escaped(text));
    }

    /// Grounds, frames, curves, points, letters: in this order, each over the one before.
    fn write(&self, svg: &mut String) {
        let group = |svg: &mut String, attributes: &str, by: &str, paths: &BTreeMap<Rgb, String>| {
            if paths.is_empty() {
                return;
            }
            let _ = writeln!(svg, "<g {attributes}>");
            for (color, path) in paths {
                let _ = writeln!(svg, "<path {by}=\"{}\" d=\"{path}\"/>", hex(*color));
            }
            svg.push_str("</g>\n");
        };
        group(svg, "shape-rendering=\"crispEdges\"", "fill", &self.fills);
        group(svg, &format!("fill=\"none\" stroke-width=\"{STROKE}\""), "stroke", &self.lines);
        let round = format!("fill=\"none\" stroke-width=\"{DOT}\" stroke-linecap=\"round\"");
        group(svg, &round, "stroke", &self.dots);
        group(svg, "stroke=\"none\"", "fill", &self.marks);
        svg.push_str(&self.letters);
    }
}

fn bar(path: &mut String, [left, top, width, height]: [usize; 4]) {
    let _ = write!(path, "M{left} {top}h{width}v{height}h-{width}z");
}

/// Text as XML may hold it: its own marks escaped, what it forbids replaced.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => safe.push(char::REPLACEMENT_CHARACTER),
            letter if letter.is_control() => safe.push(char::REPLACEMENT_CHARACTER),
            letter => safe.push(letter),
        }
    }
    safe
}

#[cfg(test)]
mod tests;
