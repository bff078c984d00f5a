//! From the rings of a country to quads that fill it and segments that line it.
//!
//! *The fill* goes from south to north in bands. On the lines between bands the crossings with the rings are sorted; where
//! two lines cross the same edges, pairs of crossings bound trapezoids, so that sloping borders are straight and not stairs;
//! where not, a band takes the crossings of its middle. Wide trapezoids are cut, so that each hugs the sphere.

use crate::{
    geo::{CountryArea, edges},
    geodesy::LatLng,
};
use bevy::math::{Vec2, Vec3};

/// Bands of a fill at most, and the least height of one, degrees.
const BANDS: usize = 120;
const LEAST_BAND_DEG: f32 = 0.03;
/// Edges and trapezoids wider than this are cut, degrees.
const LONGEST_DEG: f32 = 2.0;

/// `[longitude, latitude]` in degrees; longitudes may run on.
type Point = [f32; 2];

fn unit([lng_deg, lat_deg]: Point) -> Vec3 {
    let lng = f64::from(lng_deg).to_radians();
    LatLng { lat: f64::from(lat_deg.clamp(-90.0, 90.0)).to_radians(), lng }.to_unit().as_vec3()
}

/// Quads that fill an area: two corners in the south, two in the north, each west and east.
#[must_use]
pub fn fill(area: &CountryArea) -> Vec<[Vec3; 4]> {
    let [_, south, _, north] = area.bounds;
    let height = north - south;
    if height.is_nan() || height <= 0.0 {
        return Vec::new();
    }
    let bands = ((height / LEAST_BAND_DEG).ceil() as usize).clamp(1, BANDS);
    let band = height / bands as f32;
    // Lines 2k bound bands, lines 2k+1 are their middles; none goes exactly through the ends of the area.
    let hair = band * 1e-3;
    let line = |at: usize| (south + band * 0.5 * at as f32).clamp(south + hair, north - hair);
    let mut crossings: Vec<Vec<f32>> = vec![Vec::new(); 2 * bands + 1];
    for [a, b] in area.rings.iter().flat_map(|ring| edges(ring)) {
        let (low, high) = if a[1] < b[1] { (a, b) } else { (b, a) };
        let first = ((low[1] - south) / (band * 0.5)).floor().max(0.0) as usize;
        for (at, crossings) in crossings.iter_mut().enumerate().skip(first) {
            let lat = line(at);
            if lat > high[1] {
                break;
            }
            if lat > low[1] {
                crossings.push(low[0] + (high[0] - low[0]) * (lat - low[1]) / (high[1] - low[1]));
            }
        }
    }
    crossings.iter_mut().for_each(|line| line.sort_by(f32::total_cmp));
    let mut quads = Vec::new();
    for index in 0..bands {
        let (below, middle, above) = (&crossings[2 * index], &crossings[2 * index + 1], &crossings[2 * index + 2]);
        let (below, above) =
            if is_one_way(below, middle, above, 2.0 * band) { (below, above) } else { (middle, middle) };
        let lats = [south + band * index as f32, south + band * (index + 1) as f32];
        for (low, high) in below.chunks_exact(2).zip(above.chunks_exact(2)) {
            let pieces = ((low[1] - low[0]).max(high[1] - high[0]) / LONGEST_DEG).ceil().max(1.0) as usize;
            let at = |[west, east]: [f32; 2], piece: usize| west + (east - west) * piece as f32 / pieces as f32;
            for piece in 0..pieces {
                let [low, high] = [[low[0], low[1]], [high[0], high[1]]];
                quads.push([
                    unit([at(low, piece), lats[0]]),
                    unit([at(low, piece + 1), lats[0]]),
                    unit([at(high, piece), lats[1]]),
                    unit([at(high, piece + 1), lats[1]]),
                ]);
            }
        }
    }
    quads
}

/// Whether the crossings of three lines are of the same edges: as many, and each of the middle about between its neighbours.
fn is_one_way(below: &[f32], middle: &[f32], above: &[f32], slack_deg: f32) -> bool {
    below.len() == middle.len()
        && above.len() == middle.len()
        && below.iter().zip(middle).zip(above).all(|((a, b), c)| ((a + c) * 0.5 - b).abs() <= slack_deg)
}

/// Segments along the rings of an area: the point before, both ends, the point after. Points nearer to each other than
/// `least_deg` are one, and rings that are hardly more than that are left out, but for the largest.
#[must_use]
pub fn outline(area: &CountryArea, least_deg: f32) -> Vec<[Vec3; 4]> {
    let length = |ring: &Vec<Point>| edges(ring).map(|[a, b]| distance_deg(a, b)).sum::<f32>();
    let longest = area.rings.iter().map(length).fold(0.0, f32::max);
    let mut segments = Vec::new();
    for ring in &area.rings {
        let length = length(ring);
        if length < 6.0 * least_deg && length < longest {
            continue;
        }
        let points = thinned(ring, least_deg.min(length / 8.0));
        let count = points.len();
        for at in 0..count {
            let [before, from, to, after] = [count - 1, 0, 1, 2].map(|step| points[(at + step) % count]);
            // Over a pole a ring goes only so that it closes.
            if !is_pole(from) && !is_pole(to) {
                segments.push([before, from, to, after].map(unit));
            }
        }
    }
    segments
}

fn is_pole([_, lat_deg]: Point) -> bool {
    lat_deg.abs() > 89.9
}

/// About the angle between two near points, degrees.
fn distance_deg(a: Point, b: Point) -> f32 {
    let lat = ((a[1] + b[1]) * 0.5).to_radians();
    Vec2::new((b[0] - a[0]) * lat.cos(), b[1] - a[1]).length()
}

/// The ring without points that are nearer than `least_deg` to the one before, and with long edges cut.
fn thinned(ring: &[Point], least_deg: f32) -> Vec<Point> {
    let mut kept: Vec<Point> = Vec::new();
    for &point in ring {
        if is_pole(point) || kept.last().is_none_or(|last| distance_deg(*last, point) >= least_deg) {
            kept.push(point);
        }
    }
    edges(&kept)
        .flat_map(|[a, b]| {
            let is_whole = is_pole(a) || is_pole(b);
            let pieces = if is_whole { 1.0 } else { (distance_deg(a, b) / LONGEST_DEG).ceil().clamp(1.0, 200.0) };
            let pieces = pieces as usize;
            (0..pieces).map(move |piece| {
                let share = piece as f32 / pieces as f32;
                [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share]
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        geo::{country_area, country_centre},
        model::CountryIso,
    };

    fn area(code: &str) -> &'static CountryArea {
        country_area(CountryIso::parse(code).expect("two letters")).expect("a country with a shape")
    }

    /// Square degrees at the equator, of the quad as two triangles.
    fn size([a, b, c, d]: [Vec3; 4]) -> f64 {
        let triangle = |p: Vec3, q: Vec3, r: Vec3| f64::from((q - p).cross(r - p).length()) * 0.5;
        triangle(a, b, c) + triangle(b, d, c)
    }

    #[test]
    fn a_fill_is_as_large_as_its_country() {
        // Areas in km² as the CIA World Factbook gives them, land and inland water; Antarctica without its ice shelves.
        for (code, km2) in
            [("DE", 357_022.0), ("RU", 17_098_242.0), ("ZA", 1_219_090.0), ("LS", 30_355.0), ("AQ", 12_600_000.0)]
        {
            let quads = fill(area(code));
            let filled: f64 = quads.iter().map(|quad| size(*quad)).sum::<f64>() * 6_371.0 * 6_371.0;
            assert!((filled / km2 - 1.0).abs() < 0.05, "{code}: {filled:.0} km² in {} quads", quads.len());
            assert!(quads.len() < 20_000, "{code}: {}", quads.len());
        }
    }

    #[test]
    fn no_piece_is_so_wide_that_it_leaves_the_sphere() {
        for code in ["RU", "AQ", "US", "AD"] {
            for [a, b, c, d] in fill(area(code)) {
                assert!(a.distance(b).max(c.distance(d)) < 0.04, "{code}");
            }
            for [_, from, to, _] in outline(area(code), 0.3) {
                assert!(from.distance(to) < 0.05, "{code}");
            }
        }
    }

    #[test]
    fn an_outline_is_there_at_every_zoom_and_has_fewer_points_from_afar() {
        for code in ["CA", "AD", "MV", "VA"] {
            let [near, far] = [0.02, 0.5].map(|least_deg| outline(area(code), least_deg).len());
            assert!(near >= far && far >= 3, "{code}: {near} {far}");
        }
        let (centre, extent_km) = country_centre(CountryIso::parse("FR").expect("a code")).expect("France");
        let off = outline(area("FR"), 0.1)[0][1].as_dvec3().angle_between(centre.to_unit()) * 6_371.0;
        assert!(off < f64::from(extent_km) * 2.0, "{off}");
    }

    #[test]
    fn the_edge_over_a_pole_is_not_lined() {
        let lined = outline(area("AQ"), 0.1);
        assert!(lined.iter().flat_map(|[_, from, to, _]| [from, to]).all(|point| point.y > -0.9999));
    }
}
