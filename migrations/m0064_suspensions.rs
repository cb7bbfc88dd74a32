//! Who suspended a member: an identity provider, by its id, or by hand.
//!
//! Not for whether a member is suspended (`state`). Invariant: a suspension of before counts as one by hand, so that no provider
//! lifts what it may not have done.

crate::ddl::migration!("ALTER TABLE memberships ADD COLUMN suspended_by {id}");
