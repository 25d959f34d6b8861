//! A vector of numbers that begins at a cache line, wherever it is copied to. Knows no layout.

use super::real::Real;
use std::ops::{Deref, DerefMut};

/// Bytes of a cache line, and of the widest register.
const LINE: usize = 64;

/// Numbers, the first of which lies at the beginning of a cache line: a vector of 64 bytes is then one access, and what one pass has
/// written can be read by the next before it is in the cache.
#[derive(Debug)]
pub struct Buffer<T> {
    /// So many numbers before the first one, and then all of them to the end.
    all: Vec<T>,
    start: usize,
}

impl<T: Clone> Buffer<T> {
    /// `len` times `value`.
    fn of(len: usize, value: T) -> Self {
        let slack = LINE / size_of::<T>();
        let mut all = vec![value; len + slack];
        let start = all.as_ptr().align_offset(LINE).min(slack);
        all.truncate(start + len);
        Self { all, start }
    }
}

impl<T> Buffer<T> {
    /// How many numbers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.all.len() - self.start
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where the first one lies. A slice would be checked once more to begin within all of them.
    #[must_use]
    pub fn as_ptr(&self) -> *const T {
        self.all.as_ptr().wrapping_add(self.start)
    }

    /// The same, to write there.
    #[must_use]
    pub fn as_mut_ptr(&mut self) -> *mut T {
        self.all.as_mut_ptr().wrapping_add(self.start)
    }
}

impl<T: Real> Buffer<T> {
    /// `len` zeros.
    #[must_use]
    pub fn zeros(len: usize) -> Self {
        Self::of(len, T::default())
    }
}

impl<T: Clone> From<&[T]> for Buffer<T> {
    fn from(values: &[T]) -> Self {
        let Some(first) = values.first() else { return Self { all: Vec::new(), start: 0 } };
        let mut copy = Self::of(values.len(), first.clone());
        copy.clone_from_slice(values);
        copy
    }
}

impl<T: Clone> Clone for Buffer<T> {
    /// The copy lies elsewhere, so its beginning is sought anew.
    fn clone(&self) -> Self {
        Self::from(&**self)
    }
}

impl<T> Deref for Buffer<T> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        &self.all[self.start..]
    }
}

impl<T> DerefMut for Buffer<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.all[self.start..]
    }
}
