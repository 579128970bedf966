// A tile of 32 rows by 32 columns of the product, 4 by 4 in each invocation. Weights are turned to floats once a tile.

var<workgroup> x_tile: array<vec4f, 256>; // (inner 32, rows / 4)
var<workgroup> w_tile: array<vec4f, 256>; // (inner 32, columns / 4)

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) id: u32) {
    let high = id / 8u;
    let low = id % 8u;
    let first_row = 32u * group.y;
    let first_column = 32u * group.x;
    let last = shape.outer - 1u;
    var sums = array<vec4f, 4>();
    for (var quad = 0u; quad < shape.quads; quad += 8u) {
        // four rows by four columns each, transposed
        let row = first_row + 4u * high;
        let x_block = transpose(mat4x4f(
            x4(row, quad + low),
            x4(row + 1u, quad + low),
            x4(row + 2u, quad + low),
            x4(row + 3u, quad + low),
        ));
        var w_block = mat4x4f();
        if quad + low < shape.quads {
            // rows past the last are not stored
            let column = first_column + 4u * high;
            w_block = transpose(mat4x4f(
                weights4(min(column, last), quad + low),
                weights4(min(column + 1u, last), quad + low),
                weights4(min(column + 2u, last), quad + low),
                weights4(min(column + 3u, last), quad + low),
            ));
        }
        for (var i = 0u; i < 4u; i++) {
            x_tile[8u * (4u * low + i) + high] = x_block[i];
            w_tile[8u * (4u * low + i) + high] = w_block[i];
        }
        workgroupBarrier();
        for (var k = 0u; k < 32u; k++) {
            let a = x_tile[8u * k + high];
            let b = w_tile[8u * k + low];
            sums[0] += a.x * b;
            sums[1] += a.y * b;
            sums[2] += a.z * b;
            sums[3] += a.w * b;
        }
        workgroupBarrier();
    }
    for (var i = 0u; i < 4u; i++) {
        let row = first_row + 4u * high + i;
        if row < step.rows {
            put4(row, first_column + 4u * low, sums[i]);
        }
    }
}
