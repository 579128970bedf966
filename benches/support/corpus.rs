//! Texts that look like scraped pages, the same on every run and every machine.

/// A pseudo-random sequence (xorshift64*): no dependency, and the same numbers everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16
    }

    /// A number below `limit`.
    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    fn one_in(&mut self, limit: usize) -> bool {
        self.below(limit) == 0
    }

    /// An index below `limit`, small ones far more often, as words of a language are used.
    fn skewed(&mut self, limit: usize) -> usize {
        let wide = self.below(limit);
        if wide == 0 { 0 } else { self.below(wide) }
    }
}

/// What kind of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Corpus {
    /// Mostly ASCII; some 3 % of the bytes belong to other characters.
    Web,
    /// Chinese and Japanese characters with a little Latin between.
    Cjk,
}

/// Marks of scraped pages that the normalisations of [`program`](super::program) look for.
pub const EDIT_LINK: &str = " [edit]";
pub const READ_MORE: &str = "Read more »";
pub const ENTITY: &str = "&nbsp;";
pub const SHARE_LINK: &str = "https://example.org/share/page";

const MENU: [&str; 12] = [
    "Home",
    "About us",
    "Contact",
    "Log in",
    "Sign up",
    "Privacy policy",
    "Terms of use",
    "Next »",
    "« Previous",
    "Share",
    "Reply",
    "Menü",
];
const LETTERS: &[u8; 26] = b"etaoinsrhldcumfpgwybvkxjqz";
const ACCENTS: [char; 10] = ['é', 'ü', 'ñ', 'ö', 'ç', '’', '“', '”', '–', '…'];

impl Corpus {
    /// As the tables call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Cjk => "cjk",
        }
    }

    /// Whole lines, of at least `size` bytes together and not much more. A shorter text is the beginning of a longer one.
    pub fn text(self, size: usize) -> String {
        let mut text = String::with_capacity(size + 1024);
        let mut random = Random(0x9E37_79B9_7F4A_7C15);
        let words: Vec<String> = (0..4000).map(|_| word(&mut random)).collect();
        while text.len() < size {
            match self {
                Self::Web => web_line(&mut text, &mut random, &words),
                Self::Cjk => cjk_line(&mut text, &mut random, &words),
            }
            text.push('\n');
        }
        text.pop();
        text
    }
}

/// A page of `size` bytes or a little more: the lines of [`Corpus::Web`] in the tags they usually stand in.
pub fn html(size: usize) -> String {
    let mut page = String::with_capacity(size + 1024);
    page.push_str(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><title>A page</title>\n<script>if (a < b) { c(); }</script></head>\n<body>\n",
    );
    // The tags add more than the rest of the page needs, so this text is long enough.
    let text = Corpus::Web.text(size);
    for line in text.lines().filter(|line| !line.is_empty()) {
        if page.len() >= size {
            break;
        }
        let parts = match line.len() {
            0..24 => ["<li class=\"menu-item\"><a href=\"/section/page.html\">", line, "</a></li>\n"],
            24..60 => ["<div class=\"box\"><h2 id=\"part\">", line, "</h2></div>\n"],
            _ => ["<div class=\"article-body\"><p>", line, "<br>\n<b>more</b> &amp; more</p></div>\n"],
        };
        page.extend(parts);
    }
    page.push_str("</body></html>\n");
    page
}

fn word(random: &mut Random) -> String {
    let length = 2 + random.below(5) + random.below(5);
    (0..length).map(|_| char::from(LETTERS[random.skewed(LETTERS.len())])).collect()
}

fn web_line(out: &mut String, random: &mut Random, words: &[String]) {
    match random.below(100) {
        0..8 => {}
        8..38 => out.push_str(MENU[random.below(MENU.len())]),
        38..40 => out.push_str(READ_MORE),
        40..43 => push_link(out, random, words),
        _ => {
            let length = 5 + random.skewed(395);
            push_sentence(out, random, words, length);
            if random.one_in(25) {
                out.push_str(EDIT_LINK);
            }
        }
    }
}

/// A link of a page; one in a thousand is the one that is looked for.
fn push_link(out: &mut String, random: &mut Random, words: &[String]) {
    if random.one_in(1000) {
        out.push_str(SHARE_LINK);
        return;
    }
    out.push_str("https://example.org");
    for _ in 0..1 + random.below(3) {
        out.push('/');
        out.push_str(&words[random.below(words.len())]);
    }
}

fn push_sentence(out: &mut String, random: &mut Random, words: &[String], length: usize) {
    let end = out.len() + length;
    while out.len() < end {
        let word = &words[random.skewed(words.len())];
        if random.one_in(12) {
            out.push_str(&word[..1].to_uppercase());
            out.push_str(&word[1..]);
        } else {
            out.push_str(word);
        }
        if random.one_in(14) {
            out.push(ACCENTS[random.below(ACCENTS.len())]);
        }
        match random.below(200) {
            0 => out.push_str(ENTITY),
            1 => out.push_str("  "),
            2..12 => out.push_str(", "),
            12..20 => out.push_str(". "),
            _ => out.push(' '),
        }
    }
    out.pop();
}

fn cjk_line(out: &mut String, random: &mut Random, words: &[String]) {
    let end = out.len() + 5 + random.skewed(395);
    while out.len() < end {
        match random.below(40) {
            0 => out.push('、'),
            1 => out.push('。'),
            2 => out.push_str(&words[random.below(words.len())]),
            3..15 => out.extend(char::from_u32(0x3042 + random.below(80) as u32)),
            _ => out.extend(char::from_u32(0x4E00 + random.skewed(6000) as u32)),
        }
    }
    if random.one_in(25) {
        out.push_str(EDIT_LINK);
    }
    if random.one_in(50) {
        out.push_str(READ_MORE);
    }
}
