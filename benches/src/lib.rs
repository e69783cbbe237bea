//! Comparison of Heirloom with its peers.
