//! Size to named rectangles: inside the area, whatever the size, disjoint but for the one line of frame that neighbours share.
//! Knows no content.

use crate::tui::app::Pane;
use ratatui::layout::{Margin, Rect};

/// Where everything goes; what has no room is absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// Name, formula, model.
    pub header: Option<Rect>,
    /// The strip of f⁽ⁱ⁾.
    pub functions: Option<Rect>,
    /// The parameter table.
    pub configuration: Option<Rect>,
    /// f with the data.
    pub composition: Option<Rect>,
    /// The losses.
    pub loss: Option<Rect>,
    /// What to look at.
    pub notes: Option<Rect>,
    /// What each f⁽ⁱ⁾ learned.
    pub learned: Option<Rect>,
    /// The one sentence.
    pub sentence: Option<Rect>,
    /// The status line.
    pub status: Rect,
}

/// Under this there is only the status line and a sentence.
const SMALL: (u16, u16) = (40, 12);
/// Under this there is one row of panes.
const LOW: u16 = 18;
/// Under this the lower row has one pane.
const NARROW: u16 = 60;
/// From here on losses have a pane of their own.
const MEDIUM: u16 = 100;
/// From here on everything has more room than it needs, and f takes what is left.
const WIDE: u16 = 160;
/// Losses are a means: a higher plot of them says no more.
const LOSS: u16 = 16;
/// Cells that two panes side by side or one over the other have in common: one line of frame between them is enough, and one less
/// to send.
const SHARED: u16 = 1;

/// From this height on Learned and Notes stand one over the other.
const BOTH: u16 = 16;

/// The places for an area; a zoomed pane has all of the middle, and in a low one the pane in focus is shown.
#[must_use]
pub fn places(area: Rect, focus: Pane, zoomed: bool) -> Places {
    let mut places = Places { status: line(area, area.height.saturating_sub(1)), ..Places::default() };
    if area.height >= 2 {
        places.sentence = Some(line(area, area.height - 2));
    }
    if area.width < SMALL.0 || area.height < SMALL.1 {
        return places;
    }
    places.header = Some(line(area, 0));
    let body = Rect { y: area.y + 1, height: area.height - 3, ..area };
    if zoomed {
        *places.of(focus) = Some(body);
        return places;
    }
    if area.height < LOW {
        low(&mut places, body, focus);
        return places;
    }
    let strip = (body.height * 2 / 5).clamp(8, 24);
    places.functions = Some(Rect { height: strip, ..body });
    let lower = Rect { y: body.y + strip, height: body.height - strip, ..body };
    if area.width < NARROW {
        let shown = if focus == Pane::Functions { Pane::Composition } else { focus };
        *places.of(shown) = Some(lower);
        return places;
    }
    // The cursor's way down the screen's last column is twice as long as elsewhere: where there is room, nothing stands there.
    let air = u16::from(area.width >= WIDE);
    columns(&mut places, lower.inner(Margin::new(air, 0)), area.width, focus);
    places
}

/// No room for two rows of panes: the one in focus, with the configuration beside f while that is changed.
fn low(places: &mut Places, body: Rect, focus: Pane) {
    if focus != Pane::Configuration {
        *places.of(focus) = Some(body);
        return;
    }
    let left = (body.width * 9 / 20).min(36);
    places.configuration = Some(Rect { width: left, ..body });
    places.composition = Some(Rect { x: body.x + left - SHARED, width: body.width - left + SHARED, ..body });
}

/// A pane that has the focus but no column of its own takes that of f; Notes grow while they are read.
fn columns(places: &mut Places, lower: Rect, width: u16, focus: Pane) {
    let (configuration, right) = match width {
        ..MEDIUM => (30, 0),
        MEDIUM..WIDE => ((30 + (width - MEDIUM) / 3).min(36), (width * 3 / 10).clamp(30, 46)),
        WIDE.. => (44, (width * 3 / 10).clamp(46, 66)),
    };
    let composition = lower.width - configuration - right + SHARED + right.min(SHARED);
    let mut x = lower.x;
    let mut next = |width: u16| {
        let place = Rect { x, width, ..lower };
        x += width - SHARED;
        place
    };
    places.configuration = Some(next(configuration));
    let shown = match focus {
        Pane::Loss if right == 0 => Pane::Loss,
        Pane::Notes if right == 0 => Pane::Notes,
        Pane::Learned if right == 0 => Pane::Learned,
        Pane::Functions | Pane::Configuration | Pane::Composition | Pane::Loss | Pane::Notes | Pane::Learned => {
            Pane::Composition
        }
    };
    *places.of(shown) = Some(next(composition));
    if right > 0 {
        let column = next(right);
        let share = if focus == Pane::Notes { 6 } else { 11 };
        let shared = (column.height * share / 20).clamp(6, LOSS);
        let loss = if column.height - shared >= 4 { shared } else { column.height };
        places.loss = Some(Rect { height: loss, ..column });
        if loss < column.height {
            places.notes = Some(below(column, loss));
        }
    }
}

impl Places {
    /// All of the area for one pane.
    #[must_use]
    pub fn only(pane: Pane, area: Rect) -> Self {
        let mut places = Self { status: Rect { height: 0, ..area }, ..Self::default() };
        *places.of(pane) = Some(area);
        places
    }

    /// Learned beside or in the place of Notes, where there is something to show or it has the focus.
    #[must_use]
    pub fn with_learned(mut self, focus: Pane, wanted: bool) -> Self {
        let Some(notes) = self.notes.filter(|_| self.learned.is_none()) else { return self };
        if focus != Pane::Learned && (!wanted || focus == Pane::Notes) {
            return self;
        }
        if notes.height < BOTH {
            (self.learned, self.notes) = (Some(notes), None);
        } else {
            let own = notes.height / 2;
            self.learned = Some(Rect { height: own, ..notes });
            self.notes = Some(below(notes, own));
        }
        self
    }

    fn of(&mut self, pane: Pane) -> &mut Option<Rect> {
        match pane {
            Pane::Functions => &mut self.functions,
            Pane::Configuration => &mut self.configuration,
            Pane::Composition => &mut self.composition,
            Pane::Loss => &mut self.loss,
            Pane::Notes => &mut self.notes,
            Pane::Learned => &mut self.learned,
        }
    }

    /// Where a pane is, if it is shown.
    #[must_use]
    pub fn place(mut self, pane: Pane) -> Option<Rect> {
        *self.of(pane)
    }

    /// The pane at a cell; a shared line of frame is the lower or the right one's, whose title stands there.
    #[must_use]
    pub fn at(&self, column: u16, row: u16) -> Option<Pane> {
        let at = ratatui::layout::Position::new(column, row);
        let there = Pane::ALL.into_iter().filter_map(|pane| Some((pane, self.place(pane)?)));
        let last = there.filter(|(_, place)| place.contains(at)).max_by_key(|(_, place)| (place.y, place.x));
        last.map(|(pane, _)| pane)
    }

    /// Whether a pane's last line is another's first.
    #[must_use]
    pub fn is_open(&self, pane: Pane) -> bool {
        let Some(own) = self.place(pane) else { return false };
        let under = |place: Rect| place.x == own.x && place.y + SHARED == own.bottom() && place.y > own.y;
        Pane::ALL.into_iter().any(|other| self.place(other).is_some_and(under))
    }

    /// All that there are.
    #[must_use]
    pub fn all(&self) -> Vec<Rect> {
        let panes = [
            self.header,
            self.functions,
            self.configuration,
            self.composition,
            self.loss,
            self.notes,
            self.learned,
            self.sentence,
        ];
        panes.into_iter().flatten().chain([self.status]).collect()
    }
}

/// What is left of a column under so many of its lines, the last of which it shares.
fn below(column: Rect, lines: u16) -> Rect {
    let from = lines - SHARED;
    Rect { y: column.y + from, height: column.height - from, ..column }
}

fn line(area: Rect, at: u16) -> Rect {
    Rect { y: area.y + at, height: area.height.min(1), ..area }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The line that two panes share is the lower one's, whose title stands there.
    #[test]
    fn a_pane_over_another_is_open_below() {
        let area = Rect::new(0, 0, 200, 60);
        let focus = Pane::Composition;
        let places = places(area, focus, false).with_learned(focus, true);
        let open: Vec<Pane> = Pane::ALL.into_iter().filter(|pane| places.is_open(*pane)).collect();
        assert_eq!(open, [Pane::Loss, Pane::Learned]);
        for pane in [Pane::Learned, Pane::Notes] {
            let place = places.place(pane).expect("there is room for all");
            assert_eq!(places.at(place.x + 3, place.y), Some(pane));
        }
        let zoomed = super::places(area, Pane::Loss, true);
        assert!(!Pane::ALL.into_iter().any(|pane| zoomed.is_open(pane)));
    }

    #[test]
    fn places_are_inside_and_share_a_line_of_frame_at_most_at_every_size() {
        for width in 0..=260 {
            for height in 0..=80 {
                let area = Rect::new(0, 0, width, height);
                for focus in Pane::ALL {
                    for zoomed in [false, true] {
                        let all = places(area, focus, zoomed).with_learned(focus, width % 2 == 0).all();
                        for (at, one) in all.iter().enumerate() {
                            assert_eq!(one.intersection(area), *one, "{width}x{height} {focus:?}");
                            let shared = |other: &Rect| one.intersection(*other);
                            let line = |it: Rect| it.is_empty() || it.width == SHARED || it.height == SHARED;
                            let apart = all[..at].iter().map(shared).all(line);
                            assert!(apart, "{width}x{height} {focus:?} {all:?}");
                        }
                    }
                }
            }
        }
    }
}
