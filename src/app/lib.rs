//! Use cases: authorise, check, write, audit and enqueue in one transaction.
