//! Checks for a Wayland compositor, using the first messages of the protocol.

use std::{
    ffi::OsString,
    io::{self, Read, Write},
    os::unix::net::UnixStream,
    path::PathBuf,
    time::Duration,
};

/// Interfaces that a window needs.
const NEEDED: [&str; 3] = ["wl_compositor", "wl_shm", "xdg_wm_base"];

/// Objects of a new client: the display, the registry and a callback.
const DISPLAY: u32 = 1;
const REGISTRY: u32 = 2;
const CALLBACK: u32 = 3;
/// Maximum length of a message; anything longer is another protocol.
const MAX_MESSAGE: usize = 4_096;
/// Maximum number of messages; more than any compositor sends.
const MAX_MESSAGES: usize = 4_096;

/// The socket of a display.
///
/// # Errors
/// If the name is relative and XDG_RUNTIME_DIR is not set.
pub(super) fn socket(name: &OsString, runtime: Option<OsString>) -> Result<PathBuf, String> {
    let path = PathBuf::from(name);
    match runtime {
        _ if path.is_absolute() => Ok(path),
        Some(directory) => Ok(PathBuf::from(directory).join(path)),
        None => Err("WAYLAND_DISPLAY is set, and XDG_RUNTIME_DIR is not".to_owned()),
    }
}

/// Checks that the Wayland client library, which the window library needs, is installed.
///
/// # Errors
/// If it is missing.
pub(super) fn check_library() -> Result<(), String> {
    if wayland_sys::client::is_lib_available() {
        return Ok(());
    }
    Err("the library libwayland-client.so.0 is missing (Debian, Ubuntu: apt install libwayland-client0)".to_owned())
}

/// Checks that a compositor responds on a socket and has the interfaces that a window needs.
///
/// # Errors
/// Why it cannot be used.
pub(super) fn ask(path: &PathBuf, patience: Duration) -> Result<(), String> {
    let silent = |error: io::Error| format!("no Wayland display answers at {}: {error}", path.display());
    let mut stream = UnixStream::connect(path).map_err(silent)?;
    let offered = offered(&mut stream, patience).map_err(silent)?;
    match NEEDED.iter().find(|needed| !offered.iter().any(|name| name == *needed)) {
        Some(missing) => Err(format!("the Wayland display at {} has no {missing}", path.display())),
        None => Ok(()),
    }
}

/// Names of the interfaces of a compositor.
fn offered(stream: &mut UnixStream, patience: Duration) -> io::Result<Vec<String>> {
    stream.set_read_timeout(Some(patience))?;
    stream.set_write_timeout(Some(patience))?;
    // wl_display.get_registry (1), then wl_display.sync (0): the reply to the second follows all replies to the first.
    for (opcode, object) in [(1_u32, REGISTRY), (0, CALLBACK)] {
        for word in [DISPLAY, 12 << 16 | opcode, object] {
            stream.write_all(&word.to_ne_bytes())?;
        }
    }
    let mut names = Vec::new();
    for _ in 0..MAX_MESSAGES {
        let object = read_word(stream)?;
        let length = (read_word(stream)? >> 16) as usize;
        if !(8..=MAX_MESSAGE).contains(&length) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "this is not the Wayland protocol"));
        }
        let mut body = vec![0; length - 8];
        stream.read_exact(&mut body)?;
        match object {
            CALLBACK => return Ok(names),
            REGISTRY => names.extend(global_name(&body)),
            _ => {}
        }
    }
    Err(io::Error::new(io::ErrorKind::InvalidData, "it does not come to an end"))
}

fn read_word(stream: &mut UnixStream) -> io::Result<u32> {
    let mut word = [0; 4];
    stream.read_exact(&mut word)?;
    Ok(u32::from_ne_bytes(word))
}

/// The interface in a message `wl_registry.global`: a number, a string with its length and a zero byte, a version.
fn global_name(body: &[u8]) -> Option<String> {
    let length = u32::from_ne_bytes(body.get(4..8)?.try_into().ok()?) as usize;
    let text = body.get(8..8 + length.checked_sub(1)?)?;
    Some(String::from_utf8_lossy(text).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{os::unix::net::UnixListener, path::Path, thread};

    const PATIENCE: Duration = Duration::from_secs(20);

    fn message(object: u32, opcode: u32, body: &[u8]) -> Vec<u8> {
        let length = (8 + body.len()) as u32;
        let words = [object, length << 16 | opcode];
        words.iter().flat_map(|word| word.to_ne_bytes()).chain(body.iter().copied()).collect()
    }

    fn global(number: u32, name: &str) -> Vec<u8> {
        let mut text = name.as_bytes().to_vec();
        text.push(0);
        let length = text.len() as u32;
        text.resize(text.len().next_multiple_of(4), 0);
        let body: Vec<u8> = [number, length]
            .iter()
            .flat_map(|word| word.to_ne_bytes())
            .chain(text)
            .chain(1_u32.to_ne_bytes())
            .collect();
        message(REGISTRY, 0, &body)
    }

    /// The result of `ask` for a server that answers the first two requests with these bytes.
    fn asked(answer: Vec<u8>) -> Result<(), String> {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path().join("wayland-9");
        let listener = UnixListener::bind(&path).expect("bound");
        let serve = move || {
            let (mut stream, _) = listener.accept().expect("a client");
            let mut requests = [0; 24];
            stream.read_exact(&mut requests).expect("two requests");
            stream.write_all(&answer).expect("written");
        };
        let server = thread::Builder::new().name("server".to_owned()).spawn(serve).expect("a thread");
        let said = ask(&path, PATIENCE);
        server.join().expect("no panic");
        said
    }

    #[test]
    fn a_compositor_is_one_that_has_what_a_window_needs() {
        let done = message(CALLBACK, 0, &[0; 4]);
        let all: Vec<u8> = NEEDED.iter().flat_map(|name| global(1, name)).chain(done.clone()).collect();
        assert_eq!(asked(all), Ok(()));
        let few: Vec<u8> = global(1, "wl_compositor").into_iter().chain(global(2, "wl_shm")).chain(done).collect();
        assert!(asked(few).is_err_and(|said| said.contains("no xdg_wm_base")));
    }

    #[test]
    fn who_says_something_else_or_nothing_is_none() {
        for answer in [Vec::new(), b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(), vec![0; 64]] {
            let said = asked(answer.clone());
            assert!(
                said.as_ref().is_err_and(|said| said.contains("no Wayland display answers at")),
                "{answer:?}: {said:?}"
            );
        }
        let nobody = ask(&PathBuf::from("/nonexistent/wayland-0"), PATIENCE);
        assert!(nobody.is_err_and(|said| said.contains("/nonexistent/wayland-0")));
    }

    #[test]
    fn who_never_answers_is_not_waited_for_long() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path().join("wayland-0");
        let _listener = UnixListener::bind(&path).expect("bound");
        assert!(ask(&path, Duration::from_millis(50)).is_err());
    }

    #[test]
    fn a_name_is_in_the_runtime_directory_or_a_path() {
        let runtime = || Some(OsString::from("/run/user/1000"));
        assert_eq!(socket(&"wayland-1".into(), runtime()).as_deref(), Ok(Path::new("/run/user/1000/wayland-1")));
        assert_eq!(socket(&"/tmp/w".into(), runtime()).as_deref(), Ok(Path::new("/tmp/w")));
        assert_eq!(socket(&"/tmp/w".into(), None).as_deref(), Ok(Path::new("/tmp/w")));
        assert!(socket(&"wayland-1".into(), None).is_err());
    }
}
