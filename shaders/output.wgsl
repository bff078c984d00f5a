// Copies offscreen pictures to the target: the scene, if it is HDR or has a lower resolution, and the overlay.
#import netglobe::view::view
#import netglobe::tone::{tone_map, dither}

@group(0) @binding(1) var picture: texture_2d<f32>;
@group(0) @binding(2) var picture_sampler: sampler;

struct WholeOut {
    @builtin(position) position: vec4<f32>,
    // Texture coordinates in the scene, whose upper left part is used if it is smaller; and the largest valid ones.
    @location(0) uv: vec2<f32>,
    @location(1) @interpolate(flat) last: vec2<f32>,
}

@vertex
fn whole_vertex(@builtin(vertex_index) vertex_index: u32) -> WholeOut {
    let corner = vec2<f32>(f32(vertex_index & 1u), f32(vertex_index >> 1u)) * 2.0;
    let size = vec2<f32>(textureDimensions(picture));
    var out: WholeOut;
    out.position = vec4<f32>(corner.x * 2.0 - 1.0, 1.0 - corner.y * 2.0, 0.5, 1.0);
    out.uv = corner * view.size_px / size;
    out.last = (view.size_px - 0.5) / size;
    return out;
}

fn scene_stretched(in: WholeOut) -> vec3<f32> {
    return textureSampleLevel(picture, picture_sampler, min(in.uv, in.last), 0.0).rgb;
}

@fragment
fn light_fragment(in: WholeOut) -> @location(0) vec4<f32> {
    let light = textureLoad(picture, vec2<i32>(in.position.xy), 0).rgb;
    return vec4<f32>(dither(tone_map(light), in.position.xy), 1.0);
}

@fragment
fn stretched_light_fragment(in: WholeOut) -> @location(0) vec4<f32> {
    return vec4<f32>(dither(tone_map(scene_stretched(in)), in.position.xy), 1.0);
}

@fragment
fn stretched_fragment(in: WholeOut) -> @location(0) vec4<f32> {
    return vec4<f32>(scene_stretched(in), 1.0);
}

// Draws only the pieces that the overlay covers: left, top, width and height of each, in pixels.
@vertex
fn piece_vertex(@builtin(vertex_index) vertex_index: u32, @location(0) piece: vec4<u32>) -> @builtin(position) vec4<f32> {
    let corner = vec2<u32>(vertex_index & 1u, vertex_index >> 1u);
    let place = vec2<f32>(piece.xy + corner * piece.zw) / vec2<f32>(textureDimensions(picture));
    return vec4<f32>(place.x * 2.0 - 1.0, 1.0 - place.y * 2.0, 0.5, 1.0);
}

@fragment
fn piece_fragment(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    return textureLoad(picture, vec2<i32>(position.xy), 0);
}
