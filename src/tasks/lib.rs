//! The task engine: queue, worker, leases, steps, ticker and live events.
