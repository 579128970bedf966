//! docs/language.md names everything the language has.

use std::fs;
use std::path::Path;

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The lines between `start` and the closing brace of that item.
fn item<'a>(source: &'a str, start: &str) -> Vec<&'a str> {
    let (_, rest) = source.split_once(start).unwrap_or_else(|| panic!("no {start}"));
    rest.lines().skip(1).take_while(|line| !line.starts_with(['}', ']'])).map(str::trim).collect()
}

/// The variants of an enum without values.
fn variants(source: &str, name: &str) -> Vec<String> {
    let lines = item(source, &format!("pub enum {name} {{"));
    let names = lines.iter().filter(|line| !line.starts_with(['/', '#'])).map(|line| line.trim_end_matches(','));
    let names: Vec<String> = names.map(kebab).collect();
    assert!(names.len() > 3, "{name}: {names:?}");
    names
}

fn kebab(name: &str) -> String {
    let mut out = String::new();
    for character in name.chars() {
        if character.is_uppercase() && !out.is_empty() {
            out.push('-');
        }
        out.extend(character.to_lowercase());
    }
    out
}

#[test]
fn every_part_of_the_language_is_documented() {
    let docs = read("docs/language.md");
    let mut missing = Vec::new();
    let mut check = |what: &str, name: &str, quoted: &str| {
        if !docs.contains(quoted) {
            missing.push(format!("{what} {name}"));
        }
    };
    for code in variants(&read("src/program/diagnostic.rs"), "DiagnosticCode") {
        check("diagnostic", &code, &format!("| `{code}` |"));
    }
    for reason in variants(&read("src/executor/execution.rs"), "DropReason") {
        check("drop reason", &reason, &format!("| `{reason}` |"));
    }
    let strict = read("src/program/strict.rs");
    let functions = item(&strict, "const FUNCTIONS:");
    let names: Vec<&str> = functions.iter().filter_map(|line| line.split('"').nth(1)).collect();
    assert_eq!(names.len(), 7, "{names:?}");
    for name in names {
        check("function", name, &format!("`{name}("));
    }
    for name in ["line_start", "line_end", "start", "end", "source_str", "target_str"] {
        check("argument", name, &format!("{name}="));
    }
    let options = read("src/executor/options.rs");
    let fields = item(&options, "pub struct ExecuteOptions {");
    let fields: Vec<&str> = fields.iter().filter_map(|line| line.strip_prefix("pub ")?.split(':').next()).collect();
    assert_eq!(fields.len(), 8, "{fields:?}");
    for field in fields {
        check("option", field, &format!("| `{field}` |"));
    }
    let execution = read("src/executor/edit.rs");
    let flat = item(&execution, "struct FlatEdit {");
    for field in flat.iter().filter_map(|line| line.split(':').next()).filter(|name| !name.starts_with('#')) {
        check("field of an edit", field, &format!("`{field}`"));
    }
    for function in
        ["html_to_lines", "pack", "undo", "apply_edits", "edits_to_program", "unified_diff", "json_patch", "offset_map"]
    {
        check("function", function, function);
    }
    assert!(missing.is_empty(), "docs/language.md lacks {missing:#?}");
}
