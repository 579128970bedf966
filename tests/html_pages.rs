//! The lines of whole pages, here and in JavaScript (`tests/data/html` is read by both).
//!
//! After a change: `PROX_UPDATE_GOLDEN=1 cargo test --test html_pages`, and read the difference as a reader of the page.

use std::path::{Path, PathBuf};

use prox_wasm::html::{html_to_lines, html_to_text};

fn pages() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/html");
    let mut pages: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    pages.retain(|path| path.extension().is_some_and(|extension| extension == "html"));
    pages.sort();
    pages
}

#[test]
fn pages_give_their_lines() {
    let pages = pages();
    assert!(pages.len() >= 16, "pages are missing: {pages:?}");
    for page in pages {
        let lines = html_to_lines(&std::fs::read_to_string(&page).unwrap());
        // a file without a line is empty: every line has its newline
        let found: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let golden = page.with_extension("txt");
        if std::env::var_os("PROX_UPDATE_GOLDEN").is_some() {
            std::fs::write(&golden, &found).unwrap();
        }
        let expected = std::fs::read_to_string(&golden).unwrap();
        assert_eq!(found, expected, "{}", page.display());
    }
}

/// A refined page is read again by the same function when callers don't know what they hold.
#[test]
fn lines_without_tags_stay_lines() {
    for page in pages() {
        let text = html_to_text(&std::fs::read_to_string(&page).unwrap());
        let escaped = text.replace('&', "&amp;").replace('<', "&lt;");
        assert_eq!(html_to_text(&format!("<pre>{escaped}</pre>")), text, "{}", page.display());
    }
}
