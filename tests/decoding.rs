//! Programs written token by token: always valid for their chunk, the same with and without jumps.

use std::sync::LazyLock;

use prox_wasm::decode::{Generated, Generation, GenerationOptions, Grammar, GrammarLimits, TokenTrie};
use prox_wasm::document::{Document, LineRange};
use prox_wasm::executor::{ChunkProgram, ExecuteOptions, execute_chunks};
use prox_wasm::gguf::{Gguf, Metadata, Value};
use prox_wasm::program::{DiagnosticCode, Program, Severity, Statement, parse};
use prox_wasm::tokenizer::{Tokenizer, Vocabulary};

/// prox-nano's vocabulary with its last token as the end, and a small one of the other family.
struct Kit {
    tokenizer: Tokenizer,
    vocabulary: Vocabulary,
    trie: TokenTrie,
}

impl Kit {
    fn new(mut metadata: Metadata, end: u32) -> Self {
        metadata.insert("tokenizer.ggml.eos_token_id", Value::Uint(end.into()));
        let vocabulary = Vocabulary::from_metadata(&metadata).unwrap();
        Self { tokenizer: Tokenizer::from_metadata(&metadata).unwrap(), trie: TokenTrie::new(&vocabulary), vocabulary }
    }

    fn generate(&self, grammar: Grammar, jump: bool, max_tokens: usize, mut logits: impl FnMut(&[u32]) -> Vec<f32>) -> Generated {
        let mut generation =
            Generation::new(grammar, &self.vocabulary, &self.trie, &self.tokenizer, GenerationOptions { max_tokens, jump });
        let mut tokens = Vec::new();
        while let Some(next) = generation.next(&logits(&tokens)) {
            assert!(!next.is_empty());
            tokens.extend(next);
        }
        generation.finish()
    }
}

static BPE: LazyLock<Kit> = LazyLock::new(|| {
    let gguf = Gguf::parse(std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/models/prox-nano.gguf")).unwrap()).unwrap();
    let mut metadata = gguf.metadata().clone();
    let end = metadata.strings("tokenizer.ggml.tokens").unwrap().len() - 1;
    let kinds = (0..=end).map(|i| if i == end { 3 } else { 1 }).collect();
    metadata.insert("tokenizer.ggml.token_type", Value::Ints(kinds));
    Kit::new(metadata, end as u32)
});

static PIECES: LazyLock<Kit> = LazyLock::new(|| {
    let words = [
        "▁remove",
        "remove",
        "_",
        "lines",
        "(",
        "line",
        "start",
        "=",
        ",",
        "▁",
        "▁line",
        "end",
        ")",
        "normal",
        "ize",
        "source",
        "str",
        "=\"",
        "\",",
        "▁target",
        "target",
        "\")",
        "keep",
        "chunk",
        "()",
        "drop",
        "doc",
        "▁drop",
        "\"<",
        "('",
        "(l",
        "a",
        "e",
        "n",
        "t",
        "Sh",
        "are",
        "▁on",
    ];
    // a piece of several characters needs its halves as pieces to be merged
    let mut pieces: Vec<String> = words.map(String::from).to_vec();
    for word in words {
        let chars: Vec<char> = word.chars().collect();
        for end in 1..=chars.len() {
            pieces.push(chars[..end].iter().collect());
            pieces.push(chars[end - 1..end].iter().collect());
        }
    }
    let digits = ('0'..='9').map(String::from);
    let bytes = (0..=255u8).map(|byte| format!("<0x{byte:02X}>"));
    let mut tokens: Vec<String> = ["<unk>", "<s>", "</s>"].map(String::from).to_vec();
    tokens.extend(bytes);
    pieces.extend(digits);
    pieces.retain({
        let mut seen = std::collections::HashSet::new();
        move |piece| seen.insert(piece.clone())
    });
    tokens.extend(pieces);
    let kinds = (0..tokens.len()).map(|i| match i {
        0 => 2,
        1 | 2 => 3,
        3..=258 => 6,
        _ => 1,
    });
    let mut metadata = Metadata::default();
    metadata.insert("tokenizer.ggml.token_type", Value::Ints(kinds.collect()));
    metadata.insert("tokenizer.ggml.scores", Value::Floats(tokens.iter().map(|token| token.chars().count() as f64).collect()));
    metadata.insert("tokenizer.ggml.model", Value::String("llama".into()));
    metadata.insert("tokenizer.ggml.tokens", Value::Strings(tokens));
    Kit::new(metadata, 2)
});

fn mix(mut x: u64) -> u64 {
    for _ in 0..2 {
        x ^= x >> 31;
        x = x.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
    x ^ x >> 29
}

/// What a model could want, by number.
fn logits_of(kind: usize, seed: u64, kit: &Kit, tokens: &[u32]) -> Vec<f32> {
    let history = tokens.iter().fold(mix(seed), |h, &token| mix(h ^ u64::from(token)));
    let random = |id: usize| (mix(history ^ id as u64) >> 40) as f32 / 1e6;
    let bytes = |id: usize| kit.vocabulary.bytes(id as u32).unwrap_or_default();
    (0..kit.vocabulary.len())
        .map(|id| match kind {
            0 => random(id),
            // long tokens, which reach over the end of what is forced
            1 => bytes(id).len() as f32 * 4.0 + random(id),
            // high numbers, to leave the chunk
            2 => bytes(id).first().filter(|b| b.is_ascii_digit()).map_or(random(id), |&digit| 20.0 + f32::from(digit)),
            // strings without an end
            3 => {
                if bytes(id).contains(&b'"') {
                    -50.0
                } else {
                    random(id)
                }
            }
            // escapes, quotes and bytes beyond ASCII
            4 => {
                if bytes(id).iter().any(|b| matches!(b, b'\\' | b'"' | 0x80..)) {
                    20.0 + random(id)
                } else {
                    random(id)
                }
            }
            // statements without an end
            5 => {
                if bytes(id).contains(&b'\n') || bytes(id).contains(&b'0') {
                    30.0
                } else {
                    random(id)
                }
            }
            // nothing a comparison likes
            6 => [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, random(id), 0.0][(mix(history ^ id as u64) % 5) as usize],
            // no preference at all
            _ => 0.0,
        })
        .collect()
}

const KINDS: usize = 8;

const CHUNKS: [&[&str]; 6] = [
    &["Home | About | Contact", "The mill was built \"in 1720\" by a back\\slash.", "", "Share on Facebook"],
    &[""],
    &["x"],
    &["   ", "\t\u{85}", "a\tb"],
    &["漢字とかな、", "e\u{301}te\u{301} 🇳🇱 ► ™", "\"\"\\\\\"", "Share on", "Share on"],
    &["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"],
];

fn check(generated: &Generated, kit: &Kit, document: &Document<'_>, lines: LineRange) {
    let program = &generated.program;
    assert!(!program.is_empty());
    assert_eq!(program.len(), generated.confidence.len());
    assert!(generated.confidence.iter().all(|p| (0.0..=1.0).contains(p)), "{:?}", generated.confidence);
    let text = kit.vocabulary.decode(&generated.tokens);
    let read = parse(&text);
    let written: Vec<&Statement> = read.program.iter().collect();
    if generated.cut {
        // the last statement may be a torso
        let complete = text.rsplit_once('\n').map_or("", |(complete, _)| complete);
        assert_eq!(parse(complete).diagnostics.errors(), 0, "{text}");
        assert!(program.iter().zip(&written).all(|(a, b)| a == *b) || written.is_empty(), "{text}");
    } else {
        assert_eq!(read.diagnostics.errors(), 0, "{text}");
        assert_eq!(program.iter().collect::<Vec<_>>(), written, "{text}");
    }
    let chunk = ChunkProgram { lines, parsed: program.clone().into() };
    let done = execute_chunks(document, &[chunk], &ExecuteOptions::default()).unwrap();
    let harmless = [
        DiagnosticCode::TooLittleLeft,
        DiagnosticCode::EmptyDocument,
        DiagnosticCode::SourceNotFound,
        DiagnosticCode::EditsDiscarded,
    ];
    for diagnostic in &done.diagnostics {
        let fine = diagnostic.severity < Severity::Error && harmless.contains(&diagnostic.code);
        assert!(fine, "{diagnostic:?} of\n{program}\nfor {:?}", document.text());
    }
}

#[test]
fn ten_thousand_generations_are_valid_programs_for_their_chunk() {
    let (mut with, mut without, mut count) = (0, 0, 0);
    for round in 0..5_000u64 {
        for (kit, max_tokens) in [(&*BPE, 60), (&*PIECES, 120)] {
            let seed = mix(round + 1);
            let chunk = CHUNKS[(seed % CHUNKS.len() as u64) as usize];
            let first = [0, 7, 95][(seed >> 8) as usize % 3];
            let before = "before\n".repeat(first);
            let text = format!("{before}{}\nafter", chunk.join("\n"));
            let limits = GrammarLimits { statements: 6, source_bytes: 12, growth_bytes: 16 };
            let grammar = Grammar::chunk(first, chunk, limits);
            let kind = round as usize % KINDS;
            // without jumps for a part, to compare
            let generated = kit.generate(grammar.clone(), true, max_tokens, |tokens| logits_of(kind, seed, kit, tokens));
            check(&generated, kit, &Document::new(&text), LineRange::new(first, first + chunk.len() - 1));
            count += 1;
            if round % 8 < 2 || round % 5 == 0 {
                let plain = kit.generate(grammar, false, max_tokens, |tokens| logits_of(kind, seed, kit, tokens));
                assert_eq!(plain.tokens, generated.tokens, "round {round}");
                assert_eq!(plain.program, generated.program);
                assert_eq!(plain.confidence, generated.confidence);
                with += generated.passes;
                without += plain.passes;
            }
        }
    }
    println!("{count} generations; on a part of them {with} passes with jumps, {without} without");
    assert!(with < without);
}

#[test]
fn document_verdicts() {
    for kit in [&*BPE, &*PIECES] {
        for seed in 0..200 {
            let kind = seed as usize % KINDS;
            let generated = kit.generate(Grammar::document(), true, 40, |tokens| logits_of(kind, seed, kit, tokens));
            assert!(!generated.cut);
            let [statement] = <[&Statement; 1]>::try_from(generated.program.iter().collect::<Vec<_>>()).unwrap();
            assert!(matches!(statement, Statement::DropDoc | Statement::KeepDoc));
        }
    }
}

/// Logits of a model that wants to write this text and cuts it as its tokenizer does.
fn wishing(kit: &Kit, text: &str, tokens: &[u32]) -> Vec<f32> {
    let written = kit.vocabulary.decode(tokens);
    let mut logits: Vec<f32> = (0..kit.vocabulary.len()).map(|id| (mix(id as u64) >> 50) as f32 / 16384.0).collect();
    match text.strip_prefix(&written) {
        Some("") => logits[kit.vocabulary.ends[0] as usize] = 30.0,
        Some(rest) => {
            let mut cut = Vec::new();
            kit.tokenizer.encode_continuation(rest, &mut cut);
            logits[cut[0] as usize] = 30.0;
        }
        None => panic!("wrote {written:?}, wanted {text:?}"),
    }
    logits
}

const LINES: usize = 160;

/// Programs such as the paper shows: 3.7 calls on average, mostly removals.
const TYPICAL: [&str; 5] = [
    "remove_lines(line_start=0, line_end=4)\nremove_lines(line_start=19, line_end=19)\nremove_lines(line_start=153, line_end=159)",
    "remove_lines(start=0, end=7)\nremove_lines(start=18, end=24)\nnormalize(source_str=\"[edit]\", target_str=\"\")",
    "remove_lines(line_start=108, line_end=109)",
    "keep_chunk()",
    "remove_lines(start=12, end=12)\nremove_lines(start=0, end=2)\nremove_lines(start=31, end=38)\nremove_lines(start=140, end=159)\n\
     normalize(source_str=\"ClickHere\", target_str=\"\")",
];

#[test]
fn jumps_save_half_of_the_passes() {
    let line = "A line [edit] of text ClickHere";
    for kit in [&*BPE, &*PIECES] {
        let (mut with, mut without) = (0, 0);
        for text in TYPICAL {
            let grammar = Grammar::chunk(0, &[line; LINES], GrammarLimits::default());
            let jumped = kit.generate(grammar.clone(), true, 512, |tokens| wishing(kit, text, tokens));
            let plain = kit.generate(grammar, false, 512, |tokens| wishing(kit, text, tokens));
            assert_eq!(kit.vocabulary.decode(&jumped.tokens), text);
            assert_eq!(jumped.tokens, plain.tokens);
            assert!(!jumped.cut && jumped.confidence.iter().all(|&p| p > 0.99), "{:?}", jumped.confidence);
            let mut canonical = Vec::new();
            kit.tokenizer.encode_continuation(text, &mut canonical);
            assert_eq!(jumped.tokens, canonical, "not the tokenizer's own cuts of {text}");
            println!("{} of {} passes for {text:?}", jumped.passes, plain.passes);
            with += jumped.passes;
            without += plain.passes;
        }
        println!("{with} of {without} passes");
        assert!(2 * with <= without, "{with} passes with jumps, {without} without");
    }
}

#[test]
fn what_is_cut_keeps_its_complete_statements() {
    let text = "remove_lines(start=0, end=1)\nremove_lines(start=5, end=9)";
    let grammar = Grammar::chunk(0, &["line"; 12], GrammarLimits::default());
    let mut full = Vec::new();
    BPE.tokenizer.encode_continuation(text, &mut full);
    for max_tokens in 1..full.len() {
        let cut = BPE.generate(grammar.clone(), true, max_tokens, |tokens| wishing(&BPE, text, tokens));
        assert!(cut.cut && cut.tokens.len() <= max_tokens);
        let complete = BPE.vocabulary.decode(&cut.tokens).matches(')').count();
        match complete {
            0 => assert_eq!(cut.program.to_string(), "keep_chunk()"),
            _ => assert_eq!(cut.program.len(), complete),
        }
    }
}

#[test]
fn a_program_that_removes_lines_twice_cannot_be_written() {
    let grammar = Grammar::chunk(10, &["one", "two", "three"], GrammarLimits::default());
    let write = |text: &str| text.bytes().try_fold(grammar.clone(), |state, byte| state.advance(byte));
    for (text, complete) in [
        ("remove_lines(line_start=10, line_end=12)", true),
        (" remove_lines(start=11, end=11)\nremove_lines(start=12, end=12)", true),
        ("normalize(source_str=\"wo\", target_str=\"\")", true),
        ("skip_chunk()", true),
        ("remove_lines(line_start=1", false),
    ] {
        assert_eq!(write(text).unwrap_or_else(|| panic!("{text}")).may_end(), complete, "{text}");
    }
    for text in [
        "drop_doc()",
        "remove_lines(line_start=9",
        "remove_lines(line_start=010",
        "remove_lines(line_start=13",
        "remove_lines(line_start=11, line_end=10",
        "remove_lines(line_start=11, end",
        "remove_lines(start=11, end=11)\nremove_lines(start=10, end=12",
        "remove_lines(start=11, end=11)\nremove_lines(start=11",
        "remove_lines(start=11, end=11)\nnormalize(source_str=\"tw",
        "remove_lines(start=10, end=12)\n",
        "normalize(source_str=\"\"",
        "normalize(source_str=\"four",
        "normalize(source_str=\"two\", target_str=\"two\"",
        "keep_chunk()\n",
        "  remove",
        "# why",
    ] {
        assert!(write(text).is_none(), "{text}");
    }
    let program: Program =
        write("normalize(source_str=\"wo\", target_str=\"en\")\nnormalize(source_str=\"ten\", target_str=\"\")")
            .unwrap()
            .program()
            .clone();
    assert_eq!(program.len(), 2);
}
