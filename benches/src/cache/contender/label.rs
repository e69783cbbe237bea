//! The names of the caches.

use serde::{Deserialize, Serialize};

/// A cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Label {
    /// `heirloom::Table` with `max_objects`: S3-FIFO.
    Heirloom,
    /// `moka::sync::Cache`: TinyLFU.
    Moka,
    /// `quick_cache::sync::Cache`: Clock-PRO and S3-FIFO mixed.
    QuickCache,
    /// `mini_moka::sync::Cache`: TinyLFU.
    MiniMoka,
    /// `foyer_memory::Cache`: LRU unless told otherwise.
    Foyer,
}

impl Label {
    /// Everybody, in the order of the report's columns.
    pub const ALL: [Self; 5] = [
        Self::Heirloom,
        Self::Moka,
        Self::QuickCache,
        Self::MiniMoka,
        Self::Foyer,
    ];

    /// For the head of a column.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Heirloom => "Heirloom",
            Self::Moka => "moka",
            Self::QuickCache => "quick_cache",
            Self::MiniMoka => "mini-moka",
            Self::Foyer => "foyer",
        }
    }

    /// Whether Heirloom is compared with it.
    #[must_use]
    pub fn is_peer(self) -> bool {
        self != Self::Heirloom
    }
}
