//! Tests of the queue's rows, on each database that this machine has.
