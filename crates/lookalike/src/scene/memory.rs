//! How much memory a job may use.

use sysinfo::{MemoryRefreshKind, RefreshKind, System};

/// What everything takes but the pixels and the strips that are read: pictures, tables, class maps.
const RESERVE: u64 = 128 << 20;
/// Assumed where the system does not say how much is free.
const DEFAULT: u64 = 2 << 30;

/// A ceiling for memory.
#[derive(Debug, Clone, Copy)]
pub(super) struct Memory(u64);

impl Memory {
    /// `ram` bytes, or half of what is free.
    pub(super) fn new(ram: Option<u64>) -> Self {
        Self(ram.unwrap_or_else(half_of_free))
    }

    /// How many bytes of pixels can be kept while `working` bytes are needed for reading them.
    pub(super) fn for_pixels(self, working: u64) -> u64 {
        self.0.saturating_sub(RESERVE).saturating_sub(working)
    }
}

fn half_of_free() -> u64 {
    let memory = RefreshKind::nothing().with_memory(MemoryRefreshKind::nothing().with_ram());
    match System::new_with_specifics(memory).available_memory() {
        0 => DEFAULT,
        free => free / 2,
    }
}
