//! What a session rests on: the identity provider through which it came, and when its person last proved themselves by what is theirs.
//!
//! Not a reference: the column outlives the provider. Invariant: a session from before that came through a provider rests on nothing
//! but that provider; every other one on the proof of its person.

crate::ddl::migration!(
    "ALTER TABLE sessions ADD COLUMN provider_id {id}",
    "ALTER TABLE sessions ADD COLUMN own_proof_at {time}",
    "UPDATE sessions SET provider_id = (
        SELECT provider_id FROM provider_sessions WHERE provider_sessions.session_id = sessions.id)",
    "UPDATE sessions SET own_proof_at = proven_at WHERE provider_id IS NULL",
);
