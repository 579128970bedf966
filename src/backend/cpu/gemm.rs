//! Sums of products, four lanes wide. Lanes and blocks are fixed and there is no fused multiply-add, so that the order of
//! every sum does not depend on the machine; x86-64 and WebAssembly are tested to give the same bits.

use wide::f32x4;

const LANES: usize = 4;
/// Rows of `x` that share one pass over two rows of weights: as many sums as there are registers for.
const ROWS: usize = 4;

/// Sum of products.
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    dots([a], [b])[0][0]
}

/// Each row of `x [n, inner]` times two rows of weights: calls `emit(row, [x·first, x·second])`.
#[inline]
pub fn panel(x: &[f32], first: &[f32], second: &[f32], mut emit: impl FnMut(usize, [f32; 2])) {
    let inner = first.len();
    let blocks = x.chunks_exact(ROWS * inner);
    let rest = blocks.remainder();
    let mut i = 0;
    for block in blocks {
        let row = |k: usize| &block[k * inner..(k + 1) * inner];
        for sums in dots([row(0), row(1), row(2), row(3)], [first, second]) {
            emit(i, sums);
            i += 1;
        }
    }
    for row in rest.chunks_exact(inner) {
        emit(i, dots([row], [first, second])[0]);
        i += 1;
    }
}

#[inline(always)]
fn dots<const R: usize, const W: usize>(rows: [&[f32]; R], weights: [&[f32]; W]) -> [[f32; W]; R] {
    let inner = weights[0].len();
    let rows = rows.map(|row| row[..inner].as_chunks::<LANES>());
    let weights = weights.map(|row| row[..inner].as_chunks::<LANES>());
    let mut sums = [[f32x4::ZERO; W]; R];
    for at in 0..inner / LANES {
        let w = weights.map(|(chunks, _)| f32x4::from(chunks[at]));
        for r in 0..R {
            let x = f32x4::from(rows[r].0[at]);
            for k in 0..W {
                sums[r][k] += x * w[k];
            }
        }
    }
    let mut out = [[0.0; W]; R];
    for k in 0..W {
        // several rows at once where there are four
        if let Some(four) = sums.first_chunk::<ROWS>() {
            for (out, sum) in out.iter_mut().zip(lanes_added(four.map(|row| row[k]))) {
                out[k] = sum;
            }
        } else {
            for (out, row) in out.iter_mut().zip(&sums) {
                let [a, b, c, d] = row[k].to_array();
                out[k] = (a + c) + (b + d);
            }
        }
    }
    for (out, (_, row)) in out.iter_mut().zip(rows) {
        for (out, (_, weights)) in out.iter_mut().zip(weights) {
            for (x, w) in row.iter().zip(weights) {
                *out += x * w;
            }
        }
    }
    out
}

/// Of each of four registers `[a, b, c, d]` the sum `(a + c) + (b + d)`.
#[inline(always)]
fn lanes_added([p, q, r, s]: [f32x4; ROWS]) -> [f32; ROWS] {
    let (low, high) = ((p.unpack_lo(r), q.unpack_lo(s)), (p.unpack_hi(r), q.unpack_hi(s)));
    let (a, b) = (low.0.unpack_lo(low.1), low.0.unpack_hi(low.1));
    let (c, d) = (high.0.unpack_lo(high.1), high.0.unpack_hi(high.1));
    ((a + c) + (b + d)).to_array()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_sizes_agree_with_plain_sums() {
        for (n, inner) in [(1, 1), (3, 4), (4, 7), (5, 32), (9, 19)] {
            let x: Vec<f32> = (0..n * inner).map(|i| (i % 13) as f32 - 6.0).collect();
            let w: Vec<f32> = (0..2 * inner).map(|i| (i % 7) as f32 - 3.0).collect();
            let (first, second) = w.split_at(inner);
            let mut seen = 0;
            panel(&x, first, second, |i, found| {
                let row = &x[i * inner..(i + 1) * inner];
                let plain = |w: &[f32]| row.iter().zip(w).map(|(x, w)| x * w).sum::<f32>();
                assert_eq!(found, [plain(first), plain(second)]);
                seen += 1;
            });
            assert_eq!(seen, n);
        }
        assert_eq!(dot(&[], &[]), 0.0);
    }
}
