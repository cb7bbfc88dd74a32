//! Sign-ins that were refused and do not stand in the audit log yet.
//!
//! Not for the log itself (`m0010_audit.rs`). Invariant: known and unknown addresses lie here alike, for seconds.

crate::ddl::migration!(
    "CREATE TABLE refused_sign_ins (
        id {id} NOT NULL PRIMARY KEY,
        email {text} NOT NULL,
        password_is_right {bool} NOT NULL,
        address {text},
        request_id {text} NOT NULL,
        occurred_at {time} NOT NULL
    ) {strict}",
    "CREATE INDEX refused_sign_ins_order ON refused_sign_ins (occurred_at, id)",
);
