// The earth: a disc just as large as the globe's outline, ray-traced, and a ring around it for the air.
#import netglobe::view::{view, finish}

@group(0) @binding(1) var surface: texture_2d<f32>;
@group(0) @binding(2) var surface_sampler: sampler;
@group(0) @binding(3) var lines: texture_2d<f32>;

const SLICES: u32 = 64u;
const TAU: f32 = 6.2831853;
// Radius of the outermost air that is drawn, in globe radii: GLOW_RADIUS in src/globe/spaces.rs.
const GLOW_HEIGHT: f32 = 0.30;
const AIR_COLOUR: vec3<f32> = vec3<f32>(0.15, 0.43, 1.0);
// How far from a line the texture of lines knows of it, degrees: REACH_DEG in examples/bake_assets/lines.rs.
const LINE_REACH_DEG: f32 = 0.5;
// A look without a filter along the slant takes in so many times what it takes in across it.
const SHARPNESS: f32 = 1.6;

struct PlaneOut {
    @builtin(position) position: vec4<f32>,
    // Where the view ray crosses the plane one unit before the eye, in units along right and up.
    @location(0) plane: vec2<f32>,
}

fn at(angle: f32, radius: f32) -> PlaneOut {
    var out: PlaneOut;
    out.plane = vec2<f32>(cos(angle), sin(angle)) * radius;
    let place = out.plane / vec2<f32>(view.right.w, view.up.w);
    out.position = vec4<f32>(place.x + view.marks.w, place.y, 0.5, 1.0);
    return out;
}

// Size of one pixel on the plane.
fn pixel_size() -> f32 {
    return 2.0 * view.up.w / view.viewport.y;
}

@vertex
fn disc_vertex(@builtin(vertex_index) vertex_index: u32) -> PlaneOut {
    let slice = vertex_index / 3u;
    let corner = vertex_index % 3u;
    let angle = f32(slice + corner - min(corner, 1u)) * (TAU / f32(SLICES));
    let radius = (view.forward.w + 1.5 * pixel_size()) / cos(0.5 * TAU / f32(SLICES));
    return at(angle, select(radius, 0.0, corner == 0u));
}

@vertex
fn ring_vertex(@builtin(vertex_index) vertex_index: u32) -> PlaneOut {
    let angle = f32(vertex_index >> 1u) * (TAU / f32(SLICES));
    let outer = view.viewport.z / cos(0.5 * TAU / f32(SLICES));
    let inner = max(view.forward.w - 2.0 * pixel_size(), 0.0);
    return at(angle, select(inner, outer, (vertex_index & 1u) == 1u));
}

// How much the air is lit over a place where the sun stands at this sine of its altitude.
fn air_light(sun_height: f32) -> f32 {
    if view.sun.w < 0.5 {
        return 0.9;
    }
    return 0.055 + 0.945 * smoothstep(-0.30, 0.45, sun_height);
}

@fragment
fn ring_fragment(in: PlaneOut) -> @location(0) vec4<f32> {
    let direction = normalize(view.forward.xyz + in.plane.x * view.right.xyz + in.plane.y * view.up.xyz);
    let nearest = view.eye.xyz - dot(view.eye.xyz, direction) * direction;
    let radius = length(nearest);
    let h = max(radius - 1.0, 0.0);
    let window = max(1.0 - h / GLOW_HEIGHT, 0.0);
    let density = (exp(-h / 0.012) * 0.75 + exp(-h / 0.050) * 0.16) * window * window;
    let light = air_light(dot(nearest / radius, view.sun.xyz));
    let colour = AIR_COLOUR * density * light * view.marks.z;
    return vec4<f32>(finish(colour, in.position.xy), 0.0);
}

// Where a texture is read, and how far a pixel reaches in it.
struct Footprint {
    uv: vec2<f32>,
    grad_x: vec2<f32>,
    grad_y: vec2<f32>,
}

// On an equirectangular texture, with gradients taken from the direction itself, so that the date line leaves no seam.
fn footprint_at(n: vec3<f32>, dx: vec3<f32>, dy: vec3<f32>) -> Footprint {
    var out: Footprint;
    out.uv = vec2<f32>(atan2(n.x, n.z) / TAU + 0.5, 0.5 - asin(clamp(n.y, -1.0, 1.0)) / (0.5 * TAU));
    let ring_sq = max(n.x * n.x + n.z * n.z, 1e-4);
    // Near a pole a pixel spans many texels of a row, but they are much alike: a mip that is chosen for all of them would
    // smear what the rows beside hold.
    let ring = sqrt(ring_sq);
    let per_turn = 1.0 / (TAU * ring * max(ring, 0.4));
    let per_half_turn = -2.0 / (TAU * ring);
    out.grad_x = vec2<f32>((dx.x * n.z - dx.z * n.x) * per_turn, dx.y * per_half_turn);
    out.grad_y = vec2<f32>((dy.x * n.z - dy.z * n.x) * per_turn, dy.y * per_half_turn);
    return out;
}

// The surface around n: across the slant a pixel reaches this far, along it 1 / n_dot_v as far. A sampler that filters along
// the slant itself does it in one look; without one, several looks go along it, or one that is sharp rather than smeared.
fn surface_texel(n: vec3<f32>, slant: vec3<f32>, across: vec3<f32>, reach: f32, looks: u32) -> vec4<f32> {
    if looks == 0u {
        let at = footprint_at(n, slant * reach, across);
        return textureSampleGrad(surface, surface_sampler, at.uv, at.grad_x, at.grad_y);
    }
    let dx = slant * min(reach / f32(looks), SHARPNESS * length(across));
    var sum = vec4<f32>(0.0);
    for (var look = 0u; look < looks; look++) {
        let offset = reach * ((f32(look) + 0.5) / f32(looks) - 0.5);
        let at = footprint_at(normalize(n + slant * offset), dx, across);
        sum += textureSampleGrad(surface, surface_sampler, at.uv, at.grad_x, at.grad_y);
    }
    return sum / f32(looks);
}

// How much of a pixel a line covers that is this wide; nearness is 1 on it and falls to 0 over the reach.
fn line(nearness: f32, half_width_px: f32, deg_per_px: f32) -> f32 {
    let distance_px = (1.0 - nearness) * LINE_REACH_DEG / deg_per_px;
    return clamp(half_width_px + 0.5 - distance_px, 0.0, 1.0) * step(0.02, nearness);
}

@fragment
fn disc_fragment(in: PlaneOut) -> @location(0) vec4<f32> {
    let radius = length(in.plane);
    let coverage = clamp((view.forward.w - radius) / pixel_size() + 0.5, 0.0, 1.0);
    // Rays that pass the limb are bent onto it: they fill the last, partly covered pixel.
    let plane = in.plane * min(1.0, view.forward.w * 0.9999 / max(radius, 1e-6));
    let direction = normalize(view.forward.xyz + plane.x * view.right.xyz + plane.y * view.up.xyz);
    let b = dot(view.eye.xyz, direction);
    let discriminant = max(b * b - view.eye.w, 0.0);
    let n = normalize(view.eye.xyz - (b + sqrt(discriminant)) * direction);
    // Footprint of a pixel on the sphere: across the ray it grows with distance, along it also with the slant.
    let n_dot_v = max(-dot(n, direction), 0.02);
    let footprint = pixel_size() * (-b - sqrt(discriminant));
    let down = -direction - n * n_dot_v;
    let slant = down * inverseSqrt(max(dot(down, down), 1e-8));
    let reach = footprint / n_dot_v;
    let across = cross(n, slant) * footprint;

    // Red, green, blue: surface by day, as square roots. Alpha: 0 for water, from 16/255 on land, more where it is lit by night.
    let texel = surface_texel(n, slant, across, reach, view.focus.z);
    let at = footprint_at(n, slant * min(reach, 2.0 * footprint), across);
    let near = textureSampleGrad(lines, surface_sampler, at.uv, at.grad_x, at.grad_y).xy;
    let land = clamp(texel.a * (255.0 / 16.0), 0.0, 1.0);
    let water = 1.0 - land;
    let city = max(texel.a - 16.0 / 255.0, 0.0) * (255.0 / 239.0);
    var albedo = texel.rgb * texel.rgb;
    // The picture was taken through air, which greys it; the air here comes on top.
    albedo = max(mix(vec3<f32>(dot(albedo, vec3<f32>(0.2126, 0.7152, 0.0722))), albedo, 1.22), vec3<f32>(0.0));
    albedo = mix(albedo, albedo * 0.85 + vec3<f32>(0.003, 0.014, 0.044), water);

    let sun_height = select(1.0, dot(n, view.sun.xyz), view.sun.w > 0.5);
    let day = smoothstep(-0.10, 0.22, sun_height);
    let diffuse = day * (0.30 + 0.85 * max(sun_height, 0.0));
    let dusk_offset = (sun_height - 0.03) / 0.09;
    let dusk = exp(-dusk_offset * dusk_offset);
    var colour = albedo * diffuse * 1.5 * mix(vec3<f32>(1.0), vec3<f32>(1.5, 0.92, 0.55), dusk * 0.75);
    colour += albedo * dusk * vec3<f32>(0.16, 0.06, 0.02);

    let night = 1.0 - day;
    let moonlit = albedo * vec3<f32>(0.024, 0.038, 0.070) + mix(vec3<f32>(0.0022, 0.0048, 0.0120), vec3<f32>(0.0042, 0.0062, 0.0115), land);
    colour += night * moonlit;
    colour += night * night * vec3<f32>(1.35, 0.86, 0.42) * (city * city * (0.30 + 2.7 * city));

    if view.sun.w > 0.5 {
        // The sun on the sea: waves make a wide, soft sheen of its image, stronger the flatter one looks at it (Schlick's
        // approximation of Fresnel's law).
        let half_way = normalize(view.sun.xyz - direction);
        let facing = max(dot(n, half_way), 0.0);
        let slope = 1.0 - facing * facing;
        let sheen = exp(-slope * 1600.0) * 0.9 + exp(-slope * 240.0) * 0.24 + exp(-slope * 18.0) * 0.28;
        let flatness = 1.0 - max(-dot(half_way, direction), 0.0);
        let fresnel = 0.05 + 0.95 * flatness * flatness * flatness * flatness * flatness;
        let warmth = mix(vec3<f32>(1.0, 0.58, 0.30), vec3<f32>(1.0, 0.82, 0.56), smoothstep(0.0, 0.5, sun_height));
        colour += warmth * (water * day * sheen * min(fresnel * 1.6, 0.30));
    }

    // Lines, one point wide, faint where they would be crowded: from afar and near the limb.
    let deg_per_px = footprint * (360.0 / TAU) / sqrt(n_dot_v);
    let half_line_px = 0.5 * view.viewport.w;
    let readable = smoothstep(0.12, 0.35, n_dot_v) - smoothstep(0.09, 0.30, deg_per_px / view.viewport.w);
    let border = line(near.x, half_line_px, deg_per_px) * max(readable, 0.0);
    let coast = line(near.y, half_line_px, deg_per_px) * smoothstep(0.12, 0.35, n_dot_v) * (0.4 + 0.6 * max(readable, 0.0));
    colour += border * mix(vec3<f32>(0.020, 0.028, 0.044), vec3<f32>(0.085, 0.090, 0.095), day);
    colour += coast * mix(vec3<f32>(0.016, 0.030, 0.055), vec3<f32>(0.030, 0.042, 0.060), day);

    // Air seen against the surface: thickest at the limb, where it meets the ring's own brightness.
    let grazing = pow(1.0 - n_dot_v, 4.6);
    let light = air_light(sun_height);
    colour = colour * (1.0 - 0.55 * grazing) + AIR_COLOUR * (0.91 * grazing + 0.016 * day) * light * view.marks.z;
    return vec4<f32>(finish(colour, in.position.xy) * coverage, coverage);
}
