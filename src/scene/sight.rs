//! From where a world is looked at: views of the strip, faces of a belief, aspects of the composition. Knows no number.

use crate::model::Composition;
pub use crate::preset::{Aspect, Face, Strip as View};

/// What the inputs of a composition are, for the eye.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum World {
    /// One number, and one between any two f⁽ⁱ⁾.
    Scalar,
    /// A vector somewhere on the way: seen by its coordinates along x.
    Vector,
    /// Two inputs.
    Plane,
    /// A signal: positions × channels.
    Signal,
}

impl World {
    /// The world of a composition.
    #[must_use]
    pub fn of(f: &Composition) -> Self {
        if f.positions > 1 {
            return Self::Signal;
        }
        match f.inputs {
            2 => Self::Plane,
            1 if f.stream_inputs() == 1 && f.stages.iter().all(|stage| stage.outputs == 1) => Self::Scalar,
            _ => Self::Vector,
        }
    }

    /// The views that it has, in the order in which a key steps through them.
    #[must_use]
    pub const fn views(self) -> &'static [View] {
        match self {
            Self::Scalar => &[View::Local, View::Along],
            Self::Vector => &[View::Along],
            Self::Plane => &[View::Heat, View::Warped, View::Along],
            Self::Signal => &[View::Kernels, View::Toeplitz, View::Passing],
        }
    }
}

impl View {
    /// What it is, for the one sentence.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Local => "every f⁽ⁱ⁾ on what it receives: the output axis of one is the input axis of the next",
            Self::Along => "what has become of x after every f⁽ⁱ⁾, all over the same x",
            Self::Heat => "one coordinate after every f⁽ⁱ⁾, over the plane of inputs; c takes the next one",
            Self::Warped => "where every f⁽ⁱ⁾ has taken the plane: a grid of inputs, and the data on it",
            Self::Kernels => "the b of every element over the positions that it sees",
            Self::Toeplitz => "one element's b over the whole row: entries of one colour are one number",
            Self::Passing => {
                "one row of the data before and after every f⁽ⁱ⁾; j and k in Composition take the next row"
            }
        }
    }
}

impl Face {
    /// In the order in which a key steps through them.
    pub const ALL: [Self; 3] = [Self::Mode, Self::Prior, Self::Posterior];

    /// What it is, for the one sentence.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Mode => "the mode: the most probable function, or where learning stands on the way to it",
            Self::Prior => {
                "draws from the prior: each f⁽ⁱ⁾ on what the mode hands it; f with all of θ drawn, 5 to 95 % at every x"
            }
            Self::Posterior => {
                "draws from the posterior: each f⁽ⁱ⁾ behind the draw's own stages; f with 5 to 95 % at every x"
            }
        }
    }
}

impl Aspect {
    /// In the order in which a key steps through them.
    pub const ALL: [Self; 3] = [Self::F, Self::Residual, Self::Path];

    /// What it is, for the one sentence.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::F => "f with the data",
            Self::Residual => "r = y − f(x): what f has left; between the dotted lines lies one σ of noise",
            Self::Path => "the path of x: the stream after every f⁽ⁱ⁾, in its colour",
        }
    }
}

/// How the window looks at worlds beyond a scalar curve, and at beliefs beyond a point.
#[derive(Clone, Debug, PartialEq)]
pub struct Sight {
    /// How often the strip's view was turned: the view is that of its world's list, round and round.
    pub turns: usize,
    /// Which functions are shown.
    pub face: Face,
    /// How much of what the data ask of it has been added to a draw from the prior; 1: it is the posterior's. Only where the
    /// posterior is known in closed form.
    pub update: f64,
    /// What the composition's pane shows.
    pub aspect: Aspect,
    /// Whether K = ∞ is drawn beside f.
    pub limit: bool,
    /// The second coordinate of the cursor in the plane, from 0 (low end of the data's range) to 1.
    pub cursor2: f64,
    /// Shift of what f shows of the second input, in data ranges.
    pub pan2: f64,
    /// Which row of a set of signals is looked at; rows to learn from first, then those held out.
    pub row: usize,
    /// Values across and down that a stage's heat map is sampled at.
    pub stage_heat: (usize, usize),
    /// Values across and down that f's heat map is sampled at.
    pub f_heat: (usize, usize),
}

impl Default for Sight {
    fn default() -> Self {
        Self {
            turns: 0,
            face: Face::Mode,
            update: 1.0,
            aspect: Aspect::F,
            limit: false,
            cursor2: 0.64,
            pan2: 0.0,
            row: 0,
            stage_heat: (40, 24),
            f_heat: (60, 40),
        }
    }
}

impl Sight {
    /// The view of that world.
    #[must_use]
    pub fn view(&self, world: World) -> View {
        let views = world.views();
        views[self.turns % views.len()]
    }
}
