// Turns the pairs of queries and keys, and puts keys and values where attention finds them; an invocation a pair.

struct Shape {
    query_width: u32,
    kv_width: u32,
    head_width: u32,
    // pairs of a head that turn, its first ones
    turning: u32,
}

@group(0) @binding(1) var<uniform> shape: Shape;
@group(0) @binding(2) var<storage, read> qkv: array<f32>; // (rows, query_width + 2 kv_width)
@group(0) @binding(3) var<storage, read> turns: array<vec2f>; // (positions, turning): cosine, sine
@group(0) @binding(4) var<storage, read_write> queries: array<f32>; // (rows, query_width)
@group(0) @binding(5) var<storage, read_write> keys: array<f32>; // (positions, kv_width)
@group(0) @binding(6) var<storage, read_write> values: array<f32>; // (positions, kv_width)

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) id: u32) {
    let width = shape.query_width + 2u * shape.kv_width;
    let row = group.y;
    let position = step.position + row;
    // heads are whole pairs, and so are queries, keys and values
    let column = 2u * (64u * group.x + id);
    if column >= width {
        return;
    }
    var pair = vec2f(qkv[row * width + column], qkv[row * width + column + 1u]);
    let place = (column % shape.head_width) / 2u;
    if place < shape.turning && column < shape.query_width + shape.kv_width {
        let turn = turns[position * shape.turning + place];
        pair = vec2f(pair.x * turn.x - pair.y * turn.y, pair.x * turn.y + pair.y * turn.x);
    }
    if column < shape.query_width {
        let at = row * shape.query_width + column;
        queries[at] = pair.x;
        queries[at + 1u] = pair.y;
    } else if column < shape.query_width + shape.kv_width {
        let at = position * shape.kv_width + column - shape.query_width;
        keys[at] = pair.x;
        keys[at + 1u] = pair.y;
    } else {
        let at = position * shape.kv_width + column - shape.query_width - shape.kv_width;
        values[at] = pair.x;
        values[at + 1u] = pair.y;
    }
}
