// Round marks on the globe: a dot where arcs end, sized by how many end there, and the mark of home.
#import netglobe::view::{view, decode_direction, behind_limb}

// Mirrors `DotInstance` in src/globe/dots.rs.
struct Dot {
    // Packed direction, colour rgba8, radius in 1/16 px and kind, time of the last event in ms of the arc clock.
    @location(0) data: vec4<u32>,
}

const HOME: u32 = 1u;
const RING: u32 = 2u;
const RIPPLE_MS: f32 = 1500.0;

struct DotOut {
    @builtin(position) position: vec4<f32>,
    @location(0) corner: vec2<f32>,
    // Radius in px, radius of the ripple in px, its strength.
    @location(1) size: vec3<f32>,
    @location(2) colour: vec3<f32>,
    @location(3) @interpolate(flat) kind: u32,
}

@vertex
fn vertex(@builtin(vertex_index) vertex_index: u32, dot: Dot) -> DotOut {
    var out: DotOut;
    let radius_px = f32(dot.data.z & 0xffffu) * (1.0 / 16.0) * view.viewport.w;
    out.kind = (dot.data.z >> 16u) & 0xffu;
    var direction = decode_direction(dot.data.x);
    var height = 1.001;
    if out.kind == RING {
        direction = normalize(view.eye.xyz);
        height = 1.12;
    }
    let point = direction * height;
    let hidden = behind_limb(point);
    let age = f32(view.clock.x - dot.data.w);
    let ripple = clamp(age / RIPPLE_MS, 0.0, 1.0);
    let ripple_px = radius_px + (10.0 * view.viewport.w) * ripple;
    let ripple_strength = (1.0 - ripple) * (1.0 - ripple) * select(0.0, 1.0, age < RIPPLE_MS && out.kind == 0u);
    let extent = max(radius_px * 2.6, select(0.0, ripple_px, ripple_strength > 0.0)) + 1.5;
    out.corner = (vec2<f32>(f32(vertex_index & 1u), f32(vertex_index >> 1u)) * 2.0 - 1.0) * extent;
    let clip = view.clip_from_world * vec4<f32>(point, 1.0);
    out.position = vec4<f32>(clip.xy + out.corner * 2.0 / view.viewport.xy * clip.w, 0.5 * clip.w, clip.w);
    out.size = vec3<f32>(radius_px, ripple_px, ripple_strength);
    let colour = unpack4x8unorm(dot.data.y);
    out.colour = colour.rgb * colour.rgb * (colour.a * view.marks.x * (1.0 - smoothstep(-0.003, 0.004, hidden)));
    if radius_px <= 0.0 || hidden > 0.004 {
        out.position = vec4<f32>(2.0, 2.0, 2.0, 1.0);
    }
    return out;
}

@fragment
fn fragment(in: DotOut) -> @location(0) vec4<f32> {
    let d = length(in.corner);
    let r = in.size.x;
    let u = view.viewport.w;
    var light = clamp(r + 0.5 - d, 0.0, 1.0) * 0.95;
    if in.kind != 0u {
        // Home: a core inside a ring. No home: the ring alone.
        let ring = clamp(0.9 * u + 0.5 - abs(d - r * 1.9), 0.0, 1.0) * 0.8;
        light = ring + select(0.0, clamp(r * 0.75 + 0.5 - d, 0.0, 1.0), in.kind == HOME);
    }
    let x = d / (r * 1.2 + 0.5);
    light += exp(-x * x) * 0.45;
    light += clamp(0.7 * u + 0.5 - abs(d - in.size.y), 0.0, 1.0) * in.size.z * 0.6;
    return vec4<f32>(in.colour * light, 0.0);
}
