//! The line transformer on the GPU.

use std::sync::Arc;

use super::block::Scratch;
use super::kernels::{Bags, Calibration, Epilogue, Sight, Table, Then, Turns};
use super::layout::Rows;
use super::matrix::GpuMatrix;
use super::program::{Builder, Program, Step};
use super::shader::Pipelines;
use super::variant::proved;
use super::{Gpu, GpuError, Phase, Setup};
use crate::backend::cpu::CpuLineBackend;
use crate::backend::cpu::line::normalise;
use crate::backend::cpu::rope::RopeFrequencies;
use crate::backend::{LineBackend, Pool};
use crate::model::Matrix;
use crate::model::line::{self, LineModel, PageInput};

/// Tokens of a line, and pairs of them, that there is room for: more than the model reads.
const ITEMS: usize = 160;

/// Runs a line transformer on the GPU, one window of lines with one submit and one readback. What is no work for a GPU stays
/// on the CPU: the head of the document, and the token LM of a model that has one.
pub struct GpuLine {
    gpu: Gpu,
    model: Arc<LineModel>,
    cpu: CpuLineBackend,
    program: Program,
    inputs: Inputs,
    /// A line's vector, then its state.
    x: wgpu::Buffer,
    logits: wgpu::Buffer,
    sums: wgpu::Buffer,
    staging: wgpu::Buffer,
}

/// What is written for each window.
struct Inputs {
    step: wgpu::Buffer,
    tokens: List,
    pairs: List,
    features: wgpu::Buffer,
    weights: wgpu::Buffer,
}

/// Lists of numbers of rows of a table.
struct List {
    items: wgpu::Buffer,
    ends: wgpu::Buffer,
    room: usize,
}

impl List {
    fn new(gpu: &Gpu, lines: usize) -> Result<Self, GpuError> {
        let room = lines * ITEMS;
        Ok(Self { items: gpu.storage("tokens", room)?, ends: gpu.storage("ends of bags", lines)?, room })
    }

    fn write(&self, gpu: &Gpu, bags: &line::Bags, (from, to): (usize, usize)) -> Result<(), GpuError> {
        let (mut items, mut ends) = (Vec::new(), Vec::new());
        for line in from..to {
            items.extend_from_slice(bags.get(line));
            ends.push(items.len() as u32);
        }
        if items.len() > self.room {
            let problem = format!("{} tokens in {} lines, there is room for {}", items.len(), to - from, self.room);
            return Err(GpuError::Unsupported { problem });
        }
        gpu.write(&self.items, &items);
        gpu.write(&self.ends, &ends);
        Ok(())
    }
}

impl GpuLine {
    /// On the best adapter, and checked: what it answers to a few lines is what the CPU answers.
    ///
    /// # Errors
    /// [`GpuError`], where there is no adapter, it can't hold the model, or its answers are wrong.
    pub async fn open(model: Arc<LineModel>, setup: &Setup<'_>) -> Result<Self, GpuError> {
        proved(setup, async |gpu| {
            let line = Self::new(gpu, Arc::clone(&model), setup).await?;
            setup.tell(Phase::Warmup, 0, Some(1))?;
            line.check().await?;
            setup.tell(Phase::Warmup, 1, Some(1))?;
            Ok(line)
        })
        .await
    }

    /// Uploads a model to a device.
    ///
    /// # Errors
    /// [`GpuError`], where the device can't hold it.
    pub async fn new(gpu: Gpu, model: Arc<LineModel>, setup: &Setup<'_>) -> Result<Self, GpuError> {
        let c = &model.config;
        let pipelines = Pipelines::default();
        let built = gpu.checked(|| Self::build(&gpu, &model, &pipelines, setup)).await?;
        let (program, inputs, [x, logits, sums]) = built;
        gpu.health()?;
        pipelines.compile(&gpu, setup).await?;
        let staging = gpu.staging(c.context + 2 * c.width);
        Ok(Self { cpu: CpuLineBackend::new(Arc::clone(&model)), gpu, model, program, inputs, x, logits, sums, staging })
    }

    fn build(
        gpu: &Gpu,
        model: &LineModel,
        pipelines: &Pipelines,
        setup: &Setup<'_>,
    ) -> Result<(Program, Inputs, [wgpu::Buffer; 3]), GpuError> {
        let (c, lines) = (&model.config, model.config.context);
        let uploaded = || setup.tell(Phase::Upload, gpu.counts().bytes, None);
        uploaded()?;
        let inputs = Inputs {
            step: gpu.uniform("step", &[0; 4]),
            tokens: List::new(gpu, lines)?,
            pairs: List::new(gpu, lines)?,
            features: gpu.storage("features", lines * model.feature_norm.0.len())?,
            weights: gpu.storage("weights of lines", lines)?,
        };
        let x = gpu.storage("lines", lines * c.width)?;
        let states = gpu.storage("states", lines * c.width)?;
        let logits = gpu.storage("logits", lines)?;
        let sums = gpu.storage("sums of states", 2 * c.width)?;
        let bags = gpu.storage("bags", lines * 4 * c.embedding)?;
        let hidden = gpu.storage("features, hidden", lines * c.feature_hidden)?;
        let b = Builder::new(gpu, pipelines, &inputs.step);
        let matrix = |what, matrix: &Matrix| GpuMatrix::new(gpu, what, Rows::Stacked(&[matrix]));

        // lines become vectors
        let (tokens, pairs) = (matrix("token_embd", &model.token_embd)?, matrix("pair_embd", &model.pair_embd)?);
        let (e, stride) = (c.embedding, 4 * c.embedding);
        let of_tokens = Bags { ends: &inputs.tokens.ends, stride, mean_at: 0, ends_at: Some((2 * e, 3 * e)) };
        let of_pairs = Bags { ends: &inputs.pairs.ends, stride, mean_at: e, ends_at: None };
        let mut out = vec![
            b.embed_bags(Table { matrix: &tokens, items: &inputs.tokens.items }, of_tokens, &bags)?,
            b.embed_bags(Table { matrix: &pairs, items: &inputs.pairs.items }, of_pairs, &bags)?,
        ];
        // what a token LM made of the lines lies there already
        let first = if model.lm.is_some() { Then::Add } else { Then::Store };
        out.extend(b.matmul(&bags, &matrix("bag_proj", &model.bag_proj)?, &x, &Epilogue { bias: None, then: first })?);
        for (layer, from, to, then) in
            [(&model.feature_up, &inputs.features, &hidden, Then::Silu), (&model.feature_down, &hidden, &x, Then::Add)]
        {
            let bias = gpu.upload("bias", &layer.bias)?;
            out.extend(b.matmul(from, &matrix("features", &layer.weight)?, to, &Epilogue { bias: Some(&bias), then })?);
        }

        uploaded()?;

        // they see each other
        let shape = c.block_shape();
        let table = RopeFrequencies::new(shape.head_width, c.rope_base).at(0..lines);
        let scratch = Scratch::new(gpu, &shape, Turns::new(gpu, &table)?, (lines, 0))?;
        let cache = [gpu.storage("keys", lines * shape.kv_width())?, gpu.storage("values", lines * shape.kv_width())?];
        for block in &model.blocks {
            out.extend(b.block(block, &scratch, cache.each_ref(), Sight::BothWays, &x)?);
            uploaded()?;
        }

        // and get verdicts
        let norm = gpu.upload("output_norm", &model.output_norm)?;
        out.push(b.rms_norm(&x, (&norm, c.width, c.norm_eps), &states)?);
        let mut head = vec![0.0; c.width];
        model.line_head.weight.row(0, &mut head);
        let (scale, shift) = c.line_calibration;
        let calibration = Calibration { bias: model.line_head.bias.first().copied().unwrap_or(0.0), scale, shift };
        let every: Vec<u32> = (0..lines as u32).collect();
        let (head, every) = (gpu.upload("line_head", &head)?, gpu.upload("every line", &every)?);
        out.push(b.head((&states, &every), (&head, c.width), calibration, &logits)?);
        out.push(b.pool((&states, c.width), &inputs.weights, &sums)?);
        let bytes = gpu.counts().bytes;
        setup.tell(Phase::Upload, bytes, Some(bytes))?;
        Ok((Program(out), inputs, [x, logits, sums]))
    }

    /// Its device.
    pub fn gpu(&self) -> &Gpu {
        &self.gpu
    }

    /// The model.
    pub fn model(&self) -> &Arc<LineModel> {
        &self.model
    }

    /// As [`LineBackend::read_lines`], on the CPU.
    pub fn read_lines(&self, page: &mut PageInput) {
        self.cpu.read_lines(page);
    }

    /// As [`LineBackend::document_logit`], on the CPU.
    pub fn document_logit(&self, pooled: &[f32], features: &[f32]) -> f32 {
        self.cpu.document_logit(pooled, features)
    }

    /// As [`LineBackend::window`]. One window at a time: windows share buffers.
    ///
    /// # Errors
    /// [`GpuError`]; then `pool` is as before.
    pub async fn window(&self, page: &PageInput, window: (usize, usize), pool: &mut Pool) -> Result<Vec<f32>, GpuError> {
        let (rows, words) = (window.1 - window.0, &page.words[window.0..window.1]);
        let found = self.run(page, window).await?;
        let (logits, sums) = found.split_at(rows);
        if let Some(odd) = found.iter().find(|x| !x.is_finite()) {
            return Err(GpuError::Wrong { problem: format!("{odd} in a window of {rows} lines") });
        }
        pool.add_sums(sums, words);
        Ok(logits.to_vec())
    }

    /// Logits of the lines, then the sums of their states.
    async fn run(&self, page: &PageInput, window: (usize, usize)) -> Result<Vec<f32>, GpuError> {
        let (c, gpu, inputs) = (&self.model.config, &self.gpu, &self.inputs);
        let (from, to) = window;
        let rows = to - from;
        if rows > c.context {
            let problem = format!("a window of {rows} lines, there is room for {}", c.context);
            return Err(GpuError::Unsupported { problem });
        }
        gpu.health()?;
        let step = Step::new(rows, 0);
        gpu.write(&inputs.step, &[step]);
        inputs.tokens.write(gpu, &page.tokens, window)?;
        inputs.pairs.write(gpu, &page.pairs, window)?;
        gpu.write(&inputs.features, &normalise(&page.features[from * page.columns..to * page.columns], &self.model.feature_norm));
        let weights: Vec<f32> = page.words[from..to].iter().map(|&words| Pool::weight(words)).collect();
        gpu.write(&inputs.weights, &weights);
        if let Some(lm) = &page.lm {
            gpu.write(&self.x, &lm.vectors[from * c.width..to * c.width]);
        }
        let results = [(&self.logits, rows), (&self.sums, 2 * c.width)];
        gpu.run(self.program.len(), |encoder| self.program.record(encoder, step), &results, &self.staging).await
    }

    /// Compares its answers to a few lines with those of the CPU; gives the largest difference of their logits.
    ///
    /// # Errors
    /// [`GpuError::Wrong`] with both numbers, or what went wrong on the way.
    pub async fn check(&self) -> Result<f32, GpuError> {
        let lines: Vec<&str> = CHECKED.into_iter().take(self.model.config.context).collect();
        let mut page = self.model.read_page(&lines);
        self.read_lines(&mut page);
        let pools = [(); 2].map(|()| Pool::new(self.model.config.width));
        let [mut ours, mut theirs] = pools;
        let found = self.window(&page, (0, lines.len()), &mut ours).await?;
        let wanted = self.cpu.window(&page, (0, lines.len()), &mut theirs);
        let mut worst = 0f32;
        for (line, (found, wanted)) in found.iter().zip(&wanted).enumerate() {
            differ(&format!("the logit of line {line}"), *found, *wanted)?;
            worst = worst.max((found - wanted).abs());
        }
        for (column, (found, wanted)) in ours.means().iter().zip(theirs.means()).enumerate() {
            differ(&format!("column {column} of the pooled states"), *found, wanted)?;
        }
        Ok(worst)
    }
}

/// Far beyond what another order of sums makes, far below what turns a verdict.
const TOLERANCE: f32 = 5e-3;

fn differ(what: &str, found: f32, wanted: f32) -> Result<(), GpuError> {
    if (found - wanted).abs() <= TOLERANCE * (1.0 + wanted.abs()) {
        return Ok(());
    }
    Err(GpuError::Wrong { problem: format!("{what} is {found}, on the CPU it is {wanted}") })
}

/// Lines of all sorts; more than a tile of a kernel has.
const CHECKED: [&str; 35] = [
    "Home | News | Sport | About us",
    "Sign in",
    "Share this page",
    "The history of the lighthouse",
    "By the editors, 12 March 2019",
    "The lighthouse was built of granite between 1811 and 1815, on a reef that is under water at high tide.",
    "Its lamps burned whale oil at first, later paraffin; since 1936 the light has been electric.",
    "Keepers rowed out every second week, if the weather let them.",
    "(c) all rights reserved",
    "Read more »",
    "1",
    "2",
    "3",
    "Next page",
    "…",
    "0.5 kg flour, 3 eggs, 20 g salt",
    "Mix everything and let it rest for an hour; then bake it at 180 °C.",
    "def main():",
    "    return 0",
    "E = mc²",
    "Комментарии (3)",
    "Это хорошая статья, спасибо.",
    "日本語のページ",
    "!!!",
    "http://example.org/a/b?c=d",
    "Cookies help us deliver our services. By using our services, you agree to our use of cookies.",
    "Subscribe to our newsletter",
    "Previous article",
    "In the year 1901 the reef was measured again, and it was found that the tower stood as upright as on the first day.",
    "Nobody has lived there since 1988.",
    "Comments are closed.",
    "Terms of use",
    "Privacy",
    "Contact",
    "Top",
];

#[cfg(test)]
mod tests {
    use super::super::testing::{connect, connect_within, variants};
    use super::*;
    use crate::backend::{PageLogits, PageRun};

    const NANO: &[u8] = include_bytes!("../../../models/prox-nano.gguf");

    fn nano() -> Arc<LineModel> {
        Arc::new(LineModel::from_bytes(NANO.to_vec()).unwrap())
    }

    fn pages() -> [Vec<String>; 3] {
        let seed = include_str!("../../../tests/data/seed_page.txt");
        let seed: Vec<String> = seed.lines().map(str::trim).filter(|line| !line.is_empty()).map(String::from).collect();
        // several windows, the lines of each somewhat different
        let long: Vec<String> = (0..5).flat_map(|i| seed.iter().map(move |line| format!("{line} {i}"))).collect();
        [vec!["One line.".into()], seed, long]
    }

    #[test]
    fn pages_get_the_logits_of_the_cpu() {
        let model = nano();
        let cpu = CpuLineBackend::new(Arc::clone(&model));
        for variant in variants() {
            let gpu = connect_within(u64::MAX, variant);
            let line = pollster::block_on(GpuLine::new(gpu, Arc::clone(&model), &Setup::default())).unwrap();
            for page in pages() {
                let lines: Vec<&str> = page.iter().map(String::as_str).collect();
                let read = model.read_page(&lines);
                let mut on_gpu = PageRun::new(read.clone(), &model.config);
                let before = line.gpu().counts();
                while pollster::block_on(on_gpu.step_on(&line)).unwrap().is_some() {}
                let after = line.gpu().counts();
                let windows = on_gpu.window_count() as u64;
                assert_eq!((after.submits - before.submits, after.readbacks - before.readbacks), (windows, windows));
                assert_eq!(after.bytes, before.bytes, "buffers are made once");
                let mut on_cpu = PageRun::new(read, &model.config);
                while on_cpu.step(&cpu).is_some() {}
                let (found, wanted) = (on_gpu.finish(&cpu), on_cpu.finish(&cpu));
                let worst = worst(&found, &wanted);
                assert!(worst < 1e-3, "{variant}: {} lines differ by {worst}", lines.len());
            }
            // two tables, two halves of the features and the bags, eight dispatches a block, norm, head, pool
            assert_eq!(line.program.len(), 2 + 3 + 8 * 4 + 3);
        }
    }

    fn worst(found: &PageLogits, wanted: &PageLogits) -> f32 {
        assert_eq!(found.lines.len(), wanted.lines.len());
        let lines = found.lines.iter().zip(&wanted.lines).map(|(a, b)| (a - b).abs());
        lines.fold((found.document - wanted.document).abs(), f32::max)
    }

    #[test]
    fn wrong_answers_are_found_before_they_count() {
        let model = nano();
        let line = pollster::block_on(GpuLine::open(Arc::clone(&model), &Setup::default())).unwrap();
        assert!(pollster::block_on(line.check()).unwrap() < 1e-3);
        // a model whose verdicts are turned round is not the one on the device
        let mut other = (*model).clone();
        other.config.line_calibration.0 = -other.config.line_calibration.0;
        let swapped = GpuLine { cpu: CpuLineBackend::new(Arc::new(other)), ..line };
        let error = pollster::block_on(swapped.check()).unwrap_err();
        assert!(error.to_string().contains("the logit of line 0 is"), "{error}");
    }

    #[test]
    fn a_window_on_a_lost_device_leaves_no_trace() {
        let model = nano();
        let line = pollster::block_on(GpuLine::new(connect(), Arc::clone(&model), &Setup::default())).unwrap();
        let page = model.read_page(&["One line.", "And another one."]);
        let mut run = PageRun::new(page.clone(), &model.config);
        line.gpu().destroy();
        assert!(matches!(pollster::block_on(run.step_on(&line)), Err(GpuError::Lost { .. })));
        let cpu = CpuLineBackend::new(Arc::clone(&model));
        while run.step(&cpu).is_some() {}
        let mut alone = PageRun::new(page, &model.config);
        while alone.step(&cpu).is_some() {}
        assert_eq!(run.finish(&cpu), alone.finish(&cpu));
    }

    #[test]
    fn what_has_no_room_is_refused_with_both_numbers() {
        let model = nano();
        let gpu = pollster::block_on(Gpu::connect_within(1 << 20, &Setup::default())).unwrap();
        let bytes = 16_384 * 64;
        assert_eq!(bytes, 1 << 20, "the pair table just fits");
        pollster::block_on(GpuLine::new(gpu, Arc::clone(&model), &Setup::default())).unwrap();
        let gpu = pollster::block_on(Gpu::connect_within((1 << 20) - 1, &Setup::default())).unwrap();
        let error = pollster::block_on(GpuLine::new(gpu, model, &Setup::default())).err().unwrap();
        assert_eq!(error.to_string(), "a table of embeddings takes 1048576 bytes, the adapter binds at most 1048575");
    }
}
