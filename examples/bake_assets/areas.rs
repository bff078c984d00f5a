//! Packs the outlines of countries, for highlighting when only the country is known.
//!
//! `NGA1`, followed by each code in order: its two letters, the number of its rings (u16), and for each ring the number
//! of its points (u16), the first point as longitude and latitude (i16, hundredths of a degree), and the deltas of the
//! others (zigzag LEB128). Numbers are little-endian. Outlines and holes are not distinguished: a point is inside if an
//! odd number of rings surrounds it. Longitudes continue across the date line, and a ring around a pole includes it.

use std::collections::BTreeMap;

use crate::topo::{Polygon, Ring};

/// Units per degree.
const PER_DEG: f64 = 100.0;

/// The packed file.
pub fn pack(codes: &BTreeMap<String, Vec<Polygon>>) -> Vec<u8> {
    let mut bytes = b"NGA1".to_vec();
    for (code, polygons) in codes {
        let rings: Vec<_> = polygons.iter().flatten().map(closed).filter(|ring| ring.len() > 2).collect();
        if rings.is_empty() {
            continue;
        }
        bytes.extend_from_slice(code.as_bytes());
        bytes.extend_from_slice(&(rings.len() as u16).to_le_bytes());
        for ring in rings {
            bytes.extend_from_slice(&(ring.len() as u16).to_le_bytes());
            let mut last = ring[0];
            bytes.extend(last.iter().flat_map(|value| (*value as i16).to_le_bytes()));
            for point in &ring[1..] {
                for axis in 0..2 {
                    push_step(point[axis] - last[axis], &mut bytes);
                }
                last = *point;
            }
        }
    }
    bytes
}

/// The ring in whole units, with continuous longitudes, without duplicate points, and without the last one, which
/// repeats the first.
fn closed(ring: &Ring) -> Vec<[i32; 2]> {
    let mut points: Vec<[i32; 2]> = Vec::new();
    let mut lng_deg = ring.first().map_or(0.0, |point| point[0]);
    for point in ring {
        lng_deg = point[0] + ((lng_deg - point[0]) / 360.0).round() * 360.0;
        let unit = [(lng_deg * PER_DEG).round() as i32, (point[1] * PER_DEG).round() as i32];
        if points.last() != Some(&unit) {
            points.push(unit);
        }
    }
    let turn = (360.0 * PER_DEG) as i32;
    match (points.first().copied(), points.last().copied()) {
        (Some(first), Some(last)) if (last[0] - first[0]).abs() == turn => {
            let pole = if first[1] < 0 { -90.0 * PER_DEG } else { 90.0 * PER_DEG } as i32;
            points.extend([[last[0], pole], [first[0], pole]]);
        }
        (Some(first), Some(last)) if points.len() > 1 && first == last => {
            points.pop();
        }
        _ => {}
    }
    points
}

fn push_step(step: i32, bytes: &mut Vec<u8>) {
    let mut rest = ((step << 1) ^ (step >> 31)) as u32;
    while rest >= 0x80 {
        bytes.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    bytes.push(rest as u8);
}
