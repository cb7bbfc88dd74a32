//! Section `[sign_up]`.

use std::path::PathBuf;

use anyhow::Context as _;
use app::settings::SignUpSettings;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Faults;

/// Longest version of terms, in bytes.
const VERSION_LENGTH_MAX: usize = 50;

/// Whether strangers may make an organization of their own.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignUpConfig {
    /// Whether they may.
    pub open: bool,
    /// The version of the terms that they accept; empty when there are none.
    pub terms_version: String,
    /// A text file with the terms.
    pub terms_file: Option<PathBuf>,
}

impl SignUpConfig {
    pub(super) fn validate(&self, faults: &mut Faults) {
        let has_terms = self.terms_file.is_some();
        let both = has_terms != self.terms_version.is_empty();
        let wanted = "give the file of the terms and their version, or neither";
        faults.check(both, "sign_up.terms_version", wanted);
        let is_short = self.terms_version.len() <= VERSION_LENGTH_MAX;
        let wanted = format!("at most {VERSION_LENGTH_MAX} characters");
        faults.check(is_short, "sign_up.terms_version", wanted);
    }

    /// With the text of the terms.
    pub(crate) fn settings(&self) -> anyhow::Result<SignUpSettings> {
        let terms_text = match &self.terms_file {
            Some(file) => std::fs::read_to_string(file)
                .with_context(|| format!("sign_up.terms_file: {}", file.display()))?,
            None => String::new(),
        };
        Ok(SignUpSettings {
            is_open: self.open,
            terms_version: self.terms_version.clone(),
            terms_text,
        })
    }
}
