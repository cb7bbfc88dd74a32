//! Rows and queries: SeaORM entities, transactions, outbox and leases.
