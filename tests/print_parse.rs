//! Print and parse are the identity on a million programs.

use prox_wasm::program::{Program, Statement, parse};

/// Xorshift64*: fast and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, end: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(end)) >> 64) as u64
    }

    /// Line numbers of all lengths.
    fn line(&mut self) -> usize {
        let digits = self.below(10) as u32;
        self.below(10_u64.pow(digits)) as usize
    }

    /// Mostly signs that mean something to the grammar, the rest any character of Unicode.
    fn string(&mut self) -> String {
        const SIGNS: [char; 24] = [
            '"', '\'', '\\', '\n', '\r', '\t', '(', ')', ',', '=', ';', '#', '`', 'u', 'n', '0', ' ', '\0', '\u{7f}', '\u{2028}',
            '\u{feff}', 'é', '漢', '🙂',
        ];
        let length = self.below(12);
        let character = |random: &mut Self| match random.below(4) {
            0 => char::from_u32(random.below(0x11_0000) as u32).unwrap_or('\u{fffd}'),
            1 => char::from(random.below(95) as u8 + b' '),
            _ => SIGNS[random.below(SIGNS.len() as u64) as usize],
        };
        (0..length).map(|_| character(self)).collect()
    }

    fn statement(&mut self) -> Statement {
        match self.below(8) {
            0 => Statement::DropDoc,
            1 => Statement::KeepDoc,
            2 => Statement::KeepChunk,
            3 | 4 => Statement::RemoveLines { first: self.line(), last: self.line() },
            _ => Statement::Normalize { source: self.string(), target: self.string() },
        }
    }
}

#[test]
fn print_then_parse_is_the_identity_on_a_million_programs() {
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let mut statements = 0;
    for _ in 0..1_000_000 {
        let count = random.below(7);
        let program: Program = (0..count).map(|_| random.statement()).collect();
        let text = program.to_string();
        let parsed = parse(&text);
        assert!(parsed.diagnostics.as_slice().is_empty(), "{text:?}: {:?}", parsed.diagnostics);
        assert_eq!(parsed.program, program, "{text:?}");
        // The text is canonical: printing what was read gives it again.
        assert_eq!(parsed.program.to_string(), text);
        statements += program.len();
    }
    assert!(statements > 2_900_000, "{statements} statements");
}
