// A tile of 32 rows by 32 columns of the product, 4 by 4 in each invocation, in integers. Each 32 elements of a row of x are
// rounded to -LARGEST to LARGEST times a scale, and cut into a high and a low byte, 256 high + low, both signed: two products of
// four bytes each are four of sixteen bits with eight. Sums of a group are exact.

const LARGEST = 32639.0; // 127 in both bytes
const LEAST = 1e-33; // below that integers would be over 32 bits when they are rounded
const GROUPS = 8u / GROUP_QUADS; // with a scale each: one or two

var<workgroup> x_high: array<u32, 256>; // (quads 8, rows 32)
var<workgroup> x_low: array<u32, 256>;
var<workgroup> x_scales: array<f32, 32>; // (rows)
var<workgroup> x_sums: array<f32, 64>; // (groups, rows): of integers, exact
var<workgroup> w_tile: array<u32, 256>; // (quads 8, columns 32)
var<workgroup> w_scales: array<f32, 64>; // (groups, columns)
var<workgroup> w_offsets: array<f32, 64>;

// 32 elements of a row to place `at`.
fn round_x(row: u32, quad: u32, at: u32) {
    var block = array<vec4f, 8>();
    var most = vec4u();
    for (var i = 0u; i < 8u; i++) {
        block[i] = x4(row, quad + i);
        // numbers without sign are ordered as their bits are; infinity and what is no number come last and so get a scale
        // that is none
        most = max(most, bitcast<vec4u>(block[i]) & vec4u(0x7fffffffu));
    }
    let largest = bitcast<f32>(max(max(most.x, most.y), max(most.z, most.w)));
    let inverse = select(0.0, LARGEST / largest, largest > LEAST);
    var sum = vec4i();
    for (var i = 0u; i < 8u; i++) {
        let whole = vec4i(round(block[i] * inverse));
        let low = ((whole + 128) & vec4i(255)) - 128;
        x_high[32u * i + at] = pack4xI8((whole - low) >> vec4u(8u));
        x_low[32u * i + at] = pack4xI8(low);
        sum += whole;
        if i % GROUP_QUADS == GROUP_QUADS - 1u {
            x_sums[32u * (i / GROUP_QUADS) + at] = f32(sum.x + sum.y + sum.z + sum.w);
            sum = vec4i();
        }
    }
    x_scales[at] = largest / LARGEST;
}

// 32 quants of a row of weights to place `at`, with their scales.
fn load_w(row: u32, quad: u32, at: u32) {
    for (var i = 0u; i < 8u; i++) {
        w_tile[32u * i + at] = quants4(row, quad + i);
    }
    for (var i = 0u; i < GROUPS; i++) {
        let group = (row * shape.quads + quad) / GROUP_QUADS + i;
        if OFFSETS {
            w_scales[32u * i + at] = scales[2u * group];
            w_offsets[32u * i + at] = scales[2u * group + 1u];
        } else {
            w_scales[32u * i + at] = scales[group];
        }
    }
}

// Of four bytes with those of four columns.
fn dots(x: u32, w: vec4u) -> vec4i {
    return vec4i(dot4I8Packed(x, w.x), dot4I8Packed(x, w.y), dot4I8Packed(x, w.z), dot4I8Packed(x, w.w));
}

// What a group adds to a row's four products.
fn scaled(high: vec4i, low: vec4i, row: u32, group: u32, scale: vec4f, offset: vec4f) -> vec4f {
    let x_sum = x_sums[32u * group + row];
    // ZERO times the sum of a group's integers is exact as well
    let whole = 256 * high + low - i32(ZERO) * i32(x_sum);
    return x_scales[row] * (vec4f(whole) * scale + x_sum * offset);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) id: u32) {
    let row = 4u * (id / 8u);
    let column = 4u * (id % 8u);
    let first_row = 32u * group.y;
    let first_column = 32u * group.x;
    var sums = array<vec4f, 4>();
    for (var quad = 0u; quad < shape.quads; quad += 8u) {
        if id < 32u {
            round_x(first_row + id, quad, id);
        } else {
            // rows past the last are not stored
            load_w(min(first_column + id - 32u, shape.outer - 1u), quad, id - 32u);
        }
        workgroupBarrier();
        for (var g = 0u; g < GROUPS; g++) {
            var high = array<vec4i, 4>();
            var low = array<vec4i, 4>();
            for (var i = g * GROUP_QUADS; i < (g + 1u) * GROUP_QUADS; i++) {
                let w_at = 32u * i + column;
                let x_at = 32u * i + row;
                let w = vec4u(w_tile[w_at], w_tile[w_at + 1u], w_tile[w_at + 2u], w_tile[w_at + 3u]);
                high[0] += dots(x_high[x_at], w);
                high[1] += dots(x_high[x_at + 1u], w);
                high[2] += dots(x_high[x_at + 2u], w);
                high[3] += dots(x_high[x_at + 3u], w);
                low[0] += dots(x_low[x_at], w);
                low[1] += dots(x_low[x_at + 1u], w);
                low[2] += dots(x_low[x_at + 2u], w);
                low[3] += dots(x_low[x_at + 3u], w);
            }
            let at = 32u * g + column;
            let scale = vec4f(w_scales[at], w_scales[at + 1u], w_scales[at + 2u], w_scales[at + 3u]);
            var offset = vec4f();
            if OFFSETS {
                offset = vec4f(w_offsets[at], w_offsets[at + 1u], w_offsets[at + 2u], w_offsets[at + 3u]);
            }
            sums[0] += scaled(high[0], low[0], row, g, scale, offset);
            sums[1] += scaled(high[1], low[1], row + 1u, g, scale, offset);
            sums[2] += scaled(high[2], low[2], row + 2u, g, scale, offset);
            sums[3] += scaled(high[3], low[3], row + 3u, g, scale, offset);
        }
        workgroupBarrier();
    }
    for (var i = 0u; i < 4u; i++) {
        if first_row + row + i < step.rows {
            put4(first_row + row + i, first_column + column, sums[i]);
        }
    }
}
