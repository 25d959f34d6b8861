//! The last lines: one sentence, which takes more where it has to, and what the run is doing. Knows no curve.

use super::overlay::{put, typed};
use super::{Places, loss, prompt};
use crate::run::{Drawing, Snapshot};
use crate::scene::Scene;
use crate::text::grouped;
use crate::tui::app::keys::BINDINGS;
use crate::tui::app::{App, Overlay, wrapped};
use crate::tui::plot::Grid;
use crate::tui::plot::scale::rate;
use crate::tui::term::Measured;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Widget};

/// Lines that a sentence may take, and its part of the screen: the others lie over the lower edge of the panes, which stay where
/// they are. What is longer still is whole among the messages.
const LINES: usize = 3;
const PART: usize = 4;
/// What stands at the end of a sentence that is not whole.
const MORE: &str = "… :messages has it all";
/// Columns of the loss curve on the status line, where losses have no pane.
const SPARK: u16 = 12;

/// The sentence at the lower edge of the panes, in as few lines as it needs.
pub(super) fn sentence(app: &App, area: Rect, buffer: &mut Buffer) {
    let palette = &app.look.palette;
    let (text, style, most) = match app.overlay() {
        Overlay::Command(command) => return prompt::line(app, command, area, buffer),
        Overlay::Finding(finding) => {
            let (path, room) = (app.selected(), usize::from(area.width) / 3);
            (format!("/{}  {path}: {}", typed(&finding.line, room), path.row().help), palette.focus, 1)
        }
        Overlay::Guess(line) => {
            (format!(" you expect: {}", typed(line, usize::from(area.width).saturating_sub(14))), palette.focus, 1)
        }
        // The row that is typed into may be the pane's last: its frame may be covered, but not the row.
        Overlay::Typing(path, _, None) => {
            let row = path.row();
            (format!(" {path} takes {}. {}", row.kind.expects(), row.help), palette.dim, 2)
        }
        Overlay::Typing(_, _, Some(wrong)) => (format!(" {wrong}"), palette.bad, LINES),
        Overlay::None => {
            let told = app.told();
            let most = if told.is_some() { LINES } else { 1 };
            let sentence = told.unwrap_or_else(|| app.sentence());
            (format!(" {}", sentence.text), if sentence.is_error { palette.bad } else { palette.dim }, most)
        }
        // A window covers what would stand above the last line.
        Overlay::Help(_)
        | Overlay::Picker(_)
        | Overlay::Messages(_)
        | Overlay::Claims
        | Overlay::Ask(_)
        | Overlay::Pasted(..) => {
            let sentence = app.sentence();
            (format!(" {}", sentence.text), if sentence.is_error { palette.bad } else { palette.dim }, 1)
        }
    };
    let most = most.min(usize::from(area.bottom()) / PART).max(1);
    let kept = app.messages().next_back().is_some_and(|said| said.text.as_str() == text.trim_start());
    let lines = broken(&text, usize::from(area.width), most, if kept { MORE } else { "…" });
    let above = u16::try_from(lines.len() - 1).unwrap_or(0).min(area.y);
    let place = Rect { y: area.y - above, height: (area.height + above).min(above + 1), ..area };
    Clear.render(place, buffer);
    for (y, line) in (place.y..place.bottom()).zip(&lines) {
        put(buffer, Rect { y, height: 1, ..place }, line, style);
    }
}

/// The text in at most `most` lines with a column of air before each; `more` ends what is not whole.
fn broken(text: &str, width: usize, most: usize, more: &str) -> Vec<String> {
    if most == 1 || text.chars().count() <= width {
        return vec![text.to_owned()];
    }
    let width = width.saturating_sub(2);
    let mut lines = wrapped(text, width);
    if lines.len() > most {
        let rest = lines.split_off(most - 1).join(" ");
        let room = width.saturating_sub(more.chars().count());
        lines.push(rest.chars().take(room).collect::<String>().trim_end().to_owned() + more);
    }
    lines.into_iter().map(|line| format!(" {line}")).collect()
}

pub(super) fn draw(app: &App, scene: Option<&Scene>, places: &Places, buffer: &mut Buffer) {
    let area = places.status;
    if area.height == 0 {
        return;
    }
    let palette = &app.look.palette;
    let mut left = vec![Span::raw(" "), Span::styled(format!(" {} ", app.word()), palette.badge(word_style(app)))];
    let roomy = area.width >= 100;
    if let Some(run) = app.shown() {
        let gap = if roomy { "   " } else { " " };
        let mut item = |label: &str, value: String| {
            left.push(Span::styled(format!("{gap}{label}"), palette.dim));
            left.push(Span::styled(value, palette.text));
        };
        match run.drawing() {
            Some(Drawing { counts, done, of }) => {
                item(if counts { "draw " } else { "warm-up " }, format!("{} of {}", grouped(done), grouped(of)));
            }
            None => item("step ", grouped(run.step)),
        }
        if run.loss.is_finite() {
            item("loss ", figure(run.loss));
        }
        if run.test_loss.is_finite() && area.width >= 60 {
            item("test ", figure(run.test_loss));
        }
        if run.status.is_going() && area.width >= 70 {
            let unit = if run.whole.is_some() { "draws" } else { "steps" };
            let unit = if roomy { format!(" {unit}/s") } else { "/s".to_owned() };
            item("", format!("{}{unit}", rate(run.steps_per_s)));
            if let Some(left) = time_left(&run) {
                item("", left);
            }
        }
    }
    if roomy || places.header.is_none() {
        let edited = if app.is_edited() { "*" } else { "" };
        left.push(Span::styled(format!("   {}{edited}", app.preset().name), palette.dim));
    }
    if let Some(link) = app.link.filter(|_| area.width >= 80) {
        left.push(Span::styled(format!("  {}", measured(&link)), palette.dim));
    }
    if app.is_unsaved() {
        left.push(Span::styled("  not saved", palette.warn));
    }
    let left = Line::from(left);
    let used = u16::try_from(left.width()).unwrap_or(u16::MAX).min(area.width);
    buffer.set_line(area.x, area.y, &left, area.width);
    let hints = hints(app, usize::from(area.width - used).saturating_sub(2));
    let width = u16::try_from(hints.width()).unwrap_or(0);
    buffer.set_line(area.right().saturating_sub(width), area.y, &hints, width);
    if places.loss.is_none() && area.width >= used + width + SPARK + 3 {
        spark(app, scene, Rect { x: area.x + used + 1, width: SPARK, ..area }, buffer);
    }
}

/// How long what is left of the draws will take at the present rate, where it is not that of a warm-up, whose steps are still
/// sought; of no other method is its end known.
#[expect(clippy::cast_precision_loss, reason = "counts of draws")]
fn time_left(run: &Snapshot) -> Option<String> {
    let whole = run.whole.filter(|_| !run.warming)?;
    let seconds = whole.saturating_sub(run.step) as f64 / run.steps_per_s;
    (seconds.is_finite() && run.steps_per_s > 0.0).then(|| match seconds {
        seconds if seconds < 90.0 => format!("{:.0} s left", seconds.ceil()),
        seconds if seconds < 5400.0 => format!("{:.0} min left", seconds / 60.0),
        seconds => format!("{:.0} h left", seconds / 3600.0),
    })
}

/// "200 ms 9.8 kB/s": the way to the terminal and back, and what it carries. Rounded, so that it does not flicker.
fn measured(link: &Measured) -> String {
    let round_trip = link.round_trip.as_millis();
    let rate = link.rate.map(|rate| match rate {
        rate if rate >= 1e6 => format!(" {:.0} MB/s", rate / 1e6),
        rate if rate >= 1e4 => format!(" {:.0} kB/s", rate / 1e3),
        rate => format!(" {:.1} kB/s", rate / 1e3),
    });
    format!("{round_trip} ms{}", rate.unwrap_or_default())
}

/// Four digits that matter, the same width while it falls.
fn figure(loss: f64) -> String {
    if (1e-3..1e4).contains(&loss) {
        let decimals = if loss >= 100.0 {
            1
        } else if loss >= 10.0 {
            2
        } else if loss >= 1.0 {
            3
        } else {
            4
        };
        format!("{loss:.decimals$}")
    } else {
        format!("{loss:.2e}").replace('-', "−")
    }
}

fn word_style(app: &App) -> Style {
    let palette = &app.look.palette;
    match app.word() {
        "RUN" | "DONE" => palette.good,
        "DIVERGED" | "FAILED" => palette.bad,
        _ => palette.warn,
    }
}

/// As many hints as fit, from the key table; help is the last and stays the longest, its key where its word has no room.
fn hints(app: &App, room: usize) -> Line<'static> {
    let palette = &app.look.palette;
    let going = app.focused().and_then(|run| run.snapshot.as_ref()).is_none_or(|run| run.status.is_going());
    let all = BINDINGS.iter().filter_map(|row| Some((row.keys[0], row.hint?)));
    let mut hints: Vec<(String, &str)> = all
        .map(|(key, hint)| match (key, hint) {
            ("space", _) if !going => (key.to_owned(), "run"),
            ("+", hint) => ("− +".to_owned(), hint),
            (">", hint) => ("< >".to_owned(), hint),
            (key, hint) => (key.to_owned(), hint),
        })
        .collect();
    let width = |hints: &[(String, &str)]| {
        hints.iter().map(|(key, hint)| key.chars().count() + hint.chars().count() + 4).sum::<usize>()
    };
    while width(&hints) > room && hints.len() > 1 {
        hints.remove(hints.len() - 2);
    }
    // Behind the last one there is one blank and not three.
    if width(&hints) > room + 2 {
        let key = hints.pop().map(|(key, _)| format!("{key} ")).filter(|key| key.chars().count() <= room);
        return key.map_or_else(Line::default, |key| Line::styled(key, palette.text));
    }
    let spans = hints.into_iter().flat_map(|(key, hint)| {
        [Span::styled(format!("{key} "), palette.text), Span::styled(format!("{hint}   "), palette.dim)]
    });
    let mut spans: Vec<Span<'_>> = spans.collect();
    if let Some(last) = spans.last_mut() {
        *last = Span::styled(format!("{} ", last.content.trim_end()), palette.dim);
    }
    Line::from(spans)
}

fn spark(app: &App, scene: Option<&Scene>, area: Rect, buffer: &mut Buffer) {
    let Some(loss) = scene.map(|scene| &scene.loss) else { return };
    let mut grid = Grid::new(area.width, area.height, app.look.marker);
    loss::marks(app, loss, &loss::axes(loss, app.window.log_loss), &mut grid);
    grid.render(area, buffer);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_have_a_true_minus() {
        assert_eq!([0.012_345, 12.3456, 1.2e-5, -1.2e5].map(figure), ["0.0123", "12.35", "1.20e−5", "−1.20e5"]);
    }

    #[test]
    fn a_sentence_is_broken_between_words() {
        assert_eq!(broken(" short", 20, 3, "…"), [" short"]);
        assert_eq!(broken(" one two three four", 10, 3, "…"), [" one two", " three", " four"]);
        assert_eq!(broken(" one two three four five six", 10, 2, "… more"), [" one two", " th… more"]);
        assert_eq!(
            broken(" one two three four", 10, 1, "…"),
            [" one two three four"],
            "the end is cut where it is drawn"
        );
    }
}
