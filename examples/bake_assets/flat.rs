//! Planar polygons in km: area, centroid, containment, and a point well inside.

/// Rings of a polygon, each closed; the largest is the outline, in any position.
pub struct Flat(pub Vec<Vec<[f64; 2]>>);

impl Flat {
    /// Area in km², without holes.
    pub fn area_km2(&self) -> f64 {
        self.moments().0
    }

    /// Centroid; may be outside of the polygon.
    pub fn centroid(&self) -> [f64; 2] {
        let (area, x, y) = self.moments();
        [x / area, y / area]
    }

    /// Area and first moments. Rings count by size, regardless of orientation: the largest is added, others are
    /// subtracted.
    fn moments(&self) -> (f64, f64, f64) {
        let rings: Vec<_> = self.0.iter().map(|ring| ring_moments(ring)).collect();
        let outline = rings.iter().map(|ring| ring.0).fold(0.0, f64::max);
        rings.iter().fold((0.0, 0.0, 0.0), |sum, ring| {
            let sign = if ring.0 == outline { 1.0 } else { -1.0 };
            (sum.0 + sign * ring.0, sum.1 + sign * ring.1, sum.2 + sign * ring.2)
        })
    }

    /// Even-odd test.
    pub fn contains(&self, [x, y]: [f64; 2]) -> bool {
        let mut inside = false;
        for edge in self.edges() {
            let ([ax, ay], [bx, by]) = (edge[0], edge[1]);
            if (ay > y) != (by > y) && x < ax + (bx - ax) * (y - ay) / (by - ay) {
                inside = !inside;
            }
        }
        inside
    }

    /// A point well inside and close to `wish`: found by a grid over the bounding box, then finer ones around the best
    /// point.
    pub fn inner_point(&self, wish: [f64; 2]) -> [f64; 2] {
        const STEPS: i32 = 24;
        // One kilometre more from `wish` must gain a quarter of a kilometre from the edge.
        let score = |point: [f64; 2]| match self.depth_km(point) {
            depth if depth > 0.0 => 1e6 + depth - (point[0] - wish[0]).hypot(point[1] - wish[1]) / 4.0,
            depth => depth,
        };
        let (mut low, mut high) = ([f64::MAX; 2], [f64::MIN; 2]);
        for point in self.0.iter().flatten() {
            for axis in 0..2 {
                low[axis] = low[axis].min(point[axis]);
                high[axis] = high[axis].max(point[axis]);
            }
        }
        let mut centre = [0, 1].map(|axis| f64::midpoint(low[axis], high[axis]));
        let mut half = [0, 1].map(|axis| (high[axis] - low[axis]) / 2.0);
        for _ in 0..5 {
            let mut best = (f64::MIN, centre);
            for i in -STEPS..=STEPS {
                for j in -STEPS..=STEPS {
                    let at = |axis: usize, step: i32| centre[axis] + half[axis] * f64::from(step) / f64::from(STEPS);
                    let point = [at(0, i), at(1, j)];
                    let score = score(point);
                    if score > best.0 {
                        best = (score, point);
                    }
                }
            }
            centre = best.1;
            half = half.map(|length| length / 6.0);
        }
        centre
    }

    /// Distance to the nearest edge, negative outside.
    fn depth_km(&self, point: [f64; 2]) -> f64 {
        let nearest = self.edges().map(|edge| to_segment_km(point, edge[0], edge[1])).fold(f64::MAX, f64::min);
        if self.contains(point) { nearest } else { -nearest }
    }

    fn edges(&self) -> impl Iterator<Item = &[[f64; 2]]> {
        self.0.iter().flat_map(|ring| ring.windows(2))
    }
}

/// Area and first moments of a ring, as if it were counter-clockwise.
fn ring_moments(ring: &[[f64; 2]]) -> (f64, f64, f64) {
    let mut sum = (0.0, 0.0, 0.0);
    for edge in ring.windows(2) {
        let ([ax, ay], [bx, by]) = (edge[0], edge[1]);
        let cross = ax * by - bx * ay;
        sum = (sum.0 + cross / 2.0, sum.1 + (ax + bx) * cross / 6.0, sum.2 + (ay + by) * cross / 6.0);
    }
    let sign = sum.0.signum();
    (sum.0 * sign, sum.1 * sign, sum.2 * sign)
}

fn to_segment_km(point: [f64; 2], a: [f64; 2], b: [f64; 2]) -> f64 {
    let (run, rise) = (b[0] - a[0], b[1] - a[1]);
    let length2 = run * run + rise * rise;
    let t = if length2 > 0.0 { ((point[0] - a[0]) * run + (point[1] - a[1]) * rise) / length2 } else { 0.0 };
    let t = t.clamp(0.0, 1.0);
    (point[0] - a[0] - run * t).hypot(point[1] - a[1] - rise * t)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A square of 10 km with a central hole of 2 km.
    fn frame() -> Flat {
        let square = |half: f64| vec![[-half, -half], [half, -half], [half, half], [-half, half], [-half, -half]];
        Flat(vec![square(5.0), square(1.0)])
    }

    #[test]
    fn a_hole_is_not_inside_and_not_area() {
        assert!(!frame().contains([0.0, 0.0]));
        assert!(frame().contains([3.0, 0.0]));
        assert!((frame().area_km2() - 96.0).abs() < 1e-9);
    }

    #[test]
    fn the_inner_point_keeps_away_from_the_edge_and_the_hole() {
        let [x, y] = frame().inner_point([0.0, 0.0]);
        assert!(frame().depth_km([x, y]) > 1.5, "{x} {y}");
    }

    #[test]
    fn the_order_of_the_rings_does_not_matter() {
        let Flat(mut rings) = frame();
        rings.reverse();
        assert!((Flat(rings).area_km2() - 96.0).abs() < 1e-9);
    }
}
