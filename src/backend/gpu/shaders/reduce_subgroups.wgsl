// Where an invocation is, and what all 64 of a workgroup have together: each subgroup by itself, then one number of each. There
// are 16 subgroups of four invocations, or one of 64 and more.

struct Place {
    @builtin(workgroup_id) group: vec3u,
    @builtin(num_workgroups) groups: vec3u,
    @builtin(local_invocation_index) id: u32,
    @builtin(subgroup_id) subgroup: u32,
    @builtin(num_subgroups) subgroups: u32,
    @builtin(subgroup_invocation_id) lane: u32,
}

var<workgroup> shared_numbers: array<Number, 64>;

fn sum_of_all(mine: Number, place: Place) -> Number {
    let sum = subgroupAdd(mine);
    // the numbers of a reduction before may still be read
    workgroupBarrier();
    if place.lane == 0u {
        shared_numbers[place.subgroup] = sum;
    }
    workgroupBarrier();
    var all = shared_numbers[0];
    for (var i = 1u; i < place.subgroups; i++) {
        all += shared_numbers[i];
    }
    return all;
}

fn max_of_all(mine: Number, place: Place) -> Number {
    let highest = subgroupMax(mine);
    workgroupBarrier();
    if place.lane == 0u {
        shared_numbers[place.subgroup] = highest;
    }
    workgroupBarrier();
    var all = shared_numbers[0];
    for (var i = 1u; i < place.subgroups; i++) {
        all = max(all, shared_numbers[i]);
    }
    return all;
}
