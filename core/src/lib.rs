//! Heirloom: the store that sits inside your program.
