//! What a task of each kind does, as steps with do and undo.
//!
//! Not for the queue (`tasks`) and not for who may ask for what (`app`). Invariants: a step looks before it leaps, so
//! that doing it twice is doing it once; no database transaction is open while AWS or the vault is asked.

mod backup_ebs;
mod expire;
mod reconcile;
#[cfg(test)]
mod testing;
mod vaults;

pub use vaults::{
    MadeRepository, NewRepository, REPOSITORY_OBJECT, RepositoryCard, VaultPlace, Vaults,
    VaultsSettings, context,
};
