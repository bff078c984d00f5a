// The earth, ray-traced on a disc that fits the outline of the globe, and a ring around it for the atmosphere.
#import netglobe::view::{view, bell, finish_as}

@group(0) @binding(1) var surface: texture_2d<f32>;
@group(0) @binding(2) var surface_sampler: sampler;

// Triangles of the disc, segments of the ring. A software rasterizer shades pixels on shared edges twice, and pixels
// outside the outline are wasted; twelve slices minimize the sum.
const SLICES: u32 = 12u;
const TAU: f32 = 6.2831853;
// Height of the atmosphere that is drawn, in globe radii: GLOW_RADIUS in src/globe/spaces.rs.
const GLOW_HEIGHT: f32 = 0.30;
const AIR_COLOUR: vec3<f32> = vec3<f32>(0.15, 0.43, 1.0);
// Without anisotropic filtering, the footprint of a sample is at most this many times longer along the slant than across.
const SHARPNESS: f32 = 1.6;
// Texture samples along the slant.
const SAMPLES: u32 = 5u;

// Passes uniforms to the fragment shader as flat vertex outputs, because a software rasterizer loads uniforms once per
// pixel.
struct DiscOut {
    @builtin(position) position: vec4<f32>,
    // Intersection of the view ray with the plane one unit in front of the eye, in units along right and up.
    @location(0) plane: vec2<f32>,
    // As in the view, except for w: instead of tangents, size of a pixel on the plane (right) and camera nearness, 0 to 1
    // (up).
    @location(1) @interpolate(flat) right: vec4<f32>,
    @location(2) @interpolate(flat) up: vec4<f32>,
    @location(3) @interpolate(flat) forward: vec4<f32>,
    @location(4) @interpolate(flat) eye: vec4<f32>,
    @location(5) @interpolate(flat) sun: vec4<f32>,
    // Brightness of the atmosphere; 1 if the target is HDR.
    @location(6) @interpolate(flat) air: vec2<f32>,
}

struct RingOut {
    @builtin(position) position: vec4<f32>,
    // Position on the plane, as above; dot product of that offset with the sun direction.
    @location(0) plane_sun: vec3<f32>,
    // Distance of the eye from the centre; cosine of the angle between the axis and the sun.
    @location(1) @interpolate(flat) eye_sun: vec2<f32>,
    @location(2) @interpolate(flat) air: vec2<f32>,
    @location(3) @interpolate(flat) is_lit: f32,
}

fn clip_at(plane: vec2<f32>) -> vec4<f32> {
    let place = plane / vec2<f32>(view.tan_half_width, view.tan_half_height);
    // Position of the globe's centre on screen.
    let middle = view.clip_from_world[3];
    return vec4<f32>(place + middle.xy / middle.w, 0.5, 1.0);
}

// Size of one pixel on the plane.
fn pixel_size() -> f32 {
    return 2.0 * view.tan_half_height / view.size_px.y;
}

// 0 when far away, 1 at the minimum camera distance.
fn nearness() -> f32 {
    return 1.0 - smoothstep(0.15, 1.6, sqrt(view.horizon_sq + 1.0) - 1.0);
}

fn air() -> vec2<f32> {
    return vec2<f32>(view.air_light, f32(view.is_hdr));
}

@vertex
fn disc_vertex(@builtin(vertex_index) vertex_index: u32) -> DiscOut {
    let slice = vertex_index / 3u;
    let corner = vertex_index % 3u;
    let angle = f32(slice + corner - min(corner, 1u)) * (TAU / f32(SLICES));
    let outline = (view.tan_globe + 1.5 * pixel_size()) / cos(0.5 * TAU / f32(SLICES));
    var out: DiscOut;
    out.plane = vec2<f32>(cos(angle), sin(angle)) * select(outline, 0.0, corner == 0u);
    out.position = clip_at(out.plane);
    out.right = vec4<f32>(view.right, pixel_size());
    out.up = vec4<f32>(view.up, nearness());
    out.forward = vec4<f32>(view.forward, view.tan_globe);
    out.eye = vec4<f32>(view.eye, view.horizon_sq);
    out.sun = vec4<f32>(view.sun, f32(view.has_night));
    out.air = air();
    return out;
}

@vertex
fn ring_vertex(@builtin(vertex_index) vertex_index: u32) -> RingOut {
    let angle = f32(vertex_index >> 1u) * (TAU / f32(SLICES));
    let outer = view.tan_glow / cos(0.5 * TAU / f32(SLICES));
    let inner = max(view.tan_globe - 2.0 * pixel_size(), 0.0);
    let plane = vec2<f32>(cos(angle), sin(angle)) * select(inner, outer, (vertex_index & 1u) == 1u);
    var out: RingOut;
    out.plane_sun = vec3<f32>(plane, dot(view.right * plane.x + view.up * plane.y, view.sun));
    out.position = clip_at(plane);
    out.eye_sun = vec2<f32>(sqrt(view.horizon_sq + 1.0), -dot(view.forward, view.sun));
    out.air = air();
    out.is_lit = f32(view.has_night);
    return out;
}

// Brightness of the atmosphere above a point with this sine of the sun's altitude.
fn air_light(sun_height: f32, is_lit: f32) -> f32 {
    return select(0.9, 0.055 + 0.945 * smoothstep(-0.30, 0.45, sun_height), is_lit > 0.5);
}

@fragment
fn ring_fragment(in: RingOut) -> @location(0) vec4<f32> {
    // The ray passes the centre at a distance of |eye| sin(a), where tan(a) is the distance from the middle of the plane.
    let tan_sq = dot(in.plane_sun.xy, in.plane_sun.xy);
    let cosine = inverseSqrt(1.0 + tan_sq);
    let per_tan = inverseSqrt(tan_sq);
    let h = max(in.eye_sun.x * tan_sq * per_tan * cosine - 1.0, 0.0);
    let window = max(1.0 - h / GLOW_HEIGHT, 0.0);
    let high = exp(-h / 0.050);
    let high_sq = high * high;
    let density = (high_sq * high_sq * 0.75 + high * 0.16) * window * window;
    // Sine of the sun's altitude at that closest point.
    let sun_height = (in.plane_sun.z + tan_sq * in.eye_sun.y) * per_tan * cosine;
    let colour = AIR_COLOUR * (density * air_light(sun_height, in.is_lit) * in.air.x);
    return vec4<f32>(finish_as(colour, in.position.xy, in.air.y > 0.5), 0.0);
}

// Texture coordinates of a pixel, and its footprint as gradients.
struct Footprint {
    uv: vec2<f32>,
    grad_x: vec2<f32>,
    grad_y: vec2<f32>,
}

// Angle of (x, y) in turns, accurate to 0.0001 degrees: an odd polynomial fitted to the arc tangent from 0 to 1.
fn turn_of(y: f32, x: f32) -> f32 {
    let ax = abs(x);
    let ay = abs(y);
    let a = min(ax, ay) / max(max(ax, ay), 1e-9);
    let s = a * a;
    let within = a * (0.159151317 + s * (-0.052938568 + s * (0.03080291 + s * (-0.018529851 + s * (0.008379084 - s * 0.001865157)))));
    let quarter = select(within, 0.25 - within, ay > ax);
    let half = select(quarter, 0.5 - quarter, x < 0.0);
    return select(half, -half, y < 0.0);
}

// Maps to an equirectangular texture. Gradients are computed from the direction, so there is no seam at the date line.
fn footprint_at(n: vec3<f32>, dx: vec3<f32>, dy: vec3<f32>) -> Footprint {
    var out: Footprint;
    let ring_sq = max(n.x * n.x + n.z * n.z, 1e-4);
    let per_ring = inverseSqrt(ring_sq);
    let ring = ring_sq * per_ring;
    out.uv = vec2<f32>(turn_of(n.x, n.z) + 0.5, 0.5 - 2.0 * turn_of(n.y, ring));
    // Near a pole, a pixel spans many similar texels of a row. A mip level chosen for that width would blur
    // neighbouring rows.
    let per_turn = (1.0 / TAU) * per_ring / max(ring, 0.4);
    let per_half_turn = (-2.0 / TAU) * per_ring;
    out.grad_x = vec2<f32>((dx.x * n.z - dx.z * n.x) * per_turn, dx.y * per_half_turn);
    out.grad_y = vec2<f32>((dy.x * n.z - dy.z * n.x) * per_turn, dy.y * per_half_turn);
    return out;
}

// The surface point at a pixel of the disc.
struct Ground {
    // Surface normal.
    n: vec3<f32>,
    // From the eye to the point.
    direction: vec3<f32>,
    n_dot_v: f32,
    // Size of the pixel on the surface across the slant; along it, it is 1 / n_dot_v times larger.
    footprint: f32,
    // Unit vectors along and across the slant.
    slant: vec3<f32>,
    across: vec3<f32>,
    // Fraction of the pixel that the disc covers.
    coverage: f32,
}

fn ground_at(in: DiscOut) -> Ground {
    var out: Ground;
    let pixel_size = in.right.w;
    let radius = length(in.plane);
    out.coverage = clamp((in.forward.w - radius) / pixel_size + 0.5, 0.0, 1.0);
    // Rays that miss the globe are moved onto the limb, to shade the last, partly covered pixel.
    let bent = in.plane * min(1.0, in.forward.w * 0.9999 / max(radius, 1e-6));
    // The ray meets the sphere where |eye + t direction| = 1; the eye lies on the view axis.
    let tan_sq = dot(bent, bent);
    let cosine = inverseSqrt(1.0 + tan_sq);
    let eye_sq = in.eye.w + 1.0;
    let depth = sqrt(max(1.0 - eye_sq * (tan_sq * cosine * cosine), 0.0));
    let distance = sqrt(eye_sq) * cosine - depth;
    out.direction = (in.forward.xyz + bent.x * in.right.xyz + bent.y * in.up.xyz) * cosine;
    out.n = in.eye.xyz + distance * out.direction;
    out.n_dot_v = max(depth, 0.02);
    out.footprint = pixel_size * distance;
    out.slant = (-out.direction - out.n * out.n_dot_v) * inverseSqrt(max(1.0 - out.n_dot_v * out.n_dot_v, 1e-6));
    out.across = cross(out.n, out.slant);
    return out;
}

// Takes one sample of the surface. `stretch` limits the footprint along the slant: large with anisotropic filtering,
// small without, to keep the sample sharp.
fn sample_once(ground: Ground, stretch: f32) -> vec4<f32> {
    let reach = ground.footprint * min(1.0 / ground.n_dot_v, stretch);
    let at = footprint_at(ground.n, ground.slant * reach, ground.across * ground.footprint);
    return textureSampleGrad(surface, surface_sampler, at.uv, at.grad_x, at.grad_y);
}

// Averages several sharp samples along the slant.
fn sample_along(ground: Ground) -> vec4<f32> {
    let reach = ground.footprint / ground.n_dot_v;
    let dx = ground.slant * min(reach / f32(SAMPLES), SHARPNESS * ground.footprint);
    var sum = vec4<f32>(0.0);
    for (var look = 0u; look < SAMPLES; look++) {
        let offset = reach * ((f32(look) + 0.5) / f32(SAMPLES) - 0.5);
        let at = footprint_at(normalize(ground.n + ground.slant * offset), dx, ground.across * ground.footprint);
        sum += textureSampleGrad(surface, surface_sampler, at.uv, at.grad_x, at.grad_y);
    }
    return sum / f32(SAMPLES);
}

// Shades the ground, including the atmosphere above it. Red, green and blue of the texel hold the surface by day, as
// square roots. Alpha is 0 for water, 16/255 for land, and more where there are city lights.
fn lit(in: DiscOut, ground: Ground, texel: vec4<f32>) -> vec4<f32> {
    let n = ground.n;
    let n_dot_v = ground.n_dot_v;
    let land = clamp(texel.a * (255.0 / 16.0), 0.0, 1.0);
    let water = 1.0 - land;
    let city = max(texel.a - 16.0 / 255.0, 0.0) * (255.0 / 239.0);
    var albedo = texel.rgb * texel.rgb;
    // The source picture is desaturated by the atmosphere. Correct for that, as the atmosphere is added below.
    albedo = max(mix(vec3<f32>(dot(albedo, vec3<f32>(0.2126, 0.7152, 0.0722))), albedo, 1.22), vec3<f32>(0.0));
    albedo = mix(albedo, albedo * 0.85 + vec3<f32>(0.003, 0.014, 0.044), water);

    let sun_height = select(1.0, dot(n, in.sun.xyz), in.sun.w > 0.5);
    let day = smoothstep(-0.10, 0.22, sun_height);
    let diffuse = day * (0.30 + 0.85 * max(sun_height, 0.0));
    let dusk_offset = (sun_height - 0.03) * (1.0 / 0.09);
    let dusk = bell(dusk_offset * dusk_offset);
    var colour = albedo * (mix(vec3<f32>(1.0), vec3<f32>(1.5, 0.92, 0.55), dusk * 0.75) * (diffuse * 1.5) + dusk * vec3<f32>(0.16, 0.06, 0.02));

    let night = 1.0 - day;
    // More moonlight when the camera is near, as if eyes adapted to the dark.
    let moonlit = albedo * vec3<f32>(0.024, 0.038, 0.070) * (1.0 + 1.6 * in.up.w)
        + mix(vec3<f32>(0.0022, 0.0048, 0.0120), vec3<f32>(0.0042, 0.0062, 0.0115) * (1.0 + 1.4 * in.up.w), land);
    colour += night * moonlit;
    // Less city light when the camera is near, because each city covers more pixels.
    colour += vec3<f32>(1.35, 0.86, 0.42) * (night * night * city * city * (0.30 + 2.7 * city) * (1.0 - 0.4 * in.up.w));

    // Sun glint on the sea: waves spread the sun's reflection into a wide, soft sheen, stronger at flat viewing angles
    // (Schlick's approximation of Fresnel's law). It is smaller and fainter when the camera is near.
    let half_way = normalize(in.sun.xyz - ground.direction);
    let facing = max(dot(n, half_way), 0.0);
    let wide = bell((1.0 - facing * facing) * (16.0 + 110.0 * in.up.w));
    let wide_4 = wide * wide * wide * wide;
    let narrow = wide_4 * wide_4 * wide_4 * wide_4;
    let narrow_3 = narrow * narrow * narrow;
    let sheen = narrow_3 * narrow_3 * 5.0 + narrow * 0.8 + wide * 0.12;
    let flatness = 1.0 - max(-dot(half_way, ground.direction), 0.0);
    let flatness_sq = flatness * flatness;
    let fresnel = 0.05 + 0.95 * flatness_sq * flatness_sq * flatness;
    let warmth = mix(vec3<f32>(1.0, 0.58, 0.30), vec3<f32>(1.0, 0.86, 0.66), smoothstep(0.0, 0.5, sun_height));
    colour += warmth * (in.sun.w * water * day * sheen * min(fresnel * 1.6, 0.26) * (1.0 - 0.75 * in.up.w));

    // Atmosphere in front of the surface: thickest at the limb, where it matches the brightness of the ring.
    let flat = 1.0 - n_dot_v;
    let flat_sq = flat * flat;
    let grazing = flat_sq * flat_sq * (0.4 + 0.6 * flat);
    colour = colour * (1.0 - 0.55 * grazing) + AIR_COLOUR * ((0.91 * grazing + 0.016 * day) * air_light(sun_height, in.sun.w) * in.air.x);
    return vec4<f32>(finish_as(colour, in.position.xy, in.air.y > 0.5) * ground.coverage, ground.coverage);
}

// One entry point for each sampling method: a software rasterizer runs both sides of a branch.

// With anisotropic filtering.
@fragment
fn disc_filtered(in: DiscOut) -> @location(0) vec4<f32> {
    let ground = ground_at(in);
    return lit(in, ground, sample_once(ground, 50.0));
}

@fragment
fn disc_once(in: DiscOut) -> @location(0) vec4<f32> {
    let ground = ground_at(in);
    return lit(in, ground, sample_once(ground, SHARPNESS));
}

@fragment
fn disc_along(in: DiscOut) -> @location(0) vec4<f32> {
    let ground = ground_at(in);
    return lit(in, ground, sample_along(ground));
}
