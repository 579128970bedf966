//! What can go wrong on a GPU.

use thiserror::Error;

/// Why a model can't run, or could not go on running, on the GPU.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum GpuError {
    /// There is none, or its driver is missing.
    #[error("no GPU adapter was found: {reason}")]
    NoAdapter {
        /// What the system said.
        reason: String,
    },
    /// The adapter is there but gives no device.
    #[error("the adapter {adapter} gives no device: {reason}")]
    NoDevice {
        /// Its name.
        adapter: String,
        /// What the driver said.
        reason: String,
    },
    /// The adapter can do less than every kernel needs.
    #[error("the adapter's limit {limit} is {found}, {wanted} are needed")]
    Limit {
        /// WebGPU's name of the limit.
        limit: &'static str,
        /// What the adapter has.
        found: u64,
        /// What is needed.
        wanted: u64,
    },
    /// A buffer that can't be bound at once, and can't be cut.
    #[error("{what} takes {bytes} bytes, the adapter binds at most {limit}")]
    TooLarge {
        /// What it holds.
        what: String,
        /// Its bytes.
        bytes: u64,
        /// Most bytes of a binding.
        limit: u64,
    },
    /// Sizes that no kernel is made for.
    #[error("{problem}")]
    Unsupported {
        /// What it is, with the numbers.
        problem: String,
    },
    /// The driver ran out of memory.
    #[error("the GPU is out of memory after {bytes} bytes of this model: {reason}")]
    OutOfMemory {
        /// Bytes asked for so far.
        bytes: u64,
        /// What the driver said.
        reason: String,
    },
    /// The driver refused what it was told to do.
    #[error("the GPU refused a command: {reason}")]
    Refused {
        /// What the driver said.
        reason: String,
    },
    /// The device is gone: unplugged, reset, destroyed.
    #[error("the GPU device was lost: {reason}")]
    Lost {
        /// What the driver said.
        reason: String,
    },
    /// No answer in time.
    #[error("the GPU gave no answer within {seconds} s")]
    Timeout {
        /// How long was waited.
        seconds: u64,
    },
    /// Numbers that can't be right.
    #[error("the GPU's answers are wrong: {problem}")]
    Wrong {
        /// Which ones, with both numbers.
        problem: String,
    },
    /// Whoever heard of the progress of loading did not want to go on.
    #[error("loading the model was stopped")]
    Stopped,
}
