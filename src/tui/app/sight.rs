//! Turning views, faces and aspects, and moving in worlds that are no curve. Knows no screen.

use super::update::{CURSOR, cycled};
use super::{App, Pane};
use crate::data::Dataset;
use crate::scene::{Aspect, Face, View, World, rows};
use ndarray::ArrayView1;
use std::time::Duration;

impl App {
    /// The world of the run in focus.
    fn world(&self) -> Option<World> {
        Some(World::of(&self.shown()?.experiment.model.f))
    }

    /// The strip's next view.
    pub(super) fn turn_view(&mut self, now: Duration) {
        let Some(world) = self.world() else { return };
        let sight = &mut self.window.sight;
        sight.turns = (sight.turns + 1) % world.views().len();
        let view = sight.view(world);
        let sentence = match world {
            World::Vector => "a vector stream has one view: its coordinates along x; c takes the next one",
            World::Scalar | World::Plane | World::Signal => view.sentence(),
        };
        self.say(sentence, now);
    }

    /// The next face.
    pub(super) fn turn_face(&mut self, now: Duration) {
        self.window.sight.face = cycled(&Face::ALL, self.window.sight.face, 1);
        (self.window.sight.update, self.updating) = (1.0, None);
        self.say(self.face_sentence(), now);
    }

    /// The composition's next aspect, of those that its world has.
    pub(super) fn turn_aspect(&mut self, now: Duration) {
        let next = cycled(&Aspect::ALL, self.window.sight.aspect, 1);
        let curves = matches!(self.world(), Some(World::Scalar | World::Vector) | None);
        self.window.sight.aspect = if next == Aspect::Path && !curves { Aspect::F } else { next };
        let sentence = match (self.window.sight.aspect, self.world()) {
            (Aspect::Residual, Some(World::Plane)) => "what f leaves of every point: y − f(x1, x2), by sign and size",
            (Aspect::Residual, Some(World::Signal)) => "what f leaves of this row: y − ŷ",
            (aspect, _) => aspect.sentence(),
        };
        self.say(sentence, now);
    }

    /// Whether keys in the composition's pane go over a plane.
    pub(super) fn is_over_plane(&self) -> bool {
        self.pane == Pane::Composition && self.world() == Some(World::Plane)
    }

    /// Down in the composition's pane: the cursor's second coordinate, the next signal, or the next point along x.
    pub(super) fn down_in_f(&mut self, lines: i32) {
        match self.world() {
            Some(World::Plane) => {
                let cursor = self.window.sight.cursor2 - CURSOR * f64::from(lines.clamp(-1000, 1000));
                self.window.sight.cursor2 = cursor.clamp(0.0, 1.0);
            }
            Some(World::Signal) => {
                let last = self.shown().map_or(0, |run| rows(&run.data)).saturating_sub(1);
                let here = self.window.sight.row.min(last);
                self.window.sight.row = here.saturating_add_signed(lines as isize).min(last);
            }
            Some(World::Scalar | World::Vector) | None => self.next_point(lines),
        }
    }

    /// How far a row of X (standardised) is from what the cursor is at: along x, in the plane, or by the row's place.
    pub(super) fn distance(&self, data: &Dataset, x: ArrayView1<'_, f64>, place: usize) -> f64 {
        let part = |column: usize, share: f64| {
            let [low, high] = data.x_range(column).map(|x| data.inputs[column].to_standard(x));
            (x[column] - (low + share * (high - low))) / (high - low)
        };
        let along = part(crate::scene::axis(data, &self.window), self.window.cursor);
        match self.world() {
            Some(World::Plane) => along.hypot(part(1, self.window.sight.cursor2)),
            #[expect(clippy::cast_precision_loss, reason = "counts of rows")]
            Some(World::Signal) => place.abs_diff(self.window.sight.row) as f64,
            Some(World::Scalar | World::Vector) | None => along.abs(),
        }
    }

    /// Shifts what f shows of the second input.
    pub(super) fn pan_up(&mut self, by: i32) {
        self.window.sight.pan2 = (self.window.sight.pan2 + 0.1 * f64::from(by)).clamp(-20.0, 20.0);
    }

    /// The view of the strip.
    #[must_use]
    pub fn view(&self) -> Option<View> {
        self.world().map(|world| self.window.sight.view(world))
    }
}
