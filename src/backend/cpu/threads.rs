//! Work in pieces: side by side where the crate is built with `threads`, else one after the other. A piece computes what it
//! would alone, so that results do not depend on how many threads there are.

#[cfg(feature = "threads")]
use rayon::prelude::*;

/// Rows of a chunk that are worth a thread.
const ROWS: usize = 16;
/// Products of a single row with a matrix that are worth a thread.
const PRODUCTS: usize = 1 << 18;

fn count() -> usize {
    #[cfg(feature = "threads")]
    return rayon::current_num_threads();
    #[cfg(not(feature = "threads"))]
    1
}

/// Into how many rows a piece of `rows` is cut: two pieces a thread where they are not too small, and whole tiles of four.
pub fn rows_a_piece(rows: usize) -> usize {
    let pieces = if count() == 1 { 1 } else { (2 * count()).min(rows / ROWS).max(1) };
    rows.div_ceil(pieces).next_multiple_of(4).max(4)
}

/// The same for the columns that one row makes, `inner` products each; a multiple of `unit`.
pub fn columns_a_piece(columns: usize, inner: usize, unit: usize) -> usize {
    let pieces = if count() == 1 { 1 } else { count().min(columns * inner / PRODUCTS).max(1) };
    columns.div_ceil(pieces).next_multiple_of(unit)
}

/// Each of these.
pub fn for_each<T: Send>(pieces: Vec<T>, work: impl Fn(T) + Sync + Send) {
    if pieces.len() < 2 {
        return pieces.into_iter().for_each(work);
    }
    #[cfg(feature = "threads")]
    pieces.into_par_iter().for_each(work);
    #[cfg(not(feature = "threads"))]
    pieces.into_iter().for_each(work);
}
