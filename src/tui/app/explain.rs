//! What has the focus, in the essay's terms and with its numbers: a function, a setting, f, the loss, notes. Knows no
//! screen and no key but by its name.

use super::{App, Pane};
use crate::function::Element;
use crate::model::{Architecture, Coefficients, Form, Group, Over};
use crate::preset::{Cost, LikelihoodKind, Scope};
use crate::scene::{Aspect, Face, View};
use crate::text::{Clean, grouped};
use crate::tui::plot::scale::short;

impl App {
    /// What has the focus: its name, and what there is to know about it.
    pub(super) fn explained(&self) -> (String, Vec<String>) {
        match self.pane {
            Pane::Functions => self.explained_stage(),
            Pane::Configuration => self.explained_row(),
            Pane::Composition => self.explained_f(),
            Pane::Loss => self.explained_loss(),
            Pane::Notes => explained_notes(),
            Pane::Learned => self.explained_learned(),
        }
    }

    fn name(&self, index: usize) -> String {
        self.look.glyphs.stage(index)
    }

    /// The focused f⁽ⁱ⁾ with its numbers.
    fn explained_stage(&self) -> (String, Vec<String>) {
        let (i, depth) = (self.stage, self.depth());
        let name = self.name(i);
        let Some(f) = self.shown().map(|run| run.belief.mode()) else {
            return (name, vec!["It is not there yet: the first picture has not come.".to_owned()]);
        };
        let Some(at) = f.model.f.position(i) else { return (name, Vec::new()) };
        let place = match (depth, depth - i) {
            (1, _) => "the only function".to_owned(),
            (_, 0) => "the innermost function: it meets x itself".to_owned(),
            (_, inside) if i == 1 => format!("the outermost of {}: it gives ŷ", inside + 1),
            (_, inside) => format!("between {} and {}", self.name(i + inside.min(1)), self.name(i - 1)),
        };
        let mut text = vec![formula(&f, at, &name), self.terms(&f, at), self.axes(&f, at)];
        text.extend(nothing_learned(&f, at, &name));
        text.extend(self.dead(at));
        if self.window.sight.face == Face::Prior {
            text.push(
                "Shown are draws from its prior, on what the functions inside it hand on: before any data.".to_owned(),
            );
        }
        (format!("{name}, {place}"), text)
    }

    /// The largest elements with their numbers.
    fn terms(&self, f: &Coefficients, at: usize) -> String {
        let k = f.model.f.stages[at].k;
        let height = |element: &Element| element.a.iter().fold(0.0_f64, |most, a| most.max(a.abs()));
        let chosen = self.window.element.filter(|k| *k < f.model.f.stages[at].k);
        let largest =
            || (0..k).filter_map(|k| Some((k, height(&Element::of(f, at, k)?)))).max_by(|a, b| a.1.total_cmp(&b.1));
        let Some((number, element)) =
            chosen.or_else(|| largest().map(|(k, _)| k)).and_then(|k| Some((k, Element::of(f, at, k)?)))
        else {
            return String::new();
        };
        let which = if chosen.is_some() { "The selected element" } else { "The highest element" };
        let c = if element.c < 0.0 { format!("− {}", short(-element.c)) } else { format!("+ {}", short(element.c)) };
        let (inside, size) = match element.b[..] {
            [] => ("u".to_owned(), "|b|"),
            [b] => (format!("{} u {c}", short(b)), "|b|"),
            _ => (format!("b·u {c}"), "‖b‖"),
        };
        let over = if element.b.len() > 1 { "‖b‖" } else { "b" };
        let lies = element.location().filter(|_| !element.b.is_empty());
        let lies = lies.map_or_else(String::new, |x| format!("; it lies at −c/{over} = {}", short(x)));
        let wide = Some(element.width()).filter(|width| width.is_finite() && !element.b.is_empty());
        let wide = wide.map_or_else(String::new, |width| format!(" and is 1/{size} = {} wide", short(width)));
        let a = element.a.get(self.window.coordinate).or(element.a.first()).copied().unwrap_or(0.0);
        format!("{which}, {} of {k}, is {} σ({inside}){lies}{wide}.", number + 1, short(a))
    }

    /// What is drawn across and what up.
    fn axes(&self, f: &Coefficients, at: usize) -> String {
        let (index, depth) = (f.model.f.essay_index(at), f.model.f.depth());
        let from = if at == 0 { "x".to_owned() } else { format!("u, what {} handed on", self.name(index + 1)) };
        let to = if at + 1 == depth { "ŷ".to_owned() } else { format!("what {} is given", self.name(index - 1)) };
        let outputs = f.model.f.stages[at].outputs;
        match self.view() {
            None | Some(View::Local) => format!(
                "Across: {from}. Up: {to}. Thin lines are the elements, the bright one is their sum, the dot is the one x \
                 that is followed through all functions."
            ),
            Some(View::Along) if outputs == 1 => {
                format!("Across: x, the same for all functions. Up: what has become of x after this one, {to}.")
            }
            Some(View::Along) => {
                format!("Its stream has {outputs} numbers. Across: x. Up: one of them after it; c takes the next.")
            }
            Some(View::Heat) => format!(
                "Over the plane of inputs: one of the {outputs} numbers that leave it, by shade; c takes the next. An \
                 element is a plane wave here: it varies along b alone."
            ),
            Some(View::Warped) => {
                "Where it has taken the plane: the grid was square and even before the innermost function.".to_owned()
            }
            Some(View::Kernels) => "Every element's b over the positions that it sees.".to_owned(),
            Some(View::Toeplitz) => {
                "One element's b as the matrix that it is over a whole row: the same numbers, shifted, zero elsewhere."
                    .to_owned()
            }
            Some(View::Passing) => "One row of the data before and after it.".to_owned(),
        }
    }

    fn dead(&self, at: usize) -> Option<String> {
        let dead = self.shown()?.health.stages.get(at)?.dead;
        let are = if dead == 1 { "element is" } else { "elements are" };
        (dead > 0).then(|| format!("{dead} {are} 0 on every training row: no data can move them; D draws them anew."))
    }

    /// The selected setting.
    fn explained_row(&self) -> (String, Vec<String>) {
        let path = self.selected;
        let (row, compared) = (path.row(), self.compared());
        let mark = self.mark(&path, &compared);
        let [settings, opened] = compared;
        let stage = path.stage().map_or_else(String::new, |index| format!(" of {}", self.name(index)));
        let mut text = vec![row.help.to_owned()];
        let origin = match (mark.written, path.stage(), row.scope) {
            (true, Some(_), _) => "written for this stage alone",
            (true, None, _) => "written in the preset",
            (false, Some(_), Scope::PerStage | Scope::PerGroup) => "what all stages have",
            (false, _, _) => "the default",
        };
        let value = Clean::new(&row.kind.show(&settings.get(&path)), 60);
        let value = if value.is_empty() { Clean::from("nothing") } else { value };
        text.push(format!("Now {value}, {origin}. It takes {}.", row.kind.expects()));
        if mark.changed {
            let opened = Clean::new(&row.kind.show(&opened.get(&path)), 60);
            text.push(format!("The preset as it was opened or saved has {opened}: r goes back to it."));
        }
        text.push(
            match row.cost {
                Cost::Live => "A change is felt at once: learning goes on with the coefficients it has.",
                Cost::Rebuild => {
                    "A change makes data or coefficients anew; what can be kept is kept, and the sentence below says what."
                }
            }
            .to_owned(),
        );
        if super::posterior::is_of_decay(&path) {
            text.extend(self.explained_decay());
        }
        if mark.locked {
            text.push("This preset holds it fast.".to_owned());
        } else if mark.idle {
            text.push("As things are it has no effect.".to_owned());
        }
        (format!("{}{stage}  {path}", row.label), text)
    }

    /// f with its data.
    fn explained_f(&self) -> (String, Vec<String>) {
        let settings = self.preset.settings(self.window.run);
        let formula = match settings.model.architecture {
            Architecture::Plain => "ŷ = f(x): every function takes what the one inside it made of x.",
            Architecture::Residual => "ŷ = f(x): every function adds s·f(u) to its own input u, the innermost first.",
            Architecture::Residual2015 => {
                "ŷ = f(x): every function adds s·f(u) to its own input u, and σ acts on the sum; not after the outermost."
            }
        };
        let scatter = match settings.likelihood.kind {
            LikelihoodKind::Gaussian => "y is f(x) and Gaussian scatter of size s, the ± beside ŷ",
            LikelihoodKind::StudentT => "y is f(x) and scatter of size s with long tails: an outlier weighs little",
            LikelihoodKind::Laplace => "y is f(x) and scatter of size s with edges: f(x) is a median",
            LikelihoodKind::Bernoulli => "y is 1 with probability 1/(1 + e^−f), else 0",
            LikelihoodKind::Categorical => "y is a class, with probabilities softmax(f)",
            LikelihoodKind::Poisson => "y is a count with mean e^f",
        };
        let shows = match self.window.sight.aspect {
            Aspect::F => "The curve is the f at the top of that: the mode of the posterior, or the way there.",
            Aspect::Residual => "Shown is y − f(x): what f has left of the data.",
            Aspect::Path => "Shown is the path of x: the stream after every function, in its colour.",
        };
        let text = vec![
            formula.to_owned(),
            format!("Marks are observations: {scatter}. Filled ones are learned from, open ones held out."),
            format!(
                "Bayes' rule weighs how likely the observations are under f against how likely a, b, c, d were before any \
                 data. {shows}"
            ),
        ];
        ("f, the whole composition".to_owned(), text)
    }

    fn explained_loss(&self) -> (String, Vec<String>) {
        if let Some(chains) = self.explained_chains() {
            return chains;
        }
        let kind = self.preset.settings(self.window.run).likelihood.kind;
        let gaussian = kind == LikelihoodKind::Gaussian;
        // Of several outputs every one has a unit of its own.
        let several = self.shown().is_some_and(|run| run.data.outputs.len() > 1);
        let what = match (gaussian, several) {
            (true, false) => "(y − ŷ)² in y's own unit",
            (true, true) => {
                "(y − ŷ)² over all outputs, each in its own unit: the one of the largest numbers weighs most"
            }
            (false, _) => "−log p(y | f(x))",
        };
        let mut text = vec![format!(
            "The mean of {what}, against the step: solid on what is learned from, dotted on what is held out. Where the two \
             part, elements follow the scatter."
        )];
        if gaussian && several {
            let words = "Learning climbs the log posterior: log likelihood, a constant less the sum of (y − ŷ)²/2s² with every \
                         output in its standard deviations, so that all weigh alike, plus log prior. Weight decay is that prior.";
            text.push(words.to_owned());
        } else if gaussian {
            let words = [
                "Learning climbs the log posterior: log likelihood, which is −loss times n/2s² and a constant, n the number of \
                 y's values and s in y's own unit, plus log prior. Weight decay is that prior: λ = s²/(N τ²) on its squares.",
                "The least loss to be had is about s² in that unit: below it f has learned scatter.",
            ];
            text.extend(words.map(str::to_owned));
        } else {
            let words = "Learning climbs the log posterior: log likelihood, which is −loss times the number of y's values, plus log \
                         prior. Weight decay is that prior.";
            text.push(words.to_owned());
        }
        text.push("Upright lines mark where something was changed.".to_owned());
        if let Some(run) = self.shown().filter(|run| run.log_posterior.is_finite()) {
            text.push(format!("At step {} the log posterior is {}.", grouped(run.step), short(run.log_posterior)));
        }
        ("Loss".to_owned(), text)
    }
}

/// f⁽²⁾(u) = Σ aₖ σ(bₖ u + cₖ) + d with K, σ and the shapes.
fn formula(f: &Coefficients, at: usize, name: &str) -> String {
    let stage = f.model.f.stages[at];
    let count = |group| f.group(at, group).len();
    let all: usize = [Group::A, Group::B, Group::C, Group::D].map(count).iter().sum();
    let k = stage.k;
    let (u, n, m) = (if at == 0 { "x" } else { "u" }, f.model.f.stage_inputs(at), stage.outputs);
    let inside = if stage.form == Form::Reduced && count(Group::B) == 0 {
        format!("σ({u}ₖ), reduced: b = 1 and c = 0")
    } else {
        format!("σ(bₖ {u} + cₖ)")
    };
    let over = match stage.over {
        Over::Points => String::new(),
        Over::Patches { width, .. } => format!(" The same expansion acts on every patch of {width} positions."),
    };
    format!(
        "{name}({u}) = Σ aₖ {inside} + d, truncated at K={k}; σ is {}. b is {n}×{k}, a is {k}×{m}: {all} numbers to \
         learn.{over}",
        stage.sigma
    )
}

/// What a function is that data taught nothing.
fn nothing_learned(f: &Coefficients, at: usize, name: &str) -> Option<String> {
    let single = f.model.f.depth() == 1;
    Some(match f.model.f.architecture {
        Architecture::Residual | Architecture::Residual2015 => format!(
            "Residual: what leaves is u + s·{name}(u), s = {}; the dotted line is u alone. Had it learned nothing, its \
             most probable a, b, c, d were 0, and u would pass.",
            short(f.model.f.branch_scale)
        ),
        Architecture::Plain if single => return None,
        Architecture::Plain if at + 1 == f.model.f.depth() => {
            format!("Plain: had {name} learned nothing, its most probable a, b, c, d were 0, and ŷ would be constant.")
        }
        Architecture::Plain => format!(
            "Plain: had {name} learned nothing, its most probable a, b, c, d were 0; all that follow get one number, and ŷ \
             is constant."
        ),
    })
}

fn explained_notes() -> (String, Vec<String>) {
    let text = vec![
        "What to look at and what to try, by whoever wrote this preset. J and K turn the page.".to_owned(),
        "If it begins with a question: say first what you expect (Enter). What happens is shown beside it once the run has \
         done its steps, or when you press Enter again."
            .to_owned(),
    ];
    ("Notes".to_owned(), text)
}
