//! One element a σ(b u + c) of a stage: where it stands, how wide and how high it is, and moving it. Knows no data.
//!
//! For a scalar u the element's place is −c/b and its width 1/|b|. For a vector u it is a plane wave: it varies along b
//! alone, at the signed distance −c/‖b‖ from 0, over the width 1/‖b‖.

use super::Kept;
use super::transform::Refusal;
use crate::model::{Coefficients, Form, Group};
use crate::text::Clean;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What of an element is taken hold of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grip {
    /// −c/b, in the stage's input unit.
    Location,
    /// 1/‖b‖, in the stage's input unit; the location stays.
    Width,
    /// An entry of a: the height in that output (of a convolution's a that sees several positions, row by row).
    A(usize),
    /// An entry of b, by input.
    B(usize),
    /// c.
    C,
}

impl fmt::Display for Grip {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Location => out.pad("location"),
            Self::Width => out.pad("width"),
            Self::A(0) => out.pad("a"),
            Self::A(at) => out.pad(&format!("a{}", at + 1)),
            Self::B(0) => out.pad("b"),
            Self::B(at) => out.pad(&format!("b{}", at + 1)),
            Self::C => out.pad("c"),
        }
    }
}

/// The numbers of one element; b and c are 1 and 0 of its own input in the reduced form.
#[derive(Clone, Debug, PartialEq)]
pub struct Element {
    /// n entries; empty in the reduced form.
    pub b: Vec<f64>,
    /// c.
    pub c: f64,
    /// m entries, or as many for every position that a sees.
    pub a: Vec<f64>,
}

impl Element {
    /// Element `k` of the stage at position `at` (innermost 0); none if there is none.
    #[must_use]
    pub fn of(f: &Coefficients, at: usize, k: usize) -> Option<Self> {
        let stage = *f.model.f.stages.get(at)?;
        if k >= stage.k {
            return None;
        }
        let (b, c, a) = (f.group(at, Group::B), f.group(at, Group::C), f.group(at, Group::A));
        Some(Self {
            b: b.iter().skip(k).step_by(stage.k).copied().collect(),
            c: c.get(k).copied().unwrap_or(0.0),
            a: a.chunks_exact(stage.outputs).skip(k).step_by(stage.k).flatten().copied().collect(),
        })
    }

    /// ‖b‖ with b's sign where there is one input.
    fn slope(&self) -> f64 {
        match self.b[..] {
            [] => 1.0,
            [b] => b,
            _ => self.b.iter().map(|b| b * b).sum::<f64>().sqrt(),
        }
    }

    /// −c/b; none where b = 0.
    #[must_use]
    pub fn location(&self) -> Option<f64> {
        let location = -self.c / self.slope();
        location.is_finite().then_some(location)
    }

    /// 1/‖b‖; infinite where b = 0.
    #[must_use]
    pub fn width(&self) -> f64 {
        1.0 / self.slope().abs()
    }

    /// The value of a grip; none where it has no meaning.
    #[must_use]
    pub fn get(&self, grip: Grip) -> Option<f64> {
        match grip {
            Grip::Location => self.location(),
            Grip::Width => Some(self.width()).filter(|width| width.is_finite()),
            Grip::A(at) => self.a.get(at).copied(),
            Grip::B(at) => self.b.get(at).copied(),
            Grip::C => (!self.b.is_empty()).then_some(self.c),
        }
    }

    /// The grips that there are: place, width, then the letters.
    #[must_use]
    pub fn grips(&self) -> Vec<Grip> {
        let heights = (0..self.a.len()).map(Grip::A);
        if self.b.is_empty() {
            return heights.collect();
        }
        let widths = (0..self.b.len()).map(Grip::B);
        [Grip::Location, Grip::Width].into_iter().chain(heights).chain(widths).chain([Grip::C]).collect()
    }

    /// With one grip at `to`; why not, where that has no meaning.
    fn with(mut self, grip: Grip, to: f64) -> Result<Self, String> {
        if self.b.is_empty() && !matches!(grip, Grip::A(_)) {
            return Err(format!("a reduced stage has b = 1 and c = 0: its elements have no {grip} of their own"));
        }
        match grip {
            Grip::Location if self.slope() == 0.0 => {
                return Err("the element is flat (b = 0) and so stands nowhere; give it a width first".to_owned());
            }
            Grip::Location => self.c = -to * self.slope(),
            Grip::Width if !(to.is_finite() && (1e-9..=1e9).contains(&to)) => {
                return Err(format!("the width is {to}; it must lie between 1e-9 and 1e9"));
            }
            Grip::Width if self.slope() == 0.0 => self.b[0] = 1.0 / to,
            Grip::Width => {
                let factor = self.width() / to;
                self.b.iter_mut().for_each(|b| *b *= factor);
                self.c *= factor;
            }
            Grip::A(at) => *self.a.get_mut(at).ok_or_else(|| format!("the element has no {grip}"))? = to,
            Grip::B(at) => *self.b.get_mut(at).ok_or_else(|| format!("the element has no {grip}"))? = to,
            Grip::C => self.c = to,
        }
        let finite = self.b.iter().chain(&self.a).chain([&self.c]).all(|value| value.is_finite());
        if finite { Ok(self) } else { Err(format!("{grip} = {to} would be too large for a number")) }
    }
}

/// θ with one grip of element `unit` of the stage at `at` moved to `to`.
pub(super) fn move_element(f: &Coefficients, at: usize, unit: usize, grip: Grip, to: f64) -> Result<Kept, Refusal> {
    let refusal = |sentence: &str| Refusal(Clean::new(sentence, 360));
    let (stage, index) = (f.model.f.stages[at], f.model.f.essay_index(at));
    let element = Element::of(f, at, unit)
        .ok_or_else(|| refusal(&format!("there is no element {} in f{index}: they are 1 to {}", unit + 1, stage.k)))?;
    let before = element.get(grip);
    let element = element.with(grip, to).map_err(|why| refusal(&format!("f{index} element {}: {why}", unit + 1)))?;
    let layout = f.layout();
    let mut theta = f.theta.to_vec();
    let mut put = |group, values: &[f64], width: usize| {
        if let Some(block) = layout.find(Some(at), group) {
            for (row, values) in values.chunks(width).enumerate() {
                let start = block.at.start + (row * stage.k + unit) * width;
                theta[start..start + width].copy_from_slice(values);
            }
        }
    };
    put(Group::A, &element.a, stage.outputs);
    if stage.form == Form::Full {
        put(Group::B, &element.b, 1);
        put(Group::C, &[element.c], 1);
    }
    let now = Coefficients::new(f.model.clone(), theta).expect("as long as before");
    let sentence = format!("f{index} element {}: {}", unit + 1, told(grip, before, to));
    Ok(Kept { exact: now.theta == f.theta, now, sentence })
}

/// What the move was, as one would see it.
fn told(grip: Grip, before: Option<f64>, to: f64) -> String {
    let now = format!("{to:.3}");
    let up = before.is_none_or(|before| to >= before);
    match grip {
        Grip::Location => format!("moves {}, to {now}", if up { "right" } else { "left" }),
        Grip::Width => format!("becomes {}, {now}", if up { "wider" } else { "narrower" }),
        Grip::A(_) | Grip::B(_) | Grip::C => format!("{grip} is {now}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(b: &[f64], c: f64) -> Element {
        Element { b: b.to_vec(), c, a: vec![1.0] }
    }

    #[test]
    fn a_kink_goes_where_it_is_put_and_keeps_its_width() {
        for b in [2.0, -0.5] {
            let moved = element(&[b], 0.3).with(Grip::Location, -1.5).unwrap();
            assert!((moved.location().unwrap() + 1.5).abs() < 1e-15);
            assert!((moved.width() - 1.0 / b.abs()).abs() < 1e-15);
        }
    }

    #[test]
    fn a_width_keeps_place_and_direction() {
        let wide = element(&[3.0, -4.0], 2.0).with(Grip::Width, 0.5).unwrap();
        assert!((wide.width() - 0.5).abs() < 1e-15);
        assert!((wide.location().unwrap() + 0.4).abs() < 1e-15);
        assert!((wide.b[0] / wide.b[1] + 0.75).abs() < 1e-15);
    }

    #[test]
    fn what_has_no_meaning_is_refused() {
        assert!(element(&[0.0], 1.0).with(Grip::Location, 0.0).is_err());
        assert!(element(&[1.0], 1.0).with(Grip::Width, 0.0).is_err());
        assert!(element(&[1.0], 1.0).with(Grip::A(1), 0.0).is_err());
        assert!(element(&[], 0.0).with(Grip::C, 0.0).is_err());
        assert!(element(&[1e300], 1.0).with(Grip::Location, 1e300).is_err());
        assert_eq!(element(&[], 0.0).grips(), [Grip::A(0)]);
    }
}
