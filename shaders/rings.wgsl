// Circles on the sphere, one strip each: accuracy of a location, the LAN ring, the ring of the shell above the pole.
#import netglobe::view::{view, decode_direction, behind_limb}

// Mirrors `RingInstance` in src/globe/rings.rs.
struct Ring {
    // Packed centre, colour rgba8, radius in 1/65535 of half a turn and kind, 1 if it is hovered or selected.
    @location(0) data: vec4<u32>,
}

const ACCURACY: u32 = 1u;
const LAN: u32 = 2u;
const SHELL: u32 = 3u;
// Segments of a circle; RING_CORNERS in src/globe/rings.rs.
const CORNERS: u32 = 64u;
const FOOT_RADIUS: f32 = 1.001;
const SHELL_ALTITUDE: f32 = 0.15;
// Circles of up to UNSEEN_PT are invisible; those of SEEN_PT or more have full strength.
const UNSEEN_PT: f32 = 6.0;
const SEEN_PT: f32 = 14.0;

struct RingOut {
    @builtin(position) position: vec4<f32>,
    @location(0) colour: vec3<f32>,
    // Pixels from the centre line; half width in pixels.
    @location(1) across: vec2<f32>,
    // Number of dashes so far.
    @location(2) along: f32,
    @location(3) hidden: f32,
}

@vertex
fn vertex(@builtin(vertex_index) vertex_index: u32, ring: Ring) -> RingOut {
    let kind = (ring.data.z >> 16u) & 0xffu;
    var middle = decode_direction(ring.data.x);
    var angle = f32(ring.data.z & 0xffffu) * (3.14159265 / 65535.0);
    var height = FOOT_RADIUS;
    var dashes = 0.0;
    if kind == LAN {
        middle = view.home;
        angle = view.ring_angle;
        height += view.home_lift;
        dashes = 24.0;
    } else if kind == SHELL {
        height += SHELL_ALTITUDE;
        dashes = 40.0;
    }
    let axis = select(vec3<f32>(1.0, 0.0, 0.0), vec3<f32>(0.0, 1.0, 0.0), abs(middle.y) < 0.9);
    let right = normalize(cross(axis, middle));
    let ahead = cross(middle, right);
    let share = f32(vertex_index >> 1u) / f32(CORNERS);
    let side = f32(vertex_index & 1u) * 2.0 - 1.0;
    let turn = share * 6.2831853;
    let outward = right * cos(turn) + ahead * sin(turn);
    let point = (middle * cos(angle) + outward * sin(angle)) * height;
    let tangent = ahead * cos(turn) - right * sin(turn);

    let clip = view.clip_from_world * vec4<f32>(point, 1.0);
    let next = view.clip_from_world * vec4<f32>(point + tangent * 0.002, 1.0);
    let half_viewport = view.size_px * 0.5;
    let step_px = (next.xy / next.w - clip.xy / clip.w) * half_viewport;
    let normal_px = vec2<f32>(-step_px.y, step_px.x) / max(length(step_px), 1e-6);
    let half_width = 0.55 * view.px_per_pt;
    let extent = half_width + 0.75;

    var out: RingOut;
    out.position = vec4<f32>(clip.xy + normal_px * (side * extent) / half_viewport * clip.w, 0.5 * clip.w, clip.w);
    out.across = vec2<f32>(side * extent, half_width);
    out.along = share * dashes;
    out.hidden = behind_limb(point);
    let colour = unpack4x8unorm(ring.data.y);
    var strength = colour.a;
    if kind == ACCURACY {
        // Circles fade in with the zoom; that of a hovered or selected location always has full strength.
        let distance = max(length(middle - view.eye), 0.05);
        let radius_pt = angle * half_viewport.y / (view.tan_half_height * distance * view.px_per_pt);
        let seen = smoothstep(UNSEEN_PT, SEEN_PT, radius_pt) * 0.55;
        strength *= select(seen, 1.0, ring.data.w == 1u);
    }
    out.colour = colour.rgb * colour.rgb * strength;
    if kind == 0u || clip.w < 0.01 {
        out.position = vec4<f32>(2.0, 2.0, 2.0, 1.0);
    }
    return out;
}

@fragment
fn fragment(in: RingOut) -> @location(0) vec4<f32> {
    let coverage = clamp(in.across.y + 0.5 - abs(in.across.x), 0.0, 1.0);
    let seen = 1.0 - smoothstep(-0.003, 0.004, in.hidden);
    let dash = smoothstep(0.18, 0.30, abs(fract(in.along) - 0.5));
    return vec4<f32>(in.colour * (coverage * seen * dash), 0.0);
}
