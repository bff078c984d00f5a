// Marks on the globe: a dot at each arc end, sized by the number of ends and shaped by the kind of location; and home.
#import netglobe::view::{view, bell, decode_direction, behind_limb}
#import netglobe::lit::{is_lit}
#import netglobe::great_circle::{towards}

// Mirrors `DotInstance` in src/globe/dots.rs.
struct Dot {
    // Packed direction, colour rgba8, radius in 1/16 px and kind, time of the last event in ms of the arc clock.
    @location(0) data: vec4<u32>,
}

const HOME: u32 = 1u;
const RING: u32 = 2u;
const COUNTRY: u32 = 3u;
const ANYCAST: u32 = 4u;
const UNLIKELY: u32 = 5u;
const IMPOSSIBLE: u32 = 6u;
const LAN: u32 = 7u;
const SHELL: u32 = 8u;
const RIPPLE_MS: f32 = 1500.0;
const FOOT_RADIUS: f32 = 1.001;
const SHELL_ALTITUDE: f32 = 0.15;
// Brightness of a dot of which nothing matches the filter.
const DIMMED: f32 = 0.15686275;
// Alpha per unit of light, so that many overlapping dots keep their colour instead of adding up to white.
const COVERS: f32 = 0.8;

struct DotOut {
    @builtin(position) position: vec4<f32>,
    @location(0) corner: vec2<f32>,
    // Radius in px, radius of the ripple in px, ripple strength, pixels per point. Passed as flat values because a
    // software rasterizer loads uniforms once per pixel.
    @location(1) @interpolate(flat) size: vec4<f32>,
    @location(2) @interpolate(flat) colour: vec3<f32>,
    @location(3) @interpolate(flat) kind: u32,
}

@vertex
fn vertex(@builtin(vertex_index) vertex_index: u32, @builtin(instance_index) slot: u32, dot: Dot) -> DotOut {
    var out: DotOut;
    let matches = is_lit(slot);
    let radius_px = f32(dot.data.z & 0xffffu) * (1.0 / 16.0) * view.px_per_pt;
    out.kind = (dot.data.z >> 16u) & 0xffu;
    var direction = decode_direction(dot.data.x);
    var height = FOOT_RADIUS;
    if out.kind == RING {
        direction = view.home;
        height = 1.0 + view.home_lift;
    } else if out.kind == LAN {
        let angle = view.ring_angle;
        direction = view.home * cos(angle) + towards(view.home, direction) * sin(angle);
        height += view.home_lift;
    } else if out.kind == SHELL {
        height += SHELL_ALTITUDE;
    }
    let point = direction * height;
    let hidden = behind_limb(point);
    let age = f32(view.arc_ms - dot.data.w);
    let ripple = clamp(age / RIPPLE_MS, 0.0, 1.0);
    let ripple_px = radius_px + (10.0 * view.px_per_pt) * ripple;
    let ripple_strength = (1.0 - ripple) * (1.0 - ripple) * select(0.0, 1.0, age < RIPPLE_MS && out.kind != HOME && out.kind != RING);
    let is_marked = out.kind >= ANYCAST && out.kind <= IMPOSSIBLE;
    let around_px = select(0.0, radius_px + 5.5 * view.px_per_pt, is_marked);
    let extent = max(max(radius_px * 2.6, around_px), select(0.0, ripple_px, ripple_strength > 0.0)) + 1.5;
    out.corner = (vec2<f32>(f32(vertex_index & 1u), f32(vertex_index >> 1u)) * 2.0 - 1.0) * extent;
    let clip = view.clip_from_world * vec4<f32>(point, 1.0);
    out.position = vec4<f32>(clip.xy + out.corner * 2.0 / view.size_px * clip.w, 0.5 * clip.w, clip.w);
    out.size = vec4<f32>(radius_px, ripple_px, ripple_strength, view.px_per_pt);
    let colour = unpack4x8unorm(dot.data.y);
    out.colour = colour.rgb * colour.rgb * (colour.a * select(DIMMED, 1.0, matches) * view.dot_light * (1.0 - smoothstep(-0.003, 0.004, hidden)));
    if radius_px <= 0.0 || hidden > 0.004 || (view.hides_rest != 0u && !matches) {
        out.position = vec4<f32>(2.0, 2.0, 2.0, 1.0);
    }
    return out;
}

// A line, one stroke wide, where `distance` is 0.
fn stroke(distance: f32, u: f32) -> f32 {
    return clamp(0.6 * u + 0.5 - abs(distance), 0.0, 1.0);
}

@fragment
fn fragment(in: DotOut) -> @location(0) vec4<f32> {
    let d = length(in.corner);
    let r = in.size.x;
    let u = in.size.w;
    let x = d / (r * 1.2 + 0.5);
    let glow = bell(x * x);
    var light = clamp(r + 0.5 - d, 0.0, 1.0) * 0.95 + glow * 0.45;
    if in.kind == HOME || in.kind == RING {
        // Known home: a core inside a ring. Unknown home: only the ring.
        let ring = clamp(0.9 * u + 0.5 - abs(d - r * 1.9), 0.0, 1.0) * 0.8;
        light = ring + select(0.0, clamp(r * 0.75 + 0.5 - d, 0.0, 1.0), in.kind == HOME) + glow * 0.45;
    } else if in.kind == COUNTRY {
        // The exact position is unknown, so draw a glow without a core.
        let wide = d / (r * 1.1 + 0.8 * u);
        light = bell(wide * wide) * 0.5;
    } else if in.kind == LAN {
        light = clamp(r * 1.2 + 0.5 - abs(in.corner.x) - abs(in.corner.y), 0.0, 1.0) * 0.9 + glow * 0.3;
    } else if in.kind == SHELL {
        light = stroke(d - r, u) * 0.9 + glow * 0.15;
    } else if in.kind == ANYCAST {
        // Eight small dots around it, for a peer that may be here or in one of many other places. cos(4 * angle)
        // changes sign in eight sectors.
        let c = in.corner.x * in.corner.x / max(d * d, 1e-3);
        let sectors = 8.0 * c * c - 8.0 * c + 1.0;
        light += clamp(1.0 * u + 0.5 - abs(d - r - 3.2 * u), 0.0, 1.0) * smoothstep(0.35, 0.75, abs(sectors)) * 0.9;
    } else if in.kind >= UNLIKELY {
        // A ring with a gap at the upper right; crossed out if the location is impossible.
        let along = (in.corner.x + in.corner.y) * 0.70710678;
        let beside = (in.corner.x - in.corner.y) * 0.70710678;
        let gap = smoothstep(1.2 * u, 2.2 * u, abs(beside) + 10.0 * max(-along, 0.0));
        light += stroke(d - r - 3.2 * u, u) * gap;
        let strike = stroke(beside, u) * clamp(r + 5.0 * u - abs(along), 0.0, 1.0);
        light += select(0.0, strike, in.kind == IMPOSSIBLE);
    }
    light += clamp(0.7 * u + 0.5 - abs(d - in.size.y), 0.0, 1.0) * in.size.z * 0.6;
    let shown = in.colour * light;
    return vec4<f32>(shown, min(max(max(shown.r, shown.g), shown.b) * COVERS, 1.0));
}
