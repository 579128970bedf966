// Four columns of the product of one row; the invocations share its elements.

@compute @workgroup_size(64)
fn main(place: Place) {
    let column = 4u * (place.group.y * place.groups.x + place.group.x);
    let last = shape.outer - 1u;
    var sum = vec4f();
    for (var quad = place.id; quad < shape.quads; quad += 64u) {
        let a = x4(0u, quad);
        // rows past the last are not stored
        sum += vec4f(
            dot(a, weights4(min(column, last), quad)),
            dot(a, weights4(min(column + 1u, last), quad)),
            dot(a, weights4(min(column + 2u, last), quad)),
            dot(a, weights4(min(column + 3u, last), quad)),
        );
    }
    let all = sum_of_all(sum, place);
    if place.id == 0u && column < shape.outer {
        put4(0u, column, all);
    }
}
