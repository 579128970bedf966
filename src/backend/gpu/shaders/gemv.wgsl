// Four columns of the product of one row; the invocations share its elements.

var<workgroup> sums: array<vec4f, 64>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3u,
    @builtin(num_workgroups) groups: vec3u,
    @builtin(local_invocation_index) id: u32,
) {
    let column = 4u * (group.y * groups.x + group.x);
    let last = shape.outer - 1u;
    var sum = vec4f();
    for (var quad = id; quad < shape.quads; quad += 64u) {
        let a = x4(0u, quad);
        // rows past the last are not stored
        sum += vec4f(
            dot(a, weights4(min(column, last), quad)),
            dot(a, weights4(min(column + 1u, last), quad)),
            dot(a, weights4(min(column + 2u, last), quad)),
            dot(a, weights4(min(column + 3u, last), quad)),
        );
    }
    sums[id] = sum;
    for (var half = 32u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if id < half {
            sums[id] += sums[id + half];
        }
    }
    if id == 0u && column < shape.outer {
        put4(0u, column, sums[0]);
    }
}
