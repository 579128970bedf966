//! What the benches measure with: texts, programs, the record of times, and the Python side.

pub mod corpus;
pub mod inputs;
pub mod program;
pub mod python;
pub mod record;
