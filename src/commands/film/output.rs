//! Where the frames of a film go: a folder of PNG files, a GIF, or a video that ffmpeg encodes.

use super::FilmError;
use crate::{cli::PictureSize, files::NewFile};
use image::{
    ExtendedColorType, Frame, ImageEncoder, RgbImage,
    codecs::{
        gif::{GifEncoder, Repeat},
        png::{CompressionType, FilterType, PngEncoder},
    },
};
use std::{
    fs::{self, File},
    io::{self, BufWriter, Read, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::JoinHandle,
};

/// Speed of the colour quantisation of GIFs, from 1 (best) to 30.
const GIF_SPEED: i32 = 8;

/// What the name of the output asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Folder,
    Gif,
    Mp4,
    WebM,
    WebP,
}

impl Format {
    /// The format by the extension of the name; a name without one is a folder.
    pub(super) fn of(out: &Path) -> Result<Self, FilmError> {
        let extension = out.extension().map(|extension| extension.to_string_lossy().to_lowercase());
        Ok(match extension.as_deref() {
            _ if out.is_dir() => Self::Folder,
            None => Self::Folder,
            Some("gif") => Self::Gif,
            Some("mp4") => Self::Mp4,
            Some("webm") => Self::WebM,
            Some("webp") => Self::WebP,
            Some(_) => return Err(FilmError::Ending(out.to_owned())),
        })
    }

    fn ffmpeg_arguments(self) -> &'static [&'static str] {
        match self {
            // In fragments, so that what was made of an interrupted film can be played.
            Self::Mp4 => &[
                "-vf",
                "pad=ceil(iw/2)*2:ceil(ih/2)*2,format=yuv420p",
                "-c:v",
                "libx264",
                "-preset",
                "medium",
                "-crf",
                "18",
                "-movflags",
                "+frag_keyframe+empty_moov",
                "-f",
                "mp4",
            ],
            Self::WebM => &[
                "-vf",
                "format=yuv420p",
                "-c:v",
                "libvpx-vp9",
                "-crf",
                "28",
                "-b:v",
                "0",
                "-row-mt",
                "1",
                "-deadline",
                "good",
                "-cpu-used",
                "4",
                "-f",
                "webm",
            ],
            Self::WebP => &["-c:v", "libwebp_anim", "-quality", "72", "-loop", "0", "-f", "webp"],
            Self::Folder | Self::Gif => &[],
        }
    }
}

/// A film being written.
pub(super) enum Output {
    Folder { folder: PathBuf, written: u64 },
    Gif { encoder: Box<GifEncoder<BufWriter<File>>>, file: NewFile, out: PathBuf, delay: image::Delay },
    Ffmpeg { process: Child, errors: Option<JoinHandle<String>>, part: PathBuf, out: PathBuf },
}

impl Output {
    /// Begins a film at `out` with `fps` frames per second.
    pub(super) fn begin(out: &Path, format: Format, size: PictureSize, fps: u32) -> Result<Self, FilmError> {
        let failed = |source| FilmError::Output { path: out.to_owned(), source };
        match format {
            Format::Folder => {
                fs::create_dir_all(out).map_err(failed)?;
                if frame_path(out, 1).exists() {
                    return Err(FilmError::HasFrames(out.to_owned()));
                }
                Ok(Self::Folder { folder: out.to_owned(), written: 0 })
            }
            Format::Gif => {
                let file = NewFile::beside(out).map_err(failed)?;
                let writer = BufWriter::new(file.as_file().try_clone().map_err(failed)?);
                let mut encoder = GifEncoder::new_with_speed(writer, GIF_SPEED);
                encoder.set_repeat(Repeat::Infinite).map_err(FilmError::Encode)?;
                // GIF counts in hundredths of a second.
                let delay = image::Delay::from_numer_denom_ms(10 * (100 / fps.max(1)).max(2), 1);
                Ok(Self::Gif { encoder: Box::new(encoder), file, out: out.to_owned(), delay })
            }
            Format::Mp4 | Format::WebM | Format::WebP => {
                let name = out.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                let part = out.with_file_name(format!("{name}.part"));
                let mut process = Command::new("ffmpeg")
                    .args([
                        "-hide_banner",
                        "-loglevel",
                        "error",
                        "-nostdin",
                        "-y",
                        "-f",
                        "rawvideo",
                        "-pix_fmt",
                        "rgb24",
                    ])
                    .args(["-s", &size.to_string(), "-r", &fps.to_string(), "-i", "-"])
                    .args(format.ffmpeg_arguments())
                    .arg(&part)
                    .stdin(Stdio::piped())
                    .stdout(Stdio::null())
                    .stderr(Stdio::piped())
                    .spawn()
                    .map_err(FilmError::NoFfmpeg)?;
                // Read, so that it never waits for a reader.
                let errors = process.stderr.take().and_then(|mut stderr| {
                    let read = move || {
                        let mut text = String::new();
                        stderr.read_to_string(&mut text).unwrap_or_default();
                        text
                    };
                    std::thread::Builder::new().name("ffmpeg-errors".to_owned()).spawn(read).ok()
                });
                Ok(Self::Ffmpeg { process, errors, part, out: out.to_owned() })
            }
        }
    }

    /// Adds a frame.
    pub(super) fn add(&mut self, picture: RgbImage) -> Result<(), FilmError> {
        match self {
            Self::Folder { folder, written } => {
                let path = frame_path(folder, *written + 1);
                let failed = |source| FilmError::Output { path: path.clone(), source };
                let mut writer = BufWriter::new(File::create_new(&path).map_err(failed)?);
                PngEncoder::new_with_quality(&mut writer, CompressionType::Fast, FilterType::Sub)
                    .write_image(picture.as_raw(), picture.width(), picture.height(), ExtendedColorType::Rgb8)
                    .map_err(FilmError::Encode)?;
                writer.flush().map_err(failed)?;
                *written += 1;
                Ok(())
            }
            Self::Gif { encoder, delay, .. } => {
                let picture = image::DynamicImage::ImageRgb8(picture).into_rgba8();
                encoder.encode_frame(Frame::from_parts(picture, 0, 0, *delay)).map_err(FilmError::Encode)
            }
            Self::Ffmpeg { process, .. } => {
                let written = process.stdin.as_mut().map(|stdin| stdin.write_all(picture.as_raw()));
                match written {
                    Some(Ok(())) => Ok(()),
                    _ => Err(self.ffmpeg_error()),
                }
            }
        }
    }

    /// Completes the film, and gives it its name. Returns the name.
    pub(super) fn finish(self) -> Result<PathBuf, FilmError> {
        match self {
            Self::Folder { folder, .. } => Ok(folder),
            Self::Gif { encoder, file, out, .. } => {
                let failed = |source| FilmError::Output { path: out.clone(), source };
                drop(encoder);
                file.replace(&out).map_err(failed)?;
                Ok(out)
            }
            Self::Ffmpeg { mut process, errors, part, out } => {
                drop(process.stdin.take());
                let status = process.wait();
                let mut output = Self::Ffmpeg { process, errors, part: part.clone(), out: out.clone() };
                if !status.is_ok_and(|status| status.success()) {
                    return Err(output.ffmpeg_error());
                }
                fs::rename(&part, &out).map_err(|source| FilmError::Output { path: out.clone(), source })?;
                Ok(out)
            }
        }
    }

    /// What ffmpeg said, and what is left of the film.
    fn ffmpeg_error(&mut self) -> FilmError {
        let Self::Ffmpeg { process, errors, part, .. } = self else {
            return FilmError::NoFfmpeg(io::Error::from(io::ErrorKind::BrokenPipe));
        };
        drop(process.stdin.take());
        process.wait().map(drop).unwrap_or_default();
        let said = errors.take().and_then(|errors| errors.join().ok()).unwrap_or_default();
        let reason =
            said.lines().find(|line| !line.trim().is_empty()).unwrap_or("it ended without a reason").to_owned();
        let kept = fs::metadata(&*part).is_ok_and(|it| it.len() > 0).then(|| part.clone());
        FilmError::Ffmpeg { reason, kept }
    }
}

/// `frame-00001.png`, which ffmpeg reads as `frame-%05d.png`.
fn frame_path(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("frame-{number:05}.png"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_selects_the_format() {
        for (name, format) in [
            ("frames", Some(Format::Folder)),
            ("a.b/frames", Some(Format::Folder)),
            ("a.GIF", Some(Format::Gif)),
            ("a.mp4", Some(Format::Mp4)),
            ("a.webm", Some(Format::WebM)),
            ("a.webp", Some(Format::WebP)),
            ("a.avi", None),
        ] {
            assert_eq!(Format::of(Path::new(name)).ok(), format, "{name}");
        }
    }

    #[test]
    fn a_folder_with_frames_is_not_overwritten() {
        let directory = tempfile::tempdir().expect("a directory");
        let size = PictureSize { width: 16, height: 16 };
        let mut output = Output::begin(directory.path(), Format::Folder, size, 30).expect("begun");
        output.add(RgbImage::new(16, 16)).expect("written");
        let again = Output::begin(directory.path(), Format::Folder, size, 30).err().expect("refused").to_string();
        assert!(again.contains("already"), "{again}");
        let frame = image::open(directory.path().join("frame-00001.png")).expect("a picture");
        assert_eq!((frame.width(), frame.height()), (16, 16));
    }
}
