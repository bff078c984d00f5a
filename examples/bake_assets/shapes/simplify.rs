//! Line simplification: Visvalingam and Whyatt, "Line Generalisation by Repeated Elimination of Points" (1993).
//!
//! Removes the point with the smallest triangle with its neighbours first. So fjords and headlands narrower than the
//! tolerance disappear completely, without the spikes that a distance criterion would leave.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::shapes::is_cut;
use crate::sphere::to_vector;
use crate::topo::Point;

/// Edges of the source are straight on its chart; longer ones are split to follow the chart on the sphere. Degrees.
const LONGEST_SOURCE_DEG: f64 = 0.5;

/// Limits of the simplification.
#[derive(Clone, Copy)]
pub struct Tolerance {
    /// Triangles smaller than the square of this are removed, degrees.
    pub size_deg: f64,
    /// Maximum length of new edges, degrees.
    pub longest_deg: f64,
}

/// The same line with fewer points. Keeps its ends, and at least four points of a closed line (three corners).
pub fn simplify(line: &[Point], tolerance: Tolerance) -> Vec<Point> {
    let line = cut_long_edges(line);
    let least = if line.first() == line.last() { 4 } else { 2 };
    let points: Vec<[f64; 3]> = line.iter().map(|point| to_vector(*point)).collect();
    let count = points.len();
    let mut before: Vec<usize> = (0..count).map(|at| at.wrapping_sub(1)).collect();
    let mut after: Vec<usize> = (1..=count).collect();
    let mut is_gone = vec![false; count];
    let mut sizes = vec![0.0_f64; count];
    let mut heap = BinaryHeap::new();
    let area = |a: usize, b: usize, c: usize| {
        let (u, v) = (minus(points[b], points[a]), minus(points[c], points[a]));
        let cross = [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]];
        0.5 * cross.iter().map(|x| x * x).sum::<f64>().sqrt() * 1f64.to_degrees().powi(2)
    };
    // Non-negative floats have the order of their bits.
    for (at, size) in sizes.iter_mut().enumerate().take(count.saturating_sub(1)).skip(1) {
        *size = area(at - 1, at, at + 1);
        heap.push(Reverse((size.to_bits(), at)));
    }
    let mut left = count;
    let least_area = tolerance.size_deg * tolerance.size_deg;
    while let Some(Reverse((bits, at))) = heap.pop() {
        let size = f64::from_bits(bits);
        if size >= least_area || left <= least {
            break;
        }
        if is_gone[at] || size.to_bits() != sizes[at].to_bits() || is_cut(line[at]) {
            continue;
        }
        let (a, c) = (before[at], after[at]);
        let chord = minus(points[c], points[a]).iter().map(|x| x * x).sum::<f64>().sqrt().to_degrees();
        if chord > tolerance.longest_deg {
            continue;
        }
        is_gone[at] = true;
        left -= 1;
        (after[a], before[c]) = (c, a);
        for near in [a, c] {
            if near != 0 && near != count - 1 {
                // A remaining point is never less important than a removed one.
                sizes[near] = area(before[near], near, after[near]).max(size);
                heap.push(Reverse((sizes[near].to_bits(), near)));
            }
        }
    }
    line.into_iter().zip(is_gone).filter(|(_, is_gone)| !is_gone).map(|(point, _)| point).collect()
}

fn minus(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

fn cut_long_edges(line: &[Point]) -> Vec<Point> {
    let mut points = Vec::with_capacity(line.len());
    for edge in line.windows(2) {
        let run = (edge[1][0] - edge[0][0] + 540.0).rem_euclid(360.0) - 180.0;
        let rise = edge[1][1] - edge[0][1];
        let pieces = (run.abs().max(rise.abs()) / LONGEST_SOURCE_DEG).ceil().max(1.0);
        points.push(edge[0]);
        points.extend((1..pieces as usize).map(|piece| {
            let t = piece as f64 / pieces;
            [edge[0][0] + run * t, edge[0][1] + rise * t]
        }));
    }
    points.extend(line.last());
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_bays_go_and_large_ones_stay() {
        let line = [[0.0, 0.0], [1.0, 0.0], [1.05, 0.1], [1.1, 0.0], [2.0, 0.0], [2.5, 1.0], [3.0, 0.0]];
        let tolerance = Tolerance { size_deg: 0.2, longest_deg: 9.0 };
        assert_eq!(simplify(&line, tolerance), [[0.0, 0.0], [2.0, 0.0], [2.5, 1.0], [3.0, 0.0]]);
    }

    #[test]
    fn a_parallel_stays_where_it_is() {
        let points = simplify(&[[-120.0, 49.0], [-95.0, 49.0]], Tolerance { size_deg: 0.02, longest_deg: 2.0 });
        assert!(points.len() > 12 && points.iter().all(|point| (point[1] - 49.0).abs() < 1e-9), "{points:?}");
    }

    #[test]
    fn a_closed_line_keeps_three_corners() {
        let ring = [[0.0, 0.0], [0.01, 0.0], [0.01, 0.01], [0.0, 0.01], [0.0, 0.0]];
        assert_eq!(simplify(&ring, Tolerance { size_deg: 1.0, longest_deg: 9.0 }).len(), 4);
    }
}
