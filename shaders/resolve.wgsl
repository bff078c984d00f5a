// High tier only: scene light with its bloom becomes what an 8-bit screen shows, by the same curve as the low tier.
#import netglobe::tone::{tone_map, dither}

@group(0) @binding(0) var scene: texture_2d<f32>;

@vertex
fn vertex(@builtin(vertex_index) vertex_index: u32) -> @builtin(position) vec4<f32> {
    let corner = vec2<f32>(f32(vertex_index & 1u), f32(vertex_index >> 1u));
    return vec4<f32>(corner * 4.0 - 1.0, 0.5, 1.0);
}

@fragment
fn fragment(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let light = textureLoad(scene, vec2<i32>(position.xy), 0).rgb;
    return vec4<f32>(dither(tone_map(light), position.xy), 1.0);
}
