//! From rows to the types of `domain` and back, one value at a time.
//!
//! Not for queries. Invariant: a value without meaning becomes [`Error::Inconsistent`] with table, row and column; it is never
//! guessed.

use sea_orm::prelude::Json;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::Error;

/// Where a value stands, for errors.
#[derive(Debug, Clone, Copy)]
pub(crate) struct At {
    pub(crate) table: &'static str,
    pub(crate) row: Uuid,
}

impl At {
    pub(crate) const fn new(table: &'static str, row: Uuid) -> Self {
        Self { table, row }
    }

    fn inconsistent(self, column: &'static str) -> Error {
        Error::inconsistent(self.table, self.row, column)
    }

    /// A value that was looked up by its stored name.
    pub(crate) fn known<T>(self, column: &'static str, value: Option<T>) -> Result<T, Error> {
        value.ok_or_else(|| self.inconsistent(column))
    }

    /// A stored document as a value.
    pub(crate) fn read<T: DeserializeOwned>(
        self,
        column: &'static str,
        document: Json,
    ) -> Result<T, Error> {
        serde_json::from_value(document).map_err(|_unreadable| self.inconsistent(column))
    }

    /// A value as a document to store.
    pub(crate) fn write<T: Serialize>(
        self,
        column: &'static str,
        value: &T,
    ) -> Result<Json, Error> {
        serde_json::to_value(value).map_err(|_unwritable| self.inconsistent(column))
    }

    /// A stored count of bytes.
    pub(crate) fn size(self, column: &'static str, stored: i64) -> Result<u64, Error> {
        u64::try_from(stored).map_err(|_negative| self.inconsistent(column))
    }

    /// A count of bytes to store.
    pub(crate) fn bigint(self, column: &'static str, size: u64) -> Result<i64, Error> {
        i64::try_from(size).map_err(|_too_large| self.inconsistent(column))
    }
}

/// That exactly `expected` rows were affected.
pub(crate) fn affected(expected: u64, actual: u64) -> Result<(), Error> {
    if expected == actual {
        Ok(())
    } else {
        Err(Error::Affected { expected, actual })
    }
}
