//! The yardstick of `image_bench`: what reading, hashing, compressing, encrypting and writing an image costs on this machine
//! without any format, index or check around it.
//!
//! `bare_loop IMAGE TARGET [LEVEL] [THREADS]`. Not a backup: what it writes cannot be read again. Invariant: each block passes
//! through the same kinds of work as in the vault (SHA-256, zstd, an authenticated cipher), blocks of zeros are left out, and
//! the file is synced before the time stops.

use std::error::Error;
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::digest::{SHA256, digest};
use vault::BLOCK_BYTES;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// zstd level unless told: that of the vault.
const LEVEL: i32 = 1;
/// Threads unless told.
const THREADS: usize = 2;

/// What the threads share.
struct Loop {
    image: File,
    target: File,
    size: u64,
    level: i32,
    key: LessSafeKey,
    /// Number of the next block to take.
    next: AtomicU64,
    /// Where the next block goes in the target, in bytes.
    end: AtomicU64,
}

#[expect(
    clippy::disallowed_methods,
    reason = "a bench measures real time, on threads"
)]
fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [image, target, rest @ ..] = words.as_slice() else {
        return Err("usage: bare_loop IMAGE TARGET [LEVEL] [THREADS]".into());
    };
    let level = rest.first().map_or(Ok(LEVEL), |text| text.parse())?;
    let threads = rest.get(1).map_or(Ok(THREADS), |text| text.parse())?;
    let begun = Instant::now();
    let image = File::open(image)?;
    let work = Loop {
        size: image.metadata()?.len(),
        image,
        target: File::create(target)?,
        level,
        key: LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[7; 32])?),
        next: AtomicU64::new(0),
        end: AtomicU64::new(0),
    };
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(|| work.run())).collect();
        running
            .into_iter()
            .try_for_each(|thread| thread.join().map_err(|_panic| "a thread panicked")?)
    })?;
    work.target.sync_all()?;
    let line = serde_json::json!({
        "seconds": begun.elapsed().as_secs_f64(),
        "bytes": work.size,
        "bytes_written": work.end.load(Ordering::Relaxed),
    });
    writeln!(std::io::stdout(), "{line}")?;
    Ok(())
}

impl Loop {
    /// Takes blocks until none is left.
    fn run(&self) -> Result<()> {
        let block = u64::from(BLOCK_BYTES);
        let mut data = vec![0; usize::try_from(BLOCK_BYTES)?];
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let offset = number.saturating_mul(block);
            if offset >= self.size {
                return Ok(());
            }
            let size = usize::try_from(block.min(self.size - offset))?;
            let part = data.get_mut(..size).ok_or("a block too long")?;
            self.image.read_exact_at(part, offset)?;
            if part.iter().any(|byte| *byte != 0) {
                self.write(number, part)?;
            }
        }
    }

    fn write(&self, number: u64, block: &[u8]) -> Result<()> {
        let id = digest(&SHA256, block);
        let mut packed = zstd::bulk::compress(block, self.level)?;
        let mut nonce = [0; 12];
        nonce
            .iter_mut()
            .zip(number.to_le_bytes())
            .for_each(|(byte, part)| *byte = part);
        let nonce = Nonce::assume_unique_for_key(nonce);
        self.key
            .seal_in_place_append_tag(nonce, Aad::from(id.as_ref()), &mut packed)?;
        let length = u64::try_from(packed.len())?;
        let offset = self.end.fetch_add(length, Ordering::Relaxed);
        self.target.write_all_at(&packed, offset)?;
        Ok(())
    }
}
