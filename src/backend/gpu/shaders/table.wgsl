// What the kernels of embeddings share: a table whose rows are looked up.

struct Shape {
    // columns of the table
    inner: u32,
    // the same in fours, rounded up
    quads: u32,
    // rows of this slab of the table
    outer: u32,
    // rows of the slabs before it
    first: u32,
    // columns of out
    stride: u32,
    // column of out where a mean goes
    mean_at: u32,
    // columns where rows of the first and the last item go, if ENDS
    first_at: u32,
    last_at: u32,
}

@group(0) @binding(1) var<uniform> shape: Shape;
@group(0) @binding(2) var<storage, read> items: array<u32>; // (all items), or (rows)
@group(0) @binding(3) var<storage, read> words: array<u32>; // (outer, words of a row)
@group(0) @binding(4) var<storage, read> scales: array<f32>; // (outer, groups), an offset after each scale if OFFSETS
@group(0) @binding(5) var<storage, read_write> out: array<f32>; // (rows, stride)

fn put4(row: u32, column: u32, quad: u32, found: vec4f) {
    for (var i = 0u; i < 4u; i++) {
        if 4u * quad + i < shape.inner {
            out[row * shape.stride + column + 4u * quad + i] = found[i];
        }
    }
}
