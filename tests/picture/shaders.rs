//! Tests that all shaders compose and validate, and agree with their Rust counterparts.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may fail")]

#[path = "shaders/compose.rs"]
mod compose;
#[path = "shaders/evaluate.rs"]
mod evaluate;

use bevy::math::{DVec3, Vec2};
use compose::{compose, composed, import_path, source, sources};
use evaluate::call;
use naga::{Binding, Module, ScalarKind, ShaderStage, Type, TypeInner, VectorSize};
use netglobe::{
    geodesy::{ArcShape, LatLng, apex_altitude, central_angle, great_circle},
    globe::{
        arcs::{
            instance::{self, ArcInstance, flag, pack_direction, unpack_direction},
            rate::lap_position,
        },
        areas::{AreaStyle, FADE_MS, PLAIN},
        dots::{DotInstance, mark},
        ends::{SHELL_ALTITUDE, lift_altitude},
        lit::{ROW_WORDS, place_of_bit},
        rings::{self, RingInstance, ring},
        shapes::{pack, unpack, vertex},
        spaces::{CameraView, GlobeUniform},
    },
};
use std::{collections::BTreeMap, mem::offset_of};

/// Shaders with entry points; the others are imported by them.
const DRAWS: [&str; 7] =
    ["arcs.wgsl", "dots.wgsl", "earth.wgsl", "output.wgsl", "rings.wgsl", "shapes.wgsl", "stars.wgsl"];

#[test]
fn every_shader_composes_and_validates() {
    let mut draws = Vec::new();
    for (name, text) in sources() {
        let module = compose(&name, &text).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(module.entry_points.is_empty(), import_path(&text).is_some(), "{name} draws or is imported");
        if !module.entry_points.is_empty() {
            draws.push(name);
        }
    }
    assert_eq!(draws, DRAWS);
}

#[test]
fn a_broken_shader_is_reported_by_name() {
    let broken = source("output.wgsl").replace("tone_map(light)", "tone_map(light.x)");
    let error = compose("output.wgsl", &broken).expect_err("a number is no colour");
    assert!(error.contains("output.wgsl") && error.contains("tone_map"), "{error}");
}

#[test]
fn the_view_uniform_has_one_layout() {
    macro_rules! fields {
        ($($name:ident: $kind:literal),* $(,)?) => {
            [$((stringify!($name).to_owned(), offset_of!(GlobeUniform, $name), $kind.to_owned())),*]
        };
    }
    let rust = fields![
        clip_from_world: "mat4",
        eye: "vec3 Float",
        horizon_sq: "Float",
        right: "vec3 Float",
        tan_half_width: "Float",
        up: "vec3 Float",
        tan_half_height: "Float",
        forward: "vec3 Float",
        tan_globe: "Float",
        sun: "vec3 Float",
        has_night: "Uint",
        size_px: "vec2 Float",
        tan_glow: "Float",
        px_per_pt: "Float",
        arc_ms: "Uint",
        most_segments: "Uint",
        stray: "Uint",
        arc_parts: "Uint",
        is_hdr: "Uint",
        culls_hidden: "Uint",
        is_highlighted: "Uint",
        highlighted_group: "Uint",
        path_light: "Float",
        comet_light: "Float",
        dimmed_light: "Float",
        half_width_px: "Float",
        dot_light: "Float",
        air_light: "Float",
        hides_rest: "Uint",
        cover: "Float",
        home: "vec3 Float",
        home_lift: "Float",
        ring_angle: "Float",
        around_light: "Float",
        loop_radius: "vec2 Float",
    ];
    for file in ["arcs.wgsl", "dots.wgsl", "earth.wgsl", "rings.wgsl", "shapes.wgsl", "stars.wgsl"] {
        let module = composed(file);
        let uniform = module
            .global_variables
            .iter()
            .find(|(_, variable)| variable.binding.is_some_and(|binding| (binding.group, binding.binding) == (0, 0)));
        let TypeInner::Struct { members, span } = &module.types[uniform.expect("the uniform").1.ty].inner else {
            panic!("{file}: the uniform is a struct");
        };
        let wgsl: Vec<_> = members
            .iter()
            .map(|member| {
                (member.name.clone().expect("a name"), member.offset as usize, kind(&module.types[member.ty]))
            })
            .collect();
        assert_eq!(wgsl, rust, "{file}");
        assert_eq!(*span as usize, size_of::<GlobeUniform>(), "{file}");
    }
}

#[test]
fn instances_are_as_long_as_their_rust_twins() {
    for (file, entry, bytes) in [
        ("arcs.wgsl", "vertex", size_of::<ArcInstance>()),
        ("dots.wgsl", "vertex", size_of::<DotInstance>()),
        ("rings.wgsl", "vertex", size_of::<RingInstance>()),
    ] {
        let module = composed(file);
        let attributes = locations(&module, entry, Side::In);
        assert!(attributes.values().all(|kind| kind == "vec4 Uint"), "{file}: {attributes:?}");
        assert!(attributes.keys().copied().eq(0..attributes.len() as u32), "{file}: locations count from 0");
        assert_eq!(attributes.len() * 16, bytes, "{file}");
    }
    let words = [
        offset_of!(ArcInstance, start),
        offset_of!(ArcInstance, start_color),
        offset_of!(ArcInstance, flags_and_rates),
    ];
    assert_eq!(words, [0, 16, 28], "ends.x, look.x and look.w");
    let words =
        [offset_of!(DotInstance, color), offset_of!(DotInstance, radius_and_kind), offset_of!(DotInstance, event_ms)];
    assert_eq!(words, [4, 8, 12], "data.y, data.z and data.w of a dot");
    let words = [
        offset_of!(RingInstance, color),
        offset_of!(RingInstance, radius_and_kind),
        offset_of!(RingInstance, is_highlighted),
    ];
    assert_eq!(words, [4, 8, 12], "data.y, data.z and data.w of a ring");
    let words = [offset_of!(AreaStyle, alpha_before), offset_of!(AreaStyle, since_ms), offset_of!(AreaStyle, size_deg)];
    assert_eq!(words, [4, 8, 12], "look.y, look.z and look.w of an area");
}

#[test]
fn vertices_of_shapes_read_points_and_then_how_a_country_is_lit() {
    let module = composed("shapes.wgsl");
    for (entry, points, has_look) in [("line_vertex", 3, false), ("outline_vertex", 3, true), ("fill_vertex", 1, true)]
    {
        let kinds: Vec<_> = locations(&module, entry, Side::In).into_values().collect();
        let mut expected = vec!["vec2 Uint".to_owned(); points];
        expected.extend(has_look.then(|| "vec4 Uint".to_owned()));
        assert_eq!(kinds, expected, "{entry}");
    }
    assert_eq!((size_of::<[u32; 2]>(), size_of::<AreaStyle>()), (8, 16));
}

#[test]
fn the_bit_of_a_slot_is_where_rust_puts_it() {
    assert_eq!(constant(&source("lit.wgsl"), "ROW_WORDS"), ROW_WORDS as f64);
    for file in ["arcs.wgsl", "dots.wgsl"] {
        let module = composed(file);
        for slot in [0, 1, 31, 32, 255 * 32 + 31, 256 * 32, 99_999, 1_000_000, u32::MAX] {
            let place = call(&module, "place_of_bit", &[vec![f64::from(slot)]], &[]);
            assert_eq!(place, place_of_bit(slot).map(f64::from), "{file}: {slot}");
        }
        // Words of 32 bits, read by the vertex shader alone.
        let texture = module
            .global_variables
            .iter()
            .find(|(_, variable)| variable.binding.is_some_and(|binding| (binding.group, binding.binding) == (1, 0)));
        let class = &module.types[texture.expect("the texture").1.ty].inner;
        let TypeInner::Image { class, .. } = class else { panic!("{file}: {class:?} is no texture") };
        assert_eq!(*class, naga::ImageClass::Sampled { kind: ScalarKind::Uint, multi: false }, "{file}");
    }
}

#[test]
fn points_of_shapes_unpack_the_same_way_on_both_sides_and_lie_within_a_few_metres() {
    let module = composed("shapes.wgsl");
    for (a, _) in pairs() {
        let words = pack(a.as_vec3(), [0xff, 0x0f]);
        let lanes = words.map(f64::from).to_vec();
        let shader = DVec3::from_slice(&call(&module, "decode_point", &[lanes], &[]));
        assert!(shader.distance(unpack(words).as_dvec3()) < 1e-6 && shader.distance(a) < 1e-6, "{a} {shader}");
    }
    let words = pack(bevy::math::Vec3::Y, [117, 1 | 4 | (vertex::TRAIL as u8) << 3]).map(f64::from).to_vec();
    assert_eq!(call(&module, "kind_of", std::slice::from_ref(&words), &[]), [1.0]);
    assert_eq!(call(&module, "end_of", std::slice::from_ref(&words), &[]), [f64::from(vertex::TRAIL)]);
    assert!((call(&module, "size_of", &[words], &[])[0] - 0.512).abs() < 1e-6, "0.001 * 2^(117 / 13)");
}

#[test]
fn a_line_is_as_wide_before_a_corner_as_after_it() {
    let module = composed("shapes.wgsl");
    let here = Vec2::new(320.0, 200.0);
    for turn_deg in (-120..=120).step_by(15) {
        for length in [0.7, 5.0, 300.0] {
            let way = |deg: i32| Vec2::from_angle((deg as f32).to_radians());
            let (come, go) = (way(20), way(20 + turn_deg));
            let (before, after) = (here - come * length, here + go * 2.0 * length);
            let lanes = [before, here, after].map(|point| point.to_array().map(f64::from).to_vec());
            let aside = call(&module, "aside", &lanes, &[]);
            let aside = Vec2::new(aside[0] as f32, aside[1] as f32);
            let widths = [come, go].map(|way| way.perp().dot(aside));
            assert!((widths[0] - widths[1]).abs() < 1e-3, "{turn_deg}: {widths:?}");
            // Sharper corners are cut off to avoid spikes.
            if turn_deg.abs() <= 105 {
                assert!((widths[0] - 1.0).abs() < 1e-3, "{turn_deg}: {widths:?}");
            }
            assert!(aside.length() < 1.7, "{turn_deg}: {aside}");
        }
    }
    // At an end of a line, the offset is perpendicular.
    for (before, after) in [(here, here + Vec2::X * 9.0), (here - Vec2::X * 9.0, here)] {
        let lanes = [before, here, after].map(|point| point.to_array().map(f64::from).to_vec());
        assert_eq!(call(&module, "aside", &lanes, &[]), [0.0, 1.0]);
    }
}

#[test]
fn outlines_are_quieter_from_afar_and_archipelagos_still_more() {
    let module = composed("shapes.wgsl");
    let light = |size_deg: f64, country_deg: f64, pt_per_deg: f64| {
        call(&module, "outline_light", &[vec![size_deg], vec![country_deg], vec![pt_per_deg]], &[])[0]
    };
    assert!(light(17.0, 17.0, 60.0) > 0.99, "a country that fills the picture");
    assert!((0.25..0.5).contains(&light(17.0, 17.0, 4.4)), "Norway on the whole earth");
    assert!(light(2.0, 17.0, 4.4) < 0.05 && light(2.0, 17.0, 60.0) > 0.99, "one of its islands");
    assert!(light(0.3, 0.3, 4.4) > 0.1, "the only island of a small country stays");
}

#[test]
fn fragments_are_given_what_they_read() {
    for (file, vertex, fragment) in [
        ("arcs.wgsl", "vertex", "fragment"),
        ("shapes.wgsl", "fill_vertex", "fill_fragment"),
        ("shapes.wgsl", "line_vertex", "line_fragment"),
        ("shapes.wgsl", "outline_vertex", "outline_fragment"),
        ("rings.wgsl", "vertex", "fragment"),
        ("dots.wgsl", "vertex", "fragment"),
        ("earth.wgsl", "disc_vertex", "disc_filtered"),
        ("earth.wgsl", "disc_vertex", "disc_once"),
        ("earth.wgsl", "disc_vertex", "disc_along"),
        ("earth.wgsl", "ring_vertex", "ring_fragment"),
        ("output.wgsl", "whole_vertex", "light_fragment"),
        ("output.wgsl", "whole_vertex", "stretched_light_fragment"),
        ("output.wgsl", "whole_vertex", "stretched_fragment"),
        ("output.wgsl", "piece_vertex", "piece_fragment"),
        ("stars.wgsl", "vertex", "fragment"),
    ] {
        let module = composed(file);
        assert_eq!(locations(&module, vertex, Side::Out), locations(&module, fragment, Side::In), "{file}");
        assert_eq!(locations(&module, fragment, Side::Out), BTreeMap::from([(0, "vec4 Float".to_owned())]), "{file}");
    }
}

#[test]
fn constants_are_those_of_rust() {
    let arcs = source("arcs.wgsl");
    for (name, value) in [
        ("LIVE", flag::LIVE),
        ("SETTLED", flag::SETTLED),
        ("CLOSING", flag::CLOSING),
        ("FROM_END", flag::FROM_END),
        ("HOVERED", flag::HOVERED),
        ("SELECTED", flag::SELECTED),
        ("NO_HOME", flag::NO_HOME),
        ("MEASURED", flag::MEASURED),
        ("LAN", flag::LAN),
        ("LOOP", flag::LOOP),
        ("SHELL", flag::SHELL),
        ("OPEN_MS", instance::OPEN_MS),
        ("CLOSE_MS", instance::CLOSE_MS),
    ] {
        assert_eq!(constant(&arcs, name), f64::from(value), "{name}");
    }
    let dots = source("dots.wgsl");
    for (name, value) in [
        ("HOME", mark::HOME),
        ("RING", mark::RING),
        ("COUNTRY", mark::COUNTRY),
        ("ANYCAST", mark::ANYCAST),
        ("UNLIKELY", mark::UNLIKELY),
        ("IMPOSSIBLE", mark::IMPOSSIBLE),
        ("LAN", mark::LAN),
        ("SHELL", mark::SHELL),
    ] {
        assert_eq!(constant(&dots, name), f64::from(value), "{name} of dots");
    }
    let rings = source("rings.wgsl");
    for (name, value) in [("ACCURACY", ring::ACCURACY), ("LAN", ring::LAN), ("SHELL", ring::SHELL)] {
        assert_eq!(constant(&rings, name), f64::from(value), "{name} of rings");
    }
    assert_eq!(constant(&rings, "UNSEEN_PT"), f64::from(rings::UNSEEN_PT));
    assert_eq!(constant(&rings, "CORNERS"), f64::from(rings::RING_CORNERS));
    for text in [&arcs, &dots, &rings] {
        assert_eq!(constant(text, "SHELL_ALTITUDE") as f32, SHELL_ALTITUDE);
    }
    let shapes = source("shapes.wgsl");
    assert_eq!(constant(&shapes, "FADE_MS"), f64::from(FADE_MS));
    assert_eq!(constant(&shapes, "PLAIN"), f64::from(PLAIN));
    for (name, value) in [("LEAD", vertex::LEAD), ("TRAIL", vertex::TRAIL), ("STEPS", vertex::STEPS)] {
        assert_eq!(constant(&shapes, name), f64::from(value), "{name} of shapes");
    }
    let foot = ArcShape { start: DVec3::Z, end: DVec3::X, apex_factor: 1.0 }.radius(0.0);
    assert_eq!(constant(&arcs, "FOOT_RADIUS"), foot);

    // The radius of the glow, from the tangent of its angular radius.
    let distance = 4.2;
    let camera = CameraView::new(DVec3::Z, distance, Vec2::new(1280.0, 720.0), 1.0);
    let tangent = f64::from(GlobeUniform::from_camera(&camera).tan_glow);
    let radius = distance * tangent / (1.0 + tangent * tangent).sqrt();
    assert!((constant(&source("earth.wgsl"), "GLOW_HEIGHT") - (radius - 1.0)).abs() < 1e-5, "{radius}");
}

#[test]
fn what_stands_in_for_a_dear_function_is_near_it() {
    let module = composed("earth.wgsl");
    for step in 0..720 {
        let angle = f64::from(step).to_radians() * 0.5 - std::f64::consts::PI;
        let turns = call(&module, "turn_of", &[vec![angle.sin()], vec![angle.cos()]], &[])[0];
        let error = (turns - angle / std::f64::consts::TAU).rem_euclid(1.0);
        assert!(error.min(1.0 - error) * 360.0 < 1.5e-4, "{angle}: {turns}");
    }
    for step in 0..100 {
        let x = f64::from(step) * 0.05;
        let bell = call(&module, "bell", &[vec![x * x]], &[])[0];
        assert!((bell - (-x * x).exp()).abs() < 0.04, "{x}: {bell}");
    }
}

#[test]
fn arcs_belong_to_the_group_that_rust_says() {
    let module = composed("arcs.wgsl");
    for tag in [0, 1, 255, 256, 0xabcd, u16::MAX] {
        let [start_color, end_color] = ArcInstance::pack_style([1, 2, 3], [255, 254, 253], tag);
        let arc = ArcInstance { start_color, end_color, ..ArcInstance::default() };
        let colours = vec![f64::from(start_color), f64::from(end_color)];
        assert_eq!(call(&module, "group_tag", &[colours], &[]), [f64::from(arc.group_tag())], "tag {tag}");
    }
}

#[test]
fn comets_run_as_fast_as_rust_says() {
    let module = composed("arcs.wgsl");
    for code in 1..=255_u8 {
        let laps = call(&module, "lap_speed", &[vec![f64::from(code)]], &[]);
        assert_eq!(laps, [f64::from(lap_position(code, 0, 1))], "code {code}");
    }
}

#[test]
fn arcs_rise_as_high_and_run_the_same_way_as_rust_says() {
    let module = composed("arcs.wgsl");
    for (a, b) in pairs() {
        let omega = call(&module, "central_angle", &[lanes(a), lanes(b)], &[])[0];
        assert!((omega - central_angle(a, b)).abs() < 1e-9, "{a} {b}");
        let apex = call(&module, "apex_altitude", &[vec![omega]], &[])[0];
        assert!((apex - apex_altitude(omega)).abs() < 1e-6, "{omega}: {apex}");
        let toward = DVec3::from_slice(&call(&module, "towards", &[lanes(a), lanes(b)], &[]));
        let middle = a * (omega * 0.5).cos() + toward * (omega * 0.5).sin();
        assert!(middle.distance(great_circle(a, b, 0.5)) < 1e-6, "{a} {b}");
    }
}

#[test]
fn what_stands_off_the_ground_rises_the_same_way_on_both_sides() {
    let module = composed("arcs.wgsl");
    for t in [0.0, 0.2, 0.5, 0.9, 1.0] {
        for ends in [[0.0, 0.15], [0.12, 0.0], [0.12, 0.12], [0.12, 0.15]] {
            let lift = call(&module, "lift_altitude", &[vec![t], vec![ends[0]], vec![ends[1]]], &[])[0];
            assert!((lift - f64::from(lift_altitude(t as f32, ends.map(|it| it as f32)))).abs() < 1e-6, "{t} {ends:?}");
        }
    }
    for (a, b) in pairs() {
        let toward = DVec3::from_slice(&call(&module, "towards", &[lanes(a), lanes(b)], &[]));
        let radius = 0.07_f64;
        let cos_sin = vec![radius.cos(), radius.sin()];
        let middle = DVec3::from_slice(&call(&module, "loop_middle", &[lanes(a), lanes(toward), cos_sin], &[]));
        assert!((middle.length() - 1.0).abs() < 1e-6 && (middle.angle_between(a) - radius).abs() < 1e-6, "{a} {b}");
    }
}

#[test]
fn directions_unpack_the_same_way_on_both_sides() {
    let module = composed("arcs.wgsl");
    for (a, b) in pairs() {
        for direction in [a, b] {
            let bits = pack_direction(direction.as_vec3());
            let shader = DVec3::from_slice(&call(&module, "decode_direction", &[vec![f64::from(bits)]], &[]));
            assert!(shader.distance(unpack_direction(bits).as_dvec3()) < 1e-6, "{direction}");
        }
    }
}

#[test]
fn both_sides_hide_the_same_points() {
    let module = composed("arcs.wgsl");
    for (below, point) in pairs() {
        for height in [1.001, 1.2, 1.7] {
            let camera = CameraView::new(below, 3.0, Vec2::new(800.0, 600.0), 1.0);
            let point = point * height;
            let uniform = GlobeUniform::from_camera(&camera);
            let view = [vec![], uniform.eye.map(f64::from).to_vec(), vec![f64::from(uniform.horizon_sq)]];
            let behind = call(&module, "behind_limb", &[lanes(point)], &view)[0];
            // At the limb itself, rounding decides.
            if behind.abs() > 1e-5 {
                assert_eq!(behind > 0.0, camera.is_hidden(point.as_vec3()), "{below} {point}: {behind}");
            }
        }
    }
}

/// Pairs of unit vectors: near and far, poles, date line, equal and antipodal.
fn pairs() -> Vec<(DVec3, DVec3)> {
    let places = [
        (0.0, 0.0),
        (52.5, 13.4),
        (52.6, 13.5),
        (-33.9, 151.2),
        (90.0, 0.0),
        (-90.0, 0.0),
        (0.0, 180.0),
        (10.0, -179.9),
        (40.7, -74.0),
        (-52.5, -166.6),
    ]
    .map(|(lat, lng)| LatLng::from_degrees(lat, lng).expect("a valid position").to_unit());
    places.iter().flat_map(|a| places.iter().map(|b| (*a, *b))).collect()
}

fn lanes(vector: DVec3) -> Vec<f64> {
    vector.to_array().to_vec()
}

/// The value of `const NAME: T = value;` in a shader.
fn constant(text: &str, name: &str) -> f64 {
    let line = text.lines().find(|line| line.starts_with(&format!("const {name}:")));
    let value = line.and_then(|line| line.split_once("= ")).and_then(|(_, value)| value.strip_suffix(';'));
    let value = value.unwrap_or_else(|| panic!("no constant {name}"));
    value.trim_end_matches('u').parse().unwrap_or_else(|_| panic!("{name} is no number: {value}"))
}

#[derive(Clone, Copy, PartialEq)]
enum Side {
    In,
    Out,
}

/// Location and type of all inputs or outputs of an entry point.
fn locations(module: &Module, entry_point: &str, side: Side) -> BTreeMap<u32, String> {
    let entry = module.entry_points.iter().find(|entry| entry.name == entry_point).expect("the entry point");
    assert!(matches!(entry.stage, ShaderStage::Vertex | ShaderStage::Fragment));
    let values: Vec<_> = match side {
        Side::In => entry.function.arguments.iter().map(|argument| (argument.ty, argument.binding.clone())).collect(),
        Side::Out => entry.function.result.iter().map(|result| (result.ty, result.binding.clone())).collect(),
    };
    let mut found = BTreeMap::new();
    for (ty, binding) in values {
        let members = match &module.types[ty].inner {
            TypeInner::Struct { members, .. } => members.iter().map(|m| (m.ty, m.binding.clone())).collect(),
            _ => vec![(ty, binding)],
        };
        for (ty, binding) in members {
            if let Some(Binding::Location { location, .. }) = binding {
                found.insert(location, kind(&module.types[ty]));
            }
        }
    }
    found
}

/// Name of a type.
fn kind(ty: &Type) -> String {
    match ty.inner {
        TypeInner::Scalar(scalar) => format!("{:?}", scalar.kind),
        TypeInner::Vector { size, scalar } => format!("vec{} {:?}", size as u8, scalar.kind),
        TypeInner::Matrix { columns: VectorSize::Quad, rows: VectorSize::Quad, scalar }
            if scalar.kind == ScalarKind::Float =>
        {
            "mat4".to_owned()
        }
        ref other => format!("{other:?}"),
    }
}
