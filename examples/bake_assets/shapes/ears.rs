//! Triangulates planar polygons by ear clipping.
//!
//! Holes are first connected to the surrounding loop by bridges. The result is the loop and the order in which its
//! corners are clipped: repeating that yields the triangles, with one number per triangle.

/// A loop of corners, with each bridge in both directions, and the order in which they are clipped; the last two
/// remain.
pub struct Cutting {
    /// The point of each corner.
    pub corners: Vec<usize>,
    /// Indices of corners.
    pub order: Vec<usize>,
    /// Number of corners that were clipped although they were not ears.
    pub forced: usize,
}

type Flat = [f64; 2];

/// Loops with a smaller area are ignored.
const LEAST_AREA: f64 = 1e-11;

/// Triangulates an area given by loops of points, with the even-odd rule. The loops must not cross.
pub fn cut_up(points: &[Flat], loops: &[Vec<usize>]) -> Vec<Cutting> {
    let mut rings: Vec<(Vec<usize>, f64)> = loops
        .iter()
        .map(|ring| {
            let mut ring = ring.clone();
            ring.dedup_by(|a, b| near(points[*a], points[*b]));
            while ring.len() > 1 && near(points[ring[0]], points[ring[ring.len() - 1]]) {
                ring.pop();
            }
            let area = area(points, &ring);
            (ring, area)
        })
        .filter(|(ring, area)| ring.len() > 2 && area.abs() > LEAST_AREA)
        .collect();
    let around: Vec<Vec<usize>> = rings
        .iter()
        .enumerate()
        .map(|(number, (ring, own))| {
            let probe = middle(points[ring[0]], points[ring[1]]);
            let is_around = |other: &usize| {
                *other != number && rings[*other].1.abs() > own.abs() && is_inside(points, &rings[*other].0, probe)
            };
            (0..rings.len()).filter(is_around).collect()
        })
        .collect();
    for ((ring, area), around) in rings.iter_mut().zip(&around) {
        if (*area > 0.0) != around.len().is_multiple_of(2) {
            ring.reverse();
            *area = -*area;
        }
    }
    let mut cuttings = Vec::new();
    for (number, (ring, _)) in rings.iter().enumerate().filter(|(number, _)| around[*number].len().is_multiple_of(2)) {
        let mut corners = ring.clone();
        let is_hole =
            |other: &usize| around[*other].len() == around[number].len() + 1 && around[*other].contains(&number);
        let mut holes: Vec<&Vec<usize>> = (0..rings.len()).filter(is_hole).map(|other| &rings[other].0).collect();
        let leftmost = |hole: &[usize]| {
            let order = |a: &usize, b: &usize| points[hole[*a]][0].total_cmp(&points[hole[*b]][0]);
            (0..hole.len()).min_by(order).unwrap_or_default()
        };
        holes.sort_by(|a, b| points[a[leftmost(a)]][0].total_cmp(&points[b[leftmost(b)]][0]));
        for at in 0..holes.len() {
            corners = bridged(points, &corners, holes[at], leftmost(holes[at]), &holes[at..]);
        }
        cuttings.push(cut_off(points, corners));
    }
    cuttings
}

/// Connects a hole to the loop from its corner `from`, avoiding the remaining holes.
fn bridged(points: &[Flat], corners: &[usize], hole: &[usize], from: usize, holes: &[&Vec<usize>]) -> Vec<usize> {
    let start = points[hole[from]];
    let mut order: Vec<usize> = (0..corners.len()).collect();
    let distance = |at: &usize| {
        let point = points[corners[*at]];
        (point[0] - start[0]).powi(2) + (point[1] - start[1]).powi(2)
    };
    order.sort_by(|a, b| distance(a).total_cmp(&distance(b)));
    let is_seen = |at: &usize| {
        let end = points[corners[*at]];
        let is_free = |ring: &[usize]| {
            (0..ring.len()).all(|edge| {
                let (a, b) = (points[ring[edge]], points[ring[(edge + 1) % ring.len()]]);
                !do_cross(start, end, a, b)
            })
        };
        let (before, after) = (corners[(at + corners.len() - 1) % corners.len()], corners[(at + 1) % corners.len()]);
        is_within_corner(points[before], end, points[after], start)
            && is_free(corners)
            && holes.iter().all(|hole| is_free(hole))
    };
    let to = order.iter().copied().find(is_seen).or(order.first().copied()).unwrap_or_default();
    let mut joined = corners[..=to].to_vec();
    joined.extend((0..=hole.len()).map(|step| hole[(from + step) % hole.len()]));
    joined.extend(&corners[to..]);
    joined
}

fn cut_off(points: &[Flat], corners: Vec<usize>) -> Cutting {
    let count = corners.len();
    let at = |corner: usize| points[corners[corner]];
    let mut before: Vec<usize> = (0..count).map(|corner| (corner + count - 1) % count).collect();
    let mut after: Vec<usize> = (0..count).map(|corner| (corner + 1) % count).collect();
    let (mut order, mut forced) = (Vec::with_capacity(count.saturating_sub(2)), 0);
    let (mut corner, mut left, mut tried) = (0, count, 0);
    while left > 2 {
        if tried > left {
            // Lines cross there: clip the corner with the smallest triangle, to lose the least.
            let mut around = Vec::with_capacity(left);
            (0..left).fold(corner, |at, _| {
                around.push(at);
                after[at]
            });
            let size = |corner: &usize| cross(at(before[*corner]), at(*corner), at(after[*corner])).abs();
            corner = around.into_iter().min_by(|a, b| size(a).total_cmp(&size(b))).unwrap_or(corner);
        }
        let (a, c) = (before[corner], after[corner]);
        let [p, q, r] = [a, corner, c].map(at);
        let turn = cross(p, q, r);
        // A degenerate corner can always be clipped.
        let is_flat = turn.abs() <= 1e-15;
        let is_ear = is_flat
            || turn > 0.0 && {
                let mut other = after[c];
                let mut is_empty = true;
                while other != a && is_empty {
                    let point = at(other);
                    let is_corner = near(point, p) || near(point, q) || near(point, r);
                    is_empty = is_corner
                        || !(cross(p, q, point) >= 0.0 && cross(q, r, point) >= 0.0 && cross(r, p, point) >= 0.0)
                        || cross(at(before[other]), point, at(after[other])) > 0.0;
                    other = after[other];
                }
                is_empty
            };
        if is_ear || tried > left {
            forced += usize::from(!is_ear);
            order.push(corner);
            (after[a], before[c]) = (c, a);
            left -= 1;
            tried = 0;
            // Skip a corner: a fan around one corner would create slivers.
            corner = after[c];
        } else {
            tried += 1;
            corner = c;
        }
    }
    Cutting { corners, order, forced }
}

fn cross(a: Flat, b: Flat, c: Flat) -> f64 {
    (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
}

fn near(a: Flat, b: Flat) -> bool {
    (a[0] - b[0]).abs() < 1e-9 && (a[1] - b[1]).abs() < 1e-9
}

fn middle(a: Flat, b: Flat) -> Flat {
    [(a[0] + b[0]) * 0.5, (a[1] + b[1]) * 0.5]
}

fn area(points: &[Flat], ring: &[usize]) -> f64 {
    let edges = (0..ring.len()).map(|at| (points[ring[at]], points[ring[(at + 1) % ring.len()]]));
    edges.map(|(a, b)| a[0] * b[1] - a[1] * b[0]).sum::<f64>() * 0.5
}

fn is_inside(points: &[Flat], ring: &[usize], [x, y]: Flat) -> bool {
    (0..ring.len()).fold(false, |inside, at| {
        let (a, b) = (points[ring[at]], points[ring[(at + 1) % ring.len()]]);
        inside != ((a[1] > y) != (b[1] > y) && x < a[0] + (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1]))
    })
}

/// Whether two segments without a common end cross.
fn do_cross(a: Flat, b: Flat, c: Flat, d: Flat) -> bool {
    if [c, d].iter().any(|end| near(a, *end) || near(b, *end)) {
        return false;
    }
    (cross(a, b, c) > 0.0) != (cross(a, b, d) > 0.0) && (cross(c, d, a) > 0.0) != (cross(c, d, b) > 0.0)
}

/// Whether a point is towards the inside of a corner, for a counter-clockwise loop.
fn is_within_corner(before: Flat, corner: Flat, after: Flat, point: Flat) -> bool {
    let [left_of_in, left_of_out] = [cross(before, corner, point) > 0.0, cross(corner, after, point) > 0.0];
    if cross(before, corner, after) > 0.0 { left_of_in && left_of_out } else { left_of_in || left_of_out }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn total(points: &[Flat], cuttings: &[Cutting]) -> f64 {
        let mut total = 0.0;
        for Cutting { corners, order, .. } in cuttings {
            let count = corners.len();
            let mut before: Vec<usize> = (0..count).map(|at| (at + count - 1) % count).collect();
            let mut after: Vec<usize> = (0..count).map(|at| (at + 1) % count).collect();
            for &corner in order {
                let (a, c) = (before[corner], after[corner]);
                let area = cross(points[corners[a]], points[corners[corner]], points[corners[c]]) * 0.5;
                assert!(area > -1e-12, "no triangle lies over another: {area}");
                total += area;
                (after[a], before[c]) = (c, a);
            }
        }
        total
    }

    #[test]
    fn a_square_with_two_holes_and_an_island_is_cut_up_without_a_rest() {
        let mut points = Vec::new();
        let mut square = |x: f64, y: f64, side: f64| {
            let first = points.len();
            points.extend([[x, y], [x + side, y], [x + side, y + side], [x, y + side]]);
            (first..first + 4).collect::<Vec<usize>>()
        };
        let loops = [square(0.0, 0.0, 10.0), square(1.0, 1.0, 4.0), square(2.0, 2.0, 1.5), square(6.0, 4.0, 3.0)];
        let cuttings = cut_up(&points, &loops);
        assert_eq!(cuttings.iter().map(|cutting| cutting.forced).sum::<usize>(), 0);
        let expected = 100.0 - 16.0 - 9.0 + 2.25;
        assert!((total(&points, &cuttings) - expected).abs() < 1e-9);
    }

    #[test]
    fn a_star_is_cut_up_whichever_way_it_goes() {
        let points: Vec<Flat> = (0..40)
            .map(|step| {
                let (sin, cos) = (f64::from(step) * std::f64::consts::TAU / 40.0).sin_cos();
                let radius = if step % 2 == 0 { 1.0 } else { 0.3 };
                [cos * radius, sin * radius]
            })
            .collect();
        let ring: Vec<usize> = (0..40).collect();
        let expected = area(&points, &ring);
        for ring in [ring.clone(), ring.into_iter().rev().collect()] {
            assert!((total(&points, &cut_up(&points, &[ring])) - expected).abs() < 1e-9);
        }
    }
}
