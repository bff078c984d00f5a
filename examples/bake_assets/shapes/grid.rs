//! Cuts spherical polygons into the cells of a cube projected onto the sphere.
//!
//! Cells are bounded by great circles, so that both sides of a cut have the same edge, poles and date line need no
//! special cases, and no triangle within a cell is far below the sphere. The cube is rotated, so that no vertex of the
//! source is exactly on the edge of a cell. Polygons must fit into a hemisphere.

use std::collections::HashMap;

use crate::sphere::Vector;

/// A closed loop without repeating the first point; the even-odd rule determines the inside.
pub type Loop = Vec<Vector>;

/// Index of a face, and column and row on it.
pub type Cell = [u8; 3];

pub fn dot(a: Vector, b: Vector) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

pub fn cross(a: Vector, b: Vector) -> Vector {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

pub fn scaled(a: Vector, by: f64) -> Vector {
    a.map(|x| x * by)
}

pub fn plus(a: Vector, b: Vector) -> Vector {
    [a[0] + b[0], a[1] + b[1], a[2] + b[2]]
}

pub fn unit(a: Vector) -> Vector {
    scaled(a, 1.0 / dot(a, a).sqrt().max(1e-300))
}

/// Middle, right and up vectors of a face.
fn face(number: u8) -> [Vector; 3] {
    // Any rotation that puts no edge on a meridian or a parallel.
    let x = unit([0.71, 0.37, 0.23]);
    let y = unit(cross([0.11, -0.29, 0.93], x));
    let axes = [x, y, cross(x, y)];
    let axis = usize::from(number / 2);
    let middle = scaled(axes[axis], if number.is_multiple_of(2) { 1.0 } else { -1.0 });
    [middle, axes[(axis + 1) % 3], axes[(axis + 2) % 3]]
}

/// The plane before column (or row) `at` of `cells`: positive on the side of higher indices.
fn plane(middle: Vector, along: Vector, at: u8, cells: u8) -> Vector {
    let angle = (f64::from(at) / f64::from(cells) * 2.0 - 1.0) * std::f64::consts::FRAC_PI_4;
    plus(along, scaled(middle, -angle.tan()))
}

/// The cell of a point, with `cells` × `cells` cells on each face.
pub fn cell_of(point: Vector, cells: u8) -> Cell {
    let height = |number: u8| dot(face(number)[0], point);
    let number = (0..6).max_by(|a, b| height(*a).total_cmp(&height(*b))).unwrap_or_default();
    let [middle, right, up] = face(number);
    let column = |along: Vector| {
        let share = (dot(along, point) / dot(middle, point)).atan() / std::f64::consts::FRAC_PI_2 + 0.5;
        ((share * f64::from(cells)) as u8).min(cells - 1)
    };
    [number, column(right), column(up)]
}

/// The parts of a polygon by cell.
pub fn cut(polygon: &[Loop], cells: u8) -> HashMap<Cell, Vec<Loop>> {
    let mut parts = HashMap::new();
    for number in 0..6 {
        let [middle, right, up] = face(number);
        let mut part = polygon.to_vec();
        for along in [right, up] {
            part = split(part, plane(middle, along, 0, cells))[1].split_off(0);
            part = split(part, plane(middle, along, cells, cells))[0].split_off(0);
        }
        cut_face(part, number, [[0, cells], [0, cells]], cells, &mut parts);
    }
    parts
}

fn cut_face(part: Vec<Loop>, number: u8, ranges: [[u8; 2]; 2], cells: u8, parts: &mut HashMap<Cell, Vec<Loop>>) {
    if part.is_empty() {
        return;
    }
    let [middle, right, up] = face(number);
    let widths = ranges.map(|[from, to]| to - from);
    let axis = usize::from(widths[1] > widths[0]);
    if widths[axis] <= 1 {
        parts.insert([number, ranges[0][0], ranges[1][0]], part);
        return;
    }
    let at = ranges[axis][0] + widths[axis] / 2;
    let [below, above] = split(part, plane(middle, [right, up][axis], at, cells));
    let [mut low, mut high] = [ranges; 2];
    (low[axis][1], high[axis][0]) = (at, at);
    cut_face(below, number, low, cells, parts);
    cut_face(above, number, high, cells, parts);
}

/// The parts on the negative and on the positive side of a plane through the centre of the earth.
fn split(rings: Vec<Loop>, normal: Vector) -> [Vec<Loop>; 2] {
    let mut sides = [Vec::new(), Vec::new()];
    let mut crossings: Vec<Vector> = Vec::new();
    // Pieces of each side, with the indices of the crossings at their ends.
    let mut pieces: [Vec<(Loop, [usize; 2])>; 2] = [Vec::new(), Vec::new()];
    for ring in rings {
        let is_above: Vec<bool> = ring.iter().map(|point| dot(*point, normal) >= 0.0).collect();
        let count = ring.len();
        let Some(start) = (0..count).find(|at| is_above[*at] != is_above[(at + 1) % count]) else {
            sides[usize::from(is_above.first() == Some(&true))].push(ring);
            continue;
        };
        let first = crossings.len();
        let mut open: Option<(Loop, usize)> = None;
        for step in 0..count {
            let (at, next) = ((start + step) % count, (start + step + 1) % count);
            if let (Some((piece, _)), true) = (&mut open, step > 0) {
                piece.push(ring[at]);
            }
            if is_above[at] != is_above[next] {
                let number = crossings.len();
                let point = meet(ring[at], ring[next], normal);
                crossings.push(point);
                if let Some((mut piece, from)) = open.take() {
                    piece.push(point);
                    pieces[usize::from(is_above[at])].push((piece, [from, number]));
                }
                open = Some((vec![point], number));
            }
        }
        if let Some((mut piece, from)) = open {
            piece.push(ring[start]);
            piece.push(crossings[first]);
            pieces[usize::from(is_above[start])].push((piece, [from, first]));
        }
    }
    // Along the plane, the inside is between the first and the second crossing, the third and the fourth, and so on.
    let ahead = unit(crossings.iter().fold([0.0; 3], |sum, point| plus(sum, *point)));
    let aside = cross(normal, ahead);
    let mut order: Vec<usize> = (0..crossings.len()).collect();
    let angle = |at: &usize| dot(crossings[*at], aside).atan2(dot(crossings[*at], ahead));
    order.sort_by(|a, b| angle(a).total_cmp(&angle(b)));
    let mut partner = vec![0; crossings.len()];
    for pair in order.chunks_exact(2) {
        (partner[pair[0]], partner[pair[1]]) = (pair[1], pair[0]);
    }
    for (side, pieces) in sides.iter_mut().zip(pieces) {
        let mut piece_at = vec![usize::MAX; crossings.len()];
        for (number, (_, ends)) in pieces.iter().enumerate() {
            ends.iter().for_each(|end| piece_at[*end] = number);
        }
        let mut is_used = vec![false; pieces.len()];
        for first in 0..pieces.len() {
            let (mut ring, mut number, mut end) = (Loop::new(), first, pieces[first].1[0]);
            while !is_used[number] {
                is_used[number] = true;
                let (piece, ends) = &pieces[number];
                if ends[0] == end {
                    ring.extend(piece);
                    end = partner[ends[1]];
                } else {
                    ring.extend(piece.iter().rev());
                    end = partner[ends[0]];
                }
                number = piece_at[end];
            }
            if ring.len() > 2 {
                side.push(ring);
            }
        }
    }
    sides
}

/// Intersection of an edge and a plane; independent of the order of the ends.
fn meet(a: Vector, b: Vector, normal: Vector) -> Vector {
    let (a, b) = if a.map(f64::to_bits) < b.map(f64::to_bits) { (a, b) } else { (b, a) };
    let (da, db) = (dot(a, normal), dot(b, normal));
    unit(plus(scaled(a, -db), scaled(b, da)).map(|x| if da < db { -x } else { x }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sphere::to_vector;

    /// Area of a small simple loop, in units of the squared radius.
    fn area(ring: &Loop) -> f64 {
        let sum = ring.iter().zip(ring.iter().cycle().skip(1)).fold([0.0; 3], |sum, (a, b)| plus(sum, cross(*a, *b)));
        dot(sum, sum).sqrt() * 0.5
    }

    #[test]
    fn the_parts_are_as_large_as_the_whole() {
        let ring =
            |radius: f64| -> Loop { (0..90).map(|step| to_vector([f64::from(step) * 4.0, radius - 90.0])).collect() };
        let parts = cut(&[ring(20.0), ring(6.0)], 16);
        // The rings are polygons, slightly smaller than circles; the parts follow the sphere.
        let cap = |radius: f64| std::f64::consts::TAU * (1.0 - radius.to_radians().cos());
        let expected = cap(20.0) - cap(6.0);
        // A loop within another of its cell would be a hole; here no cell has one.
        let found: f64 = parts.values().flatten().map(area).sum();
        assert!((found / expected - 1.0).abs() < 0.005, "{found} {expected} in {} cells", parts.len());
        for (cell, loops) in &parts {
            let middle = unit(loops.iter().flatten().fold([0.0; 3], |sum, point| plus(sum, *point)));
            assert_eq!(cell_of(middle, 16), *cell);
        }
    }
}
