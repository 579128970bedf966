//! The command line as a user calls it.
#![cfg(feature = "cli")]

#[path = "support/tiny_lm.rs"]
mod tiny_lm;

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

fn prox(args: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_prox"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // a writer of its own: the child may answer before it has read everything
    let writer = std::thread::spawn(move || {
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

fn objects(output: &Output) -> Vec<Value> {
    stdout(output).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn data(name: &str) -> String {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name).display().to_string()
}

#[test]
fn refine_reads_text_and_writes_refined_text() {
    let output = prox(&["refine", &data("tests/data/seed_page.txt")], b"");
    assert!(output.status.success(), "{}", stderr(&output));
    let golden: Value = serde_json::from_str(include_str!("data/seed_page.golden.json")).unwrap();
    assert_eq!(stdout(&output).trim_end_matches('\n'), golden["text"].as_str().unwrap());
}

#[test]
fn refine_reads_html_from_standard_input() {
    let paragraphs = [
        "The old mill was rebuilt in the spring of 1987, when the valley was still quiet, and the neighbours, who had waited for years, \
         came to help with tools that had been made by hand.",
        "Its wheel is eleven feet wide and turns twice a minute when the river is high; in August it hardly moves, and the miller, who \
         also keeps the post office, grinds only on Saturdays.",
        "Nobody knows who built the weir. A map of 1702 shows it where it is now, with a footbridge that was carried off by a flood two \
         years later and never replaced.",
        "The flour is coarse and a little grey, and bread made of it keeps for a week. Most of it goes to the baker on the square, the \
         rest to farms across the hill that have bought it for three generations.",
    ];
    let body: String = paragraphs.iter().map(|text| format!("<p>{text}</p>")).collect();
    let html = format!(
        "<!doctype html><title>t</title><ul><li>Home<li>Sign in</ul><h1>The old mill</h1>{body}<footer>© 2024 All rights reserved</footer>"
    );
    let output = prox(&["refine", "--json", "-"], html.as_bytes());
    let result = &objects(&output)[0];
    assert!(result["kept"].as_bool().unwrap(), "{result}");
    let text = result["text"].as_str().unwrap();
    assert!(text.contains("The old mill was rebuilt") && !text.contains("<p>"), "{text}");
    assert!(!text.contains("All rights reserved"), "{text}");
    assert!(result["program"].as_str().unwrap().contains("remove_lines("));
}

#[test]
fn the_example_page_keeps_its_article() {
    let output = prox(&["refine", &data("examples/mill.html")], b"");
    let text = stdout(&output);
    for part in ["The mill that would not stop\n", "ground its last sack of flour", "A question of water\n", "rung the mill bell"]
    {
        assert!(text.contains(part), "{part} is lost:\n{text}");
    }
    for part in ["cookies", "Sign in", "Facebook", "Most read", "All rights reserved", "track("] {
        assert!(!text.contains(part), "{part} is still there:\n{text}");
    }
}

#[test]
fn a_bad_line_gets_an_error_in_its_place() {
    let mut input = Vec::new();
    writeln!(input, "{}", json!({"id": 1, "text": "A line.\nAnother line."})).unwrap();
    input.extend(b"not json\n\xff\xfe\n\n{\"id\":\"x\"}\n");
    writeln!(input, "{}", json!({"id": {"any": "thing"}, "text": ""})).unwrap();
    let output = prox(&["refine", "--jsonl", "--level", "chunk"], &input);
    assert_eq!(output.status.code(), Some(1));
    let objects = objects(&output);
    let code = |i: usize| objects[i]["error"]["code"].as_str();
    assert_eq!(objects.len(), 5);
    assert_eq!(objects[0]["id"], 1);
    assert_eq!(objects[0]["lines"].as_array().unwrap().len(), 2);
    assert_eq!((code(1), code(2), code(3)), (Some("invalid-json"), Some("invalid-utf8"), Some("invalid-record")));
    assert_eq!(objects[3]["id"], "x");
    assert_eq!((objects[4]["id"].clone(), objects[4]["text"].clone()), (json!({"any": "thing"}), json!("")));
    assert!(stderr(&output).contains("3 bad input lines"), "{}", stderr(&output));
}

#[test]
fn execute_applies_programs_in_both_modes() {
    let text = "a b c d e f\ng h i j k l\nm n o p q r";
    let record = json!({"id": "p", "text": text, "program": "remove_lines(1, 1)"}).to_string();
    let strict = &objects(&prox(&["execute"], record.as_bytes()))[0];
    assert_eq!(strict["text"], "a b c d e f\nm n o p q r");
    assert_eq!(strict["removed"], json!([[1, 1]]));
    assert_eq!((&strict["edits"][0]["op"], &strict["edits"][0]["lines"]), (&json!("remove_lines"), &json!([1, 1])));
    // the official reader knows no positional arguments
    let official = &objects(&prox(&["execute", "--mode", "official"], record.as_bytes()))[0];
    assert_eq!((&official["text"], &official["errors"]), (&json!(text), &json!(1)));
}

#[test]
fn undo_takes_back_what_execute_did() {
    let record = json!({"id": 1, "text": "menu\none\ntwo", "program": "remove_lines(0, 0)\nnormalize('two', '2')"});
    let executed = prox(&["execute", "--with", "changes,diff,patch"], format!("{record}\n").as_bytes());
    let executed = objects(&executed).remove(0);
    assert_eq!(executed["text"], "one\n2");
    assert_eq!(executed["changes"], json!([{"span": [0, 5], "after": ""}, {"span": [9, 12], "after": "2"}]));
    assert!(executed["diff"].as_str().unwrap().starts_with("--- original\n+++ refined\n@@ -1,3 +1,2 @@\n-menu\n one\n"));
    assert_eq!(executed["patch"][3], json!({"op": "remove", "path": "/0"}));

    let undo = |numbers: Value| json!({"id": 2, "text": record["text"], "edits": executed["edits"], "undo": numbers}).to_string();
    let input = [undo(json!([0])), undo(json!([])), undo(json!([2]))].join("\n");
    let output = prox(&["undo", "--with", "diff"], input.as_bytes());
    assert_eq!(output.status.code(), Some(1));
    let answers = objects(&output);
    assert_eq!((&answers[0]["text"], answers[0]["edits"].as_array().unwrap().len()), (&json!("menu\none\n2"), 1));
    assert_eq!((&answers[1]["text"], &answers[1]["edits"]), (&executed["text"], &executed["edits"]));
    assert!(answers[1]["diff"].as_str().unwrap().contains("-two"));
    assert_eq!(answers[2]["error"]["code"], "undo");
    assert_eq!(answers[2]["error"]["message"], "there is no edit 2 to undo; there are 2, counted from 0");
}

#[test]
fn refine_writes_a_diff_that_patch_takes() {
    let page = data("www/example.txt");
    let diff = prox(&["refine", "--diff", &page], b"");
    assert!(stdout(&diff).starts_with(&format!("--- {page}\n+++ {page} refined\n@@ -1,")), "{}", stdout(&diff));
    let refined = prox(&["refine", &page], b"");
    let original = std::fs::read_to_string(&page).unwrap();
    let patched = diffy::apply(&original, &diffy::Patch::from_str(stdout(&diff)).unwrap()).unwrap();
    assert_eq!(patched.trim_end_matches('\n'), stdout(&refined).trim_end_matches('\n'));
}

#[test]
fn chunk_packs_by_given_or_counted_tokens() {
    let record = json!({"id": 7, "text": "aa\nbb\ncc\ndd", "line_tokens": [4, 4, 4, 20]}).to_string();
    let chunks = &objects(&prox(&["chunk", "--max-tokens", "9"], record.as_bytes()))[0]["chunks"];
    let lines: Vec<&Value> = chunks.as_array().unwrap().iter().map(|c| &c["lines"]).collect();
    assert_eq!(lines, [&json!([0, 1]), &json!([2, 2]), &json!([3, 3])]);
    assert_eq!(chunks[0]["text"], "[000]aa\n[001]bb");
    assert_eq!(chunks[2]["over_limit"], true);
    let record = json!({"id": 7, "text": "aa\nbb", "line_tokens": [1]}).to_string();
    let output = prox(&["chunk"], record.as_bytes());
    assert!(objects(&output)[0]["error"]["message"].as_str().unwrap().contains("1 entries, the text has 2 lines"));
    let record = json!({"id": 8, "text": "One line of text.\nAnother line of text."}).to_string();
    let output = prox(&["chunk", "--max-tokens", "12"], record.as_bytes());
    assert_eq!(objects(&output)[0]["chunks"].as_array().unwrap().len(), 2);
}

/// Labelled records in a file of their own, for as long as a test runs.
struct Labelled(PathBuf);

impl Labelled {
    fn new(name: &str, records: &[Value]) -> Self {
        let path = std::env::temp_dir().join(format!("prox-score-{name}-{}.jsonl", std::process::id()));
        std::fs::write(&path, records.iter().map(|record| format!("{record}\n")).collect::<String>()).unwrap();
        Self(path)
    }

    fn score(&self, args: &[&str]) -> Output {
        prox(&[&["score", "--data", self.0.to_str().unwrap()], args].concat(), b"")
    }
}

impl Drop for Labelled {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

const PROSE: &str =
    "The mill was rebuilt in the spring, when the valley was still quiet, and everybody in the village came to help.";

#[test]
fn score_prints_tables_by_group() {
    let lines = json!(["Home", "Sign in", PROSE]);
    let data = Labelled::new(
        "tables",
        &[
            json!({"lang": "en", "source": "a", "lines": lines, "labels": ["r", "r", "k"]}),
            json!({"lang": "fr", "source": "b", "lines": lines, "labels": ["r", "r", "k"]}),
            json!({"lang": "en", "source": "b", "text": PROSE.repeat(9), "label": "keep"}),
        ],
    );
    let first_words = |args: &[&str]| -> Vec<String> {
        let output = data.score(args);
        assert!(output.status.success(), "{}", stderr(&output));
        stdout(&output).lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
    };
    assert_eq!(first_words(&[]), ["source", "a", "b", "all", "source", "b", "all"]);
    assert_eq!(first_words(&["--by", "lang"]), ["lang", "en", "fr", "all", "lang", "en", "all"]);
    assert_eq!(first_words(&["--lang", "fr"]), ["source", "b", "all"]);
    let with_bins = first_words(&["--by", "kind", "--reliability"]);
    assert_eq!(with_bins.iter().filter(|word| *word == "0.0" || *word == "0.9").count(), 4);
    let output = data.score(&["--lang", "xx"]);
    assert!(!output.status.success() && stderr(&output).contains("no records"), "{}", stderr(&output));
}

#[test]
fn score_writes_json() {
    let data = Labelled::new(
        "json",
        &[
            json!({"kind": "maths", "lines": ["x = 1", PROSE, "Home"], "labels": ["k", "k", "r"], "formula_or_code": [0]}),
            json!({"kind": "maths", "lines": [PROSE], "labels": ["k"]}),
            json!({"kind": "long", "text": PROSE.repeat(9), "label": "drop"}),
        ],
    );
    // nothing is removed at 0 and nothing dropped, so the figures don't depend on the model
    let output = data.score(&["--json", "--by", "kind", "--threshold", "0", "--doc-threshold", "0"]);
    let report = objects(&output).remove(0);
    assert_eq!((&report["by"], &report["thresholds"]), (&json!("kind"), &json!({"lines": 0.0, "documents": 0.0})));
    let names: Vec<&Value> = report["groups"].as_array().unwrap().iter().map(|group| &group["name"]).collect();
    assert_eq!(names, ["long", "maths"]);
    let lines = &report["all"]["lines"];
    assert_eq!((&lines["pages"], &lines["special_lines"], &lines["special_kept"]), (&json!(2), &json!(1), &json!(1.0)));
    assert_eq!((&lines["line_f1"], &lines["words_lost"], &lines["chars_lost"]), (&json!(0.0), &json!(0.0), &json!(0.0)));
    let words = PROSE.split_whitespace().count() as f64;
    let precision = ((3.0 + words) / (4.0 + words) + 1.0) / 2.0;
    assert!((lines["kept_precision"].as_f64().unwrap() - precision).abs() < 1e-9, "{lines}");
    let bins = lines["reliability"].as_array().unwrap();
    assert_eq!((bins.len(), bins.iter().map(|bin| bin["count"].as_u64().unwrap()).sum::<u64>()), (10, 4));
    let documents = &report["groups"][0]["documents"];
    assert_eq!((&documents["count"], &documents["accuracy"], &documents["drop_recall"]), (&json!(1), &json!(0.0), &json!(0.0)));
    assert!(report["groups"][0].get("lines").is_none());

    // and at 1 everything goes
    let report = objects(&data.score(&["--json", "--threshold", "1", "--doc-threshold", "1"])).remove(0);
    let lines = &report["all"]["lines"];
    assert_eq!((&lines["words_lost"], &lines["special_kept"], &lines["pages_dropped"]), (&json!(1.0), &json!(0.0), &json!(2)));
    assert_eq!(report["all"]["documents"]["drop_f1"], 1.0);
}

#[test]
fn score_refuses_bad_labels() {
    let cases = [
        (json!({"lines": ["a", "b"], "labels": ["k"]}), "2 lines and 1 labels"),
        (json!({"lines": ["a"], "labels": ["k"], "formula_or_code": [1]}), "names line 1 of 1 lines"),
        (json!({"lines": ["a"], "labels": ["x"]}), "neither `lines` and `labels` (k, r)"),
        (json!({"text": "a", "label": "good"}), "record 1 has neither"),
    ];
    for (i, (record, expected)) in cases.into_iter().enumerate() {
        let output = Labelled::new(&format!("bad-{i}"), &[record]).score(&[]);
        assert!(!output.status.success() && stderr(&output).contains(expected), "{}", stderr(&output));
    }
}

/// Each figure that the sets are there for comes from one command.
#[test]
fn score_reads_the_sets_that_judge() {
    let report = |name: &str| {
        let output = prox(&["score", "--data", &data(&format!("training/sets/{name}.jsonl")), "--by", "kind", "--json"], b"");
        assert!(output.status.success(), "{}", stderr(&output));
        objects(&output).remove(0)
    };
    let hard = report("hard_documents");
    assert!(hard["groups"].as_array().unwrap().len() >= 20, "{hard}");
    let documents = &hard["all"]["documents"];
    assert!(documents["count"].as_u64().unwrap() >= 66 && documents["accuracy"].is_f64(), "{documents}");
    let maths = report("formulas_and_code");
    let lines = &maths["all"]["lines"];
    assert!(lines["pages"].as_u64().unwrap() >= 64 && lines["special_lines"].as_u64().unwrap() >= 300, "{lines}");
    assert!(
        maths["groups"].as_array().unwrap().iter().all(|group| group["lines"]["special_lines"].as_u64() > Some(0)),
        "{maths}"
    );
}

#[test]
fn normalisations_can_be_left_out_scored_and_written_for_training() {
    let page = data("tests/data/seed_page.txt");
    let glued = prox(&["refine", "--no-normalize", &page], b"");
    let clean = prox(&["refine", &page], b"");
    assert!(stdout(&glued).contains("field ofnatural") && stdout(&clean).contains("field of natural"));
    let sure = prox(&["refine", "--normalize-threshold", "1", &page], b"");
    assert_eq!(stdout(&sure), stdout(&glued));

    let lines = ["menu", "The history of the field ofnatural language is longer than most people think."];
    let spans = prox(&["spans"], json!({"id": "a", "lines": lines}).to_string().as_bytes());
    let span = &objects(&spans)[0]["spans"][0];
    assert_eq!((&span["line"], &span["kind"], &span["target"]), (&json!(1), &json!("glue"), &json!("of natural")));

    let folder = std::env::temp_dir();
    let [pages, labels] = ["pages", "labels"].map(|name| folder.join(format!("prox-spans-{}-{name}.jsonl", std::process::id())));
    std::fs::write(&pages, json!({"id": "a", "lines": lines, "labels": ["r", "k"]}).to_string()).unwrap();
    let label = |start: usize, end: usize, target: &str, noise: Value| json!({"page": "a", "line": 1, "start": start, "end": end, "kind": "glue", "target": target, "label": true, "noise": noise});
    // as it stands; with a further piece of noise; and one that is not proposed
    let found =
        [label(25, 34, "of natural", json!([])), label(12, 17, "of the", json!([[14, 15, ""]])), label(0, 3, "T he", json!([]))];
    std::fs::write(&labels, found.map(|label| label.to_string()).join("\n")).unwrap();
    let score =
        |labels: &std::path::Path| prox(&["score", "--data", pages.to_str().unwrap(), "--spans", labels.to_str().unwrap()], b"");
    let output = score(&labels);
    assert!(output.status.success(), "{}", stderr(&output));
    let last = stdout(&output).lines().last().unwrap().to_owned();
    assert_eq!(last.split_whitespace().collect::<Vec<_>>(), ["all", "3", "3", "1.0000", "0.6667", "0.6667"], "{last}");
    std::fs::write(&labels, label(0, 3, "x", json!([[500, 501, ""]])).to_string()).unwrap();
    assert!(stderr(&score(&labels)).contains("line 1 of page `a` has no bytes 500 to 501"));
    std::fs::remove_file(pages).unwrap();
    std::fs::remove_file(labels).unwrap();
}

#[test]
fn errors_say_what_to_do() {
    let cases: [(&[&str], &[u8], &str); 7] = [
        (&["refine", "/no/such/file"], b"", "can't open /no/such/file"),
        (&["refine"], b"caf\xe9", "byte 0xe9 at offset 3"),
        (&["refine", "--model", "/no/such/model"], b"x", "can't read the model"),
        (&["refine", "--threshold", "7"], b"x", "threshold is 7"),
        (&["refine", "--normalize-threshold", "7"], b"x", "normalize_threshold is 7"),
        (&["refine", "x.parquet"], b"", "use --jsonl"),
        (&["chunk", "--max-tokens", "0"], b"", "at least one token"),
    ];
    for (args, input, expected) in cases {
        let output = prox(args, input);
        assert!(!output.status.success() && stderr(&output).contains(expected), "{args:?}: {}", stderr(&output));
    }
    let model = data("tests/cli.rs");
    let output = prox(&["refine", "--model", &model], b"x");
    assert!(stderr(&output).contains("not a GGUF file"), "{}", stderr(&output));
}

#[test]
fn refine_takes_a_folder_of_models_that_write_programs() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("lm");
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.display().to_string();
    let text = "Home | About\nA line that says something of interest to whoever reads it.\nShare on Facebook";
    let record = json!({ "id": 7, "text": text }).to_string();

    for name in ["document.gguf", "chunk.gguf", "prox.json"] {
        let _ = std::fs::remove_file(folder.join(name));
    }
    let output = prox(&["refine", "--jsonl", "--model", &path], record.as_bytes());
    assert!(stderr(&output).contains("prox.json") && stderr(&output).contains("prox convert"), "{}", stderr(&output));

    std::fs::write(folder.join("chunk.gguf"), tiny_lm::file(&[])).unwrap();
    let output = prox(&["refine", "--jsonl", "--model", &path], record.as_bytes());
    let [answer] = &objects(&output)[..] else { panic!("{}", stderr(&output)) };
    assert_eq!((answer["id"].as_i64(), answer["lines"].as_array().unwrap().len()), (Some(7), 3));
    assert_eq!(answer["diagnostics"], json!([]), "{answer}");

    // what it takes is said before, and refused where it is too much
    let said = stderr(&output);
    let plan = said.lines().find_map(|line| line.strip_prefix("prox: the model takes ")).unwrap_or_else(|| panic!("{said}"));
    let need: usize = plan.split(' ').next().unwrap().parse().unwrap();
    let within =
        |budget: usize| prox(&["refine", "--jsonl", "--model", &path, "--memory-budget", &budget.to_string()], record.as_bytes());
    assert_eq!(objects(&within(need))[0], *answer);
    let refusal = within(need - 1);
    assert!(
        !refusal.status.success() && stderr(&refusal).contains(&format!("the budget is {}", need - 1)),
        "{}",
        stderr(&refusal)
    );

    // the file alone does the same
    let alone = prox(&["refine", "--jsonl", "--model", &folder.join("chunk.gguf").display().to_string()], record.as_bytes());
    assert_eq!(objects(&alone)[0], *answer);

    // a model that says it is for the other stage is not taken for it
    let document = tiny_lm::file(&[("prox.stage", prox_wasm::gguf::Value::String("document".into()))]);
    std::fs::write(folder.join("judge.gguf"), document).unwrap();
    std::fs::write(folder.join("prox.json"), r#"{ "chunk": "judge.gguf" }"#).unwrap();
    let output = prox(&["refine", "--jsonl", "--model", &path], record.as_bytes());
    assert!(stderr(&output).contains("other stage"), "{}", stderr(&output));

    std::fs::write(folder.join("prox.json"), r#"{ "document": "judge.gguf", "chunk": "chunk.gguf" }"#).unwrap();
    for mode in ["strict", "official"] {
        let output = prox(&["refine", "--json", "--mode", mode, "--model", &path, "--program-tokens", "20"], text.as_bytes());
        let answer: Value = serde_json::from_str(stdout(&output)).unwrap_or_else(|_| panic!("{}", stderr(&output)));
        assert!((0.0..=1.0).contains(&answer["document"]["keep"].as_f64().unwrap()), "{answer}");
    }
    // both share a budget
    let refusal = within(2 * need - 1);
    assert!(
        !refusal.status.success() && stderr(&refusal).contains(&format!("the budget is {}", need - 1)),
        "{}",
        stderr(&refusal)
    );
    assert!(within(2 * need).status.success());

    let output = prox(&["refine", "--mode", "official"], text.as_bytes());
    assert!(!output.status.success() && stderr(&output).contains("verdicts on lines"), "{}", stderr(&output));
}

#[test]
fn bench_measures_pages_and_tokens() {
    let output = prox(&["bench", "--json", "--seconds", "0"], b"");
    let [row] = &objects(&output)[..] else { panic!("{}", stderr(&output)) };
    assert_eq!((row["lines"].as_u64(), row["runs"].as_u64()), (Some(167), Some(3)));
    assert!(row["milliseconds_a_page"].as_f64().unwrap() > 0.0);

    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("bench.gguf");
    std::fs::write(&file, tiny_lm::file(&[])).unwrap();
    let path = file.display().to_string();
    let output = prox(&["bench", "--json", "--seconds", "0", "--tokens", "9", "--written", "2", "--model", &path], b"");
    let rows = objects(&output);
    assert_eq!(rows.iter().map(|row| row["backend"].as_str().unwrap()).collect::<Vec<_>>(), ["cpu int8", "cpu float"]);
    assert!(rows.iter().all(|row| row["decode_tokens_a_second"].as_f64().unwrap() > 0.0));
    let output = prox(&["bench", "--tokens", "3000", "--model", &path], b"");
    assert!(stderr(&output).contains("3000") && stderr(&output).contains("2048"), "{}", stderr(&output));
}
