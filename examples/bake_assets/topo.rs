//! Reads polygons from a TopoJSON file.
//!
//! A TopoJSON file contains each border once, as an arc of integer deltas; a ring is a list of arc numbers, where a
//! number `n < 0` means the reversed arc `!n`. Format: <https://github.com/topojson/topojson-specification>.

use std::path::Path;

use serde_json::Value;

use crate::Failure;

/// `[lng_deg, lat_deg]`.
pub type Point = [f64; 2];

/// A closed line; the last point repeats the first.
pub type Ring = Vec<Point>;

/// An outline followed by its holes.
pub type Polygon = Vec<Ring>;

/// A geometry of the file with its properties.
pub struct Feature {
    /// ISO 3166-1 numeric code with leading zeros, if the file has one.
    pub id: Option<String>,
    /// The name in the file; empty if it has none.
    pub name: String,
    /// All parts of the area.
    pub polygons: Vec<Polygon>,
}

/// A file with its shared arcs.
pub struct Topology {
    /// The arcs.
    pub arcs: Vec<Vec<Point>>,
    /// The rings of each polygon of each feature, as arc numbers.
    pub shapes: Vec<Vec<Vec<Vec<i64>>>>,
    /// The features.
    pub features: Vec<Feature>,
}

impl Topology {
    /// Reads the collection named `object`.
    pub fn read(path: &Path, object: &str) -> Result<Self, Failure> {
        let file: Value = serde_json::from_slice(&std::fs::read(path)?)?;
        Self::of(&file, object).ok_or_else(|| not_expected(path))
    }

    fn of(file: &Value, object: &str) -> Option<Self> {
        let ring = |ring: &Value| ring.as_array()?.iter().map(Value::as_i64).collect::<Option<Vec<_>>>();
        let polygon = |rings: &Value| rings.as_array()?.iter().map(ring).collect::<Option<Vec<_>>>();
        let shapes = file["objects"][object]["geometries"].as_array()?.iter().map(|geometry| {
            let shape = &geometry["arcs"];
            match geometry["type"].as_str()? {
                "Polygon" => Some(vec![polygon(shape)?]),
                "MultiPolygon" => shape.as_array()?.iter().map(polygon).collect(),
                _ => None,
            }
        });
        Some(Self { arcs: decode_arcs(file)?, shapes: shapes.collect::<Option<_>>()?, features: decode(file, object)? })
    }

    /// Joins arcs to a ring; they may be simplified.
    pub fn join(numbers: &[i64], arcs: &[Vec<Point>]) -> Ring {
        let mut points = Ring::new();
        for &number in numbers {
            let arc = &arcs[if number < 0 { !number } else { number } as usize];
            let shared = usize::from(!points.is_empty());
            if number < 0 {
                points.extend(arc.iter().rev().skip(shared));
            } else {
                points.extend(arc.iter().skip(shared));
            }
        }
        points
    }
}

fn not_expected(path: &Path) -> Failure {
    format!("{}: not the file that is expected", path.display()).into()
}

/// Reads lakes: GeoJSON polygons with their area in km².
pub fn read_lakes(path: &Path) -> Result<Vec<(Polygon, f64)>, Failure> {
    let file: Value = serde_json::from_slice(&std::fs::read(path)?)?;
    lakes(&file).ok_or_else(|| not_expected(path))
}

fn lakes(file: &Value) -> Option<Vec<(Polygon, f64)>> {
    let point = |point: &Value| Some([point[0].as_f64()?, point[1].as_f64()?]);
    let ring = |ring: &Value| ring.as_array()?.iter().map(point).collect::<Option<Ring>>();
    let polygon = |rings: &Value| rings.as_array()?.iter().map(ring).collect::<Option<Polygon>>();
    let mut lakes = Vec::new();
    for feature in file["features"].as_array()? {
        let (shape, km2) = (&feature["geometry"]["coordinates"], feature["properties"]["area_km2"].as_f64()?);
        match feature["geometry"]["type"].as_str()? {
            "Polygon" => lakes.push((polygon(shape)?, km2)),
            "MultiPolygon" => {
                for part in shape.as_array()? {
                    lakes.push((polygon(part)?, km2));
                }
            }
            _ => return None,
        }
    }
    Some(lakes)
}

/// Reads all geometries of the collection named `object`.
pub fn read(path: &Path, object: &str) -> Result<Vec<Feature>, Failure> {
    let file: Value = serde_json::from_slice(&std::fs::read(path)?)?;
    decode(&file, object).ok_or_else(|| not_expected(path))
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

/// Decodes the delta-encoded integer arcs to degrees.
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

fn polygon(rings: &Value, arcs: &[Ring]) -> Option<Polygon> {
    rings.as_array()?.iter().map(|ring| join(ring, arcs)).collect()
}

/// Joins arcs end to end, dropping the first point of each, which repeats the previous one.
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
