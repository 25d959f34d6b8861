//! A pane's frame with what stands on it. Knows no pane.

use crate::tui::look::Look;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use ratatui::symbols::merge::MergeStrategy;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders, Widget};

/// Rows inside an open frame from which its legend may take one.
const ROOMY: u16 = 3;

/// What stands on a frame.
#[derive(Clone, Debug, Default)]
pub struct Frame<'a> {
    /// Top left.
    pub title: Span<'a>,
    /// Top right.
    pub facts: Line<'a>,
    /// Bottom, centred.
    pub legend: Line<'a>,
    /// Whether the next pane's upper line is its lower one: the sides run into that, and the legend stands in the row above.
    pub open: bool,
    /// Whether it has the focus: a double frame, so that it reads without colour.
    pub focused: bool,
}

impl Frame<'_> {
    /// Draws it and answers with what is inside.
    pub fn draw(self, look: &Look, area: Rect, buffer: &mut Buffer) -> Rect {
        let (set, style) = if self.focused {
            (look.glyphs.focus, look.palette.focus)
        } else {
            (look.glyphs.frame, look.palette.frame)
        };
        let room = usize::from(area.width.saturating_sub(6));
        let title = own(self.title);
        let title = if self.focused { title.patch_style(style.add_modifier(Modifier::BOLD)) } else { title };
        // A neighbour's line and this one become one; the focus is drawn last, and joined only where its own line stays whole.
        let joint = if self.focused { MergeStrategy::Exact } else { MergeStrategy::Fuzzy };
        let sides = if self.open { Borders::ALL - Borders::BOTTOM } else { Borders::ALL };
        let mut block = Block::new().borders(sides).border_set(set).border_style(style).merge_borders(joint);
        let name = Line::from(vec![Span::raw(" "), title.clone(), Span::raw(" ")]);
        if title.width() <= room + 2 && !title.content.is_empty() {
            block = block.title_top(name);
        }
        if self.facts.width() > 0 && title.width() + self.facts.width() + 4 <= room {
            block = block.title_top(padded(self.facts).right_aligned());
        }
        let legend = Some(self.legend).filter(|legend| legend.width() > 0 && legend.width() + 2 <= room);
        if let Some(legend) = legend.clone().filter(|_| !self.open) {
            block = block.title_bottom(padded(legend).centered());
        }
        let mut inner = block.inner(area);
        block.render(area, buffer);
        if self.open {
            inner.height = inner.height.saturating_sub(1);
            if let Some(legend) = legend.filter(|_| inner.height >= ROOMY) {
                inner.height -= 1;
                padded(legend).centered().render(Rect { y: inner.bottom(), height: 1, ..inner }, buffer);
            }
        }
        inner
    }
}

/// A span in the terminal's own text colour says so, and one that is not faint too: else it would take after the frame.
fn own(span: Span<'_>) -> Span<'_> {
    let style = Style { fg: span.style.fg.or(Some(Color::Reset)), ..span.style };
    let faint = style.add_modifier.contains(Modifier::DIM);
    span.style(if faint { style } else { style.remove_modifier(Modifier::DIM) })
}

fn padded(line: Line<'_>) -> Line<'_> {
    let mut spans = vec![Span::raw(" ")];
    let style = line.style;
    spans.extend(line.spans.into_iter().map(|span| own(span.clone().style(style.patch(span.style)))));
    spans.push(Span::raw(" "));
    Line::from(spans).style(line.style)
}
