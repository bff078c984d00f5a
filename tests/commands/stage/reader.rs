//! Reads what is drawn in a picture, with tesseract.

use image::{RgbImage, imageops::FilterType};
use std::process::Command;

/// Small letters are enlarged by this factor before they are read.
const ENLARGED: u32 = 3;

/// Why pictures cannot be read here.
pub(crate) fn why_no_reader() -> Option<String> {
    let is_there = Command::new("tesseract").arg("--version").output().is_ok_and(|it| it.status.success());
    (!is_there).then(|| "tesseract is not installed".to_owned())
}

/// All words in a picture.
pub(crate) fn read_picture(picture: &RgbImage) -> String {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("enlarged.png");
    let (width, height) = (picture.width() * ENLARGED, picture.height() * ENLARGED);
    image::imageops::resize(picture, width, height, FilterType::CatmullRom).save(&path).expect("saved");
    // Sparse text: words anywhere.
    let read = Command::new("tesseract").arg(&path).args(["-", "--psm", "11"]).output().expect("tesseract runs");
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    String::from_utf8_lossy(&read.stdout).into_owned()
}
