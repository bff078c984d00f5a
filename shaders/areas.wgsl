// The areas of countries: a faint fill of quads, and an outline of segments joined at their corners.
#import netglobe::view::{view, decode_direction, behind_limb}

// Mirrors `AreaInstance` in src/globe/areas/mod.rs.
struct Area {
    // Of a fill its corners, packed: two of one side, two of the other. Of an outline the point before, both ends, the
    // point after.
    @location(0) points: vec4<u32>,
    // Colour rgba8, brightness before, since when there is another one in ms of the arc clock; spare.
    @location(1) look: vec4<u32>,
}

const FOOT_RADIUS: f32 = 1.001;
// Half width of an outline's line and of the light around it, points.
const LINE_PT: f32 = 0.55;
const LIGHT_PT: f32 = 2.6;

// How long it takes until another brightness is reached: FADE_MS in src/globe/areas/mod.rs.
const FADE_MS: f32 = 180.0;

// Colour by now.
fn light(look: vec4<u32>) -> vec3<f32> {
    let colour = unpack4x8unorm(look.x);
    let before = f32(look.y) * (1.0 / 255.0);
    return colour.rgb * colour.rgb * mix(before, colour.a, min(f32(view.arc_ms - look.z) / FADE_MS, 1.0));
}

struct FillOut {
    @builtin(position) position: vec4<f32>,
    @location(0) colour: vec3<f32>,
}

struct OutlineOut {
    @builtin(position) position: vec4<f32>,
    @location(0) colour: vec3<f32>,
    // Pixels from the line; pixels per point.
    @location(1) across: vec2<f32>,
    @location(2) hidden: f32,
}

// What the globe hides of a point of the surface moves to the limb, straight away from the middle.
fn on_seen_side(direction: vec3<f32>) -> vec3<f32> {
    let distance = sqrt(view.horizon_sq + 1.0);
    let up = view.eye / distance;
    let height = dot(direction, up);
    let limb = 1.0 / distance;
    let aside = direction - up * height;
    let on_limb = up * limb + aside * (sqrt(1.0 - limb * limb) / max(length(aside), 1e-4));
    return select(direction, on_limb, height < limb);
}

@vertex
fn fill_vertex(@builtin(vertex_index) vertex_index: u32, area: Area) -> FillOut {
    // A quad of which the globe hides all would become a line on the limb, and many of them a bright spot.
    var highest = -1.0;
    for (var corner = 0u; corner < 4u; corner++) {
        highest = max(highest, dot(decode_direction(area.points[corner]), view.eye));
    }
    let seen = on_seen_side(decode_direction(area.points[vertex_index]));
    let clip = view.clip_from_world * vec4<f32>(seen, 1.0);
    var out: FillOut;
    out.position = vec4<f32>(clip.xy, 0.5 * clip.w, clip.w);
    out.colour = light(area.look);
    if highest < 1.0 {
        out.position = vec4<f32>(2.0, 2.0, 2.0, 1.0);
    }
    return out;
}

@fragment
fn fill_fragment(in: FillOut) -> @location(0) vec4<f32> {
    return vec4<f32>(in.colour, 0.0);
}

fn pixel(direction: vec3<f32>) -> vec2<f32> {
    let clip = view.clip_from_world * vec4<f32>(direction * FOOT_RADIUS, 1.0);
    return clip.xy / clip.w * view.size_px * 0.5;
}

fn unit_step(start: vec2<f32>, end: vec2<f32>) -> vec2<f32> {
    let step = end - start;
    let size = length(step);
    return select(vec2<f32>(0.0), step / size, size > 1e-4);
}

@vertex
fn outline_vertex(@builtin(vertex_index) vertex_index: u32, area: Area) -> OutlineOut {
    let corner = 1u + (vertex_index >> 1u);
    let side = f32(vertex_index & 1u) * 2.0 - 1.0;
    let direction = decode_direction(area.points[corner]);
    let here = pixel(direction);
    let before = unit_step(pixel(decode_direction(area.points[corner - 1u])), here);
    let after = unit_step(here, pixel(decode_direction(area.points[corner + 1u])));
    // The corner is cut along the middle of both ways, unless it is too sharp.
    let own = select(before, after, corner == 1u);
    let sum = before + after;
    let middle = select(own, normalize(sum), length(sum) > 0.3);
    let normal = vec2<f32>(-middle.y, middle.x);
    let stretch = 1.0 / max(dot(middle, own), 0.6);
    let extent = (LIGHT_PT * view.px_per_pt + 0.5) * side;
    let clip = view.clip_from_world * vec4<f32>(direction * FOOT_RADIUS, 1.0);
    var out: OutlineOut;
    out.position = vec4<f32>(clip.xy + normal * (extent * stretch) * 2.0 / view.size_px * clip.w, 0.5 * clip.w, clip.w);
    out.across = vec2<f32>(extent, view.px_per_pt);
    out.hidden = behind_limb(direction * FOOT_RADIUS);
    // Towards the limb a coast is so slanted that its light would pile up.
    let facing = dot(direction, normalize(view.eye - direction));
    out.colour = light(area.look) * smoothstep(0.0, 0.4, facing);
    if out.hidden > 0.02 || clip.w < 0.01 {
        out.position = vec4<f32>(2.0, 2.0, 2.0, 1.0);
    }
    return out;
}

@fragment
fn outline_fragment(in: OutlineOut) -> @location(0) vec4<f32> {
    let u = in.across.y;
    let d = abs(in.across.x);
    let line = clamp(LINE_PT * u + 0.5 - d, 0.0, 1.0);
    let x = max(1.0 - d / (LIGHT_PT * u), 0.0);
    let seen = 1.0 - smoothstep(-0.003, 0.004, in.hidden);
    return vec4<f32>(in.colour * ((line * 0.8 + x * x * 0.22) * seen), 0.0);
}
