struct Place {
    @builtin(workgroup_id) group: vec3u,
    @builtin(local_invocation_index) id: u32,
}

var<workgroup> shared_parts: array<Part, 64>;

// What is known of the parts of all invocations.
fn merged_by_all(mine: Part, place: Place) -> Part {
    shared_parts[place.id] = mine;
    for (var half = 32u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if place.id < half {
            shared_parts[place.id] = merged(shared_parts[place.id], shared_parts[place.id + half]);
        }
    }
    workgroupBarrier();
    return shared_parts[0];
}
