//! App to buffer: panes, then what lies over them. Stores nothing.
//!
//! ```text
//!  fnexplore compose · sin(2x)       ŷ = f⁽¹⁾{ f⁽²⁾[ f⁽³⁾(x) ] }      plain · relu · L 3 · K=12
//! x─▸╭ f⁽³⁾ ─────────╮─▸╭ f⁽²⁾ ─────────╮─▸╭ f⁽¹⁾ ─────────╮─▸ŷ
//!    ╰───────────────╯  ╰───────────────╯  ╰───────────────╯
//! ╭ Configuration ──────╮╭ f ─────────────────────╮╭ Loss ────────╮
//! │                     ││                        │╭ Notes ───────╮
//! ╰─────────────────────╯╰────────────────────────╯╰──────────────╯
//!  one sentence
//!  RUN  step 3,412  loss 0.0128 …
//! ```

mod composition;
mod configuration;
mod frame;
mod header;
mod help;
mod layout;
mod loss;
mod notes;
mod small;
mod status;
mod strip;

pub use layout::{Places, places};

use crate::scene::{Scene, Window, scene};
use crate::tui::app::App;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Draws everything.
pub fn draw(app: &App, area: Rect, buffer: &mut Buffer) {
    let places = places(area, app.pane(), app.is_zoomed());
    let scene = seen(app, &places);
    if let Some(header) = places.header {
        header::draw(app, header, buffer);
    }
    if let (Some(strip), Some(scene)) = (places.functions, &scene) {
        strip::draw(app, scene, strip, buffer);
    }
    if let Some(configuration) = places.configuration {
        configuration::draw(app, configuration, buffer);
    }
    if let Some(composition) = places.composition {
        composition::draw(app, scene.as_ref(), composition, buffer);
    }
    if let Some(loss) = places.loss {
        loss::draw(app, scene.as_ref(), loss, buffer);
    }
    if let Some(notes) = places.notes {
        notes::draw(app, notes, buffer);
    }
    if let Some(sentence) = places.sentence {
        status::sentence(app, sentence, buffer);
    }
    status::draw(app, scene.as_ref(), &places, buffer);
    help::draw(app, area, buffer);
    app.look.glyphs.spell_buffer(buffer);
}

/// The scene at this screen's resolution.
fn seen(app: &App, places: &Places) -> Option<Scene> {
    let dots = usize::from(app.look.marker.dots().0 == 2) + 1;
    let wide = |place: Option<Rect>| place.map_or(2, |place| usize::from(place.width.max(2)) * dots);
    let strip = places.functions.map_or(2, |place| strip::plot_columns(app, place) * dots);
    let window = Window {
        stage_columns: strip.max(2),
        f_columns: wide(places.composition),
        stage: app.stage(),
        ..app.window.clone()
    };
    scene(&app.snapshots(), &window)
}
