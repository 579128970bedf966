//! 1 MiB of the worst: no page takes much memory, and what took quadratic time would keep the test for minutes. One test alone
//! in its program, as it counts all memory.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use prox_wasm::html::html_to_lines;

const SIZE: usize = 1 << 20;
static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

struct Counting;

impl Counting {
    fn add(size: usize) {
        PEAK.fetch_max(LIVE.fetch_add(size, Relaxed) + size, Relaxed);
    }
}

// SAFETY: everything is left to the system's allocator; growing takes the default way, by a new block
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        Self::add(layout.size());
        // SAFETY: as the caller promises
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Relaxed);
        // SAFETY: as the caller promises
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn fill(part: &str) -> String {
    part.repeat(SIZE / part.len())
}

fn nested(start: &str, end: &str) -> String {
    let depth = SIZE / (start.len() + end.len());
    start.repeat(depth) + "x" + &end.repeat(depth)
}

/// Half a page of one part, half of the other.
fn halves(first: &str, second: &str) -> String {
    first.repeat(SIZE / 2 / first.len()) + &second.repeat(SIZE / 2 / second.len())
}

fn pages() -> Vec<String> {
    let repeated = [
        "<",
        "&",
        "&amp",
        "&notin;",
        "<li>",
        "<ol><li>a",
        "<p>a",
        "<td>a",
        "<tr>a",
        "a<br>",
        "<dl><p><dt>",
        "\0",
        "\u{1}",
        "\u{ad}",
        "a\u{ad} ",
        "\u{a0}",
        "\u{2003}",
        "<!",
        "<!--",
        "<!---->",
        "<?",
        "</",
        "</p>",
        "</x>",
        "<![CDATA[",
        "<select><option>",
        "<button>a",
        "<a-b>x",
        "<é",
        "\r",
        "<head>",
        "text ",
        "漢",
    ];
    let opened = [
        ("<p ", "a "),
        ("<p ", "a=b "),
        ("<p style='", "display:none;"),
        ("<p style=", "a"),
        ("<p style='", ";"),
        ("<", "a"),
        ("<a ", "a"),
        ("<a b=\"", ">"),
        ("&", "a"),
        ("&#", "9"),
        ("<ol>", "<li>a"),
        ("<li>", "a "),
        ("<li><pre>", " "),
        ("<pre>", "x\n"),
        ("<pre>", "\n"),
        ("<!--", "-"),
        ("<svg>", "<![CDATA[]]>"),
        ("<svg><![CDATA[", "]"),
        ("<script>", "<!--<script>"),
        ("<script>", "</scrip"),
        ("<title>", "</titl"),
        ("<div hidden>", "text "),
        ("<table>", "<td>a"),
        ("<plaintext>", "a\n"),
        ("<ol><li value=", "9"),
    ];
    let pairs = [
        ("<div>", "</div>"),
        ("<b>", "</b>"),
        ("<ul>", "</ul>"),
        ("<p hidden>", "</p>"),
        ("<x-y hidden>", "</x-y>"),
        ("<table><td>", "</table>"),
        ("<svg>", "</svg>"),
        ("<ul><li>", "</li>"),
        ("<template>", "</template>"),
        ("<i hidden><b>", "</b></i>"),
        ("<pre>", "</pre>"),
    ];
    let stuck = [
        ("<span hidden><div>", "<b>", "</span>"),
        ("<div><table><td>", "<i hidden>", "</div>"),
        ("<div><table><td>", "<p>", "</div>"),
        ("<ul><li><ol>", "<div>", "</li>"),
        ("<svg><desc>", "<g>", "<p>"),
    ];
    let mut pages: Vec<String> = repeated.into_iter().map(fill).collect();
    pages.extend(opened.iter().map(|(start, part)| (*start).to_owned() + &fill(part)));
    pages.extend(pairs.iter().map(|(start, end)| nested(start, end)));
    pages.extend(stuck.iter().map(|(start, first, second)| (*start).to_owned() + &halves(first, second)));
    pages.push("<p ".to_owned() + &(0..150_000).map(|i| format!("a{i:x} ")).collect::<String>() + ">x");
    pages
}

#[test]
fn memory_stays_small_and_nothing_hangs() {
    for page in pages() {
        let before = LIVE.load(Relaxed);
        PEAK.store(before, Relaxed);
        let lines = html_to_lines(&page);
        let memory = PEAK.load(Relaxed) - before;
        let what = page.chars().take(40).collect::<String>();
        assert!(memory < 32 << 20, "{what:?} takes {memory} bytes");
        assert!(lines.iter().all(|line| !line.contains('\n')));
    }
}
