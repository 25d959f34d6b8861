//! Held to the reference and to libm.
