//! What a task of each kind does, as steps with do and undo.
//!
//! Not for the queue (`tasks`) and not for who may ask for what (`app`). Invariants: a step looks before it leaps, so
//! that doing it twice is doing it once; no database transaction is open while AWS or the vault is asked.
//!
//! How to add a workflow: a file with the table of its steps, one `Step` per row with its undo, a line in `registry.rs`, and
//! a trio test (`tasks::testing`): each step twice, failure at each step, crash between effect and record.

mod apply_protection;
mod assign_policy;
mod backup_ebs;
mod bases;
mod copies;
mod duties;
mod expire;
pub mod failure;
mod image_file;
mod labels;
mod object_lock;
mod patience;
mod proof_duty;
mod prune;
mod reconcile;
mod registry;
mod restore_ebs;
mod restore_image;
mod rows;
mod services;
mod snapshot_ebs;
mod sync_inventory;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod vault_heads;
mod vaults;
mod verify_aws_account;
mod verify_recovery_point;

pub use duties::{DutyPeriods, InventoryDuty, OrganizationDuty};
pub use image_file::{WrittenImage, is_image, write_image};
pub use proof_duty::ProofDuty;
pub use registry::registry;
pub use services::{
    ACCESS_KEY_PURPOSE, AccessError, HeadKey, Services, Settings, VerificationSettings, seal,
    unseal,
};
pub use vault_heads::{HeadDuty, numbers as vault_head_numbers, text as vault_head_text};
pub use vaults::{
    MadeRepository, NewRepository, REPOSITORY_OBJECT, RepositoryCard, VaultPlace, Vaults,
    VaultsSettings, context,
};
