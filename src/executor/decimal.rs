use std::fmt::{self, Display, Formatter};

/// A number as messages show it, with up to four decimals.
///
/// The standard library prints the shortest exact digits of any number, and brings kilobytes of code for that to
/// WebAssembly.
pub(super) struct Decimal(pub f64);

impl Display for Decimal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self(value) = *self;
        if value.is_nan() {
            return f.write_str("NaN");
        }
        if value < 0.0 {
            f.write_str("-")?;
        }
        if value.is_infinite() {
            return f.write_str("infinite");
        }
        // beyond 64 bits this saturates, which no share or sensible threshold meets
        let scaled = (value.abs() * 1e4 + 0.5) as u64;
        let (whole, fraction) = (scaled / 10_000, scaled % 10_000);
        if fraction == 0 {
            return write!(f, "{whole}");
        }
        let digits = format!("{fraction:04}");
        write!(f, "{whole}.{}", digits.trim_end_matches('0'))
    }
}

#[cfg(test)]
mod tests {
    use super::Decimal;

    #[test]
    fn numbers_have_up_to_four_decimals() {
        let cases =
            [(0.0, "0"), (0.95, "0.95"), (2.0, "2"), (0.03125, "0.0313"), (0.00004, "0"), (-1.5, "-1.5"), (12.3456, "12.3456")];
        for (value, shown) in cases {
            assert_eq!(Decimal(value).to_string(), shown);
        }
        assert_eq!(Decimal(f64::NAN).to_string(), "NaN");
        assert_eq!(Decimal(f64::NEG_INFINITY).to_string(), "-infinite");
    }
}
