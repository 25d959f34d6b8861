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
    pub face: OpenFace,
    /// What the strip shows of every f⁽ⁱ⁾.
    pub strip: OpenStrip,
    /// What the composition's pane shows.
    pub aspect: OpenAspect,
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
            face: OpenFace::Mode,
            strip: OpenStrip::Auto,
            aspect: OpenAspect::F,
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

/// Which functions a preset opens with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenFace {
    /// The most probable ones.
    Mode,
    /// Draws from the prior.
    Prior,
}

/// What the strip shows when a preset opens; where a world has no such view, its first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenStrip {
    /// The world's first.
    Auto,
    /// f⁽ⁱ⁾ on what it receives.
    Local,
    /// What has become of x after it.
    Along,
    /// One coordinate over the plane.
    Heat,
    /// The plane after it.
    Warped,
    /// The elements of a convolution.
    Kernels,
    /// One element's matrix.
    Toeplitz,
    /// One row on its way.
    Passing,
}

/// What the composition's pane shows when a preset opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenAspect {
    /// f with the data.
    F,
    /// What it leaves.
    Residual,
    /// x on its way.
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
pub(super) const FACES: [(&str, OpenFace); 2] = [("mode", OpenFace::Mode), ("prior", OpenFace::Prior)];
pub(super) const STRIPS: [(&str, OpenStrip); 8] = [
    ("auto", OpenStrip::Auto),
    ("local", OpenStrip::Local),
    ("along", OpenStrip::Along),
    ("heat", OpenStrip::Heat),
    ("warped", OpenStrip::Warped),
    ("kernels", OpenStrip::Kernels),
    ("toeplitz", OpenStrip::Toeplitz),
    ("passing", OpenStrip::Passing),
];
pub(super) const ASPECTS: [(&str, OpenAspect); 3] =
    [("f", OpenAspect::F), ("residual", OpenAspect::Residual), ("path", OpenAspect::Path)];
