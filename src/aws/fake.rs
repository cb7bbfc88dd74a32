//! A simulated AWS in memory.
