//! Passwords, sessions and tokens as protocol logic.
