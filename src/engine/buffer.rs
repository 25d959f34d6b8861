//! A vector of numbers that begins at a cache line, wherever it is copied to. Knows no layout.

use super::real::Real;
use std::ops::{Deref, DerefMut};

/// Bytes of a cache line, and of the widest register.
const LINE: usize = 64;

/// `len` numbers, the first at the beginning of a cache line.
#[derive(Debug)]
pub struct Buffer<T> {
    all: Vec<T>,
    start: usize,
    len: usize,
}

impl<T: Clone> Buffer<T> {
    /// `len` times `value`.
    fn of(len: usize, value: T) -> Self {
        let slack = LINE / size_of::<T>();
        let all = vec![value; len + slack];
        let start = all.as_ptr().align_offset(LINE).min(slack);
        Self { all, start, len }
    }
}

impl<T: Real> Buffer<T> {
    /// `len` zeros.
    pub fn zeros(len: usize) -> Self {
        Self::of(len, T::default())
    }
}

impl<T: Clone> Clone for Buffer<T> {
    /// The copy lies elsewhere, so its beginning is sought anew.
    fn clone(&self) -> Self {
        let mut copy = Self::of(self.len, self.all[0].clone());
        copy.clone_from_slice(self);
        copy
    }
}

impl<T> Deref for Buffer<T> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        &self.all[self.start..self.start + self.len]
    }
}

impl<T> DerefMut for Buffer<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.all[self.start..self.start + self.len]
    }
}
