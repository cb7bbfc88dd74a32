//! The EBS direct APIs through their SDK.
//!
//! Not for volumes (`ec2`). Invariant: bytes are handed out only after their length and SHA-256 matched what AWS stated.

use async_trait::async_trait;
use aws_sdk_ebs::error::SdkError;
use aws_sdk_ebs::operation::get_snapshot_block::GetSnapshotBlockOutput;
use aws_sdk_ebs::primitives::ByteStream;
use aws_sdk_ebs::types::{
    ChecksumAggregationMethod, ChecksumAlgorithm, Tag, ValidationExceptionReason,
};
use aws_smithy_runtime::client::retries::RetryPartition;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::DateTime;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::blocks::{
    BLOCK_BYTES, Block, BlockPage, BlockRef, Blocks, ChangedBlock, ChangedBlockPage,
    NewBlockSnapshot, StartedSnapshot,
};
use crate::ec2::{AwsRegion, with_our_tags};
use crate::error::{AwsError, ErrorClass};
use crate::sdk::call::{
    COMPLETE_SNAPSHOT, Call, GET_BLOCK, LIST_BLOCKS, LIST_CHANGED, PUT_BLOCK, START_SNAPSHOT,
};
use crate::sdk::failure::from_sdk;
use crate::sdk::{Session, incomplete};

/// Most blocks of a page ("ListSnapshotBlocks": 100 to 10,000).
const PAGE_SIZE: i32 = 10_000;

/// How often a block is read whose body broke off or did not match: the SDK retries only until the body begins.
const READS_MAX: u32 = 3;

/// A client with the credentials of `session`.
pub(crate) fn client(
    session: &Session,
    endpoint: Option<&str>,
    partition: &str,
) -> aws_sdk_ebs::Client {
    let mut builder = aws_sdk_ebs::config::Builder::from(&session.config)
        .retry_partition(RetryPartition::new(format!("ebs/{partition}")));
    if let Some(url) = endpoint {
        builder = builder.endpoint_url(url);
    }
    aws_sdk_ebs::Client::from_conf(builder.build())
}

/// Our error. A token that has expired or is not (any more) valid gets its own class, because listing again helps.
fn failed<E>(call: &Call, error: &SdkError<E, HttpResponse>, is_token: bool) -> AwsError
where
    E: std::error::Error + ProvideErrorMetadata + 'static,
{
    let ours = from_sdk(call, error);
    if is_token {
        ours.in_class(ErrorClass::TokenExpired)
    } else {
        ours
    }
}

fn is_about_tokens(reason: Option<&ValidationExceptionReason>) -> bool {
    matches!(
        reason,
        Some(
            ValidationExceptionReason::InvalidBlockToken
                | ValidationExceptionReason::InvalidPageToken
        )
    )
}

/// Whether a `ValidationException` of any operation is about a token.
macro_rules! token_fault {
    ($error:expr, $kind:path) => {
        match $error.as_service_error() {
            Some($kind(exception)) => is_about_tokens(exception.reason()),
            _ => false,
        }
    };
}

fn index_of(call: &Call, index: Option<i32>) -> Result<u32, AwsError> {
    index
        .and_then(|index| u32::try_from(index).ok())
        .ok_or_else(|| incomplete(call, "block index"))
}

fn size_of(call: &Call, size: Option<i64>, block: Option<i32>) -> Result<u32, AwsError> {
    if block.and_then(|bytes| usize::try_from(bytes).ok()) != Some(BLOCK_BYTES) {
        return Err(incomplete(call, "blocks of 512 KiB"));
    }
    size.and_then(|gib| u32::try_from(gib).ok())
        .ok_or_else(|| incomplete(call, "volume size"))
}

fn time_of(time: Option<DateTime>) -> Option<Timestamp> {
    time.and_then(|time| Timestamp::new(time.secs(), 0).ok())
}

fn mismatch(call: &Call, message: impl Into<String>) -> AwsError {
    AwsError::new(
        ErrorClass::ChecksumMismatch,
        call.service,
        call.operation,
        message,
    )
}

/// The block in an answer, if its bytes are what AWS says they are.
async fn checked(index: u32, answer: GetSnapshotBlockOutput) -> Result<Block, AwsError> {
    let stated = answer.checksum.as_deref().unwrap_or_default();
    let stated: [u8; 32] = match (answer.checksum_algorithm, BASE64.decode(stated)) {
        (Some(ChecksumAlgorithm::ChecksumAlgorithmSha256), Ok(bytes)) => {
            <[u8; 32]>::try_from(bytes).map_err(|_bytes| {
                mismatch(&GET_BLOCK, format!("block {index}: no SHA-256 stated"))
            })?
        }
        _ => {
            return Err(mismatch(
                &GET_BLOCK,
                format!("block {index}: no SHA-256 stated"),
            ));
        }
    };
    let stated_length = answer.data_length.and_then(|n| usize::try_from(n).ok());
    let body = answer.block_data.collect().await.map_err(|error| {
        AwsError::new(
            ErrorClass::Transient,
            GET_BLOCK.service,
            GET_BLOCK.operation,
            format!("block {index} broke off: {error}"),
        )
    })?;
    verify(index, body.into_bytes(), stated, stated_length)
}

fn verify(
    index: u32,
    data: Bytes,
    stated: [u8; 32],
    stated_length: Option<usize>,
) -> Result<Block, AwsError> {
    if data.len() != BLOCK_BYTES || stated_length != Some(BLOCK_BYTES) {
        let message = format!("block {index} has {} bytes, not {BLOCK_BYTES}", data.len());
        return Err(mismatch(&GET_BLOCK, message));
    }
    let sha256: [u8; 32] = Sha256::digest(&data).into();
    if sha256 == stated {
        Ok(Block { data, sha256 })
    } else {
        let message = format!("the bytes of block {index} do not match their SHA-256");
        Err(mismatch(&GET_BLOCK, message))
    }
}

#[async_trait]
impl Blocks for AwsRegion {
    async fn list_blocks(
        &self,
        snapshot_id: &str,
        token: Option<&str>,
    ) -> Result<BlockPage, AwsError> {
        use aws_sdk_ebs::operation::list_snapshot_blocks::ListSnapshotBlocksError as E;
        let _pass = self.ebs_gate.pass().await;
        let answer = self
            .ebs
            .list_snapshot_blocks()
            .snapshot_id(snapshot_id)
            .max_results(PAGE_SIZE)
            .set_next_token(token.map(str::to_owned))
            .send()
            .await
            .map_err(|e| failed(&LIST_BLOCKS, &e, token_fault!(e, E::ValidationException)))?;
        let volume_size_gib = size_of(&LIST_BLOCKS, answer.volume_size, answer.block_size)?;
        let mut blocks = Vec::new();
        for block in answer.blocks.unwrap_or_default() {
            let token = block.block_token;
            blocks.push(BlockRef {
                index: index_of(&LIST_BLOCKS, block.block_index)?,
                token: token.ok_or_else(|| incomplete(&LIST_BLOCKS, "block token"))?,
            });
        }
        Ok(BlockPage {
            blocks,
            volume_size_gib,
            expires_at: time_of(answer.expiry_time),
            next: answer.next_token.filter(|token| !token.is_empty()),
        })
    }

    async fn list_changed(
        &self,
        first_snapshot_id: &str,
        second_snapshot_id: &str,
        token: Option<&str>,
    ) -> Result<ChangedBlockPage, AwsError> {
        use aws_sdk_ebs::operation::list_changed_blocks::ListChangedBlocksError as E;
        let _pass = self.ebs_gate.pass().await;
        let answer = self
            .ebs
            .list_changed_blocks()
            .first_snapshot_id(first_snapshot_id)
            .second_snapshot_id(second_snapshot_id)
            .max_results(PAGE_SIZE)
            .set_next_token(token.map(str::to_owned))
            .send()
            .await
            .map_err(|e| failed(&LIST_CHANGED, &e, token_fault!(e, E::ValidationException)))?;
        let volume_size_gib = size_of(&LIST_CHANGED, answer.volume_size, answer.block_size)?;
        let mut blocks = Vec::new();
        for block in answer.changed_blocks.unwrap_or_default() {
            blocks.push(ChangedBlock {
                index: index_of(&LIST_CHANGED, block.block_index)?,
                first_token: block.first_block_token.filter(|token| !token.is_empty()),
                second_token: block.second_block_token.filter(|token| !token.is_empty()),
            });
        }
        Ok(ChangedBlockPage {
            blocks,
            volume_size_gib,
            expires_at: time_of(answer.expiry_time),
            next: answer.next_token.filter(|token| !token.is_empty()),
        })
    }

    async fn get_block(&self, snapshot_id: &str, block: &BlockRef) -> Result<Block, AwsError> {
        use aws_sdk_ebs::operation::get_snapshot_block::GetSnapshotBlockError as E;
        let index = i32::try_from(block.index).unwrap_or(i32::MAX);
        let mut reads = 1;
        loop {
            let _pass = self.ebs_gate.pass().await;
            let answer = self
                .ebs
                .get_snapshot_block()
                .snapshot_id(snapshot_id)
                .block_index(index)
                .block_token(&block.token)
                .send()
                .await
                .map_err(|e| failed(&GET_BLOCK, &e, token_fault!(e, E::ValidationException)))?;
            match checked(block.index, answer).await {
                Err(_) if reads < READS_MAX => reads += 1,
                outcome => return outcome,
            }
        }
    }

    async fn start_snapshot(&self, new: &NewBlockSnapshot) -> Result<StartedSnapshot, AwsError> {
        // AWS forgets client tokens sooner than we may resume.
        if let Some(earlier) = self.snapshot_of_key(&new.client_token).await? {
            return Ok(StartedSnapshot {
                id: earlier.id,
                size_gib: earlier.size_gib,
            });
        }
        let _pass = self.ebs_gate.pass().await;
        let tags = with_our_tags(&new.tags, &new.client_token);
        let tags = tags
            .iter()
            .map(|(key, value)| Tag::builder().key(key).value(value).build());
        let answer = self
            .ebs
            .start_snapshot()
            .volume_size(i64::from(new.size_gib))
            .set_parent_snapshot_id(new.parent_snapshot_id.clone())
            .set_tags(Some(tags.collect()))
            .description(&new.description)
            .client_token(&new.client_token)
            .set_encrypted(new.encrypted.then_some(true))
            .set_kms_key_arn(new.kms_key_arn.clone())
            .send()
            .await
            .map_err(|error| from_sdk(&START_SNAPSHOT, &error))?;
        let size_gib = size_of(&START_SNAPSHOT, answer.volume_size, answer.block_size)?;
        let id = answer
            .snapshot_id
            .ok_or_else(|| incomplete(&START_SNAPSHOT, "snapshot id"))?;
        Ok(StartedSnapshot { id, size_gib })
    }

    async fn put_block(
        &self,
        snapshot_id: &str,
        index: u32,
        data: Bytes,
    ) -> Result<[u8; 32], AwsError> {
        use aws_sdk_ebs::operation::put_snapshot_block::PutSnapshotBlockError as E;
        if data.len() != BLOCK_BYTES {
            let message = format!("block {index} has {} bytes, not {BLOCK_BYTES}", data.len());
            return Err(mismatch(&PUT_BLOCK, message));
        }
        let sha256: [u8; 32] = Sha256::digest(&data).into();
        let checksum = BASE64.encode(sha256);
        let _pass = self.ebs_gate.pass().await;
        let answer = self
            .ebs
            .put_snapshot_block()
            .snapshot_id(snapshot_id)
            .block_index(i32::try_from(index).unwrap_or(i32::MAX))
            .data_length(i32::try_from(data.len()).unwrap_or(i32::MAX))
            .checksum(&checksum)
            .checksum_algorithm(ChecksumAlgorithm::ChecksumAlgorithmSha256)
            .block_data(ByteStream::from(data))
            .send()
            .await
            .map_err(|e| failed(&PUT_BLOCK, &e, token_fault!(e, E::ValidationException)))?;
        if answer.checksum.as_deref() == Some(checksum.as_str()) {
            Ok(sha256)
        } else {
            let message = format!("AWS keeps other bytes for block {index} than were sent");
            Err(mismatch(&PUT_BLOCK, message))
        }
    }

    async fn complete_snapshot(
        &self,
        snapshot_id: &str,
        changed_blocks: u32,
        checksum: Option<[u8; 32]>,
    ) -> Result<(), AwsError> {
        use aws_sdk_ebs::operation::complete_snapshot::CompleteSnapshotError as E;
        let _pass = self.ebs_gate.pass().await;
        let mut call = self
            .ebs
            .complete_snapshot()
            .snapshot_id(snapshot_id)
            .changed_blocks_count(i32::try_from(changed_blocks).unwrap_or(i32::MAX));
        if let Some(checksum) = checksum {
            call = call
                .checksum(BASE64.encode(checksum))
                .checksum_algorithm(ChecksumAlgorithm::ChecksumAlgorithmSha256)
                .checksum_aggregation_method(ChecksumAggregationMethod::ChecksumAggregationLinear);
        }
        let answer = call.send().await;
        answer.map(|_| ()).map_err(|e| {
            failed(
                &COMPLETE_SNAPSHOT,
                &e,
                token_fault!(e, E::ValidationException),
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(data: Vec<u8>, checksum: &str, length: usize) -> GetSnapshotBlockOutput {
        GetSnapshotBlockOutput::builder()
            .data_length(i32::try_from(length).unwrap())
            .checksum(checksum)
            .checksum_algorithm(ChecksumAlgorithm::ChecksumAlgorithmSha256)
            .block_data(ByteStream::from(data))
            .build()
    }

    #[tokio::test]
    async fn a_block_is_taken_only_with_its_own_checksum_and_length() {
        let good = vec![7_u8; BLOCK_BYTES];
        let checksum = BASE64.encode(Sha256::digest(&good));
        let block = checked(3, answer(good.clone(), &checksum, BLOCK_BYTES)).await;
        assert_eq!(block.unwrap().data, Bytes::from(good.clone()));

        let mut flipped = good.clone();
        flipped[100] ^= 1;
        let short = good[..BLOCK_BYTES - 1].to_vec();
        let short_checksum = BASE64.encode(Sha256::digest(&short));
        for bad in [
            answer(flipped, &checksum, BLOCK_BYTES),
            answer(short.clone(), &short_checksum, short.len()),
            answer(short, &short_checksum, BLOCK_BYTES),
            answer(good.clone(), &checksum, BLOCK_BYTES - 1),
            answer(good.clone(), "", BLOCK_BYTES),
            answer(good.clone(), "not base64!", BLOCK_BYTES),
        ] {
            let error = checked(3, bad).await.unwrap_err();
            assert_eq!(error.class(), ErrorClass::ChecksumMismatch, "{error}");
        }
        let mut unnamed = answer(good, &checksum, BLOCK_BYTES);
        unnamed.checksum_algorithm = None;
        assert!(checked(3, unnamed).await.is_err());
    }
}
