// One row's query of a head over 64 of its keys (Flash-Decoding): each workgroup leaves the highest score, the sum of weights
// and the weighted sum of values of its share, which another kernel joins. The row comes as the product left it: its query
// and key are turned here, and those that have the last share put key and value where later rows find them.

struct Shape {
    heads: u32,
    kv_heads: u32,
    // pairs of a head that turn, its first ones
    turning: u32,
}

@group(0) @binding(1) var<uniform> shape: Shape;
@group(0) @binding(2) var<storage, read> qkv: array<f32>; // (heads + 2 kv_heads, HEAD)
@group(0) @binding(3) var<storage, read> turns: array<vec2f>; // (positions, turning): cosine, sine
@group(0) @binding(4) var<storage, read_write> keys: array<f32>; // (positions, kv_heads, HEAD)
@group(0) @binding(5) var<storage, read_write> values: array<f32>; // (positions, kv_heads, HEAD)
@group(0) @binding(6) var<storage, read_write> parts: array<f32>; // (shares, heads, HEAD + 2): highest, total, sums

const NONE = -3e38;

var<workgroup> query: array<f32, HEAD>;
var<workgroup> own_key: array<f32, HEAD>;
var<workgroup> weights: array<f32, 64>;

// A column of a head of the row, turned.
fn turned(start: u32, d: u32) -> f32 {
    let value = qkv[start + d];
    let place = d / 2u;
    if place >= shape.turning {
        return value;
    }
    let turn = turns[step.position * shape.turning + place];
    if d % 2u == 0u {
        return value * turn.x - qkv[start + d + 1u] * turn.y;
    }
    return qkv[start + d - 1u] * turn.y + value * turn.x;
}

@compute @workgroup_size(64)
fn main(place: Place) {
    let id = place.id;
    let group = place.group;
    let head = group.x;
    let per_kv_head = shape.heads / shape.kv_heads;
    let kv_head = head / per_kv_head;
    let kv_stride = shape.kv_heads * HEAD;
    let first = 64u * group.y;
    // the row's own key and value come last
    let own = step.position;
    let own_key_at = (shape.heads + kv_head) * HEAD;
    let own_value_at = own_key_at + kv_stride;
    let writes = own < first + 64u && head % per_kv_head == 0u;
    for (var d = id; d < HEAD; d += 64u) {
        query[d] = turned(head * HEAD, d);
        own_key[d] = turned(own_key_at, d);
        if writes {
            let at = own * kv_stride + kv_head * HEAD + d;
            keys[at] = own_key[d];
            values[at] = qkv[own_value_at + d];
        }
    }
    workgroupBarrier();
    let position = first + id;
    var score = NONE;
    if position < own {
        let start = position * kv_stride + kv_head * HEAD;
        score = 0.0;
        for (var d = 0u; d < HEAD; d++) {
            score += query[d] * keys[start + d];
        }
        score /= sqrt(f32(HEAD));
    } else if position == own {
        score = 0.0;
        for (var d = 0u; d < HEAD; d++) {
            score += query[d] * own_key[d];
        }
        score /= sqrt(f32(HEAD));
    }
    let highest = max_of_all(score, place);
    var weight = 0.0;
    if position <= own {
        weight = exp(score - highest);
    }
    weights[id] = weight;
    // and the weights of all are there after it
    let total = sum_of_all(weight, place);
    let part = (group.y * shape.heads + head) * (HEAD + 2u);
    if id == 0u {
        parts[part] = highest;
        parts[part + 1u] = total;
    }
    let count = min(64u, own - min(own, first));
    for (var d = id; d < HEAD; d += 64u) {
        var sum = 0.0;
        for (var i = 0u; i < count; i++) {
            sum += weights[i] * values[(first + i) * kv_stride + kv_head * HEAD + d];
        }
        if own < first + 64u {
            sum += weights[own - first] * qkv[own_value_at + d];
        }
        parts[part + 2u + d] = sum;
    }
}
