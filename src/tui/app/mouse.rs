//! What the mouse does: a press gives the focus to what is under it, the wheel goes up and down there. Knows no bytes.

use super::{App, Effect, Overlay};
use crate::tui::term::{Deed, Mouse};
use crate::tui::view;
use ratatui::layout::Size;
use std::time::Duration;

impl App {
    /// The screen has this many columns and rows now: what the mouse is over, and how large a picture of it is, hangs on it.
    pub fn resized(&mut self, width: u16, height: u16) {
        self.desk.size = (width, height);
        self.dirty = true;
    }

    /// The mouse on or off.
    pub(super) fn toggle_mouse(&mut self, now: Duration) -> Vec<Effect> {
        self.mouse = !self.mouse;
        let said = if self.mouse {
            "the mouse is on: a press takes the focus, the wheel goes up and down; with shift the terminal has it. M: off"
        } else {
            "the mouse is the terminal's again"
        };
        self.say(said, now);
        vec![Effect::Mouse(self.mouse)]
    }

    /// A press under an overlay means nothing; the wheel scrolls help.
    pub(super) fn mouse(&mut self, mouse: Mouse) {
        match (&self.overlay, mouse.deed) {
            (Overlay::Help(_), Deed::Wheel(lines)) => return self.scroll_help(lines),
            (Overlay::None, _) => {}
            (_, _) => return,
        }
        let Some((pane, stage)) = view::under(self, Size::from(self.desk.size), (mouse.column, mouse.row)) else {
            return;
        };
        match mouse.deed {
            Deed::Press => {
                self.pane = pane;
                if let Some(stage) = stage.filter(|stage| *stage != self.stage) {
                    // Along the way of x the index falls.
                    let by = i32::try_from(self.stage).unwrap_or(0) - i32::try_from(stage).unwrap_or(0);
                    self.focus_stage(by);
                }
            }
            Deed::Wheel(lines) => {
                // As if the pane had the focus, which stays where it is.
                let focus = std::mem::replace(&mut self.pane, pane);
                self.down(lines);
                self.pane = focus;
            }
        }
    }
}
