// What was drawn aside becomes what a screen shows: the scene, where it has a size or a range of its own, and the overlay.
#import netglobe::view::view
#import netglobe::tone::{tone_map, dither}

@group(0) @binding(1) var picture: texture_2d<f32>;
@group(0) @binding(2) var picture_sampler: sampler;

@vertex
fn whole_vertex(@builtin(vertex_index) vertex_index: u32) -> @builtin(position) vec4<f32> {
    let corner = vec2<f32>(f32(vertex_index & 1u), f32(vertex_index >> 1u));
    return vec4<f32>(corner * 4.0 - 1.0, 0.5, 1.0);
}

// The scene at its own size.
fn scene_at(position: vec2<f32>) -> vec3<f32> {
    return textureLoad(picture, vec2<i32>(position), 0).rgb;
}

// The scene drawn smaller, in the upper left of its picture.
fn scene_stretched(position: vec2<f32>) -> vec3<f32> {
    let size = vec2<f32>(textureDimensions(picture));
    let at = position * view.viewport.xy / size;
    return textureSampleLevel(picture, picture_sampler, min(at, view.viewport.xy - 0.5) / size, 0.0).rgb;
}

@fragment
fn light_fragment(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    return vec4<f32>(dither(tone_map(scene_at(position.xy)), position.xy), 1.0);
}

@fragment
fn stretched_light_fragment(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    return vec4<f32>(dither(tone_map(scene_stretched(position.xy)), position.xy), 1.0);
}

@fragment
fn stretched_fragment(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    return vec4<f32>(scene_stretched(position.xy), 1.0);
}

// Only where the overlay has something: left, top, width and height of each piece, in pixels.
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
