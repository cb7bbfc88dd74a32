//! Mails that wait to be sent, and the one-time links that were sent in some of them.
//!
//! Not for what mails say. Invariant: no secret is kept here: a link is made when its mail is sent, and only its hash stays; a
//! mail that was sent is removed.

crate::ddl::migration!(
    "CREATE TABLE mails (
        id {id} NOT NULL PRIMARY KEY,
        recipient {text} NOT NULL,
        content {json} NOT NULL,
        created_at {time} NOT NULL,
        attempts {int} NOT NULL,
        next_attempt_at {time} NOT NULL
    ) {strict}",
    "CREATE INDEX mails_due ON mails (next_attempt_at, id)",
    "CREATE TABLE links (
        id {id} NOT NULL PRIMARY KEY,
        user_id {id} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        email {text} NOT NULL,
        purpose {text} NOT NULL,
        secret_hash {bytes} NOT NULL,
        created_at {time} NOT NULL,
        expires_at {time} NOT NULL,
        used_at {time}
    ) {strict}",
    "CREATE UNIQUE INDEX links_secret_hash ON links (secret_hash)",
    "CREATE INDEX links_by_user ON links (user_id, purpose)",
    "CREATE INDEX links_end ON links (expires_at)",
);
