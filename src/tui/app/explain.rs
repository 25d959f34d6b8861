//! Help: what has the focus, in the essay's terms; then every key. Knows no screen: words and how wide they may be.

use super::keys::{BINDINGS, Binding, Place};
use super::{Action, App, Line, Overlay, Pane, keys};
use crate::function::Element;
use crate::model::{Architecture, Coefficients, Form, Group, Over};
use crate::preset::{Cost, Scope};
use crate::text::Clean;
use crate::tui::plot::scale::{grouped, short};
use crossterm::event::{KeyCode, KeyEvent};

/// The widest help is.
pub const WIDEST: u16 = 78;
/// Where what a key does begins.
pub const WORDS: usize = 15;

/// Help, while it is open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Help {
    /// Lines that are scrolled past.
    pub scroll: usize,
    /// What a line must have to be shown.
    pub filter: Line,
    /// Whether keys go to the filter.
    pub typing: bool,
}

/// One line of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HelpLine {
    /// Over what follows.
    Heading(String),
    /// A piece of explanation, wrapped.
    Prose(String),
    /// Keys, and what they do.
    Keys(String, String),
    /// Nothing.
    Blank,
}

impl App {
    /// All lines of help that its filter leaves, at that width.
    #[must_use]
    pub fn help_lines(&self, help: &Help, width: usize) -> Vec<HelpLine> {
        let wanted = help.filter.text().to_lowercase();
        let fits = |text: &str| wanted.split_whitespace().all(|word| text.to_lowercase().contains(word));
        let mut lines = Vec::new();
        let (title, paragraphs) = self.explained();
        if wanted.trim().is_empty() {
            lines.push(HelpLine::Heading(title));
            for paragraph in paragraphs {
                lines.extend(wrapped(&paragraph, width).into_iter().map(HelpLine::Prose));
            }
            lines.push(HelpLine::Blank);
        }
        let own = |row: &&Binding| row.place == Place::In(self.pane);
        for row in BINDINGS.iter().filter(own).chain(BINDINGS.iter().filter(|row| !own(row))) {
            let words = match row.place {
                Place::Anywhere => row.help.to_owned(),
                Place::In(pane) => format!("{} ({})", row.help, pane.title()),
            };
            let keys = row.keys.join("  ");
            if fits(&format!("{keys} {words}")) {
                let room = width.saturating_sub(WORDS).max(12);
                for (at, part) in wrapped(&words, room).into_iter().enumerate() {
                    lines.push(HelpLine::Keys(if at == 0 { keys.clone() } else { String::new() }, part));
                }
            }
        }
        lines
    }

    /// Lines of help that are seen at once, and its width.
    fn help_size(&self) -> (usize, usize) {
        let (width, height) = self.desk.size;
        (usize::from(height.saturating_sub(4)).max(1), usize::from(width.min(WIDEST).saturating_sub(4)))
    }

    /// By the wheel.
    pub(super) fn scroll_help(&mut self, lines: i32) {
        let Overlay::Help(mut help) = std::mem::take(&mut self.overlay) else { return };
        let (height, width) = self.help_size();
        let last = self.help_lines(&help, width).len().saturating_sub(height);
        help.scroll = help.scroll.saturating_add_signed(lines as isize).min(last);
        self.overlay = Overlay::Help(help);
    }

    pub(super) fn help_key(&mut self, key: &KeyEvent, mut help: Help) {
        let (height, width) = self.help_size();
        let last = self.help_lines(&help, width).len().saturating_sub(height);
        let scroll = help.scroll.min(last);
        if help.typing {
            match key.code {
                KeyCode::Enter => help.typing = false,
                KeyCode::Esc => help = Help::default(),
                KeyCode::Backspace if help.filter.text().is_empty() => help.typing = false,
                _ => {
                    help.filter.key(key);
                    help.scroll = 0;
                }
            }
            self.overlay = Overlay::Help(help);
            return;
        }
        help.scroll = match keys::action(key, Pane::Loss) {
            Some(Action::Down(lines)) => scroll.saturating_add_signed(lines as isize),
            Some(Action::Page(pages)) => scroll.saturating_add_signed(pages as isize * height.cast_signed()),
            Some(Action::End(end)) => {
                if end {
                    last
                } else {
                    0
                }
            }
            Some(Action::Find) => {
                (help.typing, help.filter) = (true, Line::default());
                0
            }
            Some(Action::Close) if !help.filter.text().is_empty() => {
                help.filter = Line::default();
                0
            }
            Some(Action::Help | Action::Close | Action::Quit) => return,
            _ => scroll,
        }
        .min(last.max(scroll));
        self.overlay = Overlay::Help(help);
    }

    /// What has the focus: its name, and what there is to know about it.
    fn explained(&self) -> (String, Vec<String>) {
        match self.pane {
            Pane::Functions => self.explained_stage(),
            Pane::Configuration => self.explained_row(),
            Pane::Composition => self.explained_f(),
            Pane::Loss => self.explained_loss(),
            Pane::Notes => explained_notes(),
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
        let (a, b) = (element.a.first().copied().unwrap_or(0.0), element.b.first().copied().unwrap_or(1.0));
        let which = if chosen.is_some() { "The selected element" } else { "The highest element" };
        let inside = match (element.b.is_empty(), element.c < 0.0) {
            (true, _) => "u".to_owned(),
            (false, true) => format!("{} u − {}", short(b), short(-element.c)),
            (false, false) => format!("{} u + {}", short(b), short(element.c)),
        };
        let lies = element.location().map_or_else(String::new, |x| format!("; it lies at −c/b = {}", short(x)));
        let wide = Some(element.width()).filter(|width| width.is_finite() && !element.b.is_empty());
        let wide = wide.map_or_else(String::new, |width| format!(" and is 1/|b| = {} wide", short(width)));
        let dots = if element.b.len() > 1 { " (first input)" } else { "" };
        format!("{which}, {} of {k}, is {} σ({inside}){dots}{lies}{wide}.", number + 1, short(a))
    }

    /// What is drawn across and what up.
    fn axes(&self, f: &Coefficients, at: usize) -> String {
        let (index, depth) = (f.model.f.essay_index(at), f.model.f.depth());
        let from = if at == 0 { "x".to_owned() } else { format!("u, what {} handed on", self.name(index + 1)) };
        let to = if at + 1 == depth { "ŷ".to_owned() } else { format!("what {} is given", self.name(index - 1)) };
        let scalar = f.model.f.inputs == 1 && f.model.f.stages.iter().all(|stage| stage.outputs == 1);
        if scalar {
            return format!(
                "Across: {from}. Up: {to}. Thin lines are the elements, the bright one is their sum, the dot is the \
                 one x that is followed through all functions."
            );
        }
        format!(
            "Its stream has {} numbers: one of them is drawn up, over x across; c takes the next.",
            f.model.f.stages[at].outputs
        )
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
        if mark.locked {
            text.push("This preset holds it fast.".to_owned());
        } else if mark.idle {
            text.push("As things are it has no effect.".to_owned());
        }
        (format!("{}{stage}  {path}", row.label), text)
    }

    fn explained_f(&self) -> (String, Vec<String>) {
        let settings = self.preset.settings(self.window.run);
        let formula = match settings.model.architecture {
            Architecture::Plain => "ŷ = f(x): every function takes what the one inside it made of x.",
            Architecture::Residual => "ŷ = f(x): every function adds s·f(u) to its own input u, the innermost first.",
            Architecture::Residual2015 => {
                "ŷ = f(x): every function adds s·f(u) to its own input u, and σ acts on the sum; not after the outermost."
            }
        };
        let text = vec![
            formula.to_owned(),
            "Dots are observations: y = f(x) plus scatter of size s, the ± beside ŷ. Filled ones are learned from, open \
             ones held out."
                .to_owned(),
            "Bayes' rule weighs how likely the observations are under f against how likely a, b, c, d were before any \
             data. The curve is the f at the top of that: the mode of the posterior."
                .to_owned(),
        ];
        ("f, the whole composition".to_owned(), text)
    }

    fn explained_loss(&self) -> (String, Vec<String>) {
        let step = self.shown().map_or(0, |run| run.step);
        let mut text = vec![
            "The mean of (y − ŷ)² in y's own unit, against the step: solid on what is learned from, dotted on what is \
             held out. Where the two part, elements follow the scatter."
                .to_owned(),
            "Learning climbs the log posterior: log likelihood, which is −loss times N/2s² and a constant, plus log \
             prior. Weight decay is that prior: λ = s²/τ² on the squares."
                .to_owned(),
            "The least loss to be had is about s²: below it f has learned noise. Upright lines mark where something was \
             changed."
                .to_owned(),
        ];
        if let Some(run) = self.shown().filter(|run| run.log_posterior.is_finite()) {
            text.push(format!("At step {} the log posterior is {}.", grouped(step), short(run.log_posterior)));
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

/// Prose in lines of at most `width` characters; a longer word is cut.
pub(in crate::tui) fn wrapped(prose: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines: Vec<String> = Vec::new();
    for word in prose.split_whitespace() {
        let mut word: String = word.to_owned();
        let length = |text: &str| text.chars().count();
        match lines.last_mut() {
            Some(line) if length(line) + 1 + length(&word) <= width => {
                line.push(' ');
                line.push_str(&word);
                continue;
            }
            Some(_) | None => {}
        }
        while length(&word) > width {
            let rest: String = word.chars().skip(width).collect();
            lines.push(word.chars().take(width).collect());
            word = rest;
        }
        lines.push(word);
    }
    if lines.is_empty() {
        lines.push(String::new());
    }
    lines
}
