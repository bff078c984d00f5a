// Great circles and the arcs above them. Mirrors src/geodesy/{great_circle,arc}.rs; a test compares them.
#define_import_path netglobe::great_circle

fn central_angle(a: vec3<f32>, b: vec3<f32>) -> f32 {
    return atan2(length(cross(a, b)), dot(a, b));
}

// Unit vector perpendicular to a, in the plane of a and b; in any plane if they are equal or antipodal.
fn towards(a: vec3<f32>, b: vec3<f32>) -> vec3<f32> {
    let along = b - a * dot(a, b);
    let length_sq = dot(along, along);
    if length_sq > 1e-10 {
        return along * inverseSqrt(length_sq);
    }
    let axis = select(vec3<f32>(1.0, 0.0, 0.0), vec3<f32>(0.0, 1.0, 0.0), abs(a.y) < 0.9);
    return normalize(axis - a * dot(a, axis));
}

// Altitude to add to an arc at t if its start or end is above the ground.
fn lift_altitude(t: f32, at_start: f32, at_end: f32) -> f32 {
    return at_start * (1.0 - t) * (1.0 - t) + at_end * t * (2.0 - t);
}

// Centre of the loop that leaves a in direction `toward`, perpendicular to a; `radius` is the cosine and sine of its radius.
fn loop_middle(a: vec3<f32>, toward: vec3<f32>, radius: vec2<f32>) -> vec3<f32> {
    return a * radius.x + toward * radius.y;
}

fn apex_altitude(omega: f32) -> f32 {
    return 0.012 + 0.070 * omega + 0.020 * omega * omega;
}
