//! Database migrations, one file per step.
