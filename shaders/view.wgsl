// What every draw knows about the camera, the sun and the arc clock. Mirrors `GlobeUniform` in src/globe/spaces.rs.
#define_import_path netglobe::view
#import netglobe::tone::{tone_map, dither}

struct GlobeView {
    clip_from_world: mat4x4<f32>,
    // xyz: eye in globe radii; w: |eye|^2 - 1.
    eye: vec4<f32>,
    // xyz: camera axis in world space; w of right: tan of half the horizontal field of view, of up: of the vertical one.
    right: vec4<f32>,
    up: vec4<f32>,
    // xyz: from the eye to the globe's centre; w: tan of the globe's angular radius.
    forward: vec4<f32>,
    // xyz: towards the sun; w: 1 where day and night are drawn, 0 where everything is lit.
    sun: vec4<f32>,
    // Width and height in pixels, then tan of the angular radius of the outer glow, then pixels per point.
    viewport: vec4<f32>,
    // Arc clock in ms (wraps), most segments and, from bit 8, how far a chord may stray in 1/64 point, parts, flags (bit 0: HDR, bit 1: what is hidden is not drawn).
    clock: vec4<u32>,
    // Brightness of paths, brightness of comets, half width in pixels, brightness of what is dimmed.
    arcs: vec4<f32>,
    // Brightness of dots, of stars, of the outer glow; how far right of the middle the globe stands, half widths.
    marks: vec4<f32>,
    // Start colour of the arcs that are looked at (rgba8), and 1 while some are; how much light covers what is
    // behind it, as the bits of a float; spare.
    focus: vec4<u32>,
    // xyz: unit vector of home, or of the point below the eye where none is known; w: how high it stands, globe radii.
    home: vec4<f32>,
    // What stands around home: angle of the ring of the LAN, cosine and sine of a loop's own radius, brightness of its arcs.
    around: vec4<f32>,
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

// How far a point is behind the limb: positive where the globe hides it, in units of the sine of an angle at the eye.
// For eye E and point P, P is hidden if it lies beyond the horizon's plane and inside the horizon's cone.
fn behind_limb(point: vec3<f32>) -> f32 {
    let from_eye = point - view.eye.xyz;
    let toward_centre = dot(from_eye, -view.eye.xyz);
    let horizon = view.eye.w;
    let length_sq = dot(from_eye, from_eye);
    let inside_cone = toward_centre * inverseSqrt(length_sq) - sqrt(horizon);
    // Points nearer than the horizon's plane are in front of the globe however central they are.
    return select(inside_cone, -1.0, toward_centre < horizon);
}

// The bell exp(-x^2), to 0.04, by multiplication alone.
fn bell(x_sq: f32) -> f32 {
    let a = max(1.0 - x_sq * 0.125, 0.0);
    let a2 = a * a;
    let a4 = a2 * a2;
    return a4 * a4;
}

// What a draw writes: scene light where that is wanted, else what a screen shows.
fn finish_as(colour: vec3<f32>, pixel: vec2<f32>, is_light: bool) -> vec3<f32> {
    return select(dither(tone_map(colour), pixel), colour, is_light);
}
