// Eight queries of one head over its keys, a tile of KEYS at a time, with a running maximum and sum (FlashAttention, arXiv
// 2205.14135), so that memory does not grow with the keys. Eight invocations share a query.

struct Shape {
    heads: u32,
    kv_heads: u32,
}

@group(0) @binding(1) var<uniform> shape: Shape;
@group(0) @binding(2) var<storage, read> queries: array<f32>; // (rows, heads, HEAD)
@group(0) @binding(3) var<storage, read> keys: array<f32>; // (positions, kv_heads, HEAD)
@group(0) @binding(4) var<storage, read> values: array<f32>; // (positions, kv_heads, HEAD)
@group(0) @binding(5) var<storage, read_write> out: array<f32>; // (rows, heads, HEAD)

// a column more than there are spreads rows over the banks of memory
const STRIDE = HEAD + 1u;
// columns of a query that one invocation sums up
const SHARE = (HEAD + 7u) / 8u;
const NONE = -3e38;

var<workgroup> query_tile: array<f32, 8u * STRIDE>;
var<workgroup> tile: array<f32, KEYS * STRIDE>; // keys, then values
var<workgroup> scores: array<f32, 8u * KEYS>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) id: u32) {
    let head = group.x;
    let kv_head = head / (shape.heads / shape.kv_heads);
    let kv_stride = shape.kv_heads * HEAD;
    let first = 8u * group.y;
    let query = id / 8u;
    let lane = id % 8u;
    let row = first + query;
    // keys that the last row of the tile sees, and those that this row sees
    var end = step.rows;
    var visible = step.rows;
    if CAUSAL {
        end = step.position + min(first + 8u, step.rows);
        visible = min(step.position + row + 1u, end);
    }
    for (var i = id; i < 8u * HEAD; i += 64u) {
        let from_row = first + i / HEAD;
        var value = 0.0;
        if from_row < step.rows {
            value = queries[(from_row * shape.heads + head) * HEAD + i % HEAD];
        }
        query_tile[i / HEAD * STRIDE + i % HEAD] = value;
    }
    var highest = NONE;
    var total = 0.0;
    var sums = array<f32, SHARE>();
    for (var start = 0u; start < end; start += KEYS) {
        let count = min(KEYS, end - start);
        for (var i = id; i < count * HEAD; i += 64u) {
            tile[i / HEAD * STRIDE + i % HEAD] = keys[(start + i / HEAD) * kv_stride + kv_head * HEAD + i % HEAD];
        }
        workgroupBarrier();
        for (var key = lane; key < KEYS; key += 8u) {
            var score = NONE;
            if key < count && start + key < visible {
                score = 0.0;
                for (var d = 0u; d < HEAD; d++) {
                    score += query_tile[query * STRIDE + d] * tile[key * STRIDE + d];
                }
                score /= sqrt(f32(HEAD));
            }
            scores[query * KEYS + key] = score;
        }
        workgroupBarrier();
        for (var i = id; i < count * HEAD; i += 64u) {
            tile[i / HEAD * STRIDE + i % HEAD] = values[(start + i / HEAD) * kv_stride + kv_head * HEAD + i % HEAD];
        }
        var top = highest;
        for (var key = 0u; key < count; key++) {
            top = max(top, scores[query * KEYS + key]);
        }
        let shrink = exp(highest - top);
        highest = top;
        total *= shrink;
        for (var i = 0u; i < SHARE; i++) {
            sums[i] *= shrink;
        }
        workgroupBarrier();
        for (var key = 0u; key < count; key++) {
            if start + key < visible {
                let weight = exp(scores[query * KEYS + key] - top);
                total += weight;
                for (var i = 0u; i < SHARE; i++) {
                    // past the last column lies a neighbour's value, whose sum is not stored
                    sums[i] += weight * tile[min(key * STRIDE + lane + 8u * i, KEYS * STRIDE - 1u)];
                }
            }
        }
        workgroupBarrier();
    }
    if row < step.rows {
        for (var i = 0u; i < SHARE; i++) {
            if lane + 8u * i < HEAD {
                out[(row * shape.heads + head) * HEAD + lane + 8u * i] = sums[i] / total;
            }
        }
    }
}
