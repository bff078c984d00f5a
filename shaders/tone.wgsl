// Tone mapping from scene light to 8-bit screen colours.
#define_import_path netglobe::tone

// Compresses [0, inf) to [0, 1): nearly linear in dark areas, soft in highlights.
fn tone_map(colour: vec3<f32>) -> vec3<f32> {
    let x = max(colour, vec3<f32>(0.0)) * 1.25;
    return x * (1.0 + x * 0.12) / (1.0 + x * 0.87);
}

// Noise in (-0.5, 0.5) per pixel (Jimenez, "Next Generation Post Processing in Call of Duty", 2014).
fn gradient_noise(pixel: vec2<f32>) -> f32 {
    return fract(52.982919 * fract(dot(pixel, vec2<f32>(0.06711056, 0.00583715)))) - 0.5;
}

// Dithers to hide banding of an 8-bit sRGB target: one step of noise, scaled to the slope of the encoding.
fn dither(colour: vec3<f32>, pixel: vec2<f32>) -> vec3<f32> {
    let step = (2.2 * sqrt(colour) + 0.02) * (1.0 / 255.0);
    return max(colour + step * gradient_noise(pixel), vec3<f32>(0.0));
}
