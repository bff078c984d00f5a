//! Checks the history: whether connections are or can be recorded.

use super::check::{Check, Status};
use crate::{
    config::Settings,
    files::Owner,
    history::{HistoryError, Store, WriterLock},
    text::format_bytes,
};
use std::path::Path;

/// Where the history is, how large it is, and who records.
pub(super) fn check_history(settings: &Settings) -> Check {
    let Some(path) = settings.history_file.as_deref() else {
        let error = HistoryError::NoDirectory;
        return Check::new("history", Status::No, error.to_string(), error.remedy());
    };
    let who = if WriterLock::is_taken(path) {
        "a netglobe records now"
    } else if settings.records_history {
        "recorded while the window or netglobe history record runs"
    } else {
        "switched off (--no-history, or history = false)"
    };
    match Store::open_for_reading(path) {
        Ok(_) if !may_write(path) => unwritable(path),
        Ok(store) => {
            let detail = format!("{}, {}; {who}", path.display(), format_bytes(store.size().total()));
            Check::new("history", Status::Ok, detail, "")
        }
        Err(HistoryError::None { .. } | HistoryError::Empty { .. }) => check_new(path, who),
        Err(error) => Check::new("history", Status::Partly, error.to_string(), error.remedy()),
    }
}

/// A history that does not exist yet.
fn check_new(path: &Path, who: &str) -> Check {
    let directory = path.parent().unwrap_or(Path::new("."));
    if Owner::in_directory(directory).is_some() {
        let error = HistoryError::OfAnotherUser { path: path.to_owned() };
        return Check::new("history", Status::Partly, error.to_string(), error.remedy());
    }
    if !directory.ancestors().find(|parent| parent.exists()).is_none_or(may_write) {
        return unwritable(path);
    }
    Check::new("history", Status::Ok, format!("{}, nothing yet; {who}", path.display()), "")
}

fn unwritable(path: &Path) -> Check {
    let remedy = "make its directory writable, or name another file with --history FILE";
    Check::new("history", Status::Partly, format!("{} cannot be written", path.display()), remedy)
}

/// Whether this user may write there; assumed where that cannot be asked.
fn may_write(path: &Path) -> bool {
    #[cfg(unix)]
    return rustix::fs::access(path, rustix::fs::Access::WRITE_OK).is_ok();
    #[cfg(not(unix))]
    return !path.as_os_str().is_empty();
}
