//! Principal components, kept beside the rows that they were fitted to.

use lookalike_imagery::cache::{ContentHash, FeatureCache, SettingsKey};
use lookalike_learn::PcaModel;

use crate::Result;

/// Raised when the components of the same rows change within a version.
const REVISION: u32 = 2;

/// Larger ones are fitted again: counts of bytes are exact in `f32` up to here.
const MAX_BYTES: usize = 1 << 24;

/// Where the principal components of some rows are kept, so that rows which are known to a cache need
/// not be reduced anew either.
#[derive(Debug)]
pub struct KeptPca<'a> {
    cache: &'a FeatureCache,
    rows: ContentHash,
    settings: String,
}

impl<'a> KeptPca<'a> {
    /// Of rows that are those of these contents, as [`Embedding::sha256`](super::Embedding::sha256)
    /// names them all, by these [`settings`](lookalike_imagery::features::Features::settings).
    pub fn new(cache: &'a FeatureCache, sha256: &str, settings: &str) -> Self {
        Self {
            cache,
            rows: ContentHash::of(sha256.as_bytes()),
            settings: settings.to_owned(),
        }
    }

    pub(super) fn get_or_fit(
        &self,
        n_components: usize,
        seed: u64,
        fit: impl FnOnce() -> Result<PcaModel>,
    ) -> Result<PcaModel> {
        let version = env!("CARGO_PKG_VERSION");
        let line = format!(
            "pca {version}.{REVISION}: {n_components}, seed {seed}, of {}",
            self.settings
        );
        let key = |part: &str| SettingsKey::of(&format!("{part} of {line}"));
        if let Some(model) = self.get(key("length"), key("model"))? {
            return Ok(model);
        }
        let model = fit()?;
        // The cache holds rows of numbers: a byte is one.
        let Ok(bytes) = serde_json::to_vec(&model) else {
            return Ok(model);
        };
        if bytes.len() < MAX_BYTES {
            let values: Vec<f32> = bytes.iter().map(|&byte| byte.into()).collect();
            self.cache.put(self.rows, key("model"), &values)?;
            self.cache
                .put(self.rows, key("length"), &[bytes.len() as f32])?;
            self.cache.flush()?;
        }
        Ok(model)
    }

    fn get(&self, length: SettingsKey, model: SettingsKey) -> Result<Option<PcaModel>> {
        let mut n_bytes = [0.0];
        if !self.cache.get(self.rows, length, &mut n_bytes)? {
            return Ok(None);
        }
        let mut values = vec![0.0; n_bytes[0] as usize];
        if !self.cache.get(self.rows, model, &mut values)? {
            return Ok(None);
        }
        let bytes: Vec<u8> = values.iter().map(|&value| value as u8).collect();
        Ok(serde_json::from_slice(&bytes).ok())
    }
}
