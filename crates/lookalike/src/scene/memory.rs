//! How much memory a job may use.

use sysinfo::{MemoryRefreshKind, RefreshKind, System};

/// What everything but the pixels takes: strips being read and classified, pictures, tables.
const RESERVE: u64 = 256 << 20;
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

    /// Whether so many bytes of pixels can be kept.
    pub(super) fn holds(self, bytes: u64) -> bool {
        bytes <= self.0.saturating_sub(RESERVE)
    }
}

fn half_of_free() -> u64 {
    let memory = RefreshKind::nothing().with_memory(MemoryRefreshKind::nothing().with_ram());
    match System::new_with_specifics(memory).available_memory() {
        0 => DEFAULT,
        free => free / 2,
    }
}
