//! Known bugs.
