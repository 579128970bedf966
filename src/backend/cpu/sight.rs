//! Which rows of a pass see which: all of them, only earlier ones, and through a cache those of passes before.

use super::attention::{Head, attend, gather, put, scatter, values_len};
use super::lanes::LANES;
use crate::model::BlockShape;

/// Every row sees every row.
pub fn both_ways(q: &[f32], k: &[f32], v: &[f32], shape: &BlockShape) -> Vec<f32> {
    let n = k.len() / shape.kv_width();
    grouped(q, k, v, shape, |_| n)
}

/// Rows of sequences of these lengths, one after the other: each sees itself and the rows before it in its sequence.
pub fn apart(q: &[f32], k: &[f32], v: &[f32], shape: &BlockShape, lengths: impl Iterator<Item = usize>) -> Vec<f32> {
    let (query_width, kv_width) = (shape.query_width(), shape.kv_width());
    let mut out = Vec::with_capacity(q.len());
    let mut start = 0;
    for n in lengths.filter(|&n| n > 0) {
        let end = start + n;
        let (q, kv) = (&q[start * query_width..end * query_width], start * kv_width..end * kv_width);
        let visible = |row| row % n + 1;
        out.extend(grouped(q, &k[kv.clone()], &v[kv], shape, visible));
        start = end;
    }
    out
}

/// Attention over the rows' own keys and values. Rows of `visible` are those of the first query head of a key head, then those
/// of the next.
fn grouped(
    q: &[f32],
    k: &[f32],
    v: &[f32],
    shape: &BlockShape,
    visible: impl Fn(usize) -> usize + Copy + Sync + Send,
) -> Vec<f32> {
    let (width, kv_width) = (shape.head_width, shape.kv_width());
    let capacity = (k.len() / kv_width).next_multiple_of(LANES);
    let mut out = vec![0.0; q.len()];
    let (mut keys, mut values) = (vec![0.0; capacity * width], vec![0.0; values_len(width, capacity)]);
    let mut queries = Queries::new(q, shape);
    for head in 0..shape.kv_heads {
        put((k, v), kv_width, head * width..(head + 1) * width, 0, (&mut keys, &mut values));
        queries.attend(head, Head { keys: &keys, values: &values, capacity }, visible, &mut out);
    }
    out
}

/// The rows of all query heads that share a key head.
struct Queries<'a> {
    q: &'a [f32],
    shape: &'a BlockShape,
    gathered: Vec<f32>,
    means: Vec<f32>,
}

impl<'a> Queries<'a> {
    fn new(q: &'a [f32], shape: &'a BlockShape) -> Self {
        let len = q.len() / shape.kv_heads;
        Self { q, shape, gathered: vec![0.0; len], means: vec![0.0; len] }
    }

    fn attend(&mut self, kv_head: usize, head: Head<'_>, visible: impl Fn(usize) -> usize + Sync + Send, out: &mut [f32]) {
        let (width, query_width) = (self.shape.head_width, self.shape.query_width());
        let group = self.shape.heads / self.shape.kv_heads;
        let rows = self.gathered.len() / group;
        let columns = |member: usize| (kv_head * group + member) * width..(kv_head * group + member + 1) * width;
        for (member, gathered) in self.gathered.chunks_exact_mut(rows).enumerate() {
            gather(self.q, query_width, columns(member), gathered);
        }
        attend(&self.gathered, head, width, visible, &mut self.means);
        for (member, means) in self.means.chunks_exact(rows).enumerate() {
            scatter(means, query_width, columns(member), out);
        }
    }
}

/// Keys and values of the tokens a model has read, for all its blocks.
#[derive(Debug, Clone)]
pub struct KvCache {
    shape: BlockShape,
    capacity: usize,
    len: usize,
    /// Of each block and head; see [`Head`].
    keys: Vec<Vec<f32>>,
    values: Vec<Vec<f32>>,
}

impl KvCache {
    /// Bytes of a cache of this many tokens.
    pub fn bytes(shape: &BlockShape, blocks: usize, tokens: usize) -> usize {
        let width = shape.head_width + values_len(shape.head_width, 1);
        let floats = tokens.next_multiple_of(LANES).saturating_mul(width * shape.kv_heads);
        floats.saturating_mul(blocks).saturating_mul(size_of::<f32>())
    }

    pub(in crate::backend) fn new(shape: BlockShape, blocks: usize, tokens: usize) -> Self {
        let capacity = tokens.next_multiple_of(LANES);
        let heads = |len| vec![vec![0.0; len]; blocks * shape.kv_heads];
        let (keys, values) = (heads(capacity * shape.head_width), heads(values_len(shape.head_width, capacity)));
        Self { shape, capacity, len: 0, keys, values }
    }

    /// Tokens in it.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether no token is in it.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Tokens that still fit.
    pub fn room(&self) -> usize {
        self.capacity - self.len
    }

    /// Forgets all tokens but the first `len`, so that another text can follow the same beginning.
    pub fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    /// Counts tokens of which every block has seen the keys and values.
    pub(in crate::backend) fn advance(&mut self, tokens: usize) {
        self.len += tokens;
    }

    /// Takes up keys and values of new rows, each of which sees itself and everything before it.
    pub(in crate::backend) fn attend(&mut self, block: usize, q: &[f32], k: &[f32], v: &[f32]) -> Vec<f32> {
        let Self { shape, capacity, len, .. } = *self;
        let (width, kv_width) = (shape.head_width, shape.kv_width());
        let n = k.len() / kv_width;
        let mut out = vec![0.0; q.len()];
        let mut queries = Queries::new(q, &shape);
        for head in 0..shape.kv_heads {
            let (keys, values) = (&mut self.keys[block * shape.kv_heads + head], &mut self.values[block * shape.kv_heads + head]);
            put((k, v), kv_width, head * width..(head + 1) * width, len, (&mut *keys, &mut *values));
            queries.attend(head, Head { keys, values, capacity }, |row| len + row % n + 1, &mut out);
        }
        out
    }
}
