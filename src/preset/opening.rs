//! How the screen stands when a preset opens, in the words of presets. Knows no screen.

use super::path::Path;
use crate::text::Clean;

/// `[view]`: the screen when the preset opens.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// A question to answer before the run.
    pub predict: Clean,
    /// Shown after it.
    pub answer: Clean,
    /// Settings that the lesson holds fast.
    pub lock: Vec<Path>,
    /// The stage in focus.
    pub focus: Focus,
    /// Which of its elements is selected.
    pub element: OpenElement,
    /// The name of the run in focus; empty for the first.
    pub run: Clean,
    /// The pane in focus.
    pub pane: OpenPane,
    /// Whether that pane has the whole screen.
    pub zoom: bool,
    /// The setting that is selected in the configuration.
    pub select: Option<Path>,
    /// Which functions are shown.
    pub face: Face,
    /// How much of the data's update draws of an exact posterior show, from 0, the prior, to 1.
    pub update: f64,
    /// What the strip shows of every f⁽ⁱ⁾; where nothing is written the world's first view.
    pub strip: Option<Strip>,
    /// What the composition's pane shows.
    pub aspect: Aspect,
    /// How much of x f shows, in multiples of the data's range.
    pub span: f64,
    /// Whether it waits to be told before it learns.
    pub paused: bool,
}

impl View {
    /// What f shows of x where nothing is written: the data's range and a margin.
    pub const SPAN: f64 = 1.15;
}

impl Default for View {
    fn default() -> Self {
        Self {
            predict: Clean::default(),
            answer: Clean::default(),
            lock: Vec::new(),
            focus: Focus::Auto,
            element: OpenElement::None,
            run: Clean::default(),
            pane: OpenPane::Auto,
            zoom: false,
            select: None,
            face: Face::Mode,
            update: 1.0,
            strip: None,
            aspect: Aspect::F,
            span: Self::SPAN,
            paused: false,
        }
    }
}

/// The stage in focus when a preset opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    /// Whichever the screen likes.
    Auto,
    /// f⁽ⁱ⁾ with that essay index.
    Stage(usize),
}

/// The element that is selected when a preset opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenElement {
    /// None.
    None,
    /// That one of the stage in focus, from 1.
    Of(usize),
}

/// The pane in focus when a preset opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenPane {
    /// Whichever the screen likes.
    Auto,
    /// The strip of f⁽ⁱ⁾.
    Functions,
    /// The parameter table.
    Configuration,
    /// f with the data.
    Composition,
    /// The losses.
    Loss,
    /// What to look at.
    Notes,
}

/// Which functions a belief shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Face {
    /// The most probable one.
    #[default]
    Mode,
    /// Draws from the prior: of f⁽ⁱ⁾ alone with the stages before it at the mode; of f with all of θ.
    Prior,
    /// Draws from the posterior, where the method knows one.
    Posterior,
}

/// What the strip shows of every f⁽ⁱ⁾; where a world has no such view, its first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strip {
    /// f⁽ⁱ⁾ on what it receives.
    Local,
    /// What has become of x after it.
    Along,
    /// One coordinate after it, over the plane of inputs.
    Heat,
    /// The plane itself after it: where it takes a grid and the data.
    Warped,
    /// Every element's b over the positions that it sees.
    Kernels,
    /// One element's b as the matrix it is over whole rows.
    Toeplitz,
    /// One row of the data before and after it.
    Passing,
}

/// What the composition's pane shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Aspect {
    /// f with the data.
    #[default]
    F,
    /// r = y − f(x).
    Residual,
    /// x on its way to ŷ: the stream after every f⁽ⁱ⁾.
    Path,
}

/// Their words.
pub(super) const PANES: [(&str, OpenPane); 6] = [
    ("auto", OpenPane::Auto),
    ("functions", OpenPane::Functions),
    ("configuration", OpenPane::Configuration),
    ("composition", OpenPane::Composition),
    ("loss", OpenPane::Loss),
    ("notes", OpenPane::Notes),
];
pub(super) const FACES: [(&str, Face); 3] =
    [("mode", Face::Mode), ("prior", Face::Prior), ("posterior", Face::Posterior)];
pub(super) const STRIPS: [(&str, Option<Strip>); 8] = [
    ("auto", None),
    ("local", Some(Strip::Local)),
    ("along", Some(Strip::Along)),
    ("heat", Some(Strip::Heat)),
    ("warped", Some(Strip::Warped)),
    ("kernels", Some(Strip::Kernels)),
    ("toeplitz", Some(Strip::Toeplitz)),
    ("passing", Some(Strip::Passing)),
];
pub(super) const ASPECTS: [(&str, Aspect); 3] =
    [("f", Aspect::F), ("residual", Aspect::Residual), ("path", Aspect::Path)];
