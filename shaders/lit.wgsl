// Which instances match the filter: one bit per slot, in rows of 256 words. Mirrors `LitBits` in src/globe/lit.rs.
#define_import_path netglobe::lit

@group(1) @binding(0) var lit_words: texture_2d<u32>;

const ROW_WORDS: u32 = 256u;

// Column and row of the word with the bit of a slot, and the number of the bit.
fn place_of_bit(slot: u32) -> vec3<u32> {
    let word = slot >> 5u;
    return vec3<u32>(word & (ROW_WORDS - 1u), word >> 8u, slot & 31u);
}

// Whether the filter lets an instance through. A texture, because its size is not limited as that of a uniform.
fn is_lit(slot: u32) -> bool {
    let place = place_of_bit(slot);
    let word = textureLoad(lit_words, vec2<i32>(place.xy), 0).x;
    return ((word >> place.z) & 1u) != 0u;
}
