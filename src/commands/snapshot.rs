//! `netglobe snapshot OUT.png`: a picture of the globe with the connections of one sample. No display is needed. The
//! file name extension determines the format: `.png`, `.jpg` or `.jpeg`.

use super::{
    list::{ListError, fail_without_rows, first_sample},
    scene::{self, default_pose, tell, tell_line},
};
use crate::{
    app::{
        Overlay,
        offscreen::{OffScreen, PictureError},
    },
    cli::SnapshotArgs,
    config::Settings,
    connections::{Clock, Inbox},
    files::NewFile,
    geo::{GeoError, GeoService},
    geodesy::subsolar_point,
    sampler::SamplerMessage,
};
use image::{ImageFormat, codecs::jpeg::JpegEncoder};
use std::{
    io::{self, BufWriter, Write},
    mem::ManuallyDrop,
    path::{Path, PathBuf},
};

/// Motion time of a picture, ms: after all connections have opened.
const MOTION_MS: u64 = 60_000;
/// From 1 to 100.
const JPEG_QUALITY: u8 = 92;

/// Why the picture could not be saved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The file cannot be written.
    #[error("cannot write the picture {}: {source}; name a file in a directory that you may write to", path.display())]
    Output {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// The file name extension does not belong to a supported format.
    #[error("cannot write the picture {}: its format is not supported; end its name in .png, .jpg or .jpeg", .0.display())]
    Ending(PathBuf),
    /// The picture cannot be encoded.
    #[error("cannot encode the picture: {0}")]
    Encode(#[from] image::ImageError),
    /// Connections cannot be listed.
    #[error(transparent)]
    Sampling(#[from] ListError),
    /// The picture could not be drawn.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// The database named by `--geo-db` cannot be used.
    #[error(transparent)]
    Geo(#[from] GeoError),
}

/// Writes the picture.
///
/// # Errors
/// See [`SnapshotError`].
pub fn run(args: &SnapshotArgs, settings: &Settings) -> Result<(), SnapshotError> {
    let format = format_of(&args.out)?;
    let failed = |source| SnapshotError::Output { path: args.out.clone(), source };
    let file = NewFile::beside(&args.out).map_err(failed)?;
    let geo = GeoService::open(settings.geo_options())?;
    // It is never dropped, see `leave`.
    let mut off_screen = ManuallyDrop::new(scene::off_screen(settings, args.size)?);
    let message = first_sample(settings)?;
    tell(&settings.degradations);
    fail_without_rows(&message)?;
    tell(&message.report.degradations);
    prepare(&mut off_screen, args, settings, message, geo.clone());
    let picture = off_screen.picture()?;
    tell(&geo.degradations());
    let mut out = BufWriter::new(file.as_file());
    let written = match format {
        ImageFormat::Jpeg => picture.write_with_encoder(JpegEncoder::new_with_quality(&mut out, JPEG_QUALITY)),
        format => picture.write_to(&mut out, format),
    };
    written.map_err(|error| match error {
        image::ImageError::IoError(source) => failed(source),
        error => SnapshotError::Encode(error),
    })?;
    out.flush().map_err(failed)?;
    drop(out);
    file.replace(&args.out).map_err(failed)?;
    tell_line(&format!("wrote {} ({})", args.out.display(), args.size));
    Ok(())
}

/// The format by the file name extension.
fn format_of(path: &Path) -> Result<ImageFormat, SnapshotError> {
    match ImageFormat::from_path(path) {
        Ok(format @ (ImageFormat::Png | ImageFormat::Jpeg)) => Ok(format),
        // For a directory, the missing extension is not the error to report.
        _ if path.is_dir() => Ok(ImageFormat::Png),
        _ => Err(SnapshotError::Ending(path.to_owned())),
    }
}

/// Sets up everything that the picture shows.
fn prepare(
    off_screen: &mut OffScreen,
    args: &SnapshotArgs,
    settings: &Settings,
    message: SamplerMessage,
    geo: GeoService,
) {
    let data = message.delta.at;
    let sun = args.at.unwrap_or(data);
    let home = scene::home_then(&message.report, scene::home(settings));
    off_screen.look(args.camera.unwrap_or_else(|| default_pose(settings, &home, subsolar_point(sun.0))));
    scene::prepare(off_screen, settings, geo, home, args.filter.as_ref(), args.overlay);
    off_screen.app.world_mut().resource_mut::<Overlay>().hides_home = !args.show_home;
    off_screen.app.world_mut().resource_mut::<Inbox>().push_message(message);
    off_screen.app.insert_resource(Clock { sun, ..Clock::fixed(MOTION_MS, data) });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extension_selects_the_format_and_others_are_refused() {
        for (name, format) in [
            ("a.png", Some(ImageFormat::Png)),
            ("a.b/c.PNG", Some(ImageFormat::Png)),
            ("a.jpg", Some(ImageFormat::Jpeg)),
            ("a.jpeg", Some(ImageFormat::Jpeg)),
            ("a.gif", None),
            ("a.txt", None),
            ("png", None),
        ] {
            assert_eq!(format_of(Path::new(name)).ok(), format, "{name}");
        }
        let error = format_of(Path::new("a.gif")).expect_err("refused").to_string();
        assert!(error.contains("a.gif") && error.contains(".png, .jpg"), "{error}");
    }
}
