use prox_wasm::program::official::{self, OperationAt};
use prox_wasm::program::{Diagnostic, MAX_DIAGNOSTICS, Position, parse};

use super::input::{Input, MAX_BYTES, grown};
use super::meter::Meter;

/// The strict grammar: what is understood prints to a program that says the same, and every remark has a place.
pub fn parse_strict(input: &[u8], meter: &mut Meter) {
    let text = program_text(input);
    let parsed = meter.call(|| parse(&text));
    let lines = Lines::of(&text);
    let mut previous = 0;
    for at in parsed.program.statements() {
        let Position { line, column } = at.position;
        assert!(line > previous, "statements stand in order, one a line: {at:?}");
        previous = line;
        let statement = lines.from(line, column).unwrap_or_default();
        assert!(statement.starts_with(|c: char| c.is_ascii_lowercase()), "{at:?} stands at {statement:.20}");
    }
    lines.check(parsed.diagnostics.as_slice());
    let errors = parsed.diagnostics.errors();
    assert!(errors <= lines.0.len() + 1);
    assert!(parsed.diagnostics.into_vec().len() <= MAX_DIAGNOSTICS + 1);

    let printed = meter.call(|| parsed.program.to_string());
    let again = parse(&printed);
    assert_eq!(again.diagnostics.as_slice(), &[]);
    assert!(again.program.iter().eq(parsed.program.iter()), "what is understood is understood for good");
}

/// The official reading: the same each time, and line by line.
pub fn parse_official(input: &[u8], meter: &mut Meter) {
    let text = program_text(input);
    let reading = meter.call(|| official::read(&text)).expect("no limit is near");
    let lines = Lines::of(text.trim_matches(' '));
    assert!(reading.operations.is_sorted_by(|before, after| before.position.line < after.position.line));
    assert!(reading.operations.iter().all(|at| lines.from(at.position.line, at.position.column).is_some()));
    lines.check(reading.diagnostics.as_slice());
    // A missing parenthesis and the arguments it spoils.
    assert!(reading.diagnostics.errors() <= 2 * lines.0.len());

    let again = official::read(&text).expect("as before");
    assert_eq!(again.operations, reading.operations);
    assert_eq!(again.diagnostics.errors(), reading.diagnostics.errors());

    let Some((above, below)) = halves(&text) else { return };
    let (above, below) = (official::read(above).expect("shorter"), official::read(below).expect("shorter"));
    let operations = |operations: &[OperationAt]| operations.iter().map(|at| at.operation.clone()).collect::<Vec<_>>();
    let joined = [operations(&above.operations), operations(&below.operations)].concat();
    assert_eq!(operations(&reading.operations), joined, "no line knows of the others");
    assert_eq!(reading.diagnostics.errors(), above.diagnostics.errors() + below.diagnostics.errors());
    assert!(reading.diagnostics.into_vec().len() <= MAX_DIAGNOSTICS + 1);
}

fn program_text(input: &[u8]) -> String {
    let mut input = Input::new(input);
    let how = input.byte();
    grown(&input.text(), how, MAX_BYTES)
}

/// A program cut at a newline, where reading the parts alone strips no spaces that the whole keeps.
fn halves(text: &str) -> Option<(&str, &str)> {
    let middle = text.floor_char_boundary(text.len() / 2);
    let (above, below) = (&text[..middle + text[middle..].find('\n')?], &text[middle + text[middle..].find('\n')? + 1..]);
    (!above.ends_with(' ') && !below.starts_with(' ')).then_some((above, below))
}

/// The lines of a program text.
struct Lines<'a>(Vec<&'a str>);

impl<'a> Lines<'a> {
    fn of(text: &'a str) -> Self {
        Self(text.split('\n').collect())
    }

    /// What stands from `line` and `column` on, which count from 1; a byte order mark before the text has no column.
    fn from(&self, line: usize, column: usize) -> Option<&'a str> {
        let text = *self.0.get(line.checked_sub(1)?)?;
        let text = if line == 1 { text.trim_start_matches('\u{feff}') } else { text };
        let skipped = column.checked_sub(1)?;
        match text.char_indices().map(|(offset, _)| offset).chain([text.len()]).nth(skipped) {
            Some(offset) => Some(&text[offset..]),
            None => None,
        }
    }

    /// Every diagnostic is about the whole program or a place in it.
    fn check(&self, diagnostics: &[Diagnostic]) {
        for diagnostic in diagnostics {
            let Diagnostic { line, column, message, .. } = diagnostic;
            assert!((*line, *column) == (0, 0) || self.from(*line, *column).is_some(), "{diagnostic:?}");
            assert!(!message.is_empty() && message.len() <= 1000, "{message}");
        }
    }
}
