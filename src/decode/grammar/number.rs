//! Line numbers.

use super::work::Work;

/// A decimal without needless zeros that is being written.
#[derive(Debug, Clone, Copy, Default)]
pub struct Number {
    pub value: usize,
    pub digits: u32,
}

impl Number {
    fn push(self, byte: u8) -> Option<Self> {
        let digit = char::from(byte).to_digit(10)? as usize;
        if self.digits > 0 && self.value == 0 {
            return None;
        }
        Some(Self { value: self.value.checked_mul(10)?.checked_add(digit)?, digits: self.digits + 1 })
    }

    /// With one digit more, if a line that may go first begins so.
    pub fn advance(self, byte: u8, work: &Work) -> Option<Self> {
        let next = self.push(byte)?;
        work.free().iter().any(|free| next.begins_one_of(free.first, free.last)).then_some(next)
    }

    /// With one digit more, if a line that may go last after `first` begins so.
    pub fn advance_to(self, byte: u8, first: usize, work: &Work) -> Option<Self> {
        let next = self.push(byte)?;
        work.free_from(first).is_some_and(|last| next.begins_one_of(first, last)).then_some(next)
    }

    /// Whether this is a line that may go first.
    pub fn is_first(self, work: &Work) -> bool {
        self.digits > 0 && work.free_from(self.value).is_some()
    }

    /// Whether this is a line that may go last after `first`.
    pub fn is_last(self, first: usize, work: &Work) -> bool {
        self.digits > 0 && work.free_from(first).is_some_and(|last| (first..=last).contains(&self.value))
    }

    /// Whether a number of `first..=last` has these digits before it or is this one.
    fn begins_one_of(self, first: usize, last: usize) -> bool {
        let (mut low, mut high) = (self.value, self.value);
        loop {
            if low <= last && high >= first {
                return true;
            }
            if low > last || low == 0 {
                return false;
            }
            (low, high) = (low.saturating_mul(10), high.saturating_mul(10).saturating_add(9));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginnings_of_numbers() {
        let number = |value: usize| Number { value, digits: 1 };
        for value in 0..200 {
            for (first, last) in [(0, 0), (0, 120), (7, 7), (99, 101), (113, 1130)] {
                let wanted =
                    (first..=last).any(|n: usize| n == value || value > 0 && n.to_string().starts_with(&value.to_string()));
                assert_eq!(number(value).begins_one_of(first, last), wanted, "{value} in {first}..={last}");
            }
        }
    }
}
