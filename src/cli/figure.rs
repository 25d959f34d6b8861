//! `fnexplore snapshot --claim`: a claim's figure, made by the experiment that it shows.

use super::claims::{caught, cores, told};
use super::progress::Progress;
use super::{End, Snapshot, snapshot};
use crate::study::claims::find;
use crate::study::{Failure, Lab};
use crate::text::Problem;
use crate::tui::svg::Paper;
use crate::tui::view::draw_figure;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::sync::atomic::Ordering;
use std::time::Instant;

pub(super) fn figure(args: &Snapshot, name: &str) -> Result<(), End> {
    let claim = find(name).map_err(|problem| vec![problem])?;
    let (stop, signal) = caught()?;
    let began = Instant::now();
    let line = Progress::new(began);
    let told = |progress| line.tell(|since| told(claim.name, progress, since));
    let clock = || began.elapsed();
    let lab = Lab { threads: cores(), quick: args.quick, seed: 0, stop: &stop, told: &told, clock: &clock };
    let tested = claim.test(&lab);
    drop(line);
    let found = match tested {
        Ok(found) => found,
        Err(Failure::Cancelled) => {
            return Err(End::Code(128 + u8::try_from(signal.load(Ordering::Relaxed)).unwrap_or(1)));
        }
        Err(Failure::Broken(why)) => return Err(End::Failed(anyhow::anyhow!("{}: {why}", claim.name))),
    };
    let Some(figure) = args.figure.checked_sub(1).and_then(|at| found.figures.get(at)) else {
        let count = found.figures.len();
        let why = format!("--figure {}: {} has {count}; name one from 1 to {count}", args.figure, claim.name);
        let none = format!("--claim {}: this claim has numbers and no figure", claim.name);
        return Err(End::Bad(vec![Problem::new(if count == 0 { &none } else { &why })]));
    };
    let look = snapshot::look(args);
    let mut drawn = Buffer::empty(Rect::new(0, 0, args.size.0, args.size.1));
    draw_figure(&look, figure, drawn.area, &mut drawn);
    snapshot::write(args, &drawn, Paper::of(&look.palette), &format!("{}: {}", claim.name, figure.title()))
}
