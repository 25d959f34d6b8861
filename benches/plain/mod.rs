//! The plain loop that the engine is measured against: ndarray with `general_mat_mul`, every buffer made once, a pass for
//! every operation. What a careful person writes first.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array1, Array2, Axis, Zip, s};

/// One affine map, σ after it or not, the stream of two maps ago added or not.
struct Layer {
    w: Array2<f64>,
    c: Array1<f64>,
    activates: bool,
    adds: bool,
    w_bar: Array2<f64>,
    c_bar: Array1<f64>,
    moments: [Array2<f64>; 2],
    c_moments: [Array1<f64>; 2],
    /// What comes out, and its gradient.
    y: Array2<f64>,
    y_bar: Array2<f64>,
}

/// A composition as layers, with squared errors.
pub struct Plain {
    layers: Vec<Layer>,
    x: Array2<f64>,
    y: Array2<f64>,
    batch: usize,
    adam: bool,
    tanh: bool,
    age: i32,
}

impl Plain {
    /// `widths` from X to ŷ; σ after every map but the last.
    pub fn chain(widths: &[usize], rows: usize, batch: usize, adam: bool, tanh: bool) -> Self {
        let last = widths.len() - 2;
        let layers = widths.windows(2).enumerate().map(|(at, n)| Layer::new(at, n[0], n[1], batch, at < last, false));
        Self::new(layers.collect(), widths[0], rows, batch, adam, tanh)
    }

    /// A lift, `depth` residual functions of `width` and as many elements, a readout.
    pub fn residual(depth: usize, width: usize, rows: usize) -> Self {
        let mut layers = vec![Layer::new(0, 1, width, rows, false, false)];
        for at in 0..depth {
            layers.push(Layer::new(2 * at + 1, width, width, rows, true, false));
            layers.push(Layer::new(2 * at + 2, width, width, rows, false, true));
        }
        layers.push(Layer::new(2 * depth + 1, width, 1, rows, false, false));
        Self::new(layers, 1, rows, rows, true, false)
    }

    #[allow(clippy::cast_precision_loss, reason = "small")]
    fn new(layers: Vec<Layer>, inputs: usize, rows: usize, batch: usize, adam: bool, tanh: bool) -> Self {
        let x = Array2::from_shape_fn((rows, inputs), |(i, j)| (1.7 * i as f64 + j as f64).sin());
        let y = Array2::from_shape_fn((rows, 1), |(i, _)| (2.0 * x[[i, 0]]).sin());
        Self { layers, x, y, batch, adam, tanh, age: 0 }
    }

    /// All rows once, by batches.
    pub fn step(&mut self) -> f64 {
        let mut loss = 0.0;
        for start in (0..self.x.nrows()).step_by(self.batch) {
            loss = self.update(start);
        }
        loss
    }

    fn update(&mut self, start: usize) -> f64 {
        let rows = start..start + self.batch;
        let (x, y) = (self.x.slice(s![rows.clone(), ..]), self.y.slice(s![rows, ..]));
        for at in 0..self.layers.len() {
            let (before, after) = self.layers.split_at_mut(at);
            let layer = &mut after[0];
            let u = before.last().map_or(x, |before| before.y.view());
            general_mat_mul(1.0, &u, &layer.w, 0.0, &mut layer.y);
            layer.y += &layer.c;
            match (layer.activates, self.tanh) {
                (true, true) => layer.y.mapv_inplace(f64::tanh),
                (true, false) => layer.y.mapv_inplace(|z| z.max(0.0)),
                (false, _) => {}
            }
            if layer.adds {
                layer.y += &before[at - 2].y;
            }
        }
        let last = self.layers.last_mut().expect("a layer");
        #[allow(clippy::cast_precision_loss, reason = "small")]
        let share = 1.0 / self.batch as f64;
        let mut loss = 0.0;
        Zip::from(&mut last.y_bar).and(&last.y).and(&y).for_each(|bar, f, y| {
            loss += share * (f - y) * (f - y);
            *bar = 2.0 * share * (f - y);
        });
        for at in (0..self.layers.len()).rev() {
            let (before, after) = self.layers.split_at_mut(at);
            let layer = &mut after[0];
            let tanh = self.tanh;
            if layer.activates {
                Zip::from(&mut layer.y_bar).and(&layer.y).for_each(|bar, h| {
                    *bar *= if tanh { 1.0 - h * h } else { f64::from(u8::from(*h > 0.0)) };
                });
            }
            let u = before.last().map_or(x, |before| before.y.view());
            general_mat_mul(1.0, &u.t(), &layer.y_bar, 0.0, &mut layer.w_bar);
            layer.c_bar.fill(0.0);
            for row in layer.y_bar.axis_iter(Axis(0)) {
                layer.c_bar += &row;
            }
            if let Some(before) = before.last_mut() {
                // A stream that is added further on has its gradient from there already.
                let beta = f64::from(u8::from(after.get(1).is_some_and(|next| next.adds)));
                general_mat_mul(1.0, &after[0].y_bar, &after[0].w.t(), beta, &mut before.y_bar);
            }
            if after[0].adds {
                before[at - 2].y_bar.assign(&after[0].y_bar);
            }
        }
        self.age += 1;
        for layer in &mut self.layers {
            layer.learn(self.adam, self.age);
        }
        loss
    }
}

impl Layer {
    #[allow(clippy::cast_precision_loss, reason = "small")]
    fn new(seed: usize, n: usize, m: usize, rows: usize, activates: bool, adds: bool) -> Self {
        let size = (2.0 / n as f64).sqrt() * if adds { 0.14 } else { 1.0 };
        let w = Array2::from_shape_fn((n, m), |(i, j)| size * (1.3 * (seed + 7 * i + 3 * j) as f64 + 0.5).sin());
        Self {
            c: Array1::zeros(m),
            activates,
            adds,
            w_bar: w.clone(),
            c_bar: Array1::zeros(m),
            moments: [Array2::zeros((n, m)), Array2::zeros((n, m))],
            c_moments: [Array1::zeros(m), Array1::zeros(m)],
            y: Array2::zeros((rows, m)),
            y_bar: Array2::zeros((rows, m)),
            w,
        }
    }

    fn learn(&mut self, adam: bool, age: i32) {
        let (c1, c2) = (1.0 - 0.9_f64.powi(age), 1.0 - 0.999_f64.powi(age));
        let rate = 1e-3;
        let update = |w: &mut f64, g: &f64, m: &mut f64, v: &mut f64| {
            if adam {
                *m = 0.9 * *m + 0.1 * g;
                *v = 0.999 * *v + 0.001 * g * g;
                *w -= rate * (*m / c1) / ((*v / c2).sqrt() + 1e-8);
            } else {
                *w -= rate * g;
            }
        };
        let [m, v] = &mut self.moments;
        Zip::from(&mut self.w).and(&self.w_bar).and(m).and(v).for_each(update);
        let [m, v] = &mut self.c_moments;
        Zip::from(&mut self.c).and(&self.c_bar).and(m).and(v).for_each(update);
    }
}
