//! The tokens by which AWS hands out blocks, packed.
//!
//! Not for which blocks are wanted (`blocks.rs`). Invariant: one allocation for all texts: a volume of 1 TiB has two million
//! blocks, and a `String` for each would cost more memory than the whole backup may take.

use aws::BlockRef;

/// Tokens by block, in rising order of the blocks.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    indexes: Vec<u32>,
    /// Where each text ends in `text`.
    ends: Vec<usize>,
    text: String,
}

/// A list of blocks was not in rising order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("AWS listed block {0} out of order")]
pub(crate) struct OutOfOrder(pub(crate) u32);

impl Tokens {
    /// Adds the token of a block; blocks must come in rising order, as AWS lists them.
    pub(crate) fn push(&mut self, index: u32, token: &str) -> Result<(), OutOfOrder> {
        if self.indexes.last().is_some_and(|last| *last >= index) {
            return Err(OutOfOrder(index));
        }
        self.text.push_str(token);
        self.indexes.push(index);
        self.ends.push(self.text.len());
        Ok(())
    }

    /// The block with its token.
    pub(crate) fn get(&self, index: u32) -> Option<BlockRef> {
        let position = self.indexes.binary_search(&index).ok()?;
        let start = match position.checked_sub(1) {
            None => 0,
            Some(before) => *self.ends.get(before)?,
        };
        let token = self.text.get(start..*self.ends.get(position)?)?;
        Some(BlockRef {
            index,
            token: token.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_block_finds_its_own_token() {
        let mut tokens = Tokens::default();
        for (index, token) in [(0, "a"), (3, "bcd"), (9, ""), (10, "ef")] {
            tokens.push(index, token).unwrap();
        }
        assert_eq!(tokens.get(3).unwrap().token, "bcd");
        assert_eq!(tokens.get(9).unwrap().token, "");
        assert_eq!(tokens.get(10).unwrap().token, "ef");
        assert!(tokens.get(4).is_none());
        assert_eq!(tokens.push(10, "x"), Err(OutOfOrder(10)));
    }
}
