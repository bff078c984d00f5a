//! Reads polygons out of a TopoJSON file.
//!
//! A TopoJSON file holds each border once, as an arc of integer steps; a ring is a list of arc numbers, and a number
//! `n < 0` means arc `!n` walked backwards. Format: <https://github.com/topojson/topojson-specification>.

use std::{collections::BTreeSet, path::Path};

use serde_json::Value;

use crate::Failure;

/// A closed line of `[lng_deg, lat_deg]` points; the last point repeats the first.
pub type Ring = Vec<[f64; 2]>;

/// An outline followed by its holes.
pub type Polygon = Vec<Ring>;

/// One geometry of the file with what it says about itself.
pub struct Feature {
    /// ISO 3166-1 numeric code with its leading zeros, where the file has one.
    pub id: Option<String>,
    /// The name in the file; empty where there is none.
    pub name: String,
    /// All parts of the area.
    pub polygons: Vec<Polygon>,
}

/// Reads every geometry of the collection called `object`.
pub fn read(path: &Path, object: &str) -> Result<Vec<Feature>, Failure> {
    let file: Value = serde_json::from_slice(&std::fs::read(path)?)?;
    decode(&file, object).ok_or_else(|| format!("{}: not the TopoJSON that is expected", path.display()).into())
}

fn decode(file: &Value, object: &str) -> Option<Vec<Feature>> {
    let arcs = decode_arcs(file)?;
    let geometries = file["objects"][object]["geometries"].as_array()?;
    geometries
        .iter()
        .map(|geometry| {
            let shape = &geometry["arcs"];
            let polygons = match geometry["type"].as_str()? {
                "Polygon" => vec![polygon(shape, &arcs)?],
                "MultiPolygon" => shape.as_array()?.iter().map(|part| polygon(part, &arcs)).collect::<Option<_>>()?,
                _ => return None,
            };
            Some(Feature {
                id: geometry["id"].as_str().map(str::to_owned),
                name: geometry["properties"]["name"].as_str().unwrap_or_default().to_owned(),
                polygons,
            })
        })
        .collect()
}

/// Turns the delta-encoded integer arcs into degrees.
fn decode_arcs(file: &Value) -> Option<Vec<Ring>> {
    let pair = |value: &Value| Some([value[0].as_f64()?, value[1].as_f64()?]);
    let (scale, translate) = (pair(&file["transform"]["scale"])?, pair(&file["transform"]["translate"])?);
    file["arcs"]
        .as_array()?
        .iter()
        .map(|arc| {
            let mut sum = [0.0; 2];
            arc.as_array()?
                .iter()
                .map(|step| {
                    let step = pair(step)?;
                    sum = [sum[0] + step[0], sum[1] + step[1]];
                    Some([sum[0] * scale[0] + translate[0], sum[1] * scale[1] + translate[1]])
                })
                .collect()
        })
        .collect()
}

/// The lines that two geometries of the collection called `object` share.
pub fn shared_lines(path: &Path, object: &str) -> Result<Vec<Ring>, Failure> {
    let file: Value = serde_json::from_slice(&std::fs::read(path)?)?;
    shared(&file, object).ok_or_else(|| format!("{}: not the TopoJSON that is expected", path.display()).into())
}

fn shared(file: &Value, object: &str) -> Option<Vec<Ring>> {
    let arcs = decode_arcs(file)?;
    let mut users: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); arcs.len()];
    for (geometry, value) in file["objects"][object]["geometries"].as_array()?.iter().enumerate() {
        for number in numbers(&value["arcs"]) {
            users.get_mut(usize::try_from(if number < 0 { !number } else { number }).ok()?)?.insert(geometry);
        }
    }
    Some(arcs.into_iter().zip(users).filter(|(_, users)| users.len() > 1).map(|(arc, _)| arc).collect())
}

/// All arc numbers, however deep.
fn numbers(value: &Value) -> Vec<i64> {
    match value.as_array() {
        Some(parts) => parts.iter().flat_map(numbers).collect(),
        None => value.as_i64().into_iter().collect(),
    }
}

fn polygon(rings: &Value, arcs: &[Ring]) -> Option<Polygon> {
    rings.as_array()?.iter().map(|ring| join(ring, arcs)).collect()
}

/// Joins arcs end to end, dropping the point that each shares with the one before.
fn join(ring: &Value, arcs: &[Ring]) -> Option<Ring> {
    let mut points = Ring::new();
    for number in ring.as_array()? {
        let number = number.as_i64()?;
        let arc = arcs.get(usize::try_from(if number < 0 { !number } else { number }).ok()?)?;
        let shared = usize::from(!points.is_empty());
        if number < 0 {
            points.extend(arc.iter().rev().skip(shared));
        } else {
            points.extend(arc.iter().skip(shared));
        }
    }
    Some(points)
}
