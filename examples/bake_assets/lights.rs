//! City lights, generated from populations: 8-bit grey, black in uninhabited areas and on the sea.
//!
//! No photograph is used. Each city is a cloud of points whose radius grows with its population; the brightness of a
//! pixel is the logarithm of its population density. The random scatter has a fixed seed.

use image::{GrayImage, Luma};

use crate::cities::City;
use crate::sphere::KM_PER_DEG;
use crate::{HEIGHT, WIDTH};

/// Population per point of light in a large city.
const PEOPLE_PER_POINT: f64 = 9_000.0;
/// People per square kilometre at the knee of the logarithmic curve: lower densities are dim.
const KNEE_PER_KM2: f64 = 35.0;
/// People per square kilometre for full white.
const WHITE_PER_KM2: f64 = 3_500.0;
/// Grey levels below this are noise that would make the file larger.
const FLOOR: u8 = 4;
/// Maximum number of retries for a point that falls into the sea.
const THROWS: usize = 6;

/// Draws all cities on a picture of the size of the mask; `water` is the ocean mask (255 = water).
pub fn picture(cities: &[City], water: &GrayImage) -> GrayImage {
    let mut people = vec![0.0_f64; WIDTH * HEIGHT];
    let mut dice = Dice(0x6e65_7467_6c6f_6265);
    for city in cities {
        scatter(city, water, &mut dice, &mut people);
    }
    let px_km = 180.0 / HEIGHT as f64 * KM_PER_DEG;
    let white = (WHITE_PER_KM2 / KNEE_PER_KM2).ln_1p();
    GrayImage::from_fn(WIDTH as u32, HEIGHT as u32, |x, y| {
        let lat_deg = 90.0 - (f64::from(y) + 0.5) * 180.0 / HEIGHT as f64;
        let area_km2 = px_km * px_km * lat_deg.to_radians().cos();
        let density = people[y as usize * WIDTH + x as usize] / area_km2;
        let land = 1.0 - f64::from(water.get_pixel(x, y)[0]) / 255.0;
        let level = ((density / KNEE_PER_KM2).ln_1p() / white).min(1.0) * land;
        let grey = (level * 255.0).round() as u8;
        Luma([if grey < FLOOR { 0 } else { grey }])
    })
}

/// Scatters a city's points at a distance of radius × |normal|^1.35, so that most are near the centre, with long tails.
fn scatter(city: &City, water: &GrayImage, dice: &mut Dice, people: &mut [f64]) {
    let radius_km = 0.9 + 9.0 * (city.population / 1e6).powf(0.45);
    let km_per_deg_lng = KM_PER_DEG * city.lat_deg.to_radians().cos().max(0.02);
    let points = (city.population / PEOPLE_PER_POINT).ceil().max(1.0) as usize;
    // Unequal weights make a large city grainy, like districts; they are normalised to keep the population.
    let weights: Vec<f64> = (0..points).map(|_| (dice.normal() * 0.8).exp()).collect();
    let share = city.population / weights.iter().sum::<f64>();
    for weight in weights {
        let mut best = None;
        for _ in 0..THROWS {
            let distance_km = radius_km * dice.normal().abs().powf(1.35);
            let (sin, cos) = (dice.uniform() * std::f64::consts::TAU).sin_cos();
            let lat_deg = city.lat_deg + distance_km * sin / KM_PER_DEG;
            let lng_deg = city.lng_deg + distance_km * cos / km_per_deg_lng;
            let x = (lng_deg + 180.0).rem_euclid(360.0) / 360.0 * WIDTH as f64;
            let y = ((90.0 - lat_deg) / 180.0 * HEIGHT as f64).clamp(0.0, HEIGHT as f64 - 1.0);
            best = Some((x, y));
            let here = water.get_pixel(x as u32 % WIDTH as u32, y as u32)[0];
            if here < 128 {
                break;
            }
        }
        if let Some((x, y)) = best {
            splat(people, x, y, share * weight);
        }
    }
}

/// Distributes a point over the four nearest pixels; columns wrap at the date line.
fn splat(people: &mut [f64], x: f64, y: f64, amount: f64) {
    let (x, y) = (x - 0.5, y - 0.5);
    let (column, row) = (x.floor(), y.floor());
    let (right, below) = (x - column, y - row);
    for (dx, across) in [(0, 1.0 - right), (1, right)] {
        for (dy, down) in [(0, 1.0 - below), (1, below)] {
            let px = (column as i64 + dx).rem_euclid(WIDTH as i64) as usize;
            let py = (row as i64 + dy).clamp(0, HEIGHT as i64 - 1) as usize;
            people[py * WIDTH + px] += amount * across * down;
        }
    }
}

/// A small random generator with a fixed seed (SplitMix64, Steele, Lea and Flood 2014).
struct Dice(u64);

impl Dice {
    /// Uniform in (0, 1].
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64 + f64::EPSILON / 2.0
    }

    /// Standard normal (Box and Muller).
    fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (self.uniform() * std::f64::consts::TAU).cos()
    }
}
