//! Writes the manual pages and the shell completions of the packages, from the program's own command line.
//!
//! `cargo run --release --example package_files -- OUT_DIR`, done by `scripts/package`. The same sources give the same
//! files.

#[path = "package_files/write.rs"]
mod write;

use std::{env, error::Error, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let out = env::args_os().nth(1).ok_or("expected the directory to write to")?;
    write::manual_pages(&Path::new(&out).join("man"))?;
    write::completions(&Path::new(&out).join("completions"))?;
    Ok(())
}
