//! Eight floats side by side. Each lane is computed by itself and there is no fused multiply-add, so that all kinds of
//! registers give the same bits.

use wide::f32x4;

/// Floats side by side.
pub const LANES: usize = 8;

/// Eight floats.
pub trait Lanes: Copy {
    fn splat(x: f32) -> Self;
    fn load(from: &[f32; LANES]) -> Self;
    fn store(self, to: &mut [f32; LANES]);
    fn add(self, other: Self) -> Self;
    fn mul(self, other: Self) -> Self;
    fn div(self, other: Self) -> Self;
}

/// Two registers of four, which every machine has.
#[derive(Clone, Copy)]
pub struct Portable(f32x4, f32x4);

impl Lanes for Portable {
    #[inline(always)]
    fn splat(x: f32) -> Self {
        Self(f32x4::splat(x), f32x4::splat(x))
    }

    #[inline(always)]
    fn load(&[a, b, c, d, e, f, g, h]: &[f32; LANES]) -> Self {
        Self(f32x4::from([a, b, c, d]), f32x4::from([e, f, g, h]))
    }

    #[inline(always)]
    fn store(self, to: &mut [f32; LANES]) {
        let ([a, b, c, d], [e, f, g, h]) = (self.0.to_array(), self.1.to_array());
        *to = [a, b, c, d, e, f, g, h];
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0, self.1 + other.1)
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(self.0 * other.0, self.1 * other.1)
    }

    #[inline(always)]
    fn div(self, other: Self) -> Self {
        Self(self.0 / other.0, self.1 / other.1)
    }
}

#[cfg(target_arch = "x86_64")]
pub use avx2::Avx2;

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::*;

    use super::{LANES, Lanes};

    /// One register of AVX. Only for functions that have `avx2` as a target feature.
    #[derive(Clone, Copy)]
    pub struct Avx2(__m256);

    // SAFETY: as said at the type
    impl Lanes for Avx2 {
        #[inline(always)]
        fn splat(x: f32) -> Self {
            Self(unsafe { _mm256_set1_ps(x) })
        }

        #[inline(always)]
        fn load(from: &[f32; LANES]) -> Self {
            Self(unsafe { _mm256_loadu_ps(from.as_ptr()) })
        }

        #[inline(always)]
        fn store(self, to: &mut [f32; LANES]) {
            unsafe { _mm256_storeu_ps(to.as_mut_ptr(), self.0) }
        }

        #[inline(always)]
        fn add(self, other: Self) -> Self {
            Self(unsafe { _mm256_add_ps(self.0, other.0) })
        }

        #[inline(always)]
        fn mul(self, other: Self) -> Self {
            Self(unsafe { _mm256_mul_ps(self.0, other.0) })
        }

        #[inline(always)]
        fn div(self, other: Self) -> Self {
            Self(unsafe { _mm256_div_ps(self.0, other.0) })
        }
    }
}
