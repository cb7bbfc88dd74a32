//! A list of leaked passwords that an operator has: a file of SHA-1 hashes, looked up without reading it whole.
//!
//! Not for fetching such a list, and nothing of a password leaves the process. Invariant: the file is sorted, as Have I Been Pwned
//! publishes it (`pwned-passwords-sha1-ordered-by-hash`: `HASH:COUNT` in lines, upper-case hexadecimal); what does not look like it
//! is refused when it is opened. ASVS 5.0, 6.2.12.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use aws_lc_rs::digest;
use secrecy::{ExposeSecret as _, SecretString};

/// Characters of a SHA-1 hash in hexadecimal.
const HASH_LENGTH: usize = 40;
/// Longest line, in bytes: a hash, a colon, a count of up to 20 digits, and the line break.
const LINE_BYTES_MAX: usize = HASH_LENGTH + 1 + 20 + 2;

/// The opened list.
#[derive(Debug)]
pub struct LeakedPasswords {
    file: File,
    bytes: u64,
}

impl LeakedPasswords {
    /// Opens a list; an error when the file cannot be read or its first line is no hash.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let list = Self {
            bytes: file.metadata()?.len(),
            file,
        };
        let first = list.hash_from(0)?;
        let is_hash = |hash: &str| {
            hash.len() == HASH_LENGTH
                && hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'A'..=b'F'))
        };
        if first.is_some_and(|(_, hash)| is_hash(&hash)) {
            return Ok(list);
        }
        let text = "the first line is not a SHA-1 hash in upper-case hexadecimal";
        Err(io::Error::new(io::ErrorKind::InvalidData, text))
    }

    /// Whether the password is on the list: a binary search over the bytes of the file, some forty small reads.
    pub fn contains(&self, password: &SecretString) -> io::Result<bool> {
        let bytes = password.expose_secret().as_bytes();
        let hash = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, bytes);
        let wanted = hex::encode_upper(hash);
        // Lines that begin before `low` are smaller, lines that begin at or after `high` are greater.
        let (mut low, mut high) = (0, self.bytes);
        while low < high {
            let middle = u64::midpoint(low, high);
            let Some((begins, found)) =
                self.hash_from(middle)?.filter(|(begins, _)| *begins < high)
            else {
                // No line begins between the middle and the end of the range.
                high = middle;
                continue;
            };
            match found.as_str().cmp(wanted.as_str()) {
                std::cmp::Ordering::Equal => return Ok(true),
                std::cmp::Ordering::Less => low = begins.saturating_add(1),
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        Ok(false)
    }

    /// The first line that begins at or after `at`: where, and its hash.
    fn hash_from(&self, at: u64) -> io::Result<Option<(u64, String)>> {
        // A line begins after a line break, so the byte before counts.
        let from = at.saturating_sub(1);
        let text = self.read(from, LINE_BYTES_MAX.saturating_mul(2))?;
        let mut skipped = 0;
        if at > 0 {
            let Some(line_break) = text.find('\n') else {
                return Ok(None);
            };
            skipped = line_break.saturating_add(1);
        }
        let line = text.get(skipped..).unwrap_or_default();
        let hash = line.split([':', '\r', '\n']).next().unwrap_or_default();
        let begins = from.saturating_add(u64::try_from(skipped).unwrap_or(u64::MAX));
        Ok((!hash.is_empty()).then(|| (begins, hash.to_owned())))
    }

    fn read(&self, from: u64, most: usize) -> io::Result<String> {
        let mut buffer = vec![0; most];
        let mut filled = 0;
        while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            let offset = from.saturating_add(u64::try_from(filled).unwrap_or(u64::MAX));
            match self.file.read_at(rest, offset)? {
                0 => break,
                read => filled = filled.saturating_add(read),
            }
        }
        buffer.truncate(filled);
        String::from_utf8(buffer).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::io::Write as _;

    use super::*;

    pub(crate) fn list_of(passwords: &[String], line_end: &str) -> LeakedPasswords {
        let mut lines: Vec<String> = passwords
            .iter()
            .enumerate()
            .map(|(count, password)| {
                let hash = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes());
                format!("{}:{}", hex::encode_upper(hash), count * count * count + 1)
            })
            .collect();
        lines.sort();
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(lines.join(line_end).as_bytes()).unwrap();
        LeakedPasswords::open(file.path()).unwrap()
    }

    #[test]
    fn each_password_of_the_list_is_found_and_no_other() {
        for (count, line_end) in [(1, "\n"), (2, "\r\n"), (3, "\n"), (1_000, "\r\n")] {
            let passwords: Vec<String> = (0..count).map(|n| format!("leaked {n}")).collect();
            let list = list_of(&passwords, line_end);
            for password in passwords {
                assert!(
                    list.contains(&password.clone().into()).unwrap(),
                    "{password}"
                );
                let other = SecretString::from(format!("{password}?"));
                assert!(!list.contains(&other).unwrap(), "{password}?");
            }
        }
    }

    #[test]
    fn a_file_that_is_no_such_list_is_refused() {
        for text in [
            "",
            "\n",
            "password\n123456\n",
            "5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8:3\n",
        ] {
            let mut file = tempfile::NamedTempFile::new().unwrap();
            file.write_all(text.as_bytes()).unwrap();
            assert!(LeakedPasswords::open(file.path()).is_err(), "{text:?}");
        }
        assert!(LeakedPasswords::open(Path::new("no such file")).is_err());
    }
}
