// Where an invocation is, and what all 64 of a workgroup have together, by halves.

struct Place {
    @builtin(workgroup_id) group: vec3u,
    @builtin(num_workgroups) groups: vec3u,
    @builtin(local_invocation_index) id: u32,
}

var<workgroup> shared_numbers: array<Number, 64>;

fn sum_of_all(mine: Number, place: Place) -> Number {
    // the numbers of a reduction before may still be read
    workgroupBarrier();
    shared_numbers[place.id] = mine;
    for (var half = 32u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if place.id < half {
            shared_numbers[place.id] += shared_numbers[place.id + half];
        }
    }
    workgroupBarrier();
    return shared_numbers[0];
}

fn max_of_all(mine: Number, place: Place) -> Number {
    workgroupBarrier();
    shared_numbers[place.id] = mine;
    for (var half = 32u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if place.id < half {
            shared_numbers[place.id] = max(shared_numbers[place.id], shared_numbers[place.id + half]);
        }
    }
    workgroupBarrier();
    return shared_numbers[0];
}
