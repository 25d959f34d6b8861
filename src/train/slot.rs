//! One slot, newest wins: how pictures travel from a run to whoever looks. Knows no thread.

use crate::run::Snapshot;
use std::sync::{Arc, Mutex, PoisonError};

/// Room for one snapshot.
#[derive(Default)]
pub struct Slot(Mutex<Option<Arc<Snapshot>>>);

impl std::fmt::Debug for Slot {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Slot")
    }
}

impl Slot {
    /// Whether the last snapshot was taken: only then is building another worth it.
    pub(super) fn is_empty(&self) -> bool {
        self.lock().is_none()
    }

    /// Puts a snapshot in, over any that nobody took.
    pub(super) fn put(&self, snapshot: Arc<Snapshot>) {
        *self.lock() = Some(snapshot);
    }

    pub(super) fn take(&self) -> Option<Arc<Snapshot>> {
        self.lock().take()
    }

    pub(super) fn clear(&self) {
        self.lock().take();
    }

    /// A holder that panicked left a whole value behind: the slot is only ever assigned.
    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Arc<Snapshot>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
