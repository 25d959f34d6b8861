//! Taking hold of one element of the focused f⁽ⁱ⁾: selecting, moving, holding. Knows no screen.

use super::{App, Effect, Pane};
use crate::function::{Element, Grip, Transform};
use crate::model::Coefficients;
use crate::preset::{Change, GROUPS, Path, Value};
use crate::scene::input_range;
use crate::text::Clean;
use std::time::Duration;

/// One key moves an element by this part of the range that its stage sees.
const SHIFT: f64 = 0.01;
/// One key changes a height by this part of the stage's greatest.
const RAISE: f64 = 0.05;
/// One key changes a width by this factor.
const WIDEN: f64 = 1.1;

impl App {
    /// Whether keys go to an element: one is selected, and Functions has the focus.
    pub(super) fn has_element(&self) -> bool {
        self.pane == Pane::Functions && self.window.element.is_some()
    }

    /// The selected element of the focused f⁽ⁱ⁾, from 0.
    #[must_use]
    pub fn element(&self) -> Option<usize> {
        self.window.element
    }

    /// The focused function, and where the focused stage stands in it.
    fn at_stage(&self) -> Option<(Coefficients, usize)> {
        let f = self.shown()?.belief.mode();
        let at = f.model.f.position(self.stage)?;
        Some((f, at))
    }

    /// The next element, or the one before; beyond either end none is selected.
    pub(super) fn select_element(&mut self, by: i32) {
        let Some((f, at)) = self.at_stage() else { return };
        let k = f.model.f.stages[at].k;
        // One place more than there are elements: "none".
        let here = self.window.element.map_or(0, |element| element.min(k - 1) + 1);
        let there = if by.abs() > 1000 {
            if by > 0 { k } else { 1 }
        } else {
            usize::try_from(
                (i64::try_from(here).unwrap_or(0) + i64::from(by)).rem_euclid(i64::try_from(k + 1).unwrap_or(1)),
            )
            .unwrap_or(0)
        };
        self.window.element = there.checked_sub(1);
    }

    pub(super) fn shift(&mut self, by: i32, now: Duration) -> Vec<Effect> {
        let Some(snapshot) = self.shown() else { return Vec::new() };
        self.move_grip(Grip::Location, now, &|f, at, element| {
            let [low, high] = input_range(&snapshot, f.model.f.essay_index(at));
            let here = element.location().unwrap_or(f64::midpoint(low, high));
            here + f64::from(by) * SHIFT * (high - low)
        })
    }

    pub(super) fn raise(&mut self, by: i32, now: Duration) -> Vec<Effect> {
        let j = self.window.coordinate;
        self.move_grip(Grip::A(0), now, &move |f, at, element| {
            let heights = f.group(at, crate::model::Group::A);
            let greatest = heights.iter().fold(0.0_f64, |most, a| most.max(a.abs()));
            let here = element.a.get(j).or(element.a.first()).copied().unwrap_or(0.0);
            here + f64::from(by) * RAISE * greatest.max(1e-2)
        })
    }

    pub(super) fn widen(&mut self, by: i32, now: Duration) -> Vec<Effect> {
        if !self.has_element() {
            return self.refuse("select an element first: j and k in Functions (1)");
        }
        self.move_grip(Grip::Width, now, &|_, _, element| {
            let here = element.width();
            if here.is_finite() { (here * WIDEN.powi(by)).clamp(1e-9, 1e9) } else { 1.0 }
        })
    }

    /// Moves a grip of the selected element to where `to` says; a height is that of the coordinate shown.
    fn move_grip(
        &mut self,
        grip: Grip,
        now: Duration,
        to: &dyn Fn(&Coefficients, usize, &Element) -> f64,
    ) -> Vec<Effect> {
        let (Some(unit), Some((f, at))) = (self.window.element, self.at_stage()) else { return Vec::new() };
        let Some(element) = Element::of(&f, at, unit) else { return Vec::new() };
        let grip = match grip {
            Grip::A(_) => Grip::A(self.window.coordinate.min(element.a.len().saturating_sub(1))),
            other => other,
        };
        let to = to(&f, at, &element);
        self.transform(Transform::Move { stage: self.stage, unit, grip, to }, now)
    }

    /// `:move GRIP VALUE`: a grip of the selected element by its letter or name.
    pub(super) fn move_typed(&mut self, typed: &str, now: Duration) -> Vec<Effect> {
        let (Some(unit), Some((f, at))) = (self.window.element, self.at_stage()) else {
            return self.refuse("select an element first: j and k in Functions (1)");
        };
        let Some(element) = Element::of(&f, at, unit) else { return Vec::new() };
        let (name, value) = typed.split_once(char::is_whitespace).unwrap_or((typed, ""));
        let names = || element.grips().into_iter().map(|grip| grip.to_string()).collect::<Vec<_>>().join(", ");
        let meant = |grip: &Grip| grip.to_string() == name || (*grip == Grip::A(0) && name == "height");
        match (element.grips().into_iter().find(meant), value.trim().parse::<f64>()) {
            (Some(grip), Ok(to)) if to.is_finite() => {
                self.transform(Transform::Move { stage: self.stage, unit, grip, to }, now)
            }
            (Some(grip), _) => self.refuse(&format!("{grip} takes a number, not {}", Clean::excerpt(value))),
            (None, _) => self.refuse(&format!("an element has no {}; it has {}", Clean::excerpt(name), names())),
        }
    }

    /// Holds the selected element, else the whole focused stage; what is held is let go.
    pub(super) fn hold(&mut self, now: Duration) -> Vec<Effect> {
        let settings = self.preset.settings(self.window.run);
        let stage = Some(self.stage);
        let element = self.window.element.filter(|_| self.pane == Pane::Functions);
        let key = if element.is_some() { "hold_elements" } else { "hold" };
        let path = Path::full(&format!("f{}.{key}", self.stage)).expect("every stage can be held");
        let value = match element {
            Some(element) => {
                let mut held: Vec<usize> = Vec::try_from(settings.get(&path)).unwrap_or_default();
                match held.iter().position(|number| *number == element + 1) {
                    Some(at) => drop(held.remove(at)),
                    None => held.push(element + 1),
                }
                Value::from(held)
            }
            None if path.row().is_written(&settings, stage) => Value::List(Vec::new()),
            None => Value::List(GROUPS.iter().map(|(letter, _)| Value::Text(Clean::from(*letter))).collect()),
        };
        let empty = value.items().is_some_and(<[Value]>::is_empty);
        self.change(if empty { Change::Clear(path) } else { Change::Set(path, value) }, now)
    }
}
