//! The table of countries: for each code a name, a point and a radius, for drawing "somewhere in this country".
//!
//! The point is the centroid of the country's largest polygon or, if that is outside of it (a crescent), a point well
//! inside and close to it. The radius is the greatest distance from it to any vertex of the polygons with at least 5 %
//! of the country's area: otherwise the circle of a small country with remote islands would cover an ocean.
//!
//! The borders are those of the source file, with two exceptions based on the list of cities. A polygon whose towns
//! mostly have a code without a shape of its own (French Guiana, drawn as a part of France) is assigned to that code. A
//! shape without a code gets the code of most of its towns, or of a town within 15 km. A code with towns but still
//! without polygons gets the mean of its towns, weighted by population. A code with neither is omitted.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use crate::cities::City;
use crate::flat::Flat;
use crate::iso3166;
use crate::sphere::{EqualArea, distance_km, to_lng_lat, to_vector};
use crate::topo::{Feature, Polygon};

/// Minimum fraction of a country's area for a polygon to count for the radius.
const LEAST_SHARE: f64 = 0.05;
/// Maximum length of an edge in degrees before it is split: a straight edge in the source is curved in the equal-area
/// plane.
const LONGEST_EDGE_DEG: f64 = 0.5;
/// Maximum distance of a town from which a shape without a code and without towns inside gets its code.
const NEAR_TOWN_KM: f64 = 15.0;
/// Minimum radius for a code without polygons.
const LEAST_TOWNS_RADIUS_KM: f64 = 5.0;

/// A polygon with its area and a point in it.
struct Part {
    vertices: Vec<[f64; 2]>,
    area_km2: f64,
    point: [f64; 2],
}

/// The complete file: a header, then a row for each code, in order.
pub fn table(codes: &BTreeMap<String, Vec<Polygon>>, cities: &[City]) -> String {
    let mut text = "#iso2\tname\tlat_deg\tlng_deg\tradius_km\n".to_owned();
    for (code, polygons) in codes {
        let Some((_, _, name)) = iso3166::by_alpha2(code) else { continue };
        let place = if polygons.is_empty() { around_towns(code, cities) } else { around_polygons(polygons) };
        let Some(([lng_deg, lat_deg], radius_km)) = place else { continue };
        // Writing to a string cannot fail.
        writeln!(text, "{code}\t{name}\t{lat_deg:.4}\t{lng_deg:.4}\t{radius_km:.1}").unwrap_or_default();
    }
    text
}

/// Assigns the polygons to codes; a code with towns but without polygons gets an empty list.
pub fn by_code(features: &[Feature], cities: &[City]) -> BTreeMap<String, Vec<Polygon>> {
    let polygon = |[feature, number]: [usize; 2]| features[feature].polygons[number].clone();
    let codes = polygons_by_code(features, cities, false).into_iter();
    codes.map(|(code, polygons)| (code, polygons.into_iter().map(polygon).collect())).collect()
}

/// Like [`by_code`], with each polygon as the index of its feature and its own index in it. With `has_fine_coasts`,
/// harbours may be off the coast: an island without a town inside is assigned to the code of a nearby town, if that
/// code has no shape of its own. Other islands without towns are assigned like the nearest polygon of their feature
/// with or near a town, such as those of Svalbard like Spitsbergen.
pub fn polygons_by_code(
    features: &[Feature],
    cities: &[City],
    has_fine_coasts: bool,
) -> BTreeMap<String, Vec<[usize; 2]>> {
    let code_of = |feature: &Feature| match (feature.id.as_deref().and_then(iso3166::by_numeric), &*feature.name) {
        (Some(entry), _) => Some(entry.1),
        (None, "Kosovo") => Some(iso3166::KOSOVO.1),
        (None, _) => None,
    };
    let drawn: BTreeSet<&str> = features.iter().filter_map(code_of).collect();
    let mut codes: BTreeMap<String, Vec<[usize; 2]>> =
        cities.iter().map(|city| (city.country_iso.clone(), Vec::new())).collect();
    let is_apart = |city: &&City| !drawn.contains(&*city.country_iso);
    let apart: Vec<City> = cities.iter().filter(is_apart).cloned().collect();
    for (number, feature) in features.iter().enumerate() {
        let own = code_of(feature);
        let mut shares: Vec<Option<String>> = vec![None; feature.polygons.len()];
        let mut has_towns = vec![false; feature.polygons.len()];
        for (part, polygon) in feature.polygons.iter().enumerate() {
            let near = || match own {
                None => code_of_near_town(polygon, cities),
                Some(_) if !has_fine_coasts => None,
                Some(_) => is_without_town(polygon, cities).then(|| code_of_near_town(polygon, &apart)).flatten(),
            };
            let most = code_of_towns(polygon, cities).filter(|code| own.is_none() || !drawn.contains(&**code));
            let of_town = most.or_else(near);
            has_towns[part] = of_town.is_some() || !is_without_town(polygon, cities);
            shares[part] = of_town.or_else(|| own.map(str::to_owned));
        }
        if has_fine_coasts && shares.iter().any(|code| code.as_deref() != own) {
            follow_neighbours(&feature.polygons, &has_towns, own, &mut shares);
        }
        for (part, code) in shares.into_iter().enumerate() {
            if let Some(code) = code {
                codes.entry(code).or_default().push([number, part]);
            }
        }
    }
    codes
}

/// Assigns polygons without towns that have the code of the whole feature to the code of the nearest one with towns.
fn follow_neighbours(polygons: &[Polygon], has_towns: &[bool], own: Option<&str>, shares: &mut [Option<String>]) {
    // Every tenth vertex is sufficient.
    let vertices = |part: usize| polygons[part].iter().flatten().step_by(10);
    let with_towns: Vec<usize> = (0..polygons.len()).filter(|part| has_towns[*part]).collect();
    for part in (0..polygons.len()).filter(|part| !has_towns[*part]) {
        if shares[part].as_deref() != own {
            continue;
        }
        let Some(first) = vertices(part).next() else { continue };
        let distance = |other: usize| vertices(other).map(|to| distance_km(*first, *to)).fold(f64::MAX, f64::min);
        let nearest = with_towns.iter().copied().min_by(|a, b| distance(*a).total_cmp(&distance(*b)));
        if let Some(nearest) = nearest {
            shares[part] = shares[nearest].clone();
        }
    }
}

/// The code of more than half of the towns inside.
fn code_of_towns(polygon: &Polygon, cities: &[City]) -> Option<String> {
    let counts = towns(polygon, cities);
    let all: usize = counts.values().sum();
    counts.into_iter().find(|(_, count)| 2 * count > all).map(|(code, _)| code.to_owned())
}

fn is_without_town(polygon: &Polygon, cities: &[City]) -> bool {
    towns(polygon, cities).is_empty()
}

/// Number of towns of each code in a polygon.
fn towns<'a>(polygon: &Polygon, cities: &'a [City]) -> BTreeMap<&'a str, usize> {
    let outline = Flat(unwrap(polygon));
    let longitudes = || outline.0.iter().flatten().map(|point| point[0]);
    let (west, east) = (longitudes().fold(f64::MAX, f64::min), longitudes().fold(f64::MIN, f64::max));
    let latitudes = || outline.0.iter().flatten().map(|point| point[1]);
    let (south, north) = (latitudes().fold(f64::MAX, f64::min), latitudes().fold(f64::MIN, f64::max));
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for city in cities.iter().filter(|city| (south..=north).contains(&city.lat_deg)) {
        let lng_deg = west + (city.lng_deg - west).rem_euclid(360.0);
        if lng_deg <= east && outline.contains([lng_deg, city.lat_deg]) {
            *counts.entry(&city.country_iso).or_default() += 1;
        }
    }
    counts
}

/// The code of the town nearest to any vertex, within a limit: harbours of small islands may be off a coarse coast.
fn code_of_near_town(polygon: &Polygon, cities: &[City]) -> Option<String> {
    let distance_km = |city: &City| {
        let distances = polygon.iter().flatten().map(|vertex| distance_km(*vertex, [city.lng_deg, city.lat_deg]));
        distances.fold(f64::MAX, f64::min)
    };
    let towns = cities.iter().map(|city| (distance_km(city), city)).filter(|(km, _)| *km < NEAR_TOWN_KM);
    towns.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, city)| city.country_iso.clone())
}

/// The rings with continuous longitudes across the date line.
fn unwrap(polygon: &Polygon) -> Polygon {
    let anchor = polygon.first().and_then(|ring| ring.first()).map_or(0.0, |point| point[0]);
    let near = |lng_deg: f64, other_deg: f64| lng_deg + ((other_deg - lng_deg) / 360.0).round() * 360.0;
    polygon
        .iter()
        .map(|ring| {
            let mut last = anchor;
            ring.iter()
                .map(|point| {
                    last = near(point[0], last);
                    [last, point[1]]
                })
                .collect()
        })
        .collect()
}

/// Point and radius of a country with a shape.
fn around_polygons(polygons: &[Polygon]) -> Option<([f64; 2], f64)> {
    let parts: Vec<Part> = polygons.iter().map(measure).collect();
    let total_km2: f64 = parts.iter().map(|part| part.area_km2).sum();
    let largest = parts.iter().max_by(|a, b| a.area_km2.total_cmp(&b.area_km2))?;
    let radius_km = parts
        .iter()
        .filter(|part| part.area_km2 >= LEAST_SHARE * total_km2)
        .flat_map(|part| &part.vertices)
        .map(|vertex| distance_km(largest.point, *vertex))
        .fold(0.0, f64::max);
    Some((largest.point, radius_km))
}

fn measure(polygon: &Polygon) -> Part {
    let vertices: Vec<_> = polygon.iter().flatten().copied().collect();
    let sum =
        vertices.iter().map(|point| to_vector(*point)).fold([0.0; 3], |a, b| [a[0] + b[0], a[1] + b[1], a[2] + b[2]]);
    let plane = EqualArea::new(sum);
    let flat =
        Flat(unwrap(polygon).iter().map(|ring| cut_long_edges(ring).map(|p| plane.project(p)).collect()).collect());
    let centroid = flat.centroid();
    let point = if flat.contains(centroid) { centroid } else { flat.inner_point(centroid) };
    Part { vertices, area_km2: flat.area_km2(), point: plane.unproject(point) }
}

/// The same ring with long edges split.
fn cut_long_edges(ring: &[[f64; 2]]) -> impl Iterator<Item = [f64; 2]> {
    let cuts = ring.windows(2).flat_map(|edge| {
        let ([ax, ay], [bx, by]) = (edge[0], edge[1]);
        let pieces = ((bx - ax).hypot(by - ay) / LONGEST_EDGE_DEG).ceil().max(1.0) as usize;
        (0..pieces).map(move |piece| {
            let t = piece as f64 / pieces as f64;
            [ax + (bx - ax) * t, ay + (by - ay) * t]
        })
    });
    cuts.chain(ring.last().copied())
}

/// Point and radius of a code without polygons, from its towns.
fn around_towns(code: &str, cities: &[City]) -> Option<([f64; 2], f64)> {
    let mut sum = [0.0; 3];
    let mut towns = Vec::new();
    for city in cities.iter().filter(|city| city.country_iso == code) {
        let town = [city.lng_deg, city.lat_deg];
        let unit = to_vector(town);
        sum = [0, 1, 2].map(|axis| sum[axis] + unit[axis] * city.population);
        towns.push(town);
    }
    if towns.is_empty() {
        return None;
    }
    let centre = to_lng_lat(sum);
    let radius_km = towns.iter().map(|town| distance_km(centre, *town)).fold(LEAST_TOWNS_RADIUS_KM, f64::max);
    Some((centre, radius_km))
}
