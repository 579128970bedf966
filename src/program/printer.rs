use std::fmt::{self, Display, Formatter, Write};

use super::ast::{Program, Statement};

/// The canonical text, one statement a line; [`parse`](super::parse) reads it back to the same program.
impl Display for Program {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (index, statement) in self.iter().enumerate() {
            if index > 0 {
                f.write_char('\n')?;
            }
            statement.fmt(f)?;
        }
        Ok(())
    }
}

impl Display for Statement {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::DropDoc => f.write_str("drop_doc()"),
            Self::KeepDoc => f.write_str("keep_doc()"),
            Self::KeepChunk => f.write_str("keep_chunk()"),
            Self::RemoveLines { first, last } => write!(f, "remove_lines(line_start={first}, line_end={last})"),
            Self::Normalize { source, target } => {
                write!(f, "normalize(source_str={}, target_str={})", Quoted(source), Quoted(target))
            }
        }
    }
}

/// A string literal of the strict grammar.
struct Quoted<'a>(&'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for character in self.0.chars() {
            match character {
                '"' | '\\' => write!(f, "\\{character}")?,
                '\n' => f.write_str("\\n")?,
                '\t' => f.write_str("\\t")?,
                '\r' => f.write_str("\\r")?,
                // What a terminal or an editor would take for a control or a line break stays visible.
                '\0'..='\x1f' | '\x7f'..='\u{9f}' | '\u{2028}' | '\u{2029}' => {
                    write!(f, "\\u{:04X}", u32::from(character))?;
                }
                _ => f.write_char(character)?,
            }
        }
        f.write_char('"')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_text() {
        let program: Program = [
            Statement::KeepDoc,
            Statement::RemoveLines { first: 0, last: 3 },
            Statement::Normalize { source: "a\"b\\c\u{7}".into(), target: "x\n".into() },
        ]
        .into_iter()
        .collect();
        assert_eq!(
            program.to_string(),
            "keep_doc()\nremove_lines(line_start=0, line_end=3)\n\
             normalize(source_str=\"a\\\"b\\\\c\\u0007\", target_str=\"x\\n\")"
        );
        assert_eq!(Program::new().to_string(), "");
    }
}
