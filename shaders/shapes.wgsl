// Borders, coasts and shores, outlines of highlighted countries, and their fills.
//
// A line is a strip with two vertices per point, and reads the neighbouring points from the same buffer. Its ends have
// zero width, so that all lines of a chunk form one strip.
#import netglobe::view::{view, behind_limb}

// Kinds of line ends: LEAD and TRAIL in `vertex` of src/globe/shapes/tables.rs.
const LEAD: u32 = 1u;
const TRAIL: u32 = 2u;
const BORDER: u32 = 0u;
const SHORE: u32 = 2u;
// Steps of an octahedral coordinate: STEPS in src/globe/shapes/tables.rs.
const STEPS: f32 = 16777215.0;
const DEGREE: f32 = 0.017453293;
const FOOT_RADIUS: f32 = 1.0005;
// Half widths of a line, of an outline, and of its glow, in points.
const LINE_PT: f32 = 0.5;
const OUTLINE_PT: f32 = 0.55;
const LIGHT_PT: f32 = 2.2;
// Duration of a change of brightness: FADE_MS in src/globe/areas/mod.rs.
const FADE_MS: f32 = 180.0;

struct LineOut {
    @builtin(position) position: vec4<f32>,
    // Light and alpha.
    @location(0) colour: vec4<f32>,
    // Pixels from the line; pixels per point.
    @location(1) across: vec2<f32>,
}

struct FillOut {
    @builtin(position) position: vec4<f32>,
    @location(0) colour: vec3<f32>,
}

// Mirrors `unpack` of src/globe/shapes/tables.rs.
fn decode_point(bits: vec2<u32>) -> vec3<f32> {
    let p = vec2<f32>(bits & vec2<u32>(0xffffffu)) * (2.0 / STEPS) - vec2<f32>(1.0);
    var n = vec3<f32>(p.x, p.y, 1.0 - abs(p.x) - abs(p.y));
    if n.z < 0.0 {
        let sign_not_zero = vec2<f32>(select(-1.0, 1.0, p.x >= 0.0), select(-1.0, 1.0, p.y >= 0.0));
        n = vec3<f32>((vec2<f32>(1.0) - abs(n.yx)) * sign_not_zero, n.z);
    }
    return normalize(n);
}

fn pixel(direction: vec3<f32>) -> vec2<f32> {
    let clip = view.clip_from_world * vec4<f32>(direction * FOOT_RADIUS, 1.0);
    return clip.xy / clip.w * view.size_px * 0.5;
}

fn unit_step(start: vec2<f32>, end: vec2<f32>) -> vec2<f32> {
    let step = end - start;
    let size = length(step);
    return select(vec2<f32>(0.0), step / size, size > 1e-3);
}

// Offset of the strip's edge at a point, in units of the half width. At a corner it is the miter of both segments, so
// that the line keeps its width, unless the corner is too sharp.
fn aside(before: vec2<f32>, here: vec2<f32>, after: vec2<f32>) -> vec2<f32> {
    let come = unit_step(before, here);
    let go = unit_step(here, after);
    let sum = come + go;
    let middle = select(select(come, go, dot(come, come) < 0.5), normalize(sum), length(sum) > 0.4);
    let own = select(come, go, dot(come, come) < 0.5);
    return vec2<f32>(-middle.y, middle.x) / max(dot(middle, own), 0.6);
}

// Position of a vertex and how it is seen.
struct Place {
    direction: vec3<f32>,
    // 1 seen from directly above, 0 at the limb.
    facing: f32,
    // Points per degree on the ground, across the slant.
    pt_per_deg: f32,
}

fn place_of(bits: vec2<u32>) -> Place {
    var out: Place;
    out.direction = decode_point(bits);
    let to_eye = view.eye - out.direction;
    let distance = length(to_eye);
    out.facing = dot(out.direction, to_eye) / distance;
    out.pt_per_deg = DEGREE * view.size_px.y / (2.0 * view.tan_half_height * distance * view.px_per_pt);
    return out;
}

// 1 by day, 0 by night.
fn day_at(direction: vec3<f32>) -> f32 {
    return smoothstep(-0.10, 0.22, select(1.0, dot(direction, view.sun), view.has_night == 1u));
}

fn end_of(bits: vec2<u32>) -> u32 {
    return (bits.y >> 27u) & 3u;
}

fn kind_of(bits: vec2<u32>) -> u32 {
    return (bits.y >> 24u) & 3u;
}

// Size in degrees of the piece that the line surrounds.
fn size_of(bits: vec2<u32>) -> f32 {
    return 0.001 * exp2(f32(bits.x >> 24u) / 13.0);
}

// A vertex of a strip, `extent` pixels wide on each side.
fn strip(before: vec2<u32>, here: vec2<u32>, after: vec2<u32>, direction: vec3<f32>, extent: f32, colour: vec4<f32>) -> LineOut {
    let is_end = end_of(here) != 0u;
    let side = select(select(-1.0, 1.0, (here.y & 0x4000000u) != 0u), 0.0, is_end);
    let out_of_line = aside(pixel(decode_point(before)), pixel(direction), pixel(decode_point(after)));
    let width = select(extent, 0.0, colour.a <= 0.0 || is_end);
    let clip = view.clip_from_world * vec4<f32>(direction * FOOT_RADIUS, 1.0);
    var out: LineOut;
    out.position = vec4<f32>(clip.xy + out_of_line * (width * side * 2.0) / view.size_px * clip.w, 0.5 * clip.w, clip.w);
    out.colour = colour;
    out.across = vec2<f32>(extent * side, view.px_per_pt);
    return out;
}

// The point at which to draw: a line's end vertices are drawn at its first or last point.
fn own_point(before: vec2<u32>, here: vec2<u32>, after: vec2<u32>) -> vec2<u32> {
    let end = end_of(here);
    return select(select(here, after, end == LEAD), before, end == TRAIL);
}

@vertex
fn line_vertex(@location(0) before: vec2<u32>, @location(1) here: vec2<u32>, @location(2) after: vec2<u32>) -> LineOut {
    let place = place_of(own_point(before, here, after));
    let day = day_at(place.direction);
    let kind = kind_of(here);
    // Fainter where lines would be crowded: from far away, near the limb, and around small pieces.
    let clear = smoothstep(0.10, 0.35, place.facing);
    let crowd = sqrt(max(place.facing, 0.0)) * place.pt_per_deg;
    let readable = smoothstep(2.4, 12.0, crowd);
    let near = smoothstep(12.0, 36.0, crowd);
    let is_seen = clear * smoothstep(3.0, 9.0, size_of(here) * place.pt_per_deg);
    var light = mix(vec3<f32>(0.060, 0.105, 0.170), vec3<f32>(0.42, 0.56, 0.68), day);
    var cover = is_seen * mix(mix(0.26, 0.20, day), mix(0.66, 0.26, day), readable);
    if kind == BORDER {
        light = mix(vec3<f32>(0.085, 0.105, 0.145), vec3<f32>(0.66, 0.69, 0.72), day);
        cover = is_seen * readable * mix(mix(0.46, 0.24, day), mix(0.72, 0.34, day), near);
    }
    if kind == SHORE {
        cover = is_seen * near * mix(0.50, 0.26, day);
    }
    return strip(before, here, after, place.direction, LINE_PT * view.px_per_pt + 0.5, vec4<f32>(light, cover));
}

@fragment
fn line_fragment(in: LineOut) -> @location(0) vec4<f32> {
    // Values in thin triangles may be extrapolated beyond those of the vertices.
    let colour = clamp(in.colour, vec4<f32>(0.0), vec4<f32>(1.0));
    let cover = colour.a * clamp(LINE_PT * in.across.y + 0.5 - abs(in.across.x), 0.0, 1.0);
    return vec4<f32>(colour.rgb * cover, cover);
}

// An outline without glow: PLAIN in src/globe/areas/mod.rs.
const PLAIN: u32 = 256u;

// State of a highlighted country: colour rgba8, previous brightness and PLAIN, time of the last change in ms of the arc
// clock, size of the country in degrees as a float. Mirrors `AreaStyle` in src/globe/areas/mod.rs.
fn light_by_now(look: vec4<u32>) -> vec3<f32> {
    let colour = unpack4x8unorm(look.x);
    let before = f32(look.y & 0xffu) * (1.0 / 255.0);
    return colour.rgb * colour.rgb * mix(before, colour.a, min(f32(view.arc_ms - look.z) / FADE_MS, 1.0));
}

// Brightness of an outline: lower for countries that are small on screen, and lower still for their islands.
fn outline_light(size_deg: f32, country_deg: f32, pt_per_deg: f32) -> f32 {
    let country = mix(0.30, 1.0, smoothstep(20.0, 260.0, country_deg * pt_per_deg));
    let island = max(smoothstep(6.0, 24.0, size_deg * pt_per_deg), 0.6 * step(0.7 * country_deg, size_deg));
    return country * island;
}

@vertex
fn outline_vertex(@location(0) before: vec2<u32>, @location(1) here: vec2<u32>, @location(2) after: vec2<u32>, @location(3) look: vec4<u32>) -> LineOut {
    let place = place_of(own_point(before, here, after));
    let shore = select(1.0, 0.5, kind_of(here) == SHORE);
    // Fade near the limb, where coasts are foreshortened and their light would add up.
    let seen = smoothstep(0.0, 0.4, place.facing) * shore;
    let strength = seen * outline_light(size_of(here), bitcast<f32>(look.w), place.pt_per_deg);
    let colour = light_by_now(look) * strength;
    let brightest = max(colour.r, max(colour.g, colour.b));
    let glow = strength * select(1.0, 0.01, (look.y & PLAIN) != 0u);
    return strip(before, here, after, place.direction, LIGHT_PT * view.px_per_pt, vec4<f32>(colour, select(0.0, glow, brightest > 0.002)));
}

@fragment
fn outline_fragment(in: LineOut) -> @location(0) vec4<f32> {
    let d = abs(in.across.x);
    let line = clamp(OUTLINE_PT * in.across.y + 0.5 - d, 0.0, 1.0);
    let x = max(1.0 - d / (LIGHT_PT * in.across.y), 0.0);
    // The glow is the first to disappear with distance.
    let colour = clamp(in.colour, vec4<f32>(0.0), vec4<f32>(1.0));
    return vec4<f32>(colour.rgb * (line * 0.8 + x * x * 0.2 * colour.a), 0.0);
}

@vertex
fn fill_vertex(@location(0) corner: vec2<u32>, @location(1) look: vec4<u32>) -> FillOut {
    let direction = decode_point(corner);
    let to_eye = view.eye - direction;
    let facing = dot(direction, to_eye) / length(to_eye);
    let clip = view.clip_from_world * vec4<f32>(direction, 1.0);
    var out: FillOut;
    out.position = vec4<f32>(clip.xy, 0.5 * clip.w, clip.w);
    // Less light is needed on the night side.
    out.colour = light_by_now(look) * (smoothstep(0.0, 0.12, facing) * mix(0.45, 1.0, day_at(direction)));
    return out;
}

@fragment
fn fill_fragment(in: FillOut) -> @location(0) vec4<f32> {
    return vec4<f32>(clamp(in.colour, vec3<f32>(0.0), vec3<f32>(1.0)), 0.0);
}
