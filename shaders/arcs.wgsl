// Draws all arcs in one draw call: each instance is a triangle strip with a path, a comet, or a path and two comets.
#import netglobe::view::{view, decode_direction, behind_limb}
#import netglobe::lit::{is_lit}
#import netglobe::great_circle::{central_angle, towards, apex_altitude, lift_altitude, loop_middle}

// Mirrors `ArcInstance` in src/globe/arcs/instance.rs.
struct Arc {
    // Packed start and end, open and close time in ms of the arc clock.
    @location(0) ends: vec4<u32>,
    // rgb8 colours at start and end with the group tag in the top bytes; shape (apex, width, phases); flags and rate codes.
    @location(1) look: vec4<u32>,
}

const LIVE: u32 = 1u;
const SETTLED: u32 = 2u;
const CLOSING: u32 = 4u;
const FROM_END: u32 = 8u;
const HOVERED: u32 = 64u;
const SELECTED: u32 = 128u;
const NO_HOME: u32 = 256u;
const MEASURED: u32 = 512u;
// Ends without a geographic position: on the LAN ring around home, a loop at home, on the shell above the pole.
const LAN: u32 = 1024u;
const LOOP: u32 = 2048u;
const SHELL: u32 = 4096u;

const OPEN_MS: f32 = 900.0;
const CLOSE_MS: f32 = 1400.0;
const FOOT_RADIUS: f32 = 1.001;
const SHELL_ALTITUDE: f32 = 0.15;
// Position along a comet, 0 tail to 1 tip, at which it is widest and brightest.
const HEAD: f32 = 0.90;

struct ArcOut {
    @builtin(position) position: vec4<f32>,
    // Colour. In w, position along the comet from 0 (tail) to 1 (head); for paths, -1 minus the dash count so far. Only
    // two vectors are interpolated: a software rasterizer sets up each of them for every triangle.
    @location(0) colour_along: vec4<f32>,
    // Pixels from the centre line, half width in pixels, distance behind the limb, alpha per unit of light.
    @location(1) across_hidden: vec4<f32>,
}

// Speed of a comet in laps per ms, as a fraction of 2^32, by rate code (1..255, logarithmic): SPEED in
// src/globe/arcs/rate.rs.
fn lap_speed(code: u32) -> u32 {
    return 330000u + code * 5200u;
}

// Square of the number of segments for a curve whose second derivative is one globe radius, at the tolerance of this
// frame: pixels per globe radius at the distance of the centre, divided by eight tolerances.
fn segments_per_bend() -> f32 {
    let px_per_radius = 0.5 * view.size_px.y / (view.tan_half_height * sqrt(view.horizon_sq + 1.0));
    let tolerance_px = f32(view.stray) * (1.0 / 64.0) * view.px_per_pt;
    return px_per_radius / (8.0 * tolerance_px);
}

// Tag of the group that an arc with these two colours belongs to; 0 if the owner is unknown.
fn group_tag(colours: vec2<u32>) -> u32 {
    return (colours.x >> 24u) | ((colours.y >> 24u) << 8u);
}

fn nothing() -> ArcOut {
    var out: ArcOut;
    out.position = vec4<f32>(2.0, 2.0, 2.0, 1.0);
    return out;
}

@vertex
fn vertex(@builtin(vertex_index) vertex_index: u32, @builtin(instance_index) slot: u32, arc: Arc) -> ArcOut {
    let flags = arc.look.w & 0xffffu;
    let matches = is_lit(slot);
    if (flags & LIVE) == 0u || (view.hides_rest != 0u && !matches) {
        return nothing();
    }
    let most_segments = view.most_segments;
    let per_part = 2u * most_segments + 4u;
    var part = vertex_index / per_part;

    let code_sent = (arc.look.w >> 16u) & 0xffu;
    let code_received = arc.look.w >> 24u;
    let moves = max(code_sent, code_received) > 0u;
    let emphasised = (flags & (HOVERED | SELECTED)) != 0u;
    if view.arc_parts == 1u {
        // Only one part per arc: the comet of the stronger flow if there is traffic, otherwise the path.
        if moves && !emphasised {
            part = select(2u, 1u, code_sent >= code_received);
        }
    }
    let code = select(code_received, code_sent, part == 1u);
    if part > 0u && code == 0u {
        return nothing();
    }

    let now = view.arc_ms;
    var grown = 1.0;
    if (flags & SETTLED) == 0u {
        let x = clamp(f32(now - arc.ends.z) / OPEN_MS, 0.0, 1.0);
        grown = 1.0 - (1.0 - x) * (1.0 - x) * (1.0 - x);
    }
    var strength = 1.0;
    if (flags & CLOSING) != 0u {
        let x = clamp(1.0 - f32(now - arc.ends.w) / CLOSE_MS, 0.0, 1.0);
        strength = x * x;
    }

    // Range of t, from start to end, that this part covers.
    var tail = 0.0;
    var head = grown;
    if part == 0u {
        if (flags & FROM_END) != 0u {
            tail = 1.0 - grown;
            head = 1.0;
        }
    } else {
        let phase8 = select((arc.look.z >> 24u) & 0xffu, (arc.look.z >> 16u) & 0xffu, part == 1u);
        // Unsigned multiplication wraps, which gives the phase modulo one lap, exact however long the clock runs.
        let lap = now * lap_speed(code) + (phase8 << 24u);
        let length = 0.10 + 0.12 * f32(code) / 255.0;
        let front = f32(lap >> 8u) / 16777216.0 * (1.0 + length);
        tail = front - length;
        head = front;
    }
    if part > 0u {
        strength *= smoothstep(0.0, 0.3, grown);
    }

    let a = select(decode_direction(arc.ends.x), view.home, (flags & NO_HOME) != 0u);
    let b = decode_direction(arc.ends.y);
    let toward = towards(a, b);
    // For LAN arcs, b only gives the direction; the ring has a constant size on screen.
    let is_loop = (flags & LOOP) != 0u;
    let is_around = (flags & (LAN | LOOP)) != 0u;
    let omega = select(central_angle(a, b), view.ring_angle, is_around);
    let rise = select(select(apex_altitude(omega), 0.3 * omega, is_around), 0.0, is_loop);
    let apex = rise * (f32(arc.look.z & 0xffu) * (1.0 / 128.0));
    // A great circle is centred on the globe, a loop on a point next to home.
    let beside = loop_middle(a, toward, view.loop_radius);
    let middle = select(vec3<f32>(0.0), beside * view.loop_radius.x, is_loop);
    let outward = a - middle;
    let sideways = select(toward, cross(beside, outward), is_loop);
    let turn = select(omega, 6.2831853, is_loop);
    let at_start = select(0.0, view.home_lift, (flags & NO_HOME) != 0u);
    let at_end = select(select(0.0, at_start, is_around), SHELL_ALTITUDE, (flags & SHELL) != 0u);

    // Use enough segments to keep each chord within the tolerance: its error is an eighth of the second derivative
    // times the square of its length in t. Unused vertices collapse onto the last point and form degenerate triangles.
    let bend = omega * omega * (FOOT_RADIUS + apex) + 8.0 * apex * (omega + 1.0)
        + at_start * (omega * omega + 4.0 * omega + 2.0);
    // A loop has a constant size on screen.
    let whole = select(sqrt(bend * segments_per_bend()), 14.0, is_loop);
    let needed = ceil(max((head - tail) * whole, 1.0)) + select(0.0, 2.0, part > 0u);
    let segments = min(needed, f32(most_segments));
    let k = clamp(i32(vertex_index % per_part) - 1, 0, i32(segments) * 2 + 1);
    let side = f32(k & 1) * 2.0 - 1.0;
    var s = f32(k >> 1u) / segments;
    if part > 0u {
        // The round head takes the last two segments.
        let behind = segments - 2.0;
        let on_head = f32(k >> 1u) - behind;
        s = select(HEAD * f32(k >> 1u) / behind, HEAD + (1.0 - HEAD) * (1.0 - 0.3 * (2.0 - on_head)), on_head > 0.0);
    }
    var t = clamp(mix(tail, head, s), 0.0, 1.0);
    if part == 2u {
        t = 1.0 - t;
    }
    let dashes = select(select(0.0, 30.0, (flags & SHELL) != 0u), 3.0, (flags & LAN) != 0u);
    let along = select(s, -1.0 - t * dashes, part == 0u);

    let cos_t = cos(t * turn);
    let sin_t = sin(t * turn);
    let radius = FOOT_RADIUS + apex * 4.0 * t * (1.0 - t) + lift_altitude(t, at_start, at_end);
    let radial = middle + outward * cos_t + sideways * sin_t;
    let point = radial * radius;
    // The tangent, not normalized: d/dt of direction times radius.
    let slope = apex * 4.0 * (1.0 - 2.0 * t) + 2.0 * (1.0 - t) * (at_end - at_start);
    let tangent = (sideways * cos_t - outward * sin_t) * (turn * radius) + radial * slope;

    let clip = view.clip_from_world * vec4<f32>(point, 1.0);
    // Direction of the tangent on screen, not normalized: the derivative of x / w.
    let ahead = view.clip_from_world * vec4<f32>(tangent, 0.0);
    let half_viewport = view.size_px * 0.5;
    let step_px = (ahead.xy * clip.w - clip.xy * ahead.w) * half_viewport;
    let normal_px = vec2<f32>(-step_px.y, step_px.x) * inverseSqrt(max(dot(step_px, step_px), 1e-12));

    var half_width = view.half_width_px * f32((arc.look.z >> 8u) & 0xffu) * (1.0 / 64.0);
    if part > 0u {
        // Drop shape: widens from the tail to the round head.
        let beyond = clamp((s - HEAD) / (1.0 - HEAD), 0.0, 1.0);
        half_width *= (0.35 + 1.9 * s * s) * sqrt(1.0 - beyond * beyond);
    }
    if emphasised {
        half_width *= 1.7;
    }
    // On a software rasterizer, skip parts behind the globe: they add a few percent of light and take a third of the frame
    // time.
    let hidden = behind_limb(point);
    let is_culled = view.culls_hidden != 0u && hidden > 0.02;
    let extent = select(half_width + 0.55, 0.0, is_culled);

    var out: ArcOut;
    out.position = vec4<f32>(clip.xy + normal_px * (side * extent) / half_viewport * clip.w, 0.5 * clip.w, clip.w);
    out.across_hidden = vec4<f32>(side * extent, half_width, hidden, view.cover);
    let start_colour = unpack4x8unorm(arc.look.x).rgb;
    let end_colour = unpack4x8unorm(arc.look.y).rgb;
    var colour = mix(start_colour, end_colour, t);
    colour *= colour;
    if part == 0u {
        // Brighter towards the end that accepted the connection, to show its direction; fades in at the start.
        let called = select(t, 1.0 - t, (flags & FROM_END) != 0u);
        let foot = smoothstep(0.0, 0.05, t);
        strength *= view.path_light * (0.45 + 0.55 * called) * (0.25 + 0.75 * foot);
        if view.arc_parts == 0u {
            // Without comets, four steps of brightness show the rate.
            strength *= select(0.8, 0.9 + 0.45 * ceil(f32(max(code_sent, code_received)) / 64.0), moves);
        } else if moves {
            strength *= 0.55;
        }
        // Highlight the tip while the arc grows.
        strength *= 1.0 + 2.5 * (1.0 - grown) * smoothstep(0.75, 1.0, select(s, 1.0 - s, (flags & FROM_END) != 0u));
    } else {
        strength *= view.comet_light * (0.45 + 0.55 * f32(code) / 255.0);
        colour = mix(colour, vec3<f32>(1.0), 0.25 * s * s * s);
    }
    if is_around {
        strength *= view.around_light;
    }
    if emphasised {
        strength *= 2.2;
        colour = mix(colour, vec3<f32>(1.0), 0.25);
    } else if !matches {
        strength *= view.dimmed_light;
    } else if view.is_highlighted != 0u && (view.highlighted_group == 0u || group_tag(arc.look.xy) != view.highlighted_group) {
        // An arc of another group, or one with unknown owner, is highlighted.
        strength *= 0.3;
    }
    // Lines thinner than a pixel are drawn fainter instead.
    out.colour_along = vec4<f32>(colour * (strength * min(1.0, half_width * 2.0)), along);
    return out;
}

@fragment
fn fragment(in: ArcOut) -> @location(0) vec4<f32> {
    let coverage = clamp(in.across_hidden.y + 0.5 - abs(in.across_hidden.x), 0.0, 1.0);
    let seen = 1.0 - 0.97 * smoothstep(-0.003, 0.004, in.across_hidden.z);
    // Values in thin triangles may be extrapolated beyond those of the vertices.
    let along = min(in.colour_along.w, 1.0);
    // Bright head, fading tail. Uses multiplications only, because this also runs for every pixel of a path.
    let back = along - HEAD;
    let near = max(1.0 - back * back * 32.5, 0.0);
    let near_sq = near * near;
    let along_sq = along * along;
    let comet = near_sq * near_sq * 1.2 + min(along_sq * along_sq * (1.0 / (HEAD * HEAD)), along_sq) * 0.7;
    // 1 for paths without dashes; otherwise 1 on the outer parts of each dash period.
    let dash = clamp(abs(fract(-1.0 - along) - 0.5) * 10.0 - 1.8, 0.0, 1.0);
    let light = in.colour_along.rgb * (coverage * seen * select(dash, comet, along >= 0.0));
    return vec4<f32>(light, min(max(max(light.r, light.g), light.b) * in.across_hidden.w, 1.0));
}
