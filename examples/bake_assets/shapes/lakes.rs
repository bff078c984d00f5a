//! Cuts lakes out of countries.
//!
//! The shore of a lake within a country becomes a further ring of the country. If a border or a coast crosses a lake,
//! both are split at the crossings; the rest of the country is bounded by its own lines outside of the lake and by the
//! shores inside the country.

use std::collections::{HashMap, HashSet};

use crate::topo::{Point, Ring};

/// Smaller lakes that share an edge with another one are omitted.
const LEAST_NEIGHBOUR_KM2: f64 = 300.0;

/// A lake: its shore, and the shores of its islands.
#[derive(Clone)]
pub struct Lake {
    pub rings: Vec<Ring>,
    /// West, south, east, north, degrees.
    bounds: [f64; 4],
}

impl Lake {
    /// A lake from its rings, of which the first is the shore. Islands that cross it, because they were simplified
    /// separately, are omitted.
    pub fn new(mut rings: Vec<Ring>) -> Self {
        let islands = rings.split_off(rings.len().min(1));
        let is_free = |island: &Ring| {
            let edges = island.windows(2).flat_map(|a| rings[0].windows(2).map(move |b| (a, b)));
            is_inside(&rings, island[0])
                && edges.into_iter().all(|(a, b)| crossing([a[0], a[1]], [b[0], b[1]]).is_none())
        };
        let islands: Vec<Ring> = islands.into_iter().filter(is_free).collect();
        rings.extend(islands);
        let bounds = bounds(&rings);
        Self { rings, bounds }
    }

    pub fn contains(&self, point: Point) -> bool {
        let [west, south, east, north] = self.bounds;
        (west..=east).contains(&point[0]) && (south..=north).contains(&point[1]) && is_inside(&self.rings, point)
    }
}

/// Lakes without overlaps and common edges: a bay that is part of another lake is removed, and neighbours that share an
/// edge are merged, except for small ones, which are rivers between lakes. Largest first.
pub fn apart(lakes: &[(Vec<Ring>, f64)]) -> Vec<(Vec<Ring>, f64)> {
    let mut lakes = lakes.to_vec();
    lakes.sort_by(|a, b| b.1.total_cmp(&a.1));
    let mut apart: Vec<(Vec<Ring>, f64)> = Vec::new();
    for (rings, km2) in lakes {
        let bounds = bounds(&rings);
        let is_part = |(other, _): &(Vec<Ring>, f64)| {
            let inside = rings[0].iter().filter(|point| is_inside(&other[..1], **point)).count();
            5 * inside > 2 * rings[0].len()
        };
        let near: Vec<usize> = (0..apart.len()).filter(|at| do_touch(bounds, self::bounds(&apart[*at].0))).collect();
        if near.iter().any(|at| is_part(&apart[*at])) {
            continue;
        }
        match near.iter().find_map(|at| Some((*at, united(&apart[*at].0, &rings)?))) {
            Some((at, Some(both))) if km2 > LEAST_NEIGHBOUR_KM2 => apart[at] = (both, apart[at].1 + km2),
            Some(_) => {}
            None => apart.push((rings, km2)),
        }
    }
    apart
}

fn do_touch(a: [f64; 4], b: [f64; 4]) -> bool {
    a[0] <= b[2] && a[2] >= b[0] && a[1] <= b[3] && a[3] >= b[1]
}

/// The union, if they share an edge. `Some(None)` if the union does not form closed rings.
#[allow(clippy::option_option, reason = "nothing in common, and more in common than an edge, are two answers")]
fn united(a: &[Ring], b: &[Ring]) -> Option<Option<Vec<Ring>>> {
    let mut edges: HashMap<[[u64; 2]; 2], Vec<Point>> = HashMap::new();
    let mut has_common = false;
    let mut order = Vec::new();
    for edge in a.iter().chain(b).flat_map(|ring| ring.windows(2)) {
        let mut ends = [key(edge[0]), key(edge[1])];
        ends.sort_unstable();
        if edges.insert(ends, edge.to_vec()).is_some() {
            edges.remove(&ends);
            has_common = true;
        }
        order.push(ends);
    }
    if !has_common {
        return None;
    }
    let Some(mut rings) = join(order.iter().filter_map(|ends| edges.remove(ends)).collect()) else { return Some(None) };
    // The longest ring is the shore, the others are islands.
    rings.sort_by_key(|ring| std::cmp::Reverse(ring.len()));
    Some(Some(rings))
}

/// Points where lines cross shores.
#[derive(Default)]
pub struct Crossings(HashSet<[u64; 2]>);

impl Crossings {
    fn has(&self, point: Point) -> bool {
        self.0.contains(&key(point))
    }
}

fn key(point: Point) -> [u64; 2] {
    // Treat 0 and -0 as equal.
    point.map(|value| (value + 0.0).to_bits())
}

pub fn bounds(rings: &[Ring]) -> [f64; 4] {
    let start = [f64::MAX, f64::MAX, f64::MIN, f64::MIN];
    rings.iter().flatten().fold(start, |b, p| [b[0].min(p[0]), b[1].min(p[1]), b[2].max(p[0]), b[3].max(p[1])])
}

/// Even-odd test in chart coordinates.
pub fn is_inside(rings: &[Ring], [x, y]: Point) -> bool {
    rings.iter().flat_map(|ring| ring.windows(2)).fold(false, |inside, edge| {
        let (a, b) = (edge[0], edge[1]);
        inside != ((a[1] > y) != (b[1] > y) && x < a[0] + (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1]))
    })
}

/// Inserts a point into both at each crossing of a line and a shore.
pub fn cross(lines: &mut [Vec<Point>], lakes: &mut [Lake]) -> Crossings {
    const CELL_DEG: f64 = 1.0;
    let cells = |a: Point, b: Point| {
        let range = move |axis: usize| {
            let (low, high) = (a[axis].min(b[axis]), a[axis].max(b[axis]));
            (low / CELL_DEG).floor() as i32..=(high / CELL_DEG).floor() as i32
        };
        range(0).flat_map(move |x| range(1).map(move |y| (x, y)))
    };
    let mut shores: HashMap<(i32, i32), Vec<[usize; 3]>> = HashMap::new();
    for (number, lake) in lakes.iter().enumerate() {
        for (ring, points) in lake.rings.iter().enumerate() {
            for (edge, ends) in points.windows(2).enumerate() {
                for cell in cells(ends[0], ends[1]) {
                    shores.entry(cell).or_default().push([number, ring, edge]);
                }
            }
        }
    }
    let mut crossings = Crossings::default();
    let mut on_shores: HashMap<[usize; 2], Vec<(usize, f64, Point)>> = HashMap::new();
    for line in lines {
        let mut on_line = Vec::new();
        for (edge, ends) in line.windows(2).enumerate() {
            if (ends[0][0] - ends[1][0]).abs() > 180.0 {
                continue;
            }
            let near: HashSet<[usize; 3]> =
                cells(ends[0], ends[1]).filter_map(|cell| shores.get(&cell)).flatten().copied().collect();
            for [lake, ring, shore] in near {
                let other = &lakes[lake].rings[ring][shore..];
                if let Some((t, u, point)) = crossing([ends[0], ends[1]], [other[0], other[1]]) {
                    on_line.push((edge, t, point));
                    on_shores.entry([lake, ring]).or_default().push((shore, u, point));
                    crossings.0.insert(key(point));
                }
            }
        }
        insert(line, on_line);
    }
    for ([lake, ring], points) in on_shores {
        insert(&mut lakes[lake].rings[ring], points);
    }
    crossings
}

fn crossing([a, b]: [Point; 2], [c, d]: [Point; 2]) -> Option<(f64, f64, Point)> {
    let minus = |p: Point, q: Point| [p[0] - q[0], p[1] - q[1]];
    let cross = |p: Point, q: Point| p[0] * q[1] - p[1] * q[0];
    let (r, s) = (minus(b, a), minus(d, c));
    let denominator = cross(r, s);
    if denominator == 0.0 {
        return None;
    }
    let t = cross(minus(c, a), s) / denominator;
    let u = cross(minus(c, a), r) / denominator;
    let is_within = (0.0..1.0).contains(&t) && (0.0..1.0).contains(&u);
    is_within.then(|| (t, u, [a[0] + r[0] * t, a[1] + r[1] * t]))
}

fn insert(line: &mut Vec<Point>, mut points: Vec<(usize, f64, Point)>) {
    points.sort_by(|a, b| b.0.cmp(&a.0).then(b.1.total_cmp(&a.1)));
    for (edge, _, point) in points {
        line.insert(edge + 1, point);
    }
}

/// The pieces of a line between the points for which `is_node`; a closed line without any is one piece.
fn pieces(line: &[Point], is_node: impl Fn(Point) -> bool) -> Vec<Vec<Point>> {
    let nodes: Vec<usize> = (0..line.len()).filter(|at| is_node(line[*at])).collect();
    let is_closed = line.first() == line.last();
    let (Some(&first), Some(&last)) = (nodes.first(), nodes.last()) else { return vec![line.to_vec()] };
    let mut pieces: Vec<Vec<Point>> = nodes.windows(2).map(|pair| line[pair[0]..=pair[1]].to_vec()).collect();
    if is_closed {
        let mut around = line[last..].to_vec();
        around.extend(&line[1..=first]);
        pieces.push(around);
    } else {
        pieces.push(line[..=first].to_vec());
        pieces.push(line[last..].to_vec());
    }
    pieces.retain(|piece| piece.len() > 1);
    pieces
}

/// A point of the line far from its corners.
fn middle(line: &[Point]) -> Point {
    let length = |edge: &&[Point]| (edge[1][0] - edge[0][0]).hypot(edge[1][1] - edge[0][1]);
    let longest = line.windows(2).max_by(|a, b| length(a).total_cmp(&length(b)));
    longest.map_or(line[0], |edge| [(edge[0][0] + edge[1][0]) * 0.5, (edge[0][1] + edge[1][1]) * 0.5])
}

/// The pieces of a line, and whether each is in a lake.
pub fn wet_and_dry(line: Vec<Point>, lakes: &[Lake], crossings: &Crossings) -> Vec<(Vec<Point>, bool)> {
    if !line.iter().any(|point| crossings.has(*point)) {
        return vec![(line, false)];
    }
    let pieces = pieces(&line, |point| crossings.has(point));
    pieces.into_iter().map(|piece| (piece.clone(), lakes.iter().any(|lake| lake.contains(middle(&piece))))).collect()
}

/// A polygon without its lakes.
pub struct Rest {
    pub rings: Vec<Ring>,
    /// The rings and parts of rings that are shores.
    pub shores: Vec<Vec<Point>>,
    /// Number of lakes that were not cut out because the rest would not form closed rings.
    pub left: usize,
}

/// Cuts lakes out of a polygon.
pub fn without_lakes(polygon: &[Ring], lakes: &[Lake], crossings: &Crossings) -> Rest {
    let own: HashSet<[u64; 2]> =
        polygon.iter().flatten().filter(|point| crossings.has(**point)).map(|point| key(*point)).collect();
    let [west, south, east, north] = bounds(polygon);
    let (mut shores, mut crossed) = (Vec::new(), Vec::new());
    for lake in lakes {
        let [lake_west, lake_south, lake_east, lake_north] = lake.bounds;
        if lake_west > east || lake_east < west || lake_south > north || lake_north < south {
            continue;
        }
        if lake.rings.iter().flatten().any(|point| own.contains(&key(*point))) {
            crossed.push(lake);
        } else if lake.rings.first().is_some_and(|ring| is_inside(polygon, middle(ring))) {
            shores.extend(lake.rings.iter().cloned());
        }
    }
    let mut rest = Rest { rings: polygon.to_vec(), shores: Vec::new(), left: 0 };
    // Add them one at a time, so that lakes that do not fit are skipped.
    let mut fitting = Vec::new();
    for lake in crossed {
        fitting.push(lake);
        match cut_out(polygon, &fitting) {
            Some((rings, shores)) => (rest.rings, rest.shores) = (rings, shores),
            None => {
                fitting.pop();
                rest.left += 1;
            }
        }
    }
    rest.rings.extend(shores.iter().cloned());
    rest.shores.extend(shores);
    rest
}

/// Cuts out lakes that cross the edge of a polygon; `None` if the rest does not form closed rings.
fn cut_out(polygon: &[Ring], lakes: &[&Lake]) -> Option<(Vec<Ring>, Vec<Vec<Point>>)> {
    let shores: HashSet<[u64; 2]> =
        lakes.iter().flat_map(|lake| &lake.rings).flatten().map(|point| key(*point)).collect();
    let own: HashSet<[u64; 2]> =
        polygon.iter().flatten().map(|point| key(*point)).filter(|point| shores.contains(point)).collect();
    let is_own = |point: Point| own.contains(&key(point));
    let (mut rings, mut chains, mut wet) = (Vec::new(), Vec::new(), Vec::new());
    let mut sort_in = |piece: Vec<Point>| {
        if key(piece[0]) == key(piece[piece.len() - 1]) { rings.push(piece) } else { chains.push(piece) }
    };
    for piece in polygon.iter().flat_map(|ring| pieces(ring, is_own)) {
        if !lakes.iter().any(|lake| lake.contains(middle(&piece))) {
            sort_in(piece);
        }
    }
    for piece in lakes.iter().flat_map(|lake| &lake.rings).flat_map(|ring| pieces(ring, is_own)) {
        if is_inside(polygon, middle(&piece)) {
            wet.push(piece.clone());
            sort_in(piece);
        }
    }
    rings.extend(join(chains)?);
    Some((rings, wet))
}

/// Joins chains to rings; `None` unless exactly two chains meet at each end.
fn join(chains: Vec<Vec<Point>>) -> Option<Vec<Ring>> {
    let mut ends: HashMap<[u64; 2], Vec<usize>> = HashMap::new();
    for (number, chain) in chains.iter().enumerate() {
        ends.entry(key(chain[0])).or_default().push(number);
        ends.entry(key(chain[chain.len() - 1])).or_default().push(number);
    }
    if ends.values().any(|chains| chains.len() != 2) {
        return None;
    }
    let mut is_used = vec![false; chains.len()];
    let mut rings = Vec::new();
    for first in 0..chains.len() {
        if is_used[first] {
            continue;
        }
        is_used[first] = true;
        let mut ring = chains[first].clone();
        while let Some(end) = ring.last().copied().filter(|end| key(*end) != key(ring[0])) {
            let next = ends[&key(end)].iter().copied().find(|number| !is_used[*number])?;
            is_used[next] = true;
            let chain = &chains[next];
            if key(chain[0]) == key(end) {
                ring.extend(&chain[1..]);
            } else {
                ring.extend(chain.iter().rev().skip(1));
            }
        }
        rings.push(ring);
    }
    Some(rings)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(x: f64, y: f64, side: f64) -> Ring {
        vec![[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]
    }

    fn size(rings: &[Ring]) -> f64 {
        // All rings are simple, and none is on an island in a lake: holes are smaller than their outline.
        let areas = rings.iter().map(|ring| {
            ring.windows(2).map(|edge| edge[0][0] * edge[1][1] - edge[1][0] * edge[0][1]).sum::<f64>().abs() * 0.5
        });
        let mut areas: Vec<f64> = areas.collect();
        areas.sort_by(f64::total_cmp);
        let largest = areas.pop().unwrap_or_default();
        largest - areas.iter().sum::<f64>()
    }

    #[test]
    fn a_lake_within_is_a_hole_and_one_on_the_border_is_shared() {
        let mut borders = vec![square(0.0, 0.0, 10.0)];
        let mut lakes = vec![Lake::new(vec![square(2.3, 2.2, 2.0)]), Lake::new(vec![square(9.1, 4.2, 3.0)])];
        let crossings = cross(&mut borders, &mut lakes);
        let Rest { rings, shores, left } = without_lakes(&borders, &lakes, &crossings);
        assert!((size(&rings) - (100.0 - 4.0 - 0.9 * 3.0)).abs() < 1e-9, "{rings:?}");
        assert_eq!((rings.len(), shores.len(), left), (2, 2, 0));
        assert!(!is_inside(&rings, [9.5, 5.0]) && !is_inside(&rings, [3.0, 3.0]) && is_inside(&rings, [5.0, 5.0]));
        let wet: Vec<_> = wet_and_dry(borders[0].clone(), &lakes, &crossings).iter().map(|(_, wet)| *wet).collect();
        assert_eq!(wet.iter().filter(|wet| **wet).count(), 1);
    }
}
