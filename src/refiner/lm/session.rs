//! One document on its way through language models, step by step.

use std::sync::Arc;

use super::prompt::{AROUND_TOKENS, DOCUMENT_TOKENS, Prompter};
use super::{LmModel, LmOptions, LmRefineError, LmRefiner, Stage};
use crate::backend::{Answer, TokenError, TokenReader, Wanted, wait};
use crate::decode::{Generated, Generation, GenerationOptions, Grammar, GrammarLimits, OfficialGeneration};
use crate::document::{Chunk, Document, LineRange, Numbering, pack};
use crate::executor::{self, ChunkProgram, ExecuteOptions, Execution, Mode, Operation, execute_chunks, execute_program};
use crate::program::{Program, Statement};
use crate::refiner::{Level, RefineStats, Refined};

/// Tokens of a verdict: what a context of 2048 leaves of the official limit when the prompt has its full length.
const VERDICT_TOKENS: usize = 48;

/// Something that was done.
#[derive(Debug, Clone, PartialEq)]
pub enum LmEvent {
    /// Tokens of a prompt were read.
    Read {
        /// Whose prompt.
        stage: Stage,
        /// Tokens read so far.
        done: usize,
        /// Tokens of the prompt.
        total: usize,
    },
    /// Tokens of a program were written.
    Written {
        /// Whose program.
        stage: Stage,
        /// Tokens so far.
        tokens: usize,
    },
    /// The verdict on the document: the probability that it is worth keeping.
    Document {
        /// 0 or 1 in official mode, which has no more to say.
        keep: f32,
    },
    /// The program for a chunk is complete.
    Chunk {
        /// First line of the chunk, 0-based.
        first: usize,
        /// Last line, inclusive.
        last: usize,
        /// The program.
        program: String,
    },
}

/// A program being written.
struct Run<'a> {
    stage: Stage,
    /// The chunk; all lines for a document.
    lines: LineRange,
    writing: Writing<'a>,
    /// Tokens to read before the next logits.
    pending: Vec<u32>,
    read: usize,
    /// Tokens of the prompt that are read or need no reading.
    prompt: usize,
    prompt_total: usize,
}

enum Writing<'a> {
    Strict(Box<Generation<'a>>),
    Official(OfficialGeneration<'a>),
}

impl Writing<'_> {
    /// What to ask of the model.
    fn ask(&self) -> Ask {
        match self {
            Self::Strict(generation) => Ask::Among(generation.allowed()),
            Self::Official(_) => Ask::Likeliest,
        }
    }

    /// The tokens to read next, none at the end.
    fn next(&mut self, answer: Answer) -> Option<Vec<u32>> {
        match (self, answer) {
            (Self::Strict(generation), Answer::Pick(pick)) => generation.take(pick).map(<[u32]>::to_vec),
            (Self::Official(generation), Answer::Likeliest(token)) => generation.take(token).map(|token| vec![token]),
            _ => None,
        }
    }
}

/// What a program needs to know before it goes on.
enum Ask {
    Nothing,
    Likeliest,
    Among(Vec<u32>),
}

/// Tokens that a model has to read before the session goes on.
pub struct Due {
    cache: Box<dyn TokenReader>,
    tokens: Vec<u32>,
    ask: Ask,
}

impl Due {
    /// Lets the model read them.
    ///
    /// # Errors
    /// [`TokenError`], which the session wants to hear too.
    pub async fn read(&mut self) -> Result<Answer, TokenError> {
        let wanted = match &self.ask {
            Ask::Nothing => Wanted::Nothing,
            Ask::Likeliest => Wanted::Likeliest,
            Ask::Among(allowed) => Wanted::Among(allowed),
        };
        self.cache.read(&self.tokens, wanted).await
    }
}

impl std::fmt::Debug for Due {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Due").field("tokens", &self.tokens.len()).finish_non_exhaustive()
    }
}

/// What a chunk's model wrote.
struct Written {
    lines: LineRange,
    program: Program,
    confidence: Vec<f32>,
    /// As it was written, for official mode.
    text: String,
}

/// A cache and the tokens in it.
struct Memory {
    /// Not here while it reads.
    cache: Option<Box<dyn TokenReader>>,
    tokens: Vec<u32>,
}

/// A document being refined by language models.
pub struct LmSession<'a> {
    refiner: &'a LmRefiner,
    text: &'a str,
    document: Document<'a>,
    options: LmOptions,
    chunks: Vec<Chunk>,
    next_chunk: usize,
    /// Whether the verdict on the document is given or not asked for.
    judged: bool,
    keep: f32,
    dropped: bool,
    written: Vec<Written>,
    run: Option<Run<'a>>,
    /// Of the stage that runs: prompts begin alike, and what they share is read once.
    memory: Option<(Stage, Memory)>,
}

impl<'a> LmSession<'a> {
    pub(super) fn new(refiner: &'a LmRefiner, text: &'a str, options: LmOptions) -> Result<Self, LmRefineError> {
        if !(0.0..=1.0).contains(&options.doc_threshold) {
            return Err(LmRefineError::Threshold { found: options.doc_threshold });
        }
        let document = Document::new(text);
        let chunk_model = refiner.model(Stage::Chunk).filter(|_| options.level != Level::Doc);
        if let Some(model) = chunk_model {
            let LmOptions { chunk_tokens: chunk, program_tokens: program, .. } = options;
            let total = options.tokens();
            if total > model.context() {
                return Err(LmRefineError::Context { chunk, around: AROUND_TOKENS, program, total, context: model.context() });
            }
        }
        let chunks = chunk_model.map_or(Vec::new(), |model| {
            let count = |(i, line): (usize, &str)| {
                let mut tokens = Vec::new();
                model.tokenizer.encode(&Numbering::default().line(i, line), &mut tokens);
                tokens.len() + 1
            };
            let line_tokens: Vec<usize> = document.lines().enumerate().map(count).collect();
            pack(&line_tokens, options.chunk_tokens)
        });
        let judged = options.level == Level::Chunk || refiner.model(Stage::Document).is_none() || text.trim().is_empty();
        Ok(Self {
            refiner,
            text,
            document,
            options,
            chunks,
            next_chunk: 0,
            judged,
            keep: 1.0,
            dropped: false,
            written: Vec::new(),
            run: None,
            memory: None,
        })
    }

    /// Reads some tokens, or writes some. `None` when there is nothing more to do.
    ///
    /// # Errors
    /// [`LmRefineError`] where the model refuses tokens.
    pub fn step(&mut self) -> Result<Option<LmEvent>, LmRefineError> {
        let Some(mut due) = self.due() else { return Ok(None) };
        let answer = wait(due.read());
        self.take(due, answer).map(Some)
    }

    /// The first half of a step: what is to be read, for those who can't wait for it in one call. `None` when there is nothing
    /// more to do.
    pub fn due(&mut self) -> Option<Due> {
        let run = match self.run.take() {
            Some(run) => run,
            None => self.open()?,
        };
        let (_, memory) = self.memory.as_mut()?;
        let cache = memory.cache.take()?;
        let end = run.read.saturating_add(cache.step()).min(run.pending.len());
        let tokens = run.pending[run.read..end].to_vec();
        let ask = if end == run.pending.len() { run.writing.ask() } else { Ask::Nothing };
        self.run = Some(run);
        Some(Due { cache, tokens, ask })
    }

    /// The second half: what came of reading it.
    ///
    /// # Errors
    /// [`LmRefineError`] where the model refused the tokens.
    pub fn take(&mut self, due: Due, answer: Result<Answer, TokenError>) -> Result<LmEvent, LmRefineError> {
        let Due { cache, tokens, .. } = due;
        let (Some((_, memory)), Some(mut run)) = (&mut self.memory, self.run.take()) else {
            return Err(LmRefineError::OutOfTurn);
        };
        memory.cache = Some(cache);
        let answer = answer?;
        memory.tokens.extend(&tokens);
        run.read += tokens.len();
        let is_last = run.read == run.pending.len();
        if run.prompt < run.prompt_total {
            run.prompt += tokens.len();
            if !is_last {
                let (stage, done, total) = (run.stage, run.prompt, run.prompt_total);
                self.run = Some(run);
                return Ok(LmEvent::Read { stage, done, total });
            }
        } else if !is_last {
            let (stage, tokens) = (run.stage, memory.tokens.len() - run.prompt_total);
            self.run = Some(run);
            return Ok(LmEvent::Written { stage, tokens });
        }
        match run.writing.next(answer) {
            Some(next) => {
                run.pending = next;
                run.read = 0;
                let (stage, tokens) = (run.stage, memory.tokens.len() + run.pending.len() - run.prompt_total);
                self.run = Some(run);
                Ok(LmEvent::Written { stage, tokens })
            }
            None => Ok(self.close(run)),
        }
    }

    /// The next program to write.
    fn open(&mut self) -> Option<Run<'a>> {
        let (stage, lines) = if !self.judged {
            (Stage::Document, self.document.all_lines())
        } else if self.dropped {
            return None;
        } else {
            // lines that no model reads stay as they are
            let chunk = loop {
                let chunk = self.chunks.get(self.next_chunk)?;
                self.next_chunk += 1;
                let is_blank = || self.texts(chunk.lines()).all(|line| line.trim().is_empty());
                if !chunk.over_limit && (self.options.mode == Mode::Official || !is_blank()) {
                    break *chunk;
                }
            };
            (Stage::Chunk, chunk.lines())
        };
        let model = self.refiner.model(stage)?;
        let prompter = Prompter { tokenizer: &model.tokenizer, vocabulary: &model.vocabulary };
        let context = model.context();
        let program_tokens = match stage {
            Stage::Document => VERDICT_TOKENS,
            Stage::Chunk => self.options.program_tokens,
        };
        let room =
            context.saturating_sub(program_tokens).min(if stage == Stage::Document { DOCUMENT_TOKENS } else { usize::MAX });
        let shown = match stage {
            Stage::Document => self.text.to_owned(),
            Stage::Chunk => Numbering::default().lines(&self.document, lines),
        };
        let (mut prompt, writing) = match self.options.mode {
            Mode::Official => {
                let generation = OfficialGeneration::new(&model.vocabulary, program_tokens);
                (prompter.official(stage, &shown), Writing::Official(generation))
            }
            Mode::Strict => {
                let grammar = match stage {
                    Stage::Document => Grammar::document(),
                    Stage::Chunk => {
                        let texts: Vec<&str> = self.texts(lines).collect();
                        Grammar::chunk(lines.first, &texts, GrammarLimits::default())
                    }
                };
                let options = GenerationOptions { max_tokens: program_tokens, ..GenerationOptions::default() };
                let generation = Generation::new(grammar, &model.vocabulary, &model.trie, &model.tokenizer, options);
                (prompter.strict(stage, &shown, room), Writing::Strict(Box::new(generation)))
            }
        };
        prompt.truncate(room);
        let known = self.remember(stage, model, &prompt, prompt.len().max(self.most_tokens(stage, room)) + program_tokens);
        let prompt_total = prompt.len();
        Some(Run { stage, lines, writing, pending: prompt.split_off(known), read: 0, prompt: known, prompt_total })
    }

    fn texts(&self, lines: LineRange) -> impl Iterator<Item = &'a str> {
        let document = &self.document;
        (lines.first..=lines.last).map(|line| document.line(line))
    }

    /// Tokens that the prompts of a stage have at most, to make room for once.
    fn most_tokens(&self, stage: Stage, room: usize) -> usize {
        let longest = self.chunks.iter().map(|chunk| chunk.tokens).filter(|&n| n <= self.options.chunk_tokens).max().unwrap_or(0);
        match stage {
            Stage::Document => 0,
            // a line feed each comes to what the count of a line has more for its beginning
            Stage::Chunk => room.min(longest + AROUND_TOKENS),
        }
    }

    /// Keeps of the cache what a prompt begins with, and tells how much that is: never all, since the logits after the
    /// last token are wanted.
    fn remember(&mut self, stage: Stage, model: &LmModel, prompt: &[u32], room: usize) -> usize {
        if let Some((of, Memory { cache: Some(cache), tokens })) = &mut self.memory
            && *of == stage
            && cache.capacity() >= room
        {
            let same = tokens.iter().zip(prompt).take_while(|(a, b)| a == b).count().min(prompt.len().saturating_sub(1));
            tokens.truncate(same);
            cache.truncate(same);
            return same;
        }
        // a GPU has room for one text at a time
        self.memory = None;
        let cache = Some(Arc::clone(&model.backend).reader(room));
        self.memory = Some((stage, Memory { cache, tokens: Vec::new() }));
        0
    }

    /// Takes over a program that is complete.
    fn close(&mut self, run: Run<'a>) -> LmEvent {
        let (generated, text) = match run.writing {
            Writing::Strict(generation) => (Some(generation.finish()), String::new()),
            Writing::Official(generation) => (None, generation.text()),
        };
        match run.stage {
            Stage::Document => {
                self.judged = true;
                self.keep = match &generated {
                    Some(Generated { program, confidence, .. }) => match program.iter().next() {
                        Some(Statement::DropDoc) => 1.0 - confidence[0],
                        Some(Statement::KeepDoc) => confidence[0],
                        _ => 1.0,
                    },
                    None => f32::from(u8::from(!text.contains("drop"))),
                };
                self.dropped = self.keep < self.options.doc_threshold.max(f32::MIN_POSITIVE);
                LmEvent::Document { keep: self.keep }
            }
            Stage::Chunk => {
                let (program, confidence) = generated.map_or_else(Default::default, |g| (g.program, g.confidence));
                let shown = if self.options.mode == Mode::Strict { program.to_string() } else { text.clone() };
                self.written.push(Written { lines: run.lines, program, confidence, text });
                LmEvent::Chunk { first: run.lines.first, last: run.lines.last, program: shown }
            }
        }
    }

    /// The refined text and all there is to say about it. Steps that were not taken are taken now.
    ///
    /// # Errors
    /// As [`step`](Self::step), and where the executor refuses, as the official one does texts without words.
    pub fn finish(mut self) -> Result<Refined, LmRefineError> {
        while self.step()?.is_some() {}
        self.result()
    }

    /// The refined text as the steps so far make it; of all of them it is what [`finish`](Self::finish) gives.
    ///
    /// # Errors
    /// Where the executor refuses.
    pub fn result(self) -> Result<Refined, LmRefineError> {
        let (program, confidence, mut done) = self.execute()?;
        for edit in &mut done.edits {
            edit.confidence = edit.statement.and_then(|i| confidence.get(i).copied());
        }
        let lines = self.line_probabilities(&done);
        let normalized = done.edits.iter().map(|edit| match edit.operation {
            Operation::Normalize { count, .. } => count,
            _ => 0,
        });
        Ok(Refined {
            stats: RefineStats {
                lines: self.document.line_count(),
                blank_lines: self.document.lines().filter(|line| line.trim().is_empty()).count(),
                removed_lines: done.removed.iter().map(|[first, last]| usize::try_from(last - first + 1).unwrap_or(0)).sum(),
                normalized: normalized.sum(),
                chunks: self.written.len(),
                bytes_in: self.text.len(),
                bytes_out: done.text.len(),
            },
            text: done.text,
            kept: done.kept,
            program,
            edits: done.edits,
            document: self.keep,
            lines,
            diagnostics: done.diagnostics,
        })
    }

    /// The whole program as text, how sure the model is of each statement, and what the program does.
    fn execute(&self) -> Result<(String, Vec<f32>, Execution), LmRefineError> {
        let options = ExecuteOptions { mode: self.options.mode, ..ExecuteOptions::default() };
        if self.dropped {
            let program = Program::from_iter([Statement::DropDoc]);
            let done = execute_program(&self.document, &program, &options)?;
            return Ok((program.to_string(), vec![1.0 - self.keep], done));
        }
        if self.options.mode == Mode::Official {
            let texts: Vec<&str> = self.written.iter().map(|written| written.text.as_str()).collect();
            let program = texts.join("\n");
            let done = executor::execute(self.text, &program, &options)?;
            return Ok((program, Vec::new(), done));
        }
        // One program to look at: the verdict, then what edits; nothing to edit is nothing to say. The verdict belongs to
        // no chunk, so statements count from the first edit.
        let verdict =
            self.refiner.model(Stage::Document).filter(|_| self.options.level != Level::Chunk).map(|_| Statement::KeepDoc);
        let (mut chunks, mut edits, mut confidence) = (Vec::new(), Vec::new(), Vec::new());
        for Written { lines, program, confidence: of_chunk, .. } in &self.written {
            let edit = |(statement, p): (&Statement, &f32)| (*statement != Statement::KeepChunk).then(|| (statement.clone(), *p));
            let (statements, sure): (Vec<_>, Vec<_>) = program.iter().zip(of_chunk).filter_map(edit).unzip();
            edits.extend(statements.iter().cloned());
            confidence.extend(sure);
            chunks.push(ChunkProgram { lines: *lines, parsed: Program::from_iter(statements).into() });
        }
        let mut done = execute_chunks(&self.document, &chunks, &options)?;
        if verdict.is_some() {
            for edit in &mut done.edits {
                edit.statement = edit.statement.map(|i| i + 1);
            }
            confidence.insert(0, self.keep);
        }
        let nothing = (verdict.is_none() && edits.is_empty()).then_some(Statement::KeepChunk);
        let program: Program = verdict.into_iter().chain(edits).chain(nothing).collect();
        Ok((program.to_string(), confidence, done))
    }

    /// That each line is content: one less what its removal is sure by.
    fn line_probabilities(&self, done: &Execution) -> Vec<f32> {
        let mut keep = vec![1.0; self.document.line_count()];
        for edit in &done.edits {
            if let Operation::RemoveLines { lines: [first, last] } = edit.operation {
                keep[first..=last].fill(1.0 - edit.confidence.unwrap_or(1.0));
            }
        }
        keep
    }
}

impl std::fmt::Debug for LmSession<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LmSession").field("options", &self.options).field("chunks", &self.chunks.len()).finish_non_exhaustive()
    }
}
