// Stars: points fixed in the sky, generated from the instance index.
#import netglobe::view::view

struct StarOut {
    @builtin(position) position: vec4<f32>,
    // Offset from the middle; the light ends at a length of 1.
    @location(0) corner: vec2<f32>,
    @location(1) colour: vec3<f32>,
}

fn hash(x: u32) -> u32 {
    var h = x * 747796405u + 2891336453u;
    h = ((h >> ((h >> 28u) + 4u)) ^ h) * 277803737u;
    return (h >> 22u) ^ h;
}

fn unit(x: u32) -> f32 {
    return f32(x >> 8u) / 16777216.0;
}

@vertex
fn vertex(@builtin(vertex_index) vertex_index: u32, @builtin(instance_index) star: u32) -> StarOut {
    let h1 = hash(star * 3u + 1u);
    let h2 = hash(h1);
    let h3 = hash(h2);
    let z = unit(h1) * 2.0 - 1.0;
    let angle = unit(h2) * 6.2831853;
    let ring = sqrt(1.0 - z * z);
    let direction = vec3<f32>(ring * cos(angle), z, ring * sin(angle));
    var out: StarOut;
    let clip = view.clip_from_world * vec4<f32>(view.eye + direction * 50.0, 1.0);
    // A few bright stars, many faint ones.
    let magnitude = pow(unit(h3), 5.0);
    let radius_px = (0.55 + 0.75 * magnitude) * view.px_per_pt;
    out.corner = vec2<f32>(f32(vertex_index & 1u), f32(vertex_index >> 1u)) * 2.0 - 1.0;
    let offset = out.corner * (radius_px + 0.7 * view.px_per_pt) * 2.0 / view.size_px;
    out.position = vec4<f32>(clip.xy + offset * clip.w, 0.5 * clip.w, clip.w);
    out.corner *= (radius_px + 0.7 * view.px_per_pt) * 0.62 / view.px_per_pt;
    let tint = mix(vec3<f32>(0.75, 0.85, 1.0), vec3<f32>(1.0, 0.9, 0.78), unit(hash(h3)));
    out.colour = tint * (0.05 + 0.55 * magnitude);
    if clip.w < 0.1 {
        out.position = vec4<f32>(2.0, 2.0, 2.0, 1.0);
    }
    return out;
}

@fragment
fn fragment(in: StarOut) -> @location(0) vec4<f32> {
    let fall = max(1.0 - length(in.corner), 0.0);
    return vec4<f32>(in.colour * fall * fall, 0.0);
}
