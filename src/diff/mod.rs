//! Executions as data other programs read: a unified diff for people and `patch`, a JSON Patch for programs.
//!
//! Both come from the changes that were made, not from a comparison of two texts, so they take linear time and show each
//! edit where it was done.

mod groups;
mod json_patch;
mod unified;

pub use json_patch::{PatchOperation, json_patch};
pub use unified::{DiffOptions, unified_diff};
