//! App to buffer: panes, then what lies over them. Stores nothing.
//!
//! ```text
//!  fnexplore compose · sin(2x)       ŷ = f⁽¹⁾{ f⁽²⁾[ f⁽³⁾(x) ] }      plain · relu · L 3 · K=12
//! x─▸╭ f⁽³⁾ ─────────╮─▸╭ f⁽²⁾ ─────────╮─▸╭ f⁽¹⁾ ─────────╮─▸ŷ
//!    ╰───────────────╯  ╰───────────────╯  ╰───────────────╯
//! ╭ Configuration ──────┬ f ──────────────────────┬ Loss ─────────╮
//! │                     │                         ├ Notes ────────╮
//! ╰─────────────────────┴─────────────────────────┴───────────────╯
//!  one sentence, over the panes' lower edge where it is long
//!  RUN  step 3,412  loss 0.0128 …
//! ```

mod chains;
mod composition;
mod configuration;
mod draws;
mod figure;
mod frame;
mod header;
mod help;
mod layout;
mod learned;
mod ledger;
mod limit;
mod loss;
mod messages;
mod notes;
mod overlay;
mod pasted;
mod path;
mod picker;
mod plane;
mod profiles;
mod prompt;
mod runs;
mod signals;
mod small;
mod stage;
mod status;
mod strip;
mod worlds;

pub use figure::draw_figure;
pub use layout::{Places, places};

use crate::scene::{Scene, Window, scene};
use crate::tui::app::{App, Pane};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};

/// Draws everything.
pub fn draw(app: &App, area: Rect, buffer: &mut Buffer) {
    let places = places(area, app.pane(), app.is_zoomed()).with_learned(app.pane(), app.has_posterior());
    let scene = draw_panes(app, &places, buffer);
    if let Some(sentence) = places.sentence {
        status::sentence(app, sentence, buffer);
    }
    status::draw(app, scene.as_ref(), &places, buffer);
    prompt::draw(app, area, places.sentence, buffer);
    picker::draw(app, area, buffer);
    messages::draw(app, area, buffer);
    ledger::draw(app, area, buffer);
    help::draw(app, area, buffer);
    pasted::draw(app, area, buffer);
    app.look.glyphs.spell_buffer(buffer);
}

/// Draws one pane over the whole area, and nothing else.
pub fn draw_pane(app: &App, pane: Pane, area: Rect, buffer: &mut Buffer) {
    draw_panes(app, &Places::only(pane, area), buffer);
    app.look.glyphs.spell_buffer(buffer);
}

/// The pane at a cell of a screen of that size, and in Functions the essay's index of the f⁽ⁱ⁾ there.
#[must_use]
pub fn under(app: &App, size: Size, (column, row): (u16, u16)) -> Option<(Pane, Option<usize>)> {
    let places = places(Rect::from((Position::ORIGIN, size)), app.pane(), app.is_zoomed());
    let places = places.with_learned(app.pane(), app.has_posterior());
    let pane = places.at(column, row)?;
    let strip = places.functions.filter(|_| pane == Pane::Functions);
    Some((pane, strip.and_then(|strip| strip::stage_at(app, strip, column))))
}

/// Draws what has a place, the focus last: its frame lies over its neighbours'; the scene it was drawn from.
fn draw_panes(app: &App, places: &Places, buffer: &mut Buffer) -> Option<Scene> {
    let scene = seen(app, places);
    if let Some(header) = places.header {
        header::draw(app, header, buffer);
    }
    let mut panes = Pane::ALL;
    panes.sort_by_key(|pane| *pane == app.pane());
    for pane in panes {
        if let Some(place) = places.place(pane) {
            draw_in(app, pane, scene.as_ref(), (place, places.is_open(pane)), buffer);
        }
    }
    scene
}

fn draw_in(app: &App, pane: Pane, scene: Option<&Scene>, (place, open): (Rect, bool), buffer: &mut Buffer) {
    match (pane, scene) {
        (Pane::Functions, Some(scene)) if app.looks_closely() => stage::draw(app, scene, place, buffer),
        (Pane::Functions, Some(scene)) => strip::draw(app, scene, place, buffer),
        (Pane::Functions, None) => {}
        (Pane::Configuration, _) => configuration::draw(app, place, buffer),
        (Pane::Composition, _) => composition::draw(app, scene, place, buffer),
        (Pane::Loss, _) => loss::draw(app, scene, place, open, buffer),
        (Pane::Notes, _) => notes::draw(app, place, buffer),
        (Pane::Learned, _) => learned::draw(app, scene, place, open, buffer),
    }
}

/// The scene at this screen's resolution.
fn seen(app: &App, places: &Places) -> Option<Scene> {
    let dots = usize::from(app.look.marker.dots().0 == 2) + 1;
    let wide = |place: Option<Rect>| place.map_or(2, |place| usize::from(place.width.max(2)) * dots);
    let closely = app.looks_closely();
    let columns = |place| if closely { usize::from(stage::plot_width(place)) } else { strip::plot_columns(app, place) };
    let strip = places.functions.map_or(2, |place| columns(place) * dots);
    let window = Window {
        stage_columns: strip.max(2),
        f_columns: wide(places.composition),
        stage: app.stage(),
        closely,
        sight: worlds::sight(app, places),
        ..app.window.clone()
    };
    scene(&app.snapshots(), &window)
}
