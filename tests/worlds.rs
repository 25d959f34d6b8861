//! The numbers behind the pictures of planes, signals, draws and paths, held against `function::through` and closed forms; the
//! keys that turn them, and the pictures themselves.

#![allow(clippy::float_cmp, reason = "what is compared exactly is the same number")]

mod session;

use fnexplore::bayes::draw_prior;
use fnexplore::function::{local, positions_tied, through, toeplitz};
use fnexplore::model::{Coefficients, Group};
use fnexplore::preset::{self, Preset, built_in};
use fnexplore::run::Snapshot;
use fnexplore::scene::{
    Aspect, Boundary, Face, Scene, Sight, View, Window, World, band, boundary, is_flat, rows, scene,
};
use fnexplore::seeds::{Purpose, Seeds};
use fnexplore::text::Clean;
use fnexplore::tui::look::{Colours, Look, LookFlags, Marker};
use ndarray::{Array2, array};
use rand::RngExt;
use session::Session;
use std::sync::Arc;

fn mine(text: &str) -> Preset {
    let none = |_: &str| Err("there is no such file".to_owned());
    preset::load(&Clean::from("mine"), text, &none).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

/// The run of a preset after so many steps.
fn after(preset: Preset, steps: u64) -> Arc<Snapshot> {
    let mut session = Session::on(preset, Look::plain(), (80, 24));
    session.steps(steps);
    session.app.shown().expect("a picture")
}

fn seen(run: &Arc<Snapshot>, window: &Window) -> Scene {
    scene(std::slice::from_ref(run), window).expect("a scene")
}

fn looking(turns: usize) -> Window {
    let sight = Sight { turns, stage_heat: (6, 4), f_heat: (5, 4), ..Sight::default() };
    Window { sight, ..Window::default() }
}

/// ŷ at one point, in the data's own units.
fn f_at(run: &Snapshot, f: &Coefficients, own: &[f64]) -> f64 {
    let x = Array2::from_shape_vec((1, own.len()), own.to_vec()).expect("one row");
    run.data.own_outputs(through(f, run.data.standard_x(x.view()).view()).f.view())[[0, 0]]
}

fn close(one: f64, other: f64) -> bool {
    (one - other).abs() <= 1e-9 * (1.0 + one.abs().max(other.abs()))
}

// The plane.

#[test]
fn heat_is_f_in_the_middle_of_every_cell() {
    let run = after(built_in("circle").unwrap(), 40);
    let f = run.belief.mode();
    let window = Window { zoom: 2.0, pan: 0.25, sight: Sight { pan2: -0.5, ..looking(0).sight }, ..Window::default() };
    let plane = seen(&run, &window).plane.expect("two inputs");
    // 2.0 × 6 wide about 0 + 0.25 × 6, and about 0 − 0.5 × 6.
    assert_eq!((plane.x1.range, plane.x2.range), ([-4.5, 7.5], [-9.0, 3.0]));
    assert_eq!((plane.f.columns, plane.f.rows()), (5, 4));
    for row in 0..4_u8 {
        for column in 0..5_u8 {
            let x1 = -4.5 + 12.0 * (f64::from(column) + 0.5) / 5.0;
            let x2 = 3.0 - 12.0 * (f64::from(row) + 0.5) / 4.0;
            let value = plane.f.values[usize::from(row) * 5 + usize::from(column)];
            assert!(close(value, f_at(&run, &f, &[x1, x2])), "({x1}, {x2})");
        }
    }
    assert!(close(plane.at_cursor, f_at(&run, &f, &[plane.cursor.0, plane.cursor.1])));
    for spot in &plane.spots {
        let value = f_at(&run, &f, &[spot.at.0, spot.at.1]);
        assert!(close(spot.residual, spot.y - value) && (spot.y == 0.0 || spot.y == 1.0));
    }
    assert_eq!(plane.spots.iter().filter(|spot| spot.held_out).count(), run.data.test.x.nrows());
}

#[test]
fn stages_over_the_plane_are_the_stream_after_them() {
    let run = after(built_in("circle").unwrap(), 25);
    let f = run.belief.mode();
    let heat = seen(&run, &Window { coordinate: 1, ..looking(0) }).plane.expect("two inputs");
    let x = array![[-3.0 + 0.5, 3.0 - 0.75], [3.0 - 0.5, -3.0 + 0.75]];
    let through = through(&f, x.view());
    for (at, stage) in heat.stages.iter().enumerate() {
        let map = stage.heat.as_ref().expect("the first view");
        let j = stage.coordinate.0;
        assert_eq!((map.columns, map.rows(), j), (6, 4, usize::from(at == 0)));
        assert!(close(map.values[0], through.stages[at].after[[0, j]]));
        assert!(close(map.values[23], through.stages[at].after[[1, j]]));
    }
    // The middle of the ramp is 0 where there are two signs, and the last stage has f's own ramp.
    let first = heat.stages[0].heat.as_ref().unwrap();
    let [low, high] = [f64::min, f64::max].map(|of| first.values.iter().copied().reduce(of).unwrap());
    let wanted =
        if low < 0.0 && high > 0.0 { (0.0, high.max(-low)) } else { (f64::midpoint(low, high), 0.5 * (high - low)) };
    assert_eq!((first.middle, first.reach), wanted);
    let last = heat.stages[1].heat.as_ref().unwrap();
    assert_eq!((last.middle, last.reach, heat.f.middle), (0.5, 0.5, 0.5));
    assert_eq!([-9.0, 0.0, 0.25, 0.5, 1.0, 7.0].map(|y| last.share(y)), [0.0, 0.0, 0.25, 0.5, 1.0, 1.0]);
}

#[test]
fn the_warped_plane_is_the_image_of_a_grid_and_of_the_data() {
    let run = after(built_in("circle").unwrap(), 25);
    let f = run.belief.mode();
    let window = looking(1);
    let plane = seen(&run, &window).plane.expect("two inputs");
    let warp = plane.stages[0].warp.as_ref().expect("two coordinates");
    assert_eq!(warp.coordinates, (0, 1));
    let image = |x1: f64, x2: f64| {
        let after = &through(&f, array![[x1, x2]].view()).stages[0].after;
        (after[[0, 0]], after[[0, 1]])
    };
    let same = |one: (f64, f64), other: (f64, f64)| close(one.0, other.0) && close(one.1, other.1);
    let half = warp.lines.len() / 2;
    assert!(same(warp.lines[0][0], image(-3.0, -3.0)) && same(*warp.lines[half - 1].last().unwrap(), image(3.0, 3.0)));
    // The third of eleven upright lines is x1 = −1.8, from x2 = −3 to 3; the level ones are x2 constant.
    assert!(same(warp.lines[2][0], image(-1.8, -3.0)) && same(warp.lines[half + 2][0], image(-3.0, -1.8)));
    assert!(same(warp.cursor, image(plane.cursor.0, plane.cursor.1)));
    for (spot, own) in warp.spots.iter().zip(&plane.spots) {
        assert!(same(spot.at, image(own.at.0, own.at.1)) && spot.y == own.y);
    }
    // One coordinate: every row is in one pile, ones upwards.
    let piles = plane.stages[1].piles.as_ref().expect("one coordinate");
    assert_eq!(piles.spots.len(), plane.spots.len());
    for (at, spot) in piles.spots.iter().enumerate() {
        assert!((spot.at.1 > 0.0) == (spot.y == 1.0), "{spot:?}");
        let below = spot.at.1 - spot.at.1.signum();
        assert!(below == 0.0 || piles.spots[..at].iter().any(|other| other.at.1 == below), "it stands on another");
        assert!(close(spot.at.0, f_at(&run, &f, &[plane.spots[at].at.0, plane.spots[at].at.1])));
    }
    let height = piles.spots.iter().map(|spot| spot.at.1).fold(0.0, f64::max);
    assert_eq!(piles.y[1], height);
}

/// f = ½ + x1 − x2, given: the boundary is the diagonal.
const DIAGONAL: &str = r#"
[data]
target = "gauss"
n = 60
[model]
depth = 1
k = 1
sigma = "identity"
[f1]
b = [[1.0], [-1.0]]
c = [0.0]
a = [[1.0]]
d = [0.5]
hold = ["a", "b", "c", "d"]
"#;

#[test]
fn the_boundary_is_where_f_takes_its_level() {
    let run = after(mine(DIAGONAL), 0);
    assert_eq!(boundary(&run), Some(Boundary { level: 0.5, reach: 0.5 }));
    let mut window = looking(0);
    window.sight.f_heat = (33, 21);
    let plane = seen(&run, &window).plane.expect("two inputs");
    assert!(plane.boundary.len() > 20);
    for (x1, x2) in plane.boundary.iter().flatten() {
        assert!((x1 - x2).abs() < 1e-9, "({x1}, {x2})");
    }
    let [low, high] = [f64::min, f64::max].map(|of| plane.boundary.iter().flatten().map(|at| at.0).fold(0.0, of));
    assert!(low < -3.1 && high > 3.1, "from edge to edge");
    // Right are ones with x1 > x2 and zeros with x1 < x2.
    let share = |held_out: bool| {
        let own: Vec<_> = plane.spots.iter().filter(|spot| spot.held_out == held_out).collect();
        #[allow(clippy::cast_precision_loss)]
        let share =
            own.iter().filter(|spot| (spot.y == 1.0) == (spot.at.0 > spot.at.1)).count() as f64 / own.len() as f64;
        share
    };
    assert_eq!(plane.right, Some([share(false), share(true)]));
    // Values have no boundary.
    let values = after(mine("[data]\ntarget = \"plane\"\nn = 30"), 3);
    let plane = seen(&values, &looking(0)).plane.expect("two inputs");
    assert_eq!((plane.level, plane.boundary.len(), plane.right), (None, 0, None));
}

/// Behind a logistic link f = ½ + x1 − x2 says ½ where it is 0: ŷ is the probability.
#[test]
fn the_boundary_of_a_probability_is_one_half() {
    let bernoulli = format!("{DIAGONAL}[likelihood]\nkind = \"bernoulli\"");
    let run = after(mine(&bernoulli), 0);
    let plane = seen(&run, &looking(0)).plane.expect("two inputs");
    assert!(plane.boundary.len() > 3 && plane.f.values.iter().all(|p| (0.0..=1.0).contains(p)));
    let (x1, x2) = plane.cursor;
    assert!(close(plane.at_cursor, 1.0 / (1.0 + (-(0.5 + x1 - x2)).exp())));
    // Straight between samples, the logistic curve is met a little beside the line; on which side, and how little, the cells say.
    for (x1, x2) in plane.boundary.iter().flatten() {
        assert!((0.5 + x1 - x2).abs() < 1.0, "({x1}, {x2})");
    }
    for spot in &plane.spots {
        let p = 1.0 / (1.0 + (-(0.5 + spot.at.0 - spot.at.1)).exp());
        assert!(close(spot.residual, spot.y - p));
    }
}

#[test]
fn curves_along_the_first_input_are_at_the_cursor_s_second() {
    let run = after(built_in("xor").unwrap(), 20);
    let mut window = looking(2);
    window.stage_columns = 3;
    (window.cursor, window.sight.cursor2) = (0.25, 0.75);
    let scene = seen(&run, &window);
    assert_eq!(window.sight.view(World::Plane), View::Along);
    let after = through(&run.belief.mode(), array![[-3.0, 1.5], [0.0, 1.5], [3.0, 1.5], [-1.5, 1.5]].view());
    for (at, stage) in scene.stages.iter().enumerate() {
        for row in 0..3 {
            assert!(close(stage.curve[row], after.stages[at].after[[row, 0]]));
        }
        assert!(close(stage.point.1, after.stages[at].after[[3, 0]]));
    }
    assert_eq!(scene.stages[0].companions.len(), 1, "the other of two coordinates");
    assert!(close(scene.stages[0].companions[0][1], after.stages[0].after[[1, 1]]));
}

// Scalar streams.

#[test]
fn after_x_is_the_cumulative_curve_and_local_its_own() {
    let run = after(built_in("compose").unwrap(), 60);
    let f = run.belief.mode();
    let (local_view, along) = (seen(&run, &looking(0)), seen(&run, &looking(1)));
    let n = Window::default().stage_columns;
    #[allow(clippy::cast_precision_loss)]
    let x = Array2::from_shape_fn((n, 1), |(row, _)| -3.0 + 6.0 * row as f64 / (n - 1) as f64);
    let passing = through(&f, x.view());
    for at in 0..3 {
        let (own, whole) = (&local_view.stages[at], &along.stages[at]);
        assert!(!own.over_x && whole.over_x);
        assert_eq!(whole.input.range, [-3.0, 3.0]);
        for row in 0..n {
            assert!(close(whole.curve[row], passing.stages[at].after[[row, 0]]));
        }
        // One point on both: what comes out does not depend on the axis it is drawn over.
        assert!(close(own.point.1, whole.point.1) && close(whole.point.0, -3.0 + 6.0 * 0.64));
        if at > 0 {
            assert_eq!(own.input.range, local_view.stages[at - 1].output.range, "linked axes");
        }
    }
}

#[test]
fn the_selected_element_s_own_value_is_followed() {
    let run = after(built_in("compose").unwrap(), 60);
    let window = Window { stage: 2, element: Some(4), ..looking(0) };
    let stage = &seen(&run, &window).stages[1];
    let f = run.belief.mode();
    let term = local(&f, 1, array![[stage.point.0]].view()).term(4, 0)[0];
    assert!(close(stage.term_at_point.expect("selected"), term));
    assert_eq!(seen(&run, &window).stages[0].term_at_point, None);
}

#[test]
fn residuals_and_the_path_of_x() {
    let run = after(built_in("residual").unwrap(), 60);
    let f = run.belief.mode();
    let mut window = Window { f_columns: 5, ..looking(0) };
    assert!(seen(&run, &window).path.is_none(), "nothing is computed that is not looked at");
    window.sight.aspect = Aspect::Path;
    let scene = seen(&run, &window);
    let path = scene.path.expect("a curve");
    assert_eq!(path.train.len() + path.test.len(), 120);
    for (at, (x, r)) in path.train.iter().enumerate() {
        assert!(close(*x, run.data.own_x(&run.data.train)[[at, 0]]));
        assert!(close(*r, run.data.own_y(&run.data.train)[[at, 0]] - f_at(&run, &f, &[*x])));
    }
    // x itself, after f3, after f2, after f1, which is ŷ.
    assert_eq!(path.stream.len(), 4);
    let end = array![[-3.45], [3.45]];
    let passing = through(&f, end.view());
    for row in [0, 1] {
        assert!(close(path.stream[0][4 * row], end[[row, 0]]));
        for at in 0..3 {
            assert!(close(path.stream[at + 1][4 * row], passing.stages[at].after[[row, 0]]));
        }
        assert!(close(path.stream[3][4 * row], scene.f.curve[4 * row]));
    }
    assert!(close(path.at_cursor[3], scene.f.cursor.1) && close(path.at_cursor[0], scene.f.cursor.0));
}

// Draws.

/// The draws' own seeds, as the scene derives them.
fn picture_seeds(run: &Snapshot) -> Seeds {
    Seeds(Seeds(run.experiment.seed).stream(Purpose::Draws, 0, 0).random())
}

#[test]
fn bands_are_order_statistics() {
    // 1 to n in any order: the (n + 1)q-th.
    for (n, wanted) in [(99_u32, [5.0, 50.0, 95.0]), (19, [1.0, 10.0, 19.0])] {
        let functions: Vec<Vec<f64>> =
            (0..n).map(|i| vec![f64::from(i * 7 % n) + 1.0, f64::from(n - i), f64::NAN]).collect();
        let band = band(&functions);
        for (quantile, value) in band.iter().zip(wanted) {
            assert_eq!(quantile[..2], [value, value], "of {n}");
            assert!(quantile[2].is_nan());
        }
    }
    let lone = band(&[vec![3.0, f64::INFINITY], vec![f64::NAN, 1.0]]);
    assert!(lone.iter().all(|quantile| quantile[..] == [3.0, 1.0]), "{lone:?}");
    assert!(band(&[]).iter().all(Vec::is_empty));
}

#[test]
fn the_prior_s_draws_of_f_are_whole_ones_and_the_band_theirs() {
    let run = after(built_in("compose").unwrap(), 30);
    let mut window = Window { f_columns: 9, ..looking(0) };
    assert!(seen(&run, &window).draws.is_none());
    window.sight.face = Face::Prior;
    let draws = seen(&run, &window).draws.expect("another face");
    assert_eq!((draws.draws, draws.band[0].len(), draws.stages.len()), (99, 9, 3));
    let model = run.experiment.model.clone();
    let middle = |draw| through(&draw_prior(&model, picture_seeds(&run), draw), array![[0.0]].view()).f[[0, 0]];
    let mut values: Vec<f64> = (0..99).map(middle).collect();
    assert!(draws.f.iter().zip(&values).all(|(line, value)| close(line[4], *value)));
    values.sort_by(f64::total_cmp);
    for (quantile, place) in draws.band.iter().zip([4, 49, 94]) {
        assert!(close(quantile[4], values[place]));
    }
    // Learning does not move them, and neither does looking twice.
    let later = after(built_in("compose").unwrap(), 200);
    let again = seen(&later, &window).draws.expect("another face");
    assert_eq!((again.f, again.band), (draws.f, draws.band));
}

#[test]
fn a_stage_s_draws_differ_from_the_mode_in_its_own_coefficients_alone() {
    let run = after(built_in("compose").unwrap(), 30);
    let mode = run.belief.mode();
    let mut window = looking(0);
    window.sight.face = Face::Prior;
    let scene = seen(&run, &window);
    let draws = scene.draws.expect("another face");
    for at in 0..3 {
        let mut theta = mode.theta.to_vec();
        let own = mode.layout().stage(at);
        let whole = draw_prior(&mode.model, picture_seeds(&run), 7);
        theta[own.clone()].copy_from_slice(&whole.theta[own]);
        let f = Coefficients::new(mode.model.clone(), theta).unwrap();
        let low = scene.stages[at].input.range[0];
        let value = local(&f, at, array![[low]].view()).after[[0, 0]];
        assert_eq!(draws.stages[at].len(), 12);
        assert!(close(draws.stages[at][7][0], value));
        let range = scene.stages[at].output.range;
        assert!(draws.stages[at].iter().flatten().all(|y| (range[0]..=range[1]).contains(y)), "the axis holds them");
    }
}

#[test]
fn a_flat_prior_is_told_and_stands_at_zero() {
    let flat = "[model]\ndepth = 2\nk = 3\n[f1.prior]\nd = { kind = \"flat\" }";
    let mut session = Session::on(mine(flat), Look::plain(), (120, 40));
    session.steps(5).keys("b").sees("prior, flat part at 0").sees("prior draws").sees("prior, d flat");
    let run = session.app.shown().unwrap();
    let model = &run.experiment.model;
    assert_eq!([0, 1].map(|at| is_flat(model, at)), [false, true]);
    let drawn = draw_prior(model, picture_seeds(&run), 3);
    assert_eq!(drawn.group(1, Group::D), [0.0]);
}

// Signals.

#[test]
fn kernels_are_columns_of_b_and_the_matrix_repeats_them() {
    let run = after(built_in("conv-shift").unwrap(), 10);
    let f = run.belief.mode();
    let b = f.group(0, Group::B);
    let kernels = seen(&run, &looking(0)).signals.expect("signals").stages.swap_remove(0);
    assert_eq!((kernels.patch, kernels.is_convolution, kernels.kernels.len()), (7, true, 8));
    for (k, (kernel, a)) in kernels.kernels.iter().enumerate() {
        assert_eq!(*kernel, (0..7).map(|w| b[w * 8 + k]).collect::<Vec<_>>());
        assert_eq!(*a, f.group(0, Group::A)[k]);
    }
    let window = Window { stage: 1, element: Some(5), ..looking(1) };
    let stage = seen(&run, &window).signals.expect("signals").stages.swap_remove(0);
    let matrix = stage.matrix.expect("the second view");
    let dense = toeplitz(&f, 0).expect("patches");
    assert_eq!((matrix.element, matrix.columns, matrix.entries.len()), (5, 32, 1024));
    for s in 0..32 {
        for t in 0..32 {
            let entry = matrix.entries[s * 32 + t];
            assert_eq!(entry.map_or(0.0, |(_, b)| b), dense.b[[s, t * 8 + 5]]);
            assert_eq!(entry.map(|(w, _)| w * 8 + 5), dense.ties[[s, t * 8 + 5]].last().copied());
        }
    }
    assert_eq!(positions_tied(&f.model.f, 0, 4).expect("patches").len(), 16, "a corner");
}

#[test]
fn one_row_is_shown_on_its_way() {
    let run = after(built_in("conv-shift").unwrap(), 10);
    let (f, data) = (run.belief.mode(), &run.data);
    let near = data.train.x.nrows();
    assert_eq!((near, rows(data)), (80, 160));
    for row in [0, 79, 80, 159, 5000] {
        let mut window = looking(2);
        window.sight.row = row;
        let signals = seen(&run, &window).signals.expect("signals");
        let row = row.min(159);
        let points = if row < near { &data.train } else { &data.test };
        let x = points.x.slice(ndarray::s![row % near..=row % near, ..]);
        let passing = through(&f, x);
        assert_eq!((signals.row, signals.held_out), ((row, 160), row >= near));
        assert_eq!(signals.signal, x.row(0).to_vec());
        assert_eq!(signals.y, (points.y[[row % near, 0]], passing.f[[0, 0]]));
        let stage = signals.stages[0].passing.as_ref().expect("the third view");
        assert_eq!((&stage.before, &stage.after), (&signals.signal, &passing.stages[0].after.row(0).to_vec()));
        // The greatest along the row is ŷ.
        let (at, last) = signals.last.expect("a convolution keeps its positions");
        assert_eq!((at, last.iter().copied().fold(f64::NEG_INFINITY, f64::max)), (0, signals.y.1));
    }
}

// Keys.

#[test]
fn a_turns_the_view_of_each_world() {
    for (name, views) in
        [("compose", World::Scalar.views()), ("circle", World::Plane.views()), ("conv-shift", World::Signal.views())]
    {
        let mut session = Session::on(built_in(name).unwrap(), Look::plain(), (120, 40));
        session.steps(2);
        for view in views.iter().cycle().skip(1).take(2 * views.len()) {
            let before = session.text();
            session.keys("a");
            assert_eq!(session.app.view(), Some(*view), "{name}");
            assert_ne!(session.text(), before, "{name} {view:?}");
            let begins: String = view.sentence().chars().take(40).collect();
            session.sees(&begins);
        }
        assert!(session.asked().iter().all(|effect| !effect.contains("Change")), "looking changes nothing");
    }
    let mut vector = Session::with_preset("[model]\nwidth = 3", 120, 40);
    vector.steps(2).keys("a").sees("a vector stream has one view").keys("c").sees("out 2 of 3");
}

#[test]
fn b_and_i_turn_face_and_aspect() {
    let mut session = Session::new(120, 40);
    session.steps(20).sees_no("prior draws");
    session.keys("b").sees("prior draws").sees("90 % prior").keys("b").sees_no("prior draws").sees_no("90 % prior");
    session.keys("i").sees("r = y − f").sees("rms ").keys("i").sees("the path of x").sees("─ f⁽³⁾  ─ f⁽²⁾  ─ f⁽¹⁾");
    session.keys("i").sees_no("the path of x ").sees(" f ");
    // A plane has no path of one x.
    let mut plane = Session::on(built_in("xor").unwrap(), Look::plain(), (120, 40));
    plane.steps(5).keys("i").sees("y − f").keys("i").sees("ŷ = 0.5");
    assert_eq!(plane.app.window.sight.aspect, Aspect::F);
}

#[test]
fn the_cursor_goes_over_the_plane_in_both_directions() {
    let mut session = Session::on(built_in("circle").unwrap(), Look::plain(), (120, 40));
    session.steps(5).keys("3");
    let at = |session: &Session| (session.app.window.cursor, session.app.window.sight.cursor2);
    let (x1, x2) = at(&session);
    session.keys("lll");
    assert!((at(&session).0 - x1 - 0.03).abs() < 1e-12 && (at(&session).1 - x2).abs() < 1e-12);
    session.keys("kkjkk");
    assert!((at(&session).1 - x2 - 0.03).abs() < 1e-12, "up is up");
    session.keys("Gg");
    assert_eq!(at(&session).1, 1.0, "g is the top, as everywhere");
    let text = session.text();
    session.keys("++<pgup>)");
    assert_ne!(session.text(), text);
    assert!(session.app.window.zoom < 1.0 && session.app.window.sight.pan2 > 0.0 && session.app.window.pan > 0.0);
    session.keys("0");
    assert_eq!((session.app.window.zoom, session.app.window.pan, session.app.window.sight.pan2), (1.15, 0.0, 0.0));
    // d takes the point that is nearest in the plane.
    session.asked();
    session.keys("d").sees("is off: learning does not see it");
    let run = session.app.shown().unwrap();
    let (x1, x2) = at(&session);
    let far = |x: [f64; 2]| (x[0] - (6.0 * x1 - 3.0)).hypot(x[1] - (6.0 * x2 - 3.0));
    let off = [run.data.off.x[[0, 0]], run.data.off.x[[0, 1]]];
    assert!(run.data.train.x.rows().into_iter().all(|x| far([x[0], x[1]]) >= far(off)));
}

#[test]
fn rows_of_signals_are_stepped_through() {
    let mut session = Session::on(built_in("conv-shift").unwrap(), Look::plain(), (120, 40));
    session.steps(2).sees("row 1 of 160, train").keys("3jj").sees("row 3 of 160, train").keys("kkkk").sees("row 1 of");
    session.keys("G").sees("row 160 of 160, test").keys("g").sees("row 1 of");
}

// Pictures.

fn learned(name: &str, steps: u64, size: (u16, u16), look: Look) -> Session {
    let mut session = Session::on(built_in(name).unwrap(), look, size);
    session.steps(steps);
    session
}

#[test]
fn a_plane_and_signals_as_they_look() {
    for (width, height) in [(80, 24), (120, 40)] {
        let mut session = learned("circle", 300, (width, height), Look::plain());
        insta::assert_snapshot!(format!("circle-{width}x{height}"), session.text());
        insta::assert_snapshot!(format!("circle-warped-{width}x{height}"), session.keys("a").text());
        let session = learned("conv-shift", 60, (width, height), Look::plain());
        insta::assert_snapshot!(format!("conv-shift-{width}x{height}"), session.text());
    }
}

fn coloured(colours: Colours, truecolor: bool) -> Look {
    Look::choose(&LookFlags { marker: None, palette: Some(colours) }, &|name| match name {
        "LANG" => Some("C.UTF-8".to_owned()),
        "COLORTERM" if truecolor => Some("truecolor".to_owned()),
        "TERM" => Some("xterm-256color".to_owned()),
        _ => None,
    })
}

/// With colour a heat map has two values a cell; without, its shades say the same and points stay in their places.
#[test]
fn heat_reads_in_every_palette() {
    let mut session = learned("circle", 300, (120, 40), Look::plain());
    let plain = session.text();
    for colours in Colours::ALL {
        for truecolor in [true, false] {
            session.app.look = coloured(colours, truecolor);
            let text = session.text();
            let halves = text.matches('▀').count();
            assert_eq!(halves > 300, !matches!(colours, Colours::Mono | Colours::Sixteen), "{colours:?}");
            // Every mark stands where it stands without colour.
            let marks =
                |text: &str| text.chars().map(|c| if "●○■□╋".contains(c) { c } else { ' ' }).collect::<String>();
            assert_eq!(marks(&text), marks(&plain), "{colours:?}");
        }
    }
    assert!("░▒▓█".chars().all(|shade| plain.contains(shade)), "{plain}");
    session.app.look = Look::plain().with_marker(Marker::Ascii);
    let text = session.text();
    assert!(text.is_ascii() && ".:-=+*#%@OoXx".chars().all(|mark| text.contains(mark)), "{text}");
}

#[test]
fn stages_without_room_are_small_profiles() {
    let mut session = Session::with_preset("[model]\narchitecture = \"residual\"\ndepth = 50\nk = 2", 120, 40);
    session.steps(1);
    let rows = session.rows();
    let last = rows.iter().position(|row| row.contains("Configuration")).expect("the lower panes") - 1;
    let braille = |row: &str| row.chars().filter(|c| ('\u{2801}'..='\u{28ff}').contains(c)).count();
    assert_eq!(braille(&rows[last]), 100, "two cells a stage, every one of fifty\n{}", rows[last]);
    // Three stages have room, and no row is lost.
    let mut few = Session::new(120, 40);
    few.steps(1);
    let rows = few.rows();
    let last = rows.iter().position(|row| row.contains("Configuration")).expect("the lower panes") - 1;
    assert!(rows[last].contains('╰'), "{}", rows[last]);
}

/// Every world, view, face and aspect at many sizes: nothing breaks, and nothing is drawn outside its frame.
#[test]
fn every_picture_at_every_size() {
    let mut chance = Seeds(5).stream(Purpose::Draws, 1, 0);
    let worlds = ["compose", "circle", "spiral", "conv-shift"].map(|name| built_in(name).unwrap());
    let more = ["[model]\nwidth = 3", "[data]\ntarget = \"x1*x2 + x3\"", "[data]\ntarget = \"multi-gauss\"\nn = 40"];
    for preset in worlds.into_iter().chain(more.map(mine)) {
        let mut session = Session::on(preset, Look::plain(), (1, 1));
        session.steps(1);
        for _ in 0..16 {
            session.size = (chance.random_range(1..=250), chance.random_range(1..=70));
            session.keys(["a", "b", "i", "c", "m", "v", "z", "3", "1", "+", "-", ">"][chance.random_range(0..12)]);
            let buffer = session.buffer();
            assert_eq!((buffer.area.width, buffer.area.height), session.size);
        }
    }
}

/// Three rings of classes: the likeliest class fills the plane, points are their numbers, the boundaries are between them.
#[test]
fn three_classes_and_what_is_between_them() {
    let text = "[data]\ntarget = \"floor(0.9*sqrt(x1^2+x2^2))\"\nn = 150\n[model]\narchitecture = \"residual\"\ndepth = 2\nk = 12\n\
                readout = \"linear\"\nsigma = \"tanh\"\n[likelihood]\nkind = \"categorical\"\nclasses = 3\n";
    let run = after(mine(text), 1500);
    let sight = Sight { f_heat: (33, 21), ..Sight::default() };
    let plane = seen(&run, &Window { sight, ..Window::default() }).plane.expect("a plane");
    let classes = plane.classes.expect("classes");
    assert_eq!((classes.count, plane.level), (3, None));
    assert!(classes.right[0] > 0.8 && classes.right[1] > 0.7, "{:?}", classes.right);
    // The middle of the picture is class 0, its corners class 2, and somewhere between them is class 1.
    let at = |row: usize, column: usize| classes.likeliest[row * classes.columns + column].0;
    assert_eq!((at(classes.rows() / 2, classes.columns / 2), at(0, 0)), (0, 2));
    assert!(classes.likeliest.iter().any(|(class, _)| *class == 1));
    assert!(plane.boundary.len() > 20, "{}", plane.boundary.len());
    let mut session = Session::on(mine(text), Look::plain(), (120, 40));
    session.steps(50).sees("class 0 train  0 test");
}

/// What a τ too small leaves of f⁽ⁱ⁾ is next to a constant: a line across a readable axis, and the frame's word for it. An f
/// that answers to data far from zero is none.
#[test]
fn a_collapsed_stage_is_a_line_across_and_no_curve_from_corner_to_corner() {
    let text = "steps = 4000\n[model]\ndepth = 2\n[prior]\ntau = 0.02\n[data]\nnoise = 0\n";
    let run = after(mine(text), 4000);
    let stages = seen(&run, &Window::default()).stages;
    for stage in &stages {
        let [low, high] = stage.output.range;
        let seen = stage.curve.iter().map(|y| (y - low) / (high - low));
        let (least, most) = seen.fold((1.0_f64, 0.0_f64), |(least, most), share| (least.min(share), most.max(share)));
        assert!(stage.constant && most - least < 0.01, "f{}: {least} {most}", stage.index);
    }
    let years = "steps = 300\n[model]\ndepth = 1\n[data]\nrange = [2000, 2020]\ntarget = \"1e6 + x - 2010\"\nstandardise = true\n";
    let run = after(mine(years), 300);
    let scene = seen(&run, &Window::default());
    assert!(!scene.stages[0].constant, "{:?}", scene.stages[0].output.range);
}
