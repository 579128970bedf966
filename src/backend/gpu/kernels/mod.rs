//! One file a kernel: its variants, its shape, its dispatch, and a test against the CPU.

mod attention;
mod embed;
mod heads;
mod matmul;
mod pick;
mod rms_norm;
mod rope;

pub use attention::{Sight, share_numbers};
pub use embed::{Bags, Table};
pub use heads::Calibration;
pub use matmul::{Epilogue, Then};
pub use pick::{Choice, PART, mask};
pub use rope::Turns;
