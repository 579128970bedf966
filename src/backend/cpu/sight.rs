//! Which rows of a pass see which: all of them, only earlier ones, and through a cache those of passes before.

use super::attention::{Head, LANES, attend, gather, scatter, transpose};
use crate::model::BlockShape;

/// Every row sees every row.
pub fn both_ways(q: &[f32], k: &[f32], v: &[f32], shape: &BlockShape) -> Vec<f32> {
    let n = k.len() / shape.kv_width();
    grouped(q, k, v, shape, n, 1, |_| n)
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
        out.extend(grouped(q, &k[kv.clone()], &v[kv], shape, n.next_multiple_of(LANES), LANES, visible));
        start = end;
    }
    out
}

/// Attention over the rows' own keys and values, padded with zeros to `padded` keys. Rows of `visible` are those of the first
/// query head of a key head, then those of the next.
fn grouped(
    q: &[f32],
    k: &[f32],
    v: &[f32],
    shape: &BlockShape,
    padded: usize,
    lanes: usize,
    visible: impl Fn(usize) -> usize + Copy + Sync + Send,
) -> Vec<f32> {
    let (width, kv_width) = (shape.head_width, shape.kv_width());
    let mut out = vec![0.0; q.len()];
    let mut keys = vec![0.0; padded.next_multiple_of(2) * width];
    let mut values = vec![0.0; padded * width];
    let mut queries = Queries::new(q, shape);
    for head in 0..shape.kv_heads {
        let columns = head * width..(head + 1) * width;
        gather(k, kv_width, columns.clone(), &mut keys);
        transpose(v, kv_width, columns, &mut values, padded);
        queries.attend(head, Head { keys: &keys, values: &values, stride: padded }, lanes, visible, &mut out);
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

    fn attend(
        &mut self,
        kv_head: usize,
        head: Head<'_>,
        lanes: usize,
        visible: impl Fn(usize) -> usize + Sync + Send,
        out: &mut [f32],
    ) {
        let (width, query_width) = (self.shape.head_width, self.shape.query_width());
        let group = self.shape.heads / self.shape.kv_heads;
        let rows = self.gathered.len() / group;
        let columns = |member: usize| (kv_head * group + member) * width..(kv_head * group + member + 1) * width;
        for (member, gathered) in self.gathered.chunks_exact_mut(rows).enumerate() {
            gather(self.q, query_width, columns(member), gathered);
        }
        attend(&self.gathered, head, width, lanes, visible, &mut self.means);
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
    /// Keys of each block and head `[capacity, width]`, then the values, transposed.
    keys: Vec<Vec<f32>>,
    values: Vec<Vec<f32>>,
}

impl KvCache {
    /// Bytes of a cache of this many tokens.
    pub fn bytes(shape: &BlockShape, blocks: usize, tokens: usize) -> usize {
        let floats = tokens.next_multiple_of(LANES).saturating_mul(2 * shape.kv_width());
        floats.saturating_mul(blocks).saturating_mul(size_of::<f32>())
    }

    pub(in crate::backend) fn new(shape: BlockShape, blocks: usize, tokens: usize) -> Self {
        let capacity = tokens.next_multiple_of(LANES);
        let heads = vec![vec![0.0; capacity * shape.head_width]; blocks * shape.kv_heads];
        Self { shape, capacity, len: 0, values: heads.clone(), keys: heads }
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
            let columns = head * width..(head + 1) * width;
            gather(k, kv_width, columns.clone(), &mut keys[len * width..]);
            transpose(v, kv_width, columns, &mut values[len..], capacity);
            let head_kv = Head { keys, values, stride: capacity };
            queries.attend(head, head_kv, LANES, |row| len + row % n + 1, &mut out);
        }
        out
    }
}
