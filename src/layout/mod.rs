//! How panes share a tab: the split tree, what it means for a rectangle, and where the frame around it lies.
//!
//! Pure. Imports id and geometry.

pub mod chrome;
pub mod float;
pub mod focus;
pub mod preset;
pub mod resize;
pub mod shape;
pub mod solve;
pub mod tree;

#[cfg(test)]
mod properties;
