//! One file a kernel: its variants, its shape, its dispatch, and a test against the CPU.

mod attention;
mod embed;
mod heads;
mod matmul;
mod rms_norm;
mod rope;

pub use attention::Sight;
pub use embed::{Bags, Table};
pub use heads::Calibration;
pub use matmul::{Epilogue, Then};
pub use rope::Turns;
