//! Which picture a world gets: in the strip, on its frames, in the composition's pane. Knows no number.

use super::{Places, draws, learned, path, plane, signals, stage, strip};
use crate::scene::{Aspect, FScene, Scene, Sight, View, World};
use crate::tui::app::App;
use crate::tui::plot::scale::short;
use crate::tui::plot::{Axes, Grid, Pen, inside, shape};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// The sight at this screen's resolution: one value a cell, or one a half cell where a cell has two colours.
pub(super) fn sight(app: &App, places: &Places) -> Sight {
    let halves = if app.look.has_halves() { 2 } else { 1 };
    let cells = |dots: Rect| (usize::from(dots.width).max(2), (usize::from(dots.height) * halves).max(2));
    let within = |area: Rect, width: u16| {
        inside(Rect { width: width.saturating_sub(3), height: area.height.saturating_sub(2), ..area })
    };
    let wide = |area| if app.looks_closely() { stage::plot_width(area) } else { strip::plot_width(app, area) };
    let stage_heat = places.functions.map(|area| cells(within(area, wide(area))));
    let f_heat = places.composition.map(|area| cells(within(area, area.width)));
    Sight { stage_heat: stage_heat.unwrap_or((2, 2)), f_heat: f_heat.unwrap_or((2, 2)), ..app.window.sight.clone() }
}

/// Draws the stage at `place` if its world has a picture of its own for the view in turn.
pub(super) fn stage(app: &App, scene: &Scene, place: usize, color: Style, inner: Rect, buffer: &mut Buffer) -> bool {
    let own = &scene.stages[place];
    if let Some((plane, stage)) = scene.plane.as_ref().and_then(|plane| Some((plane, plane.stages.get(place)?)))
        && app.window.sight.view(World::Plane) != View::Along
    {
        plane::stage(app, plane, stage, inner, buffer);
        return true;
    }
    if let Some(stage) = scene.signals.as_ref().and_then(|signals| signals.stages.get(place)) {
        signals::stage(app, (stage, own), color, inner, buffer);
        return true;
    }
    false
}

/// What a stage's frame says in its world: more facts, or others in their place; as many as have room beside the title.
pub(super) fn facts(app: &App, scene: &Scene, place: usize, mut facts: Vec<String>, room: u16) -> Vec<String> {
    let over_plane = scene.plane.as_ref().and_then(|plane| plane.stages.get(place));
    if let Some(warp) = over_plane.and_then(|stage| stage.warp.as_ref()) {
        // The pair takes the place of the one coordinate.
        facts.retain(|fact| !fact.starts_with("out "));
        facts.push(format!("out {} × {}", warp.coordinates.0 + 1, warp.coordinates.1 + 1));
    }
    if let Some(stage) = scene.signals.as_ref().and_then(|signals| signals.stages.get(place)) {
        facts.push(if stage.is_convolution { format!("patch {}", stage.patch) } else { "dense".to_owned() });
        if stage.channel.1 > 1 {
            facts.push(format!("channel {} of {}", stage.channel.0 + 1, stage.channel.1));
        }
    }
    if let Some(draws) = &scene.draws {
        // Right after K: what follows may have no room.
        facts.splice(1.., draws::fact(draws, place, app.window.sight.face).map(str::to_owned));
    }
    let taken = facts.iter().map(|fact| fact.chars().count() + 3).sum::<usize>() + 17;
    facts.extend(learned::fact(scene, scene.stages[place].index, usize::from(room).saturating_sub(taken)));
    if let Some(value) = scene.stages[place].term_at_point {
        facts.push(format!("here {}", short(value)));
    }
    // As the frame counts: its corners, the title, and a blank on either side of each.
    let width = |facts: &[String]| facts.iter().map(|fact| fact.chars().count() + 3).sum::<usize>() + 11;
    while facts.len() > 1 && width(&facts) > usize::from(room) {
        facts.pop();
    }
    facts
}

/// Draws the composition's pane if it is not f as a curve with its data.
pub(super) fn composition(app: &App, scene: &Scene, area: Rect, buffer: &mut Buffer) -> bool {
    if let Some(plane) = &scene.plane {
        plane::composition(app, plane, area, buffer);
        return true;
    }
    if let Some(signals) = &scene.signals {
        signals::composition(app, signals, area, buffer);
        return true;
    }
    match (app.window.sight.aspect, &scene.path) {
        (Aspect::F, _) | (_, None) => false,
        (Aspect::Residual | Aspect::Path, Some(path)) => {
            path::draw(app, &scene.f, path, area, buffer);
            true
        }
    }
}

/// What lies beyond the data's range is hatched: there f goes on without having been asked.
pub(super) fn beyond(app: &App, f: &FScene, axes: &Axes, grid: &mut Grid) {
    let [low, high] = f.data;
    let room = 0.1 * (high - low);
    let pen = Pen::new(app.look.palette.frame, 0).ascii('.');
    for (from, to) in [(axes.x.low(), low), (high, axes.x.high())] {
        // The usual margin is none.
        if to - from > room {
            shape::hatch(grid, axes, (from, to), &pen);
        }
    }
}

/// The first of several ways to say something that has room on a frame of this width; the last one if none has.
pub(super) fn fitting(choices: &[String], width: u16) -> String {
    // A frame's corners and margins, a short title, a blank on either side of both.
    let fits = |text: &&String| text.trim_start().chars().count() + 14 <= usize::from(width);
    choices.iter().find(fits).or(choices.last()).map_or_else(String::new, |text| text.trim_start().to_owned())
}
