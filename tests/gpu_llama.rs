//! Llama models on the GPU against the CPU. Fails where there is no adapter; mesa-vulkan-drivers brings a software one.

#[path = "support/tiny_llama.rs"]
mod tiny_llama;

use std::sync::{Arc, Mutex};

use pollster::block_on;
use prox_wasm::backend::cpu::{CpuLlama, Kernel};
use prox_wasm::backend::gpu::{Gpu, GpuError, GpuLlama, ReadError, Setup, Variant};
use prox_wasm::backend::{Answer, Choice, Logits, Pick, Standing, TokenError, TokenLadder, TokenReader, Wanted, likeliest, wait};
use prox_wasm::model::llama::LlamaModel;
use tiny_llama::{Tiny, shapes, tokens};

const ROOM: usize = 300;

fn open(model: &Arc<LlamaModel>) -> GpuLlama {
    open_as(model, Variant::BASE)
}

fn open_as(model: &Arc<LlamaModel>, variant: Variant) -> GpuLlama {
    let setup = Setup { variant: Some(variant), ..Setup::default() };
    let gpu = block_on(Gpu::connect_within(u64::MAX, &setup));
    let gpu = gpu.unwrap_or_else(|error| panic!("{error}\napt-get install mesa-vulkan-drivers"));
    assert_eq!(gpu.report().variant, variant);
    block_on(GpuLlama::scoring(gpu, Arc::clone(model), ROOM, &setup)).unwrap()
}

fn best(logits: &[f32]) -> usize {
    (0..logits.len()).fold(0, |best, i| if logits[i] > logits[best] { i } else { best })
}

#[test]
fn logits_are_those_of_the_cpu_however_a_text_is_cut() {
    for tiny in shapes() {
        let model = Arc::new(LlamaModel::from_bytes(tiny.bytes()).unwrap());
        let cpu = CpuLlama::new(Arc::clone(&model), Kernel::Float);
        let text = tokens(270, tiny.vocab);
        let mut cache = cpu.cache(text.len());
        let wanted = cpu.read(&text, &mut cache, Logits::All).unwrap();
        for variant in ["base", "dot,subgroups"] {
            let mut gpu = open_as(&model, variant.parse().unwrap());
            let bytes = gpu.gpu().counts().bytes;
            // one token at a time, then more than a submit takes
            for pieces in [[1, 1, 2, 7].as_slice(), &[270], &[30, 1, 1, 200]] {
                gpu.truncate(0);
                let mut at = 0;
                for piece in pieces {
                    let found = block_on(gpu.read(&text[at..at + piece])).unwrap();
                    at += piece;
                    let wanted = &wanted[(at - 1) * tiny.vocab..at * tiny.vocab];
                    let worst = found.iter().zip(wanted).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                    assert!(worst < 1e-3, "{pieces:?} at {at}: {worst}");
                    assert_eq!((best(&found), found.len(), gpu.len()), (best(wanted), tiny.vocab, at));
                }
            }
            gpu.truncate(30);
            let all = block_on(gpu.read_all(&text[30..])).unwrap();
            let wanted = &wanted[30 * tiny.vocab..];
            let worst = all.iter().zip(wanted).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(all.len() == wanted.len() && worst < 1e-3 && gpu.len() == 270, "{variant}: {worst}");
            assert_eq!(gpu.gpu().counts().bytes, bytes, "buffers are made once");
        }
    }
}

#[test]
fn choices_are_those_of_the_cpu_and_all_that_is_read_back() {
    for tiny in shapes() {
        let model = Arc::new(LlamaModel::from_bytes(tiny.bytes()).unwrap());
        let cpu = CpuLlama::new(Arc::clone(&model), Kernel::Float);
        let mut gpu = open(&model);
        let text = tokens(70, tiny.vocab);
        let wanted = cpu.read(&text, &mut cpu.cache(text.len()), Logits::All).unwrap();
        let vocab = u32::try_from(tiny.vocab).unwrap();
        for (at, logits) in wanted.chunks_exact(tiny.vocab).enumerate() {
            let token = &text[at..=at];
            if at % 3 == 0 {
                let found = block_on(gpu.answer(token, Wanted::Likeliest)).unwrap();
                assert_eq!(found, Answer::Likeliest(likeliest(logits)), "at {at}");
                continue;
            }
            let allowed: Vec<u32> = (0..vocab).filter(|token| (token * 7 + at as u32) % 5 < 2).collect();
            let before = gpu.gpu().counts();
            let found = block_on(gpu.answer(token, Wanted::Among(&allowed))).unwrap();
            let (Answer::Pick(Some(found)), Some(wanted)) = (found, Pick::among(logits, &allowed)) else { panic!("no choice") };
            assert_eq!(found.token, wanted.token, "at {at}");
            assert!((found.probability - wanted.probability).abs() <= 1e-4 * wanted.probability, "{found:?} {wanted:?}");
            let counts = gpu.gpu().counts();
            assert_eq!((counts.submits - before.submits, counts.readbacks - before.readbacks), (1, 1));
            // four numbers, where the logits are a hundred and more
            assert_eq!(counts.read_bytes - before.read_bytes, 16);
        }
        // tokens that there are none of have no logit
        gpu.truncate(69);
        let last = &wanted[69 * tiny.vocab..];
        let beyond = [3, vocab + 5];
        let Ok(Answer::Pick(found)) = block_on(gpu.answer(&text[69..], Wanted::Among(&beyond))) else { panic!("no choice") };
        assert_eq!(found, Pick::among(last, &beyond));
        assert_eq!(block_on(gpu.answer(&[], Wanted::Among(&beyond))), Ok(Answer::Pick(None)));
    }
}

#[test]
fn texts_wait_for_each_other() {
    let tiny = Tiny::default();
    let model = Arc::new(LlamaModel::from_bytes(tiny.bytes()).unwrap());
    let cpu = Arc::new(CpuLlama::new(Arc::clone(&model), Kernel::Float));
    let ladder = Arc::new(TokenLadder::new(model, cpu, Choice::Gpu, Box::new(|_| ())));
    let text = tokens(40, tiny.vocab);
    let read = || {
        let mut reader = ladder.begin(text.len());
        text.iter().map(|token| wait(reader.read(&[*token], Wanted::Likeliest)).unwrap()).collect::<Vec<_>>()
    };
    let alone = read();
    let before = ladder.counts();
    std::thread::scope(|scope| {
        let both = [scope.spawn(read), scope.spawn(read)];
        both.into_iter().for_each(|found| assert_eq!(found.join().unwrap(), alone));
    });
    assert_eq!(ladder.counts().submits - before.submits, 2 * 40, "both were on the device");
}

#[test]
fn what_can_not_be_read_changes_nothing() {
    let model = Arc::new(LlamaModel::from_bytes(Tiny::default().bytes()).unwrap());
    let mut gpu = open(&model);
    assert!(block_on(gpu.read(&[])).unwrap().is_empty() && gpu.is_empty());
    let first = block_on(gpu.read(&[1, 2, 3])).unwrap();
    assert_eq!(block_on(gpu.read(&[100])), Err(TokenError::Unknown { token: 100, vocab: 100 }.into()));
    assert_eq!(block_on(gpu.read(&[1; ROOM])), Err(TokenError::CacheFull { tokens: ROOM, room: ROOM - 3 }.into()));
    gpu.truncate(2);
    assert_eq!(block_on(gpu.read(&[3])).unwrap().len(), first.len());
    gpu.gpu().destroy();
    assert!(matches!(block_on(gpu.read(&[4])), Err(ReadError::Gpu(GpuError::Lost { .. }))));
    assert_eq!(gpu.len(), 3);
}

#[test]
fn a_text_survives_the_loss_of_the_device() {
    let tiny = Tiny::default();
    let model = Arc::new(LlamaModel::from_bytes(tiny.bytes()).unwrap());
    let cpu = Arc::new(CpuLlama::new(Arc::clone(&model), Kernel::Float));
    let text = tokens(60, tiny.vocab);
    let wanted = cpu.read(&text, &mut cpu.cache(text.len()), Logits::All).unwrap();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let listener = Arc::clone(&heard);
    let tell = Box::new(move |standing: &Standing| listener.lock().unwrap().push(standing.gpu));
    let ladder = Arc::new(TokenLadder::new(Arc::clone(&model), Arc::clone(&cpu), Choice::Gpu, tell));
    let mut reader = ladder.begin(text.len());
    assert_eq!(reader.capacity(), 60);
    let check = |reader: &mut dyn TokenReader, from: usize, to: usize| {
        let Ok(Answer::Logits(found)) = wait(reader.read(&text[from..to], Wanted::Logits)) else { panic!("no logits") };
        let wanted = &wanted[(to - 1) * tiny.vocab..to * tiny.vocab];
        let worst = found.iter().zip(wanted).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst < 1e-3, "at {to}: {worst}");
    };
    check(&mut reader, 0, 20);
    reader.destroy_device();
    // tokens of the lost device are read again
    check(&mut reader, 20, 21);
    assert_eq!(wait(reader.read(&text[21..30], Wanted::Nothing)), Ok(Answer::Nothing));
    reader.truncate(25);
    check(&mut reader, 25, 59);
    assert_eq!(wait(reader.read(&text[..2], Wanted::Logits)), Err(TokenError::CacheFull { tokens: 2, room: 1 }));
    drop(reader);
    let standing = ladder.standing();
    assert!(standing.gpu && standing.failures == 1 && standing.why.contains("a new device after"), "{standing}");
    assert_eq!(*heard.lock().unwrap(), [true, true]);

    // what has no room on the device is read on the CPU, beside a text that is on it
    let on_gpu = ladder.begin(60);
    check(&mut ladder.begin(5000), 0, 20);
    drop(on_gpu);
    let none = Arc::new(TokenLadder::new(Arc::clone(&model), cpu, Choice::Cpu, Box::new(|_| ())));
    assert_eq!(none.standing(), Standing { gpu: false, why: "asked for".into(), failures: 0 });
    check(&mut none.begin(60), 0, 60);
}
