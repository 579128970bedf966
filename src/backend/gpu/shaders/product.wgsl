// What the kernels of matrix products share: out = x times the transpose of the weights, and what follows that.

struct Shape {
    // columns of x and of the weights
    inner: u32,
    // the same in fours, rounded up
    quads: u32,
    // rows of this slab of weights
    outer: u32,
    // rows of the slabs before it
    first: u32,
    // columns of out
    stride: u32,
}

@group(0) @binding(1) var<uniform> shape: Shape;
@group(0) @binding(3) var<storage, read> words: array<u32>; // (outer, words of a row)
@group(0) @binding(4) var<storage, read> scales: array<f32>; // (outer, groups), an offset after each scale if OFFSETS
@group(0) @binding(5) var<storage, read> bias: array<f32>; // (stride)
@group(0) @binding(6) var<storage, read_write> out: array<f32>; // (rows, stride)

fn silu(x: f32) -> f32 {
    // beyond that the exponential is no number
    return x / (1.0 + exp(min(-x, 80.0)));
}

fn put(row: u32, column: u32, product: f32) {
    let at = row * shape.stride + shape.first + column;
    var y = product;
    if BIAS {
        y += bias[shape.first + column];
    }
    if SILU {
        y = silu(y);
    }
    if ADD {
        y += out[at];
    }
    out[at] = y;
}

// Four neighbouring columns, from `column` on. If SWIGLU, gates and ups take turns.
fn put4(row: u32, column: u32, products: vec4f) {
    if SWIGLU {
        let at = row * shape.stride + (shape.first + column) / 2u;
        if column < shape.outer {
            out[at] = silu(products.x) * products.y;
        }
        if column + 2u < shape.outer {
            out[at + 1u] = silu(products.z) * products.w;
        }
        return;
    }
    for (var i = 0u; i < 4u; i++) {
        if column + i < shape.outer {
            put(row, column + i, products[i]);
        }
    }
}
