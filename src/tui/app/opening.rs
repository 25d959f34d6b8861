//! The screen as the preset says that it opens. Knows no key.

use super::{App, Pane};
use crate::preset::{Focus, OpenElement, OpenPane};
use crate::scene::World;

impl App {
    /// Takes the looks that `[view]` asks for; what this preset cannot show is left as it is.
    pub(super) fn stand_as_opened(&mut self) {
        let view = self.preset.base.view.clone();
        self.going = !view.paused;
        let named = self.preset.runs().iter().position(|name| *name == *view.run);
        self.window.run = named.unwrap_or(0);
        self.stage = match view.focus {
            Focus::Stage(index) => index.clamp(1, self.depth().max(1)),
            Focus::Auto => self.depth().div_ceil(2).max(1),
        };
        if let Some(path) = view.select {
            self.selected = path;
        }
        self.window.element = match view.element {
            OpenElement::None => None,
            OpenElement::Of(number) => Some(number - 1),
        };
        self.pane = pane(view.pane);
        self.zoomed = view.zoom;
        self.window.zoom = view.span;
        let world = self.preset.experiment(self.window.run).ok().map(|run| World::of(&run.model.f));
        let turns = view.strip.and_then(|strip| world?.views().iter().position(|other| *other == strip));
        let sight = &mut self.window.sight;
        sight.turns = turns.unwrap_or(0);
        sight.face = view.face;
        sight.update = view.update;
        sight.aspect = view.aspect;
    }
}

const fn pane(name: OpenPane) -> Pane {
    match name {
        OpenPane::Auto | OpenPane::Configuration => Pane::Configuration,
        OpenPane::Functions => Pane::Functions,
        OpenPane::Composition => Pane::Composition,
        OpenPane::Loss => Pane::Loss,
        OpenPane::Notes => Pane::Notes,
    }
}
