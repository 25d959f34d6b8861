//! A task to its end, and what is kept of it. Knows no thread and no clock.

use super::fit::{nrmse, sd};
use super::lab::Failure;
use super::plan::{Task, TaskId};
use crate::function::outputs;
use crate::model::Coefficients;
use crate::run::{Run, Status};

/// What came of one task.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Which task.
    pub id: TaskId,
    /// Its place on every axis.
    pub cell: Vec<usize>,
    /// Its seed.
    pub seed: u64,
    /// Steps done.
    pub step: u64,
    /// Whether a value left the numbers.
    pub diverged: bool,
    /// The training loss.
    pub loss: f64,
    /// The held-out loss, NaN where nothing is held out.
    pub test_loss: f64,
    /// The root mean square error on the training rows over sd(y); infinite if it diverged.
    pub nrmse: f64,
    /// sd(ŷ)/sd(y) there.
    pub fitted: f64,
    /// The function.
    pub f: Coefficients,
    /// The share of held-out rows on whose side of ½ ŷ is: for y of 0 and 1.
    pub right: f64,
    /// The same of the training rows.
    pub right_on_train: f64,
}

/// Does a task.
///
/// # Errors
/// When its run cannot be built.
pub fn outcome(task: &Task) -> Result<Outcome, Failure> {
    let steps = task.spec.settings.steps;
    let mut run = Run::new(task.spec.clone()).map_err(|why| Failure::broken(why.0.as_str()))?;
    run.advance(&mut |step| step >= steps);
    let shot = run.snapshot(Status::Finished, 0.0);
    let (f, data) = (shot.belief.mode(), &shot.data);
    let diverged = matches!(shot.status, Status::Diverged { .. });
    let right = |points: &crate::data::Points| {
        let y = outputs(&f, points.x.view());
        let right = y.iter().zip(&points.y).filter(|(f, y)| (**f > 0.5) == (**y > 0.5)).count();
        crate::bayes::real(right) / crate::bayes::real(y.len())
    };
    Ok(Outcome {
        id: task.id,
        cell: task.cell.clone(),
        seed: task.seed,
        step: shot.step,
        diverged,
        loss: shot.loss,
        test_loss: shot.test_loss,
        nrmse: if diverged { f64::INFINITY } else { nrmse(&f, &data.train) },
        fitted: sd(&outputs(&f, data.train.x.view())) / sd(&data.train.y),
        right: right(&data.test),
        right_on_train: right(&data.train),
        f,
    })
}
