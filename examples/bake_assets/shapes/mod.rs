//! Borders, coasts and shores as lines, and areas of countries as triangles with the same lines, at several levels of
//! detail.
//!
//! All levels are derived from one source, so that lines become simpler at a distance, but never different. Shared
//! lines are simplified once, so that neighbours still share them, and the fill of a country ends exactly on its line.

#![allow(clippy::many_single_char_names, reason = "corners and vectors have the names of geometry")]

pub mod ears;
pub mod grid;
pub mod lakes;
pub mod pack;
pub mod simplify;

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::sphere::{to_lng_lat, to_vector};
use crate::topo::{Point, Ring, Topology};
use ears::Cutting;
use grid::{Cell, Loop, cross, dot, plus, scaled, unit};
use lakes::{Lake, Rest};
use pack::{Fill, Kind, Line, Packer};
use simplify::{Tolerance, simplify};

/// A level of detail.
struct Level {
    tolerance: Tolerance,
    /// Minimum size of islands and lakes, degrees.
    least_deg: f64,
    least_lake_km2: f64,
    /// Cells per side of a face for grouping lines.
    line_cells: u8,
    /// Cells per side of a face for cutting areas.
    fill_cells: u8,
    /// Resolution of points in units per degree.
    per_deg: u16,
}

/// From coarse to fine; `LEVELS` of `src/globe/shapes/mod.rs` determines when each is drawn.
const LEVELS: [Level; 4] = [
    level([0.30, 5.0], 0.90, 25_000.0, [2, 14], 100),
    level([0.085, 3.0], 0.24, 4_000.0, [5, 16], 250),
    level([0.032, 2.0], 0.09, 500.0, [12, 20], 600),
    level([0.0105, 1.2], 0.0, 0.0, [24, 26], 1_600),
];

const fn level(tolerance: [f64; 2], least_deg: f64, least_lake_km2: f64, cells: [u8; 2], per_deg: u16) -> Level {
    let [size_deg, longest_deg] = tolerance;
    let [line_cells, fill_cells] = cells;
    let tolerance = Tolerance { size_deg, longest_deg };
    Level { tolerance, least_deg, least_lake_km2, line_cells, fill_cells, per_deg }
}

/// Lines between parts of one code around smaller areas are omitted: leased bases, not borders.
const LEAST_INNER_DEG: f64 = 2.0;

/// Whether a point is on the cut of the source at the date line, where there is no border.
pub fn is_cut(point: Point) -> bool {
    point[0].abs() > 179.9999
}

/// The source data, independent of the level.
struct Source<'a> {
    topology: &'a Topology,
    codes: Vec<String>,
    /// The polygons of each code, as feature and index in it.
    polygons: Vec<&'a [[usize; 2]]>,
    /// The size of each ring of each polygon.
    sizes: HashMap<[usize; 3], f64>,
    lakes: Vec<(Vec<Ring>, f64)>,
}

/// The packed file, uncompressed.
pub fn pack(topology: &Topology, by_code: &BTreeMap<String, Vec<[usize; 2]>>, lakes: &[(Vec<Ring>, f64)]) -> Vec<u8> {
    let with_shape = by_code.iter().filter(|(_, polygons)| !polygons.is_empty());
    let (codes, polygons): (Vec<_>, Vec<_>) =
        with_shape.map(|(code, polygons)| (code.clone(), polygons.as_slice())).unzip();
    let mut sizes = HashMap::new();
    for (feature, shape) in topology.shapes.iter().enumerate() {
        for (polygon, rings) in shape.iter().enumerate() {
            for (ring, numbers) in rings.iter().enumerate() {
                sizes.insert([feature, polygon, ring], size_deg(&Topology::join(numbers, &topology.arcs)));
            }
        }
    }
    let source = Source { topology, codes, polygons, sizes, lakes: lakes::apart(lakes) };
    let mut packer = Packer::new(&source.codes, LEVELS.len());
    for level in &LEVELS {
        let (chunks, fills) = source.at(level);
        packer.level(level.per_deg, &chunks, &fills);
    }
    packer.finish()
}

/// Extent of a line, degrees.
fn size_deg(line: &[Point]) -> f64 {
    let start = ([f64::MAX; 3], [f64::MIN; 3]);
    let (low, high) = line.iter().map(|point| to_vector(*point)).fold(start, |(low, high), p| {
        ([0, 1, 2].map(|axis| p[axis].min(low[axis])), [0, 1, 2].map(|axis| p[axis].max(high[axis])))
    });
    let reach = [0, 1, 2].map(|axis| high[axis] - low[axis]);
    dot(reach, reach).sqrt().to_degrees()
}

impl Source<'_> {
    fn at(&self, level: &Level) -> (Vec<Vec<Line>>, Vec<Fill>) {
        let kept = self.kept_rings(level);
        let mut uses: Vec<Vec<(u8, usize)>> = vec![Vec::new(); self.topology.arcs.len()];
        let mut arc_sizes = vec![0.0_f64; self.topology.arcs.len()];
        for (code, ring) in &kept {
            let [feature, polygon, number] = *ring;
            for arc in &self.topology.shapes[feature][polygon][number] {
                let arc = if *arc < 0 { !arc } else { *arc } as usize;
                uses[arc].push((*code, feature));
                arc_sizes[arc] = arc_sizes[arc].max(self.sizes[ring]);
            }
        }
        let mut arcs: Vec<Vec<Point>> = self
            .topology
            .arcs
            .iter()
            .zip(&uses)
            .map(|(arc, uses)| if uses.is_empty() { Vec::new() } else { simplify(arc, level.tolerance) })
            .collect();
        let mut lakes: Vec<Lake> = self
            .lakes
            .iter()
            .filter(|(_, km2)| *km2 >= level.least_lake_km2)
            .map(|(rings, _)| {
                let is_kept = |ring: &&Ring| size_deg(ring) >= level.least_deg.min(0.2);
                let islands = rings.iter().skip(1).filter(is_kept);
                Lake::new(
                    rings.first().into_iter().chain(islands).map(|ring| simplify(ring, level.tolerance)).collect(),
                )
            })
            .collect();
        let crossings = lakes::cross(&mut arcs, &mut lakes);

        let mut lines = Vec::new();
        let mut polygons: BTreeMap<(u8, usize, usize), Vec<Ring>> = BTreeMap::new();
        for (code, [feature, polygon, number]) in &kept {
            let ring = Topology::join(&self.topology.shapes[*feature][*polygon][*number], &arcs);
            polygons.entry((*code, *feature, *polygon)).or_default().push(unwrapped(ring));
        }
        // Polygons of one code may touch each other, so each is cut separately.
        let mut parts: BTreeMap<(u8, [u64; 2]), Vec<Vec<Loop>>> = BTreeMap::new();
        for ((code, ..), rings) in polygons {
            let Rest { rings, shores, left } = lakes::without_lakes(&rings, &lakes, &crossings);
            if left > 0 {
                eprintln!("lakes on the border of {} that stay filled: {left}", self.codes[usize::from(code - 1)]);
            }
            for points in shores {
                lines.push(Line { kind: Kind::Shore, sides: [code, 0], size_deg: size_deg(&points), points });
            }
            let loops: Vec<Loop> =
                rings.iter().map(|ring| ring[1..].iter().map(|point| to_vector(*point)).collect()).collect();
            for (cell, loops) in grid::cut(&loops, level.fill_cells) {
                parts.entry((code, order_of(cell))).or_default().push(loops);
            }
        }
        let cuttings = |polygons: Vec<Vec<Loop>>| polygons.iter().flat_map(|loops| cut_up(loops)).collect();
        let fills = parts.into_iter().map(|((code, _), polygons)| Fill { code, cuttings: cuttings(polygons) });
        let fills: Vec<Fill> = fills.collect();
        let forced: usize = fills.iter().flat_map(|fill| &fill.cuttings).map(|(_, cutting)| cutting.forced).sum();
        if forced > 0 {
            eprintln!("{forced} corners of areas were no ears: the lines of the source cross there");
        }

        for ((arc, uses), size_deg) in arcs.into_iter().zip(uses).zip(arc_sizes) {
            let Some(&(code, feature)) = uses.first() else { continue };
            let is_border = uses.iter().any(|(_, other)| *other != feature);
            let kind = if is_border { Kind::Border } else { Kind::Coast };
            let other = uses.iter().map(|(code, _)| *code).find(|other| *other != code);
            if is_border && other.is_none() && size_deg < LEAST_INNER_DEG {
                continue;
            }
            // Within one code there is a line, but no edge of an area.
            let sides = match (is_border, other) {
                (true, None) => [0, 0],
                (_, other) => [code, other.unwrap_or_default()],
            };
            for (points, is_wet) in lakes::wet_and_dry(arc, &lakes, &crossings) {
                let sides = if is_wet { [0, 0] } else { sides };
                lines.push(Line { kind, sides, size_deg, points });
            }
        }
        (sorted(lines, level.line_cells), fills)
    }

    /// The rings of a level, with the number of their code.
    fn kept_rings(&self, level: &Level) -> Vec<(u8, [usize; 3])> {
        let mut kept = Vec::new();
        let mut arcs = HashSet::new();
        let mut holes = Vec::new();
        let numbers = |[feature, polygon, ring]: [usize; 3]| {
            self.topology.shapes[feature][polygon][ring].iter().map(|arc| if *arc < 0 { !arc } else { *arc })
        };
        for (code, polygons) in self.polygons.iter().enumerate() {
            let size = |[feature, polygon]: &[usize; 2]| self.sizes[&[*feature, *polygon, 0]];
            let largest = polygons.iter().max_by(|a, b| size(a).total_cmp(&size(b)));
            for polygon in polygons.iter().filter(|it| size(it) >= level.least_deg || Some(*it) == largest) {
                let [feature, number] = *polygon;
                kept.push((code as u8 + 1, [feature, number, 0]));
                arcs.extend(numbers([feature, number, 0]));
                holes.extend(
                    (1..self.topology.shapes[feature][number].len())
                        .map(|ring| (code as u8 + 1, [feature, number, ring])),
                );
            }
        }
        let is_kept = |(_, ring): &(u8, [usize; 3])| {
            self.sizes[ring] >= level.least_deg || numbers(*ring).any(|arc| arcs.contains(&arc))
        };
        holes.retain(is_kept);
        kept.extend(holes);
        kept
    }
}

/// Makes longitudes continuous across the date line; keeps most points unchanged, so that they match lakes and lines.
fn unwrapped(mut ring: Ring) -> Ring {
    let mut last = ring.first().map_or(0.0, |point| point[0]);
    let turned: Vec<f64> = ring
        .iter()
        .map(|point| {
            let turns = ((last - point[0]) / 360.0_f64).round();
            last = point[0] + turns * 360.0;
            turns
        })
        .collect();
    let count = |turns: f64| turned.iter().filter(|other| **other == turns).count();
    let most = [-1.0, 0.0, 1.0].into_iter().max_by_key(|turns| count(*turns)).unwrap_or_default();
    for (point, turns) in ring.iter_mut().zip(&turned) {
        if *turns != most {
            point[0] += (turns - most) * 360.0;
        }
    }
    ring
}

/// Morton order: neighbouring cells have similar numbers.
fn order_of([face, column, row]: Cell) -> [u64; 2] {
    let spread = |value: u8| (0..8).fold(0_u64, |bits, bit| bits | u64::from(value >> bit & 1) << (2 * bit));
    [face.into(), spread(column) | spread(row) << 1]
}

fn cut_up(loops: &[Loop]) -> Vec<(Vec<Point>, Cutting)> {
    let middle = unit(loops.iter().flatten().fold([0.0; 3], |sum, point| plus(sum, *point)));
    let right = unit(cross(if middle[2].abs() < 0.9 { [0.0, 0.0, 1.0] } else { [1.0, 0.0, 0.0] }, middle));
    let up = cross(middle, right);
    let mut points = Vec::new();
    let mut flat = Vec::new();
    let mut rings = Vec::new();
    for ring in loops {
        let first = points.len();
        for point in ring {
            points.push(to_lng_lat(*point));
            // In the gnomonic projection, great circles are straight.
            let on_plane = scaled(*point, 1.0 / dot(*point, middle));
            flat.push([dot(on_plane, right), dot(on_plane, up)]);
        }
        rings.push((first..points.len()).collect());
    }
    let cuttings = ears::cut_up(&flat, &rings);
    cuttings.into_iter().map(|cutting| (points.clone(), cutting)).collect()
}

/// The lines by cell, without those along the cut at the date line.
fn sorted(lines: Vec<Line>, cells: u8) -> Vec<Vec<Line>> {
    let mut chunks: BTreeMap<[u64; 2], Vec<Line>> = BTreeMap::new();
    for Line { kind, sides, size_deg, points } in lines {
        let count = points.len();
        let is_closed = count > 2 && points[0] == points[count - 1];
        let cell_at = |edge: usize| {
            let [a, b] = [points[edge], points[edge + 1]];
            if is_cut(a) && is_cut(b) {
                return None;
            }
            Some(order_of(grid::cell_of(unit(plus(to_vector(a), to_vector(b))), cells)))
        };
        let mut edge = 0;
        while edge + 1 < count {
            let cell = cell_at(edge);
            let end = (edge + 1..count - 1).find(|next| cell_at(*next) != cell).unwrap_or(count - 1);
            if let Some(cell) = cell {
                let before = if edge > 0 {
                    edge - 1
                } else if is_closed {
                    count - 2
                } else {
                    edge
                };
                let after = if end + 1 < count {
                    end + 1
                } else if is_closed {
                    1
                } else {
                    end
                };
                let mut part = vec![points[before]];
                part.extend(&points[edge..=end]);
                part.push(points[after]);
                chunks.entry(cell).or_default().push(Line { kind, sides, size_deg, points: part });
            }
            edge = end;
        }
    }
    let mut chunks: Vec<_> = chunks.into_values().collect();
    for lines in &mut chunks {
        lines.sort_by_key(|line| (line.sides, line.kind));
    }
    chunks
}
