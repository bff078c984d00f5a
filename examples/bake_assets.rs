//! Generates the pictures of the earth, the table of countries and their outlines from the source data.
//!
//! `cargo run --release --example bake_assets -- SOURCE_DIR OUT_DIR`
//!
//! `SOURCE_DIR` contains `earth/` (bmng.jpg, etopo1.jpg, land-50m.json, countries-50m.json, countries-10m.json,
//! lakes-10m.json) and `places/` (cities500.tsv.zst). Written to `OUT_DIR`, usually the root of this repository:
//! `assets/earth/{day.jpg,water.png,lights.png,shapes.png}` and `data/places/{countries.tsv,cities.tsv,areas.bin}`. The
//! output is reproducible: it does not depend on the clock or on an external random seed.
//!
//! All pictures are equirectangular, 4096x2048: the left edge is 180°W, the top edge 90°N, 11.4 pixels per degree.

#[path = "bake_assets/areas.rs"]
mod areas;
#[path = "bake_assets/cities.rs"]
mod cities;
#[path = "bake_assets/countries.rs"]
mod countries;
#[path = "bake_assets/day.rs"]
mod day;
#[path = "bake_assets/flat.rs"]
mod flat;
#[path = "bake_assets/iso3166.rs"]
mod iso3166;
#[path = "bake_assets/lights.rs"]
mod lights;
#[path = "bake_assets/shapes/mod.rs"]
mod shapes;
#[path = "bake_assets/sphere.rs"]
mod sphere;
#[path = "bake_assets/topo.rs"]
mod topo;
#[path = "bake_assets/water.rs"]
mod water;

use std::error::Error;
use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, GrayImage, ImageEncoder};

/// Width of all pictures in pixels.
pub const WIDTH: usize = 4096;
/// Height of all pictures in pixels.
pub const HEIGHT: usize = 2048;

/// Any error; it is printed and ends the program.
pub type Failure = Box<dyn Error>;

fn main() -> ExitCode {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [source, out] = arguments.as_slice() else {
        eprintln!("usage: bake_assets SOURCE_DIR OUT_DIR");
        return ExitCode::from(2);
    };
    match bake(source, out) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("bake_assets: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn bake(source: &Path, out: &Path) -> Result<(), Failure> {
    let earth_out = out.join("assets/earth");
    let places_out = out.join("data/places");
    fs::create_dir_all(&earth_out)?;
    fs::create_dir_all(&places_out)?;

    let land = topo::read(&source.join("earth/land-50m.json"), "land")?;
    let mut water = water::ocean_mask(&land, WIDTH, HEIGHT);
    let bmng = image::open(source.join("earth/bmng.jpg"))?.to_rgb8();
    let etopo = image::open(source.join("earth/etopo1.jpg"))?.to_rgb8();
    let day = day::write(&bmng, &etopo, &water, &earth_out.join("day.jpg"))?;
    day::remove_ice(&mut water, &day);
    write_grey(&water, &earth_out.join("water.png"))?;

    let cities = cities::read(&source.join("places/cities500.tsv.zst"))?;
    write_grey(&lights::picture(&cities, &water), &earth_out.join("lights.png"))?;

    let features = topo::read(&source.join("earth/countries-50m.json"), "countries")?;
    let codes = countries::by_code(&features, &cities);
    fs::write(places_out.join("countries.tsv"), countries::table(&codes, &cities))?;
    fs::write(places_out.join("areas.bin"), areas::pack(&codes))?;
    fs::write(places_out.join("cities.tsv"), cities::table(&cities))?;
    write_shapes(source, &cities, &earth_out)?;

    for path in ["day.jpg", "water.png", "lights.png", "shapes.png"].map(|name| earth_out.join(name)) {
        println!("{:>9} bytes  {}", fs::metadata(&path)?.len(), path.display());
    }
    Ok(())
}

/// Writes lines and areas of countries at all levels of detail.
fn write_shapes(source: &Path, cities: &[cities::City], earth_out: &Path) -> Result<(), Failure> {
    let topology = topo::Topology::read(&source.join("earth/countries-10m.json"), "countries")?;
    let lakes = topo::read_lakes(&source.join("earth/lakes-10m.json"))?;
    let by_code = countries::polygons_by_code(&topology.features, cities, true);
    let mut packed = shapes::pack(&topology, &by_code, &lakes);
    let width = 1_024;
    packed.resize(packed.len().next_multiple_of(width), 0);
    write_png(&packed, [width, packed.len() / width], ExtendedColorType::L8, &earth_out.join("shapes.png"))
}

fn write_grey(picture: &GrayImage, path: &Path) -> Result<(), Failure> {
    write_png(
        picture.as_raw(),
        [picture.width(), picture.height()].map(|side| side as usize),
        ExtendedColorType::L8,
        path,
    )
}

/// Writes an 8-bit PNG, trying the row filters and keeping the smallest file.
fn write_png(
    picture: &[u8],
    [width, height]: [usize; 2],
    color: ExtendedColorType,
    path: &Path,
) -> Result<(), Failure> {
    let mut smallest: Option<Vec<u8>> = None;
    for filter in [FilterType::NoFilter, FilterType::Sub, FilterType::Up, FilterType::Paeth, FilterType::Adaptive] {
        let mut bytes = Vec::new();
        PngEncoder::new_with_quality(&mut bytes, CompressionType::Level(9), filter).write_image(
            picture,
            width as u32,
            height as u32,
            color,
        )?;
        if smallest.as_ref().is_none_or(|best| bytes.len() < best.len()) {
            smallest = Some(bytes);
        }
    }
    Ok(fs::write(path, smallest.unwrap_or_default())?)
}

/// Creates a file with a buffered writer.
///
/// # Errors
/// If it cannot be created.
pub fn create(path: &Path) -> Result<BufWriter<File>, Failure> {
    Ok(BufWriter::new(File::create(path)?))
}
