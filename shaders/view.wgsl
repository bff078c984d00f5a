// The uniform shared by all shaders: camera, sun and arc clock. Mirrors `GlobeUniform` in src/globe/spaces.rs.
#define_import_path netglobe::view
#import netglobe::tone::{tone_map, dither}

struct GlobeView {
    clip_from_world: mat4x4<f32>,
    // Camera position, globe radii.
    eye: vec3<f32>,
    // |eye|^2 - 1: the square of the distance to the horizon.
    horizon_sq: f32,
    // Camera axes in world space, and the tangents of half the field of view along the first two.
    right: vec3<f32>,
    tan_half_width: f32,
    up: vec3<f32>,
    tan_half_height: f32,
    // From the eye to the globe's centre; tangent of the globe's angular radius.
    forward: vec3<f32>,
    tan_globe: f32,
    // Unit vector to the sun; 1 if day and night are drawn, 0 if everything is lit.
    sun: vec3<f32>,
    has_night: u32,
    // Width and height in pixels; tangent of the angular radius of the outer glow; pixels per point.
    size_px: vec2<f32>,
    tan_glow: f32,
    px_per_pt: f32,
    // Arc clock in ms, wrapping; for each arc, maximum segments, chord tolerance in 1/64 point, and number of parts.
    arc_ms: u32,
    most_segments: u32,
    stray: u32,
    arc_parts: u32,
    // 1 if the target is HDR; 1 if parts behind the globe are not drawn at all.
    is_hdr: u32,
    culls_hidden: u32,
    // 1 while an arc is hovered or selected; the tag of its group, 0 if its owner is unknown.
    is_highlighted: u32,
    highlighted_group: u32,
    // Brightness of paths, of comets and of dimmed arcs; half width of an arc in pixels.
    path_light: f32,
    comet_light: f32,
    dimmed_light: f32,
    half_width_px: f32,
    // Brightness of dots and of the outer glow; 1 if what does not match the filter is hidden instead of dimmed; alpha
    // per unit of an arc's light.
    dot_light: f32,
    air_light: f32,
    hides_rest: u32,
    cover: f32,
    // Unit vector of home, or of a point beside the globe if home is unknown; its height above the ground, globe radii.
    home: vec3<f32>,
    home_lift: f32,
    // Around home: angle of the LAN ring, brightness factor of arcs there, cosine and sine of the angular radius of a loop.
    ring_angle: f32,
    around_light: f32,
    loop_radius: vec2<f32>,
}

@group(0) @binding(0) var<uniform> view: GlobeView;

// Octahedral decoding of a unit vector from snorm16x2 (Cigolle et al., "A Survey of Efficient Representations for
// Independent Unit Vectors", 2014).
fn decode_direction(bits: u32) -> vec3<f32> {
    let p = unpack2x16snorm(bits);
    var n = vec3<f32>(p.x, p.y, 1.0 - abs(p.x) - abs(p.y));
    if n.z < 0.0 {
        let sign_not_zero = vec2<f32>(select(-1.0, 1.0, p.x >= 0.0), select(-1.0, 1.0, p.y >= 0.0));
        let folded = (vec2<f32>(1.0) - abs(n.yx)) * sign_not_zero;
        n = vec3<f32>(folded, n.z);
    }
    return normalize(n);
}

// How far a point is behind the limb: positive if the globe hides it, in units of the sine of an angle at the eye.
// Point P is hidden from eye E if it lies beyond the plane of the horizon and inside the cone of the horizon.
fn behind_limb(point: vec3<f32>) -> f32 {
    let from_eye = point - view.eye;
    let toward_centre = dot(from_eye, -view.eye);
    let horizon = view.horizon_sq;
    let length_sq = dot(from_eye, from_eye);
    let inside_cone = toward_centre * inverseSqrt(length_sq) - sqrt(horizon);
    // Points in front of the horizon plane are always visible.
    return select(inside_cone, -1.0, toward_centre < horizon);
}

// Approximates the bell curve exp(-x^2) to within 0.04, using multiplications only.
fn bell(x_sq: f32) -> f32 {
    let a = max(1.0 - x_sq * 0.125, 0.0);
    let a2 = a * a;
    let a4 = a2 * a2;
    return a4 * a4;
}

// Output colour of a draw: scene light for an HDR target, tone-mapped otherwise.
fn finish_as(colour: vec3<f32>, pixel: vec2<f32>, is_light: bool) -> vec3<f32> {
    return select(dither(tone_map(colour), pixel), colour, is_light);
}
