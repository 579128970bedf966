//! Exponentials, four lanes wide, in operations that do not depend on the machine.

use wide::{f32x4, i32x4};

const LANES: usize = 4;

/// e to the power of each element. Relative error below 2e-7; 0 below -87, the value at 88 above that.
pub fn exp(x: &mut [f32]) {
    map(x, exp4);
}

/// x / (1 + e^-x) of each element.
pub fn silu(x: &mut [f32]) {
    map(x, |x| x / (f32x4::ONE + exp4(-x)));
}

fn map(x: &mut [f32], f: impl Fn(f32x4) -> f32x4) {
    let (chunks, tail) = x.as_chunks_mut::<LANES>();
    for chunk in chunks {
        *chunk = f(f32x4::from(*chunk)).to_array();
    }
    let mut last = [0.0; LANES];
    last[..tail.len()].copy_from_slice(tail);
    tail.copy_from_slice(&f(f32x4::from(last)).to_array()[..tail.len()]);
}

/// 2^n · e^r with n whole and |r| at most half of ln 2, e^r by its Taylor series to the seventh power.
fn exp4(x: f32x4) -> f32x4 {
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    const WHOLE: f32 = 12_582_912.0;
    let tiny = x.simd_lt(f32x4::splat(-87.0));
    let x = x.fast_max(f32x4::splat(-87.0)).fast_min(f32x4::splat(88.0));
    // at this size floats are whole numbers: adding rounds, ties to even
    let shifted = x * f32x4::splat(std::f32::consts::LOG2_E) + f32x4::splat(WHOLE);
    let n = shifted - f32x4::splat(WHOLE);
    let r = x - n * f32x4::splat(LN2_HIGH) - n * f32x4::splat(LN2_LOW);
    let mut sum = f32x4::splat(1.0 / 5040.0);
    for factor in [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
        sum = sum * r + f32x4::splat(factor);
    }
    // the lowest bits are n; n + 127 lies in 1..=254: the bits of a float's exponent
    let bits = i32x4::from(shifted.to_array().map(|x| x.to_bits() as i32));
    let power: i32x4 = (bits + i32x4::splat(127)) << 23;
    let power = f32x4::from(power.to_array().map(|bits| f32::from_bits(bits as u32)));
    !tiny & (sum * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponentials_are_right_to_the_last_bits() {
        let x: Vec<f32> = (-8700..8800).map(|i| i as f32 / 100.0).collect();
        let mut found = x.clone();
        exp(&mut found);
        for (x, found) in x.iter().zip(found) {
            let exact = f64::from(*x).exp();
            assert!((f64::from(found) / exact - 1.0).abs() < 2e-7, "e^{x} is {exact}, not {found}");
        }
        let mut ends = [f32::NEG_INFINITY, -1000.0, 0.0, 1000.0, 1.0];
        exp(&mut ends);
        assert_eq!(ends[..3], [0.0, 0.0, 1.0]);
        assert!(ends[3].is_finite() && (ends[4] - std::f32::consts::E).abs() < 1e-6);
    }

    #[test]
    fn silu_is_x_times_its_sigmoid() {
        let mut x = [-100.0, -1.0, 0.0, 1.0, 100.0];
        silu(&mut x);
        assert!((x[0]).abs() < 1e-30 && (x[1] + 0.268_941_4).abs() < 1e-6 && x[2] == 0.0);
        assert!((x[3] - 0.731_058_6).abs() < 1e-6 && x[4] == 100.0);
    }
}
